"""The words in which a task says what it needs and a backend what it offers.

A backend may be given a task when its ``offers`` hold all of the task's ``needs``: one array
operator in SQL. Words are a feature ("hires") or a kind and a name in lower case
("checkpoint:photon_v1.safetensors"). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from generation.request import ImageRequest

SIDES = (512, 768, 1024, 1536, 2048)  # a need is the smallest of these that holds the picture
LORA_TAG = re.compile(r"<lora:([^:>]+)(?::[^>]*)?>", re.IGNORECASE)


def word(kind: str, name: str) -> str:
    return f"{kind}:{name.lower()}"


def of_request(request: ImageRequest, brought: Container[str] = ()) -> list[str]:
    """The needs of a request whose names are resolved. ``brought``: the LoRAs whose files Easel
    keeps, which a server must fetch and need not have."""
    if request.extras:
        upscalers = [word("upscaler", name) for name in request.extras.upscalers]
        faces = ["restore_faces"] if request.extras.restores_faces else []
        return ["extras", *faces, *dict.fromkeys(upscalers)]
    if request.caption:
        return ["interrogate"]
    if request.cutout:
        model = request.cutout.model
        return ["rembg", *([word("cutter", model)] if model else ())]
    if request.swap:
        return ["faceswap"]
    if request.preprocess:
        return ["controlnet", word("module", request.preprocess.module)]
    over_code = bool(request.qr and not request.qr.model)
    units = [unit for unit in request.controlnet if unit.enabled]
    references = {unit.module for unit in units if unit.is_reference}
    control = [unit.model for unit in units if not unit.is_reference]
    control += [request.qr.model] if request.qr and request.qr.model else []
    features = {
        "txt2img": not request.init and not over_code,
        "img2img": bool(request.init and not request.mask) or over_code,
        "inpaint": bool(request.mask),
        "hires": bool(request.hires),
        "restore_faces": request.restore_faces,
        "tiling": request.tiling,
        "subseed": request.subseed_strength > 0,
        "controlnet": bool(control or references),
        "adetailer": bool(request.adetailer),
        "fetch": any(name in brought for name in loras_of(request)),
    }
    side = max(request.width, request.height, *request.final_size)
    return [
        word("checkpoint", request.checkpoint),
        *(name for name, needed in features.items() if needed),
        *(word("lora", lora) for lora in loras_of(request) if lora not in brought),
        *([word("vae", request.vae)] if request.vae else ()),
        *(word("controlnet", name) for name in control),
        *(word("module", name) for name in sorted(references)),
        word("side", str(next((s for s in SIDES if s >= side), side))),
    ]


def loras_of(request: ImageRequest) -> list[str]:
    """Names of all LoRAs, those in the prompt included, each once."""
    named = [lora.name for lora in request.loras]
    named += [match.strip() for match in LORA_TAG.findall(request.prompt)]
    return list(dict.fromkeys(named))


def offers_of(
    *,
    features: Iterable[str],
    checkpoints: Iterable[str],
    loras: Iterable[str],
    vaes: Iterable[str],
    controlnets: Iterable[str],
    modules: Iterable[str] = (),
    upscalers: Iterable[str] = (),
    cutters: Iterable[str] = (),
    max_side: int,
) -> list[str]:
    """The offers of a backend that has these (names as it spells them)."""
    return sorted(
        {
            *features,
            *(word("checkpoint", name) for name in checkpoints),
            *(word("lora", name) for name in loras),
            *(word("vae", name) for name in vaes),
            *(word("controlnet", name) for name in controlnets),
            *(word("module", name) for name in modules),
            *(word("upscaler", name) for name in upscalers),
            *(word("cutter", name) for name in cutters),
            *(word("side", str(side)) for side in SIDES if side <= max_side),
        }
    )
