"""What Easel asks of a GPU server, in words that any kind of server can answer.

A kind of backend is one file that fills the three verbs of ``Backend``. It is given an address
(``Target``) and knows no database row; the worker does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from generation.request import ImageRequest

# What a server can do besides plain text to image. A request needs a set of these words
# (``needs``), and only a backend whose capabilities hold them all may be given the task.
FEATURES = frozenset(
    {
        "txt2img",
        "img2img",
        "inpaint",
        "hires",
        "controlnet",
        "adetailer",
        "restore_faces",
        "tiling",
        "loras",
        "embeddings",
        "vae",
        "clip_skip",
        "subseed",
        "previews",
        "extras",
        "interrogate",
        "faceswap",
        "rembg",  # cuts what stands in front out of its ground
        "fetch",  # has weights from us that the request brings along by their hash
    }
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a server is and how it knows us. ``token`` (Bearer) or ``username``/``password``."""

    url: str
    username: str = ""
    password: str = ""
    token: str = ""
    timeout: float = 900.0  # seconds one generation may take


@dataclass(frozen=True, kw_only=True)
class Model:
    """A checkpoint, LoRA, VAE, … that a server says it has."""

    name: str  # the file name, as requests name it
    title: str = ""
    sha256: str = ""
    base_model: str = ""
    description: str = ""
    trigger_words: str = ""
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a server answered when it was asked what it has and can do."""

    software: str = ""  # "AUTOMATIC1111 1.10.1", "Forge", "Easel engine"
    features: frozenset[str] = frozenset()
    checkpoints: tuple[Model, ...] = ()
    loras: tuple[Model, ...] = ()
    vaes: tuple[Model, ...] = ()
    embeddings: tuple[Model, ...] = ()
    upscalers: tuple[Model, ...] = ()
    controlnets: tuple[Model, ...] = ()
    controlnet_modules: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()  # ADetailer's models
    cutters: tuple[str, ...] = ()  # what it can cut out by: "person", "u2net"
    samplers: tuple[str, ...] = ()
    loaded_checkpoint: str = ""
    max_side: int = 2048

    def to_json(self) -> dict[str, Any]:
        """Plain data for the Backend row; the inverse is ``from_json``."""
        plain: dict[str, Any] = {
            "software": self.software,
            "features": sorted(self.features),
            "controlnet_modules": list(self.controlnet_modules),
            "detectors": list(self.detectors),
            "cutters": list(self.cutters),
            "samplers": list(self.samplers),
            "loaded_checkpoint": self.loaded_checkpoint,
            "max_side": self.max_side,
        }
        for kind in MODEL_KINDS:
            plain[kind] = [vars(model) for model in getattr(self, kind)]
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Capabilities:
        kinds = {kind: tuple(Model(**row) for row in plain.get(kind, ())) for kind in MODEL_KINDS}
        return cls(
            software=plain.get("software", ""),
            features=frozenset(plain.get("features", ())),
            controlnet_modules=tuple(plain.get("controlnet_modules", ())),
            detectors=tuple(plain.get("detectors", ())),
            cutters=tuple(plain.get("cutters", ())),
            samplers=tuple(plain.get("samplers", ())),
            loaded_checkpoint=plain.get("loaded_checkpoint", ""),
            max_side=plain.get("max_side", 2048),
            **kinds,
        )


MODEL_KINDS = ("checkpoints", "loras", "vaes", "embeddings", "upscalers", "controlnets")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A LoRA that Easel keeps. ``path``: below the address where the server reaches our door."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """One attempt at one request."""

    id: str  # ours; the server's progress and interrupt are asked by it
    request: ImageRequest  # names resolved to what this server calls them, seed set
    images: Mapping[str, bytes] = field(default_factory=dict)  # ImageRef.stored → bytes
    weights: Mapping[str, Weights] = field(default_factory=dict)  # LoRA's name → its file
    request_id: str = ""  # goes along as X-Request-Id
    previews: bool = True


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a running job is. ``preview`` is JPEG, PNG or WebP bytes, and new since the last."""

    fraction: float  # 0 to 1
    step: int = 0
    steps: int = 0
    eta: float | None = None  # seconds
    preview: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One finished picture: the server's own bytes, never re-encoded."""

    data: bytes
    format: str  # "png", "jpg", "webp": what the bytes are; "txt": UTF-8, a caption
    seed: int
    infotext: str = ""  # A1111's parameters text
    qr: Mapping[str, Any] | None = None  # how its code reads: ours to say (qr_art), no server's


OnProgress = Callable[[Progress], None]


class Backend(Protocol):
    """One GPU server. Raises BackendError and its kin from ``generation.errors``, nothing else."""

    def probe(self) -> Capabilities:
        """Asks the server what it has; a few cheap requests, each under 10 s."""

    def generate(self, job: Job, on_progress: OnProgress) -> list[Picture]:
        """Runs ``job`` to its end; exactly ``job.request.images`` pictures.

        ``on_progress`` is called about twice a second from the calling thread. It may raise
        ``Interrupted``: the job is then interrupted on the server, and the error passes on.
        """

    def interrupt(self, job_id: str) -> None:
        """Ends the job with this id if it still runs there; no error where it is gone."""
