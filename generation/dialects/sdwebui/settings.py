"""The flat settings of WebUI as one caller sees them: which act, which are only shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from generation.dialects.sdwebui.errors import BadFields
from generation.dialects.sdwebui.wire import Options
from generation.errors import InvalidRequest

FORMATS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp"}
NO_VAE = ("", "Automatic", "None")
# Settings that act: as a default of the caller, and for one call in override_settings.
ACTING = ("sd_model_checkpoint", "sd_vae", "CLIP_stop_at_last_layers", "samples_format")
# Shown because clients read them; nobody can change them here.
SHOWN: dict[str, Any] = {
    "jpeg_quality": 80,
    "enable_pnginfo": True,
    "return_grid": False,
    "live_previews_enable": True,
    "show_progress_every_n_steps": 1,
    "eta_noise_seed_delta": 0,
    "img2img_color_correction": False,
    "hide_samplers": [],
}
# Where WebUI would write files on its own disk: of no effect on what is answered.
WITHOUT_EFFECT = frozenset(
    {
        "samples_save",
        "grid_save",
        "save_to_dirs",
        "grid_save_to_dirs",
        "save_images_add_number",
        "samples_filename_pattern",
        "directories_filename_pattern",
        "do_not_show_images",
    }
)


class Chosen(BaseModel):
    """What a caller has set; "" and None: not set."""

    model_config = ConfigDict(frozen=True, protected_namespaces=(), extra="ignore")

    sd_model_checkpoint: str = ""
    sd_vae: str = ""
    CLIP_stop_at_last_layers: int = 1
    samples_format: str = "png"

    def changed(self, values: Mapping[str, Any]) -> Chosen:
        return self.model_copy(update=dict(values))


def judged(given: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The acting ones of ``given``, checked. InvalidRequest naming the setting."""
    wanted = {name: given[name] for name in ACTING if given.get(name) is not None}
    try:
        typed = Options.model_validate(wanted)
    except ValidationError as error:
        raise BadFields(error) from error
    found = {name: getattr(typed, name) for name in wanted}
    if "samples_format" in found:
        name = str(found["samples_format"]).strip().lower()
        if name not in FORMATS:
            raise InvalidRequest(f"one of {', '.join(FORMATS)}", field=f"{prefix}samples_format")
        found["samples_format"] = FORMATS[name]
    for name in ("sd_model_checkpoint", "sd_vae"):
        if "\x00" in str(found.get(name, "")):
            raise InvalidRequest("contains a NUL character", field=f"{prefix}{name}")
    if found.get("sd_vae") in NO_VAE:
        found["sd_vae"] = ""
    return found


def overrides(given: Mapping[str, Any]) -> dict[str, Any]:
    """``override_settings`` of one call. A setting that would change the picture and that nobody
    can change here is refused by name."""
    known = dict(given)
    modules = known.pop("forge_additional_modules", None)  # Forge's name for the VAE
    if modules:
        if not isinstance(modules, list) or len(modules) > 1 or not isinstance(modules[0], str):
            field = "override_settings.forge_additional_modules"
            raise InvalidRequest("at most one module: a VAE", field=field)
        known.setdefault("sd_vae", modules[0])
    for name, value in known.items():
        if name in ACTING or name in WITHOUT_EFFECT or value is None:
            continue
        if name not in SHOWN or SHOWN[name] != value:
            short = name if len(name) <= 60 else f"{name[:57]}..."
            text = "this setting cannot be changed here"
            raise InvalidRequest(text, field=f"override_settings.{short}")
    return judged(known, "override_settings.")


def unchangeable(given: Mapping[str, Any]) -> list[str]:
    """A line for each setting that a caller tried to change and that stays as it is. An echo of
    what was shown is no try."""
    return [
        f"{name}: stays {SHOWN[name]!r}"
        for name, value in given.items()
        if name in SHOWN and value is not None and SHOWN[name] != value
    ]
