"""The kinds of thing that a request can name, and how their names are compared.

Imports nothing of ours: models, the pure tables and the wire-facing look-up all stand on it.
"""

from __future__ import annotations

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

# What A1111 writes behind a checkpoint's name: "photon_v1.safetensors [ec41bd2a82]".
_SHORT_HASH = re.compile(r"\s*\[[0-9a-fA-F]{4,64}\]\s*$")
_EXTENSION = re.compile(
    r"(\.vae)?\.(safetensors|ckpt|pth|pt|bin|gguf|onnx|sft)$", flags=re.IGNORECASE
)


class Kind(models.TextChoices):
    CHECKPOINT = "checkpoint", _("checkpoint")
    LORA = "lora", _("LoRA")
    VAE = "vae", _("VAE")
    EMBEDDING = "embedding", _("embedding")
    CONTROLNET = "controlnet", _("ControlNet model")
    UPSCALER = "upscaler", _("upscaler")
    STYLE = "style", _("style")
    SAMPLER = "sampler", _("sampler")


def without_hash(name: str) -> str:
    """``name`` as it is without a trailing `` [hash]`` and outer blanks."""
    return _SHORT_HASH.sub("", name).strip()


def stem(name: str) -> str:
    """The short name: no folder, no model file's extension.

    Only known extensions are cut: "DPM++ 2M v1.5" has none.
    """
    return _EXTENSION.sub("", re.split(r"[\\/]", name)[-1])


def folded(name: str) -> str:
    """The form in which two names are compared: letter case does not count."""
    return name.strip().lower()
