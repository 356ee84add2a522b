"""The door for painters: what the engine's server asks of whatever makes its pictures.

One job is one picture. The server keeps the queue, encodes the files and speaks HTTP; a painter
knows none of that. An engine process has one painter, so what it offers is true of every
checkpoint that it lists. Pure: no Django, no web.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol, runtime_checkable

from PIL import Image

Report = Callable[[int, int, Callable[[], Image.Image]], None]
"""report(step, steps, preview): called after each step, 1 … steps, over all passes of a picture.
`preview` renders the picture as it stands, of jobs painted together the first one's, and costs
time only when it is called. A report that raises Interrupted stops the painting."""


class Interrupted(Exception):
    """Raised by a Report to stop a painting; it passes through `Painter.paint` unchanged."""


class OutOfMemory(Exception):
    """A job that does not fit into memory; the painter has freed its caches before it raises."""


class ResizeMode(IntEnum):
    JUST_RESIZE = 0
    CROP_AND_RESIZE = 1
    RESIZE_AND_FILL = 2
    LATENT_UPSCALE = 3


class MaskFill(IntEnum):
    FILL = 0
    ORIGINAL = 1
    LATENT_NOISE = 2
    LATENT_NOTHING = 3


class ControlMode(StrEnum):
    BALANCED = "Balanced"
    PROMPT = "My prompt is more important"
    CONTROL = "ControlNet is more important"


@dataclass(frozen=True)
class ModelCard:
    """A checkpoint that a painter offers, as the server lists it."""

    name: str
    """What a request names in `checkpoint`; unique over the server."""
    title: str
    base_model: str
    """The family ("SD 1.5", "SDXL", "Sketch"): a LoRA of another family is refused."""
    sha256: str
    """Of the weights, or of the data that the pictures are made from."""
    description: str


@dataclass(frozen=True)
class Extra:
    """A LoRA, VAE, embedding, ControlNet, upscaler, face restorer or detector on offer."""

    name: str
    """As requests name it: for files the name below its folder, LoRAs and embeddings without
    their ending, as WebUI has it."""
    base_model: str = ""
    """As in ModelCard; empty where it goes with any."""
    sha256: str = ""
    path: str = ""
    scale: float = 0.0
    """Upscalers: how many times larger, 0 any."""
    vectors: int = 0
    """Embeddings: how many tokens it stands for."""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What a painter offers beside its checkpoints."""

    features: frozenset[str] = frozenset()
    """In the words of generation.backends.base.FEATURES."""
    loras: tuple[Extra, ...] = ()
    vaes: tuple[Extra, ...] = ()
    embeddings: tuple[Extra, ...] = ()
    controlnets: tuple[Extra, ...] = ()
    modules: tuple[str, ...] = ()
    """Preprocessors of ControlNet, "none" first."""
    latent_upscalers: tuple[str, ...] = ()
    upscalers: tuple[Extra, ...] = ()
    face_restorers: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    """Models that ADetailer may name."""
    max_side: int = 2048
    rng: str = ""
    """Where the noise is made, as WebUI's parameters text has it ("CPU"); empty: not said."""


@dataclass(frozen=True, kw_only=True)
class Hires:
    """The second pass. Empty names and zeros: as in the first pass."""

    width: int
    height: int
    upscaler: str = "Latent"
    steps: int = 0
    denoising_strength: float = 0.75
    prompt: str = ""
    negative_prompt: str = ""
    sampler: str = ""
    scheduler: str = ""
    checkpoint: str = ""
    cfg_scale: float | None = None
    distilled_cfg_scale: float | None = None


