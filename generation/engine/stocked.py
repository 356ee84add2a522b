"""Names that a request may use, looked up in what the painter offers. All lists come from Stock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from generation.dialects.sdwebui.wire import GenerationRequest
from generation.engine.canvas.upscale import BUILT_IN
from generation.engine.painter import Extra, Stock
from generation.engine.refusal import Refusal

# Fields that need a feature of the painter when they are set to something. Words beyond
# generation.backends.base.FEATURES (refiner, sampler_noise, skip_uncond) are the engine's own.
FEATURES = (
    ("enable_hr", "hires"),
    ("restore_faces", "restore_faces"),
    ("tiling", "tiling"),
    ("subseed_strength", "subseed"),
    ("seed_resize_from_w", "subseed"),
    ("mask", "inpaint"),
    ("latent_mask", "inpaint"),
    ("refiner_checkpoint", "refiner"),
    ("s_churn", "sampler_noise"),
    ("s_noise", "sampler_noise"),
    ("s_min_uncond", "skip_uncond"),
)
# What no painter of this engine is asked for: there is no way to say it in a PaintJob.
NEVER = ("firstpass_image", "save_images")
ENDINGS = frozenset({".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf"})
NOTHING = frozenset({"", "none", "automatic"})


def need(stock: Stock, feature: str, field: str) -> None:
    """Raises Refusal, naming the field, where the painter lacks the feature."""
    if feature not in stock.features:
        raise Refusal(422, f"this engine's painter has no {feature}", field=field)


def check(request: GenerationRequest, stock: Stock) -> None:
    """Raises Refusal for the first field that asks for what the painter cannot do."""
    for name in NEVER:
        if getattr(request, name, None):
            raise Refusal(422, "this engine cannot do this", field=name)
    for name, feature in FEATURES:
        if _asks(name, getattr(request, name, None)):
            need(stock, feature, name)
    if not is_nothing(request.script_name):
        raise Refusal(422, f"Script '{request.script_name}' not found", field="script_name")


def _asks(name: str, value: object) -> bool:
    """Whether a field's value asks for anything: 1 is no more noise than without it."""
    if isinstance(value, int | float):
        return value != 1 if name == "s_noise" else value > 0
    return not is_nothing(value)


def is_nothing(value: object) -> bool:
    """What clients write for "as it is": "", None, "None", "Automatic"."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in NOTHING)


def find(name: str, extras: Sequence[Extra]) -> Extra | None:
    """By its name as it is listed, or without its hash, folder or ending."""
    wanted = _without_hash(name).casefold()
    for names in (_whole, _stem):
        for extra in extras:
            if names(extra.name) == names(wanted):
                return extra
    return None


def upscalers(stock: Stock) -> list[Extra]:
    """The painter's own, after those that every painter has."""
    names = {extra.name for extra in BUILT_IN}
    return [*BUILT_IN, *(extra for extra in stock.upscalers if extra.name not in names)]


def hires_upscaler(name: str, stock: Stock) -> str:
    """The listed name; "" is WebUI's default. Raises Refusal."""
    names = [*stock.latent_upscalers, *(extra.name for extra in upscalers(stock))]
    if not name:
        return stock.latent_upscalers[0] if stock.latent_upscalers else "Lanczos"
    for listed in names:
        if listed.casefold() == name.casefold():
            return listed
    found = find(name, upscalers(stock))
    if found is None:
        reason = f"could not find upscaler named {name}; there is {', '.join(names)}"
        raise Refusal(422, reason, field="hr_upscaler")
    return found.name


def controlnet(name: str, stock: Stock, field: str) -> str:
    """Raises Refusal 404 where the painter has no such model."""
    found = find(name, stock.controlnets)
    if found is None:
        raise Refusal(404, f"ControlNet model not found: {name}", field=field)
    return found.name


def module(name: str, stock: Stock, field: str) -> str:
    """A preprocessor. Raises Refusal 404."""
    if is_nothing(name):
        return "none"
    for listed in stock.modules:
        if listed.casefold() == name.strip().casefold():
            return listed
    raise Refusal(404, f"ControlNet module not found: {name}", field=field)


def detector(name: str, stock: Stock, field: str) -> str:
    """A model of ADetailer. Raises Refusal 404."""
    for listed in stock.detectors:
        if name.casefold() in (listed.casefold(), PurePosixPath(listed).stem.casefold()):
            return listed
    raise Refusal(404, f"ADetailer model not found: {name}", field=field)


def titled(extra: Extra) -> str:
    """As WebUI lists a ControlNet: the name, and eight digits of the hash where it is known."""
    return f"{extra.name} [{extra.sha256[:8]}]" if extra.sha256 else extra.name


def _without_hash(name: str) -> str:
    head, bracket, rest = name.strip().rpartition(" [")
    return head if bracket and rest.endswith("]") else name.strip()


def stem(name: str) -> str:
    """Without folder and ending, as WebUI names a checkpoint in texts."""
    path = PurePosixPath(name)
    # Not any suffix: "v1.5-pruned" has none.
    return path.stem if path.suffix.casefold() in ENDINGS else path.name


def _whole(name: str) -> str:
    return name.casefold()


def _stem(name: str) -> str:
    return stem(name).casefold()
