"""Asks a server of the sdapi family what it is, what it has and what it can do.

The forks differ: Forge has ``sd-modules`` for ``sd-vae``, SD.Next lacks some lists, an A1111
without an extension has no route of it. What a fork lacks is an empty list and a missing
feature; only the settings and the checkpoints must answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generation.backends.base import FEATURES, Capabilities, Model
from generation.backends.sdwebui import cutting, swapping
from generation.backends.sdwebui.peer import Peer
from generation.errors import BackendError, BackendUnavailable

SECONDS = 10.0
# What every WebUI does without an extension.
_ALWAYS = frozenset(
    {
        "txt2img",
        "img2img",
        "inpaint",
        "hires",
        "tiling",
        "subseed",
        "clip_skip",
        "extras",
        "interrogate",
    }
)
# Every fork has these settings, but WebUI lists only those that were once saved.
_SETTINGS = frozenset(
    {"sd_model_checkpoint", "sd_vae", "CLIP_stop_at_last_layers", "samples_format"}
)
# Schedules that clients write behind the sampler's name, as WebUI before 1.9 listed them.
_JOINED_SCHEDULES = ("Karras", "Exponential")


def settings(peer: Peer) -> dict[str, Any]:
    """The server's flat settings."""
    answer = peer.get("/sdapi/v1/options", seconds=SECONDS)
    if not isinstance(answer, dict):
        raise BackendError("/sdapi/v1/options: not an object")
    return answer


def setting_names(options: Mapping[str, Any]) -> frozenset[str]:
    """The settings that a request may override: WebUI fails on one that it does not have."""
    is_forge = software(options) == "Forge"
    forge = {"forge_additional_modules"} if is_forge else set()
    return (_SETTINGS - ({"sd_vae"} if is_forge else set())).union(options, forge)


def software(options: Mapping[str, Any]) -> str:
    """Which of the family it is, by settings that only it has."""
    if "easel_features" in options:
        return str(options.get("easel_engine") or "Easel engine")
    if "forge_preset" in options or "forge_additional_modules" in options:
        return "Forge"
    if any(name.startswith("diffusers_") for name in options):
        return "SD.Next"
    return "AUTOMATIC1111"


def capabilities(peer: Peer, options: Mapping[str, Any]) -> Capabilities:
    ask = _Questions(peer)
    scripts = ask.words("/sdapi/v1/scripts", "txt2img")
    has_controlnet = "controlnet" in scripts
    found = Capabilities(
        software=software(options),
        checkpoints=_models(peer.get("/sdapi/v1/sd-models", seconds=SECONDS), _checkpoint),
        loras=ask.models("/sdapi/v1/loras", _lora),
        vaes=ask.vaes(),
        embeddings=ask.embeddings(),
        upscalers=ask.models("/sdapi/v1/latent-upscale-modes", _named)
        + ask.models("/sdapi/v1/upscalers", _named),
        controlnets=ask.controlnets() if has_controlnet else (),
        controlnet_modules=(
            ask.words("/controlnet/module_list", "module_list") if has_controlnet else ()
        ),
        detectors=(
            ask.words("/adetailer/v1/ad_model", "ad_model") if "adetailer" in scripts else ()
        ),
        cutters=_cutters(ask, options),
        samplers=ask.samplers(),
        loaded_checkpoint=_without_hash(str(options.get("sd_model_checkpoint") or "")),
        max_side=int(options.get("easel_max_side") or 2048),
    )
    reported = options.get("easel_features")
    features = (
        FEATURES.intersection(reported)
        if isinstance(reported, list)
        else _features(ask, options, scripts, found)
    )
    return Capabilities(**(vars(found) | {"features": features}))


def _features(
    ask: _Questions, options: Mapping[str, Any], scripts: tuple[str, ...], found: Capabilities
) -> frozenset[str]:
    features = set(_ALWAYS)
    if ask.models("/sdapi/v1/face-restorers", _named):
        features.add("restore_faces")
    if ask.answers_task_progress() and options.get("live_previews_enable", True):
        features.add("previews")
    has = {
        "loras": "/sdapi/v1/loras" in ask.answered,
        "embeddings": "/sdapi/v1/embeddings" in ask.answered,
        "vae": bool(found.vaes),
        "controlnet": bool(found.controlnets),
        "adetailer": "adetailer" in scripts,
        "rembg": bool(found.cutters),
        "faceswap": swapping.MODEL in ask.words(swapping.MODELS, "models"),
    }
    return frozenset(features | {name for name, present in has.items() if present})