@dataclass(frozen=True, kw_only=True)
class Mask:
    """What is repainted of `init_image`: white, unless `invert`."""

    image: Image.Image
    blur_x: int = 4
    blur_y: int = 4
    fill: MaskFill = MaskFill.FILL
    only_masked: bool = True
    padding: int = 0
    invert: bool = False
    round: bool = True
    """Every latent is repainted whole or not at all; False keeps the soft edge."""
    latent: Image.Image | None = None
    """What is repainted in the latent space instead, brought to the job's size."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One enabled ControlNet unit, in the fields and ranges of the published controlnet call."""

    model: str
    module: str = "none"
    image: Image.Image | None = None
    """None: the init image."""
    weight: float = 1.0
    resize_mode: ResizeMode = ResizeMode.CROP_AND_RESIZE
    low_vram: bool = False
    processor_res: int = 512
    threshold_a: float = -1
    threshold_b: float = -1
    guidance_start: float = 0.0
    guidance_end: float = 1.0
    pixel_perfect: bool = False
    mode: ControlMode = ControlMode.BALANCED


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One ADetailer pass: detect, mask, repaint. None and "": as the main pass does it."""

    model: str
    prompt: str = ""
    negative_prompt: str = ""
    confidence: float = 0.3
    mask_min_ratio: float = 0.0
    mask_max_ratio: float = 1.0
    dilate_erode: int = 4
    x_offset: int = 0
    y_offset: int = 0
    mask_merge_invert: str = "None"
    """None, Merge, Merge and Invert."""
    mask_blur: int = 4
    denoising_strength: float = 0.4
    only_masked: bool = True
    only_masked_padding: int = 32
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    noise_multiplier: float | None = None
    restore_face: bool = False
    control: Control | None = None


@dataclass(frozen=True, kw_only=True)
class PaintJob:
    """One picture to paint; every value has been read, none has been judged."""

    prompt: str
    """With WebUI's weights, BREAK, schedules and `<lora:name:weight>`."""
    negative_prompt: str = ""
    width: int = 512
    height: int = 512
    steps: int = 20
    seed: int = 0
    """0 … 2**32 - 1. The server has already drawn one where the caller said -1."""
    subseed: int = 0
    subseed_strength: float = 0.0
    seed_resize_from: tuple[int, int] | None = None
    """Width and height that the noise is made for before it is fitted to this size."""
    cfg_scale: float = 7.0
    distilled_cfg_scale: float = 3.5
    """Flux's own guidance."""
    image_cfg_scale: float | None = None
    """Of models that are edited by instruction (eight latent channels)."""
    sampler: str = "Euler a"
    scheduler: str = "Automatic"
    """A label of samplers.SCHEDULERS."""
    eta: float | None = None
    s_churn: float = 0.0
    s_tmin: float = 0.0
    s_tmax: float = math.inf
    s_noise: float = 1.0
    """The four of Karras et al.'s stochastic samplers; only asked of a painter that has the
    feature "sampler_noise"."""
    s_min_uncond: float = 0.0
    """Sigma below which the negative prompt is left out of every second step; only asked of a
    painter with the feature "skip_uncond"."""
    checkpoint: str = ""
    """A ModelCard's name or title; empty: the painter's first card."""
    vae: str = ""
    clip_skip: int = 1
    tiling: bool = False
    init_image: Image.Image | None = None
    """In its own size: `resize_mode` says how it is brought to width × height."""
    resize_mode: ResizeMode = ResizeMode.JUST_RESIZE
    denoising_strength: float = 0.75
    """0 keeps `init_image`, 1 ignores it; without effect where there is none."""
    noise_multiplier: float | None = None
    mask: Mask | None = None
    hires: Hires | None = None
    controls: tuple[Control, ...] = ()
    details: tuple[Detail, ...] = ()
    restore_faces: bool = False
    refiner: str = ""
    """A ModelCard's name: paints from `refiner_switch_at` on; asked of a painter with the feature
    "refiner"."""
    refiner_switch_at: float = 0.8
    files: dict[str, str] = field(default_factory=dict)
    """LoRAs and embeddings of this job only: name as the prompt has it → path of a safetensors
    file whose hash was checked. Such a name goes before one of the stock."""
    extra: dict[str, object] = field(default_factory=dict)
    """What only one painter knows (`frames` and `fps` of a video model)."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the finished picture. Where only the masked part is painted it goes
        back into the init image and that keeps its size (a blank mask paints width × height)."""
        if self.mask and self.mask.only_masked and self.init_image:
            return self.init_image.size
        return (self.hires.width, self.hires.height) if self.hires else (self.width, self.height)


class Painter(Protocol):
    """Makes pictures. One instance serves one thread at a time."""

    name: str

    def cards(self) -> list[ModelCard]:
        """The checkpoints on offer, the default first."""

    def stock(self) -> Stock:
        """What else is on offer."""

    def refresh(self) -> None:
        """Looks again at what lies in the models folder."""

    def warm(self) -> None:
        """Load what the first picture would otherwise wait for. Blocks; may be called from a
        thread.
        """

    def refuse(self, job: PaintJob) -> str | None:
        """Why this job cannot be painted, as "field: reason"; None when it can. Cheap: called
        from the threads that answer callers."""

    def may_join(self, first: PaintJob, other: PaintJob) -> bool:
        """Whether `paint` may be given both in one call."""

    def paint(self, jobs: Sequence[PaintJob], report: Report) -> list[Image.Image]:
        """The finished RGB pictures, each of its job's `size`. The same job gives the same
        pixels, alone or joined.

        Raises Interrupted when `report` does, OutOfMemory, and ValueError for a job that `refuse`
        refuses.
        """


@runtime_checkable
class Preprocesses(Protocol):
    """A painter that can show what a ControlNet's preprocessor sees."""

    def preprocess(self, control: Control) -> Image.Image:
        """RGB. Raises ValueError: no such module, or its weights are missing."""


@runtime_checkable
class Unloads(Protocol):
    """A painter that can give its memory back; `warm` or the next job loads again."""

    def unload(self) -> None: ...


@runtime_checkable
class RestoresFaces(Protocol):
    """A painter with face restorers (`Stock.face_restorers`) and a detector of faces."""

    def restore_faces(
        self, image: Image.Image, name: str, visibility: float, weight: float
    ) -> Image.Image:
        """RGB of the same size. Raises ValueError, OutOfMemory."""


@runtime_checkable
class Prefetches(Protocol):
    """A painter that loads what a waiting job will need while another one is painted."""

    def prefetch(self, job: PaintJob) -> None:
        """Returns at once."""


@runtime_checkable
class Quick(Protocol):
    """A painter that is done in a few milliseconds: the engine's pace slows its steps down, so
    that they can be watched. Others are never held up."""

    quick: bool