def _cutters(ask: _Questions, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Our engine lists them; the extension has no list, and loads any that rembg knows."""
    if "easel_features" in options:
        own = options.get("easel_rembg")
        return tuple(str(name) for name in own) if isinstance(own, list) else ()
    return tuple(cutting.NETWORKS) + cutting.OF_THE_EXTENSION if ask.has_rembg() else ()


class _Questions:
    """Optional lists: a server that is there but lacks one answers an empty one."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.answered: set[str] = set()

    def ask(self, path: str) -> Any:
        try:
            answer = self._peer.get(path, seconds=SECONDS)
        except BackendUnavailable:
            raise  # the server went away: what it answered before is not the whole truth
        except BackendError:
            return None
        self.answered.add(path)
        return answer

    def models(self, path: str, read: Callable[[Mapping[str, Any]], Model]) -> tuple[Model, ...]:
        return _models(self.ask(path), read)

    def words(self, path: str, key: str) -> tuple[str, ...]:
        answer = self.ask(path)
        listed = answer.get(key) if isinstance(answer, dict) else None
        return tuple(str(word) for word in listed) if isinstance(listed, list) else ()

    def vaes(self) -> tuple[Model, ...]:
        found = self.models("/sdapi/v1/sd-vae", _vae)
        return found if "/sdapi/v1/sd-vae" in self.answered else self._modules()

    def _modules(self) -> tuple[Model, ...]:
        """Forge's list, which holds text encoders too: those lie in a folder of that name."""
        rows = self.ask("/sdapi/v1/sd-modules")
        rows = rows if isinstance(rows, list) else []
        own = [row for row in rows if "text_encoder" not in str(row.get("filename"))]
        return _models(own, _vae)

    def controlnets(self) -> tuple[Model, ...]:
        names = self.words("/controlnet/model_list", "model_list")
        return tuple(Model(name=name, title=name) for name in names if name != "None")

    def embeddings(self) -> tuple[Model, ...]:
        answer = self.ask("/sdapi/v1/embeddings")
        loaded = answer.get("loaded") if isinstance(answer, dict) else None
        return tuple(Model(name=str(name), title=str(name)) for name in loaded or ())

    def samplers(self) -> tuple[str, ...]:
        names = [model.name for model in self.models("/sdapi/v1/samplers", _named)]
        if not self.ask("/sdapi/v1/schedulers"):
            return tuple(names)
        joined = [f"{name} {schedule}" for name in names for schedule in _JOINED_SCHEDULES]
        return tuple(dict.fromkeys(names + joined))

    def has_rembg(self) -> bool:
        """The model "None" is the extension's way to do nothing: it answers null."""
        try:
            self._peer.post(cutting.PATH, {"input_image": "", "model": "None"}, seconds=SECONDS)
        except BackendUnavailable:
            raise
        except BackendError:
            return False
        return True

    def answers_task_progress(self) -> bool:
        try:
            answer = self._peer.post("/internal/progress", {"id_task": ""}, seconds=SECONDS)
        except BackendUnavailable:
            raise
        except BackendError:
            return False
        return isinstance(answer, dict) and "active" in answer


def _models(answer: object, read: Callable[[Mapping[str, Any]], Model]) -> tuple[Model, ...]:
    rows = answer if isinstance(answer, list) else []
    models = (read(row) for row in rows if isinstance(row, dict))
    return tuple(model for model in models if model.name)


def _checkpoint(row: Mapping[str, Any]) -> Model:
    """Named as WebUI names it without its hash: the file, below the models folder."""
    title = str(row.get("title") or row.get("model_name") or "")
    return Model(
        name=_without_hash(title),
        title=str(row.get("model_name") or title),
        sha256=str(row.get("sha256") or ""),
        base_model=str(row.get("base_model") or ""),
        description=str(row.get("description") or ""),
    )


# What ModelSpec (the header that trainers write into safetensors) says to people.
_SPEC = ("title", "description", "trigger_phrase", "license")


def _lora(row: Mapping[str, Any]) -> Model:
    metadata = row.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    name = str(row.get("name") or "")
    said = {key: str(known.get(f"modelspec.{key}") or "") for key in _SPEC}
    return Model(
        name=name,
        title=said["title"] or str(row.get("alias") or name),
        base_model=str(known.get("ss_base_model_version") or ""),
        description=said["description"],
        trigger_words=said["trigger_phrase"],
        licence=said["license"],
    )


def _vae(row: Mapping[str, Any]) -> Model:
    name = str(row.get("model_name") or "")
    return Model(name=name, title=name)


def _named(row: Mapping[str, Any]) -> Model:
    name = str(row.get("name") or "")
    return Model(name=name, title=name)


def _without_hash(title: str) -> str:
    """``a.safetensors [0123456789]`` → ``a.safetensors``."""
    name, bracket, rest = title.rpartition(" [")
    return name if bracket and rest.endswith("]") else title
