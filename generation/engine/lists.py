"""What the engine says it has: WebUI's lists and ControlNet's, all out of the painter's stock."""

from __future__ import annotations

import base64
import platform
import sys
from typing import Any

from generation.dialects.sdwebui.wire_lists import (
    ControlNetModels,
    ControlNetModules,
    Embedding,
    Embeddings,
    Extension,
    FaceRestorer,
    LatentUpscaleMode,
    Lora,
    PromptStyle,
    RealesrganModel,
    ScriptArgument,
    ScriptInfo,
    Scripts,
    SdVae,
    Upscaler,
)
from generation.engine import memory, samplers, stocked
from generation.engine.caller import Call
from generation.engine.options import NAME
from generation.engine.painter import Extra, Stock

SCRIPTS = (("controlnet", "controlnet"), ("adetailer", "adetailer"))
"""Titles as clients look for them, and the features that stand behind them."""
# Widths of what an embedding's vectors go into, by family: WebUI's clients show them.
_SHAPES = {"SD 1.5": 768, "SD 2.1": 1024, "SDXL": 2048}


def sd_models(call: Call) -> object:
    """``description`` and ``base_model`` are ours: what kind of painter stands behind it."""
    return [
        {
            "title": offer.title,
            "model_name": (
                stocked.stem(offer.card.name)
                if offer.card.title == offer.title
                else offer.card.title
            ),
            "hash": offer.card.sha256[:10],
            "sha256": offer.card.sha256,
            "filename": offer.card.name,
            "config": None,
            "base_model": offer.card.base_model,
            "description": offer.card.description,
        }
        for offer in call.engine.offers()
    ]


def sampler_rows(call: Call) -> object:
    return samplers.sampler_rows()


def scheduler_rows(call: Call) -> object:
    return samplers.scheduler_rows()


def upscalers(call: Call) -> object:
    return [
        Upscaler(
            name=extra.name,
            model_name=extra.name if extra.path else None,
            scale=extra.scale or 4.0,
        ).model_dump()
        for extra in stocked.upscalers(call.engine.stock())
    ]


def latent_upscale_modes(call: Call) -> object:
    names = call.engine.stock().latent_upscalers
    return [LatentUpscaleMode(name=name).model_dump() for name in names]


def vaes(call: Call) -> object:
    stock = call.engine.stock()
    return [SdVae(model_name=extra.name, filename=extra.name).model_dump() for extra in stock.vaes]


def hypernetworks(call: Call) -> object:
    """No painter of this engine knows them: WebUI itself no longer trains any."""
    return []


def face_restorers(call: Call) -> object:
    return [FaceRestorer(name=name).model_dump() for name in call.engine.stock().face_restorers]


def realesrgan_models(call: Call) -> object:
    return [
        RealesrganModel(name=extra.name, path=extra.name, scale=int(extra.scale) or 4).model_dump()
        for extra in call.engine.stock().upscalers
        if "esrgan" in extra.name.casefold()
    ]


def prompt_styles(call: Call) -> object:
    return [
        PromptStyle(
            name=style.name, prompt=style.prompt, negative_prompt=style.negative_prompt
        ).model_dump()
        for style in call.engine.styles.all()
    ]


def embeddings(call: Call) -> object:
    """``skipped``: those of another family than the chosen checkpoint's."""
    family = call.engine.options.choose({}).offer.card.base_model
    answer = Embeddings()
    for extra in call.engine.stock().embeddings:
        fits = extra.base_model in ("", family)
        row = Embedding(vectors=extra.vectors, shape=_SHAPES.get(extra.base_model, 768))
        (answer.loaded if fits else answer.skipped)[extra.name] = row
    return answer.model_dump()


def loras(call: Call) -> object:
    return [
        Lora(
            name=extra.name,
            alias=extra.name,
            path=extra.name,
            metadata={
                "ss_base_model_version": extra.base_model,
                "sshs_model_hash": extra.sha256,
                "modelspec.description": extra.description,
            },
        ).model_dump()
        for extra in call.engine.stock().loras
    ]


def scripts(call: Call) -> object:
    titles = _titles(call.engine.stock())
    return Scripts(txt2img=titles, img2img=titles).model_dump()


def script_info(call: Call) -> object:
    stock = call.engine.stock()
    return [
        ScriptInfo(
            name=title, is_alwayson=True, is_img2img=is_img2img, args=_arguments(title, stock)
        ).model_dump()
        for is_img2img in (False, True)
        for title in _titles(stock)
    ]


def _titles(stock: Stock) -> list[str]:
    return [title for title, feature in SCRIPTS if feature in stock.features]


def _arguments(title: str, stock: Stock) -> list[ScriptArgument]:
    """One argument a unit: an object, with what its model may be."""
    if title == "controlnet":
        models = [stocked.titled(extra) for extra in stock.controlnets]
        return [ScriptArgument(label=f"Unit {index}", choices=models) for index in range(3)]
    return [ScriptArgument(label="ad_model", choices=list(stock.detectors))]


def extensions(call: Call) -> object:
    """What clients look for under these names is part of the engine."""
    titles = _titles(call.engine.stock())
    return [Extension(name=title, version=NAME).model_dump() for title in titles]


def machine_memory(call: Call) -> object:
    return {"ram": memory.ram(), "cuda": memory.cuda()}


def flags(call: Call) -> object:
    """Not WebUI's flags, which tell its password: only what this server is."""
    return {"api": True, "easel_engine": NAME}


def system(call: Call) -> object:
    """WebUI's sysinfo, without paths, environment and command line."""
    return {
        "Platform": platform.platform(),
        "Python": platform.python_version(),
        "Version": NAME,
        "Painter": call.engine.painter.name,
        "torch": getattr(sys.modules.get("torch"), "__version__", None),
        "RAM": memory.ram(),
        "CUDA": memory.cuda(),
    }


def quick_settings(call: Call) -> object:
    return [{"name": name, "label": name} for name in call.engine.options.read()]


def startup(call: Call) -> object:
    seconds = call.engine.load_seconds
    return {"total": seconds, "records": {"load painter": seconds}}


# ── ControlNet ───────────────────────────────────────────────────────────────────────────────
def controlnet_version(call: Call) -> object:
    return {"version": 2}


def controlnet_models(call: Call) -> object:
    names = [stocked.titled(extra) for extra in call.engine.stock().controlnets]
    return ControlNetModels(model_list=names).model_dump()


def controlnet_modules(call: Call) -> object:
    modules = call.engine.stock().modules
    details: dict[str, Any] = {name: {"model_free": False, "sliders": []} for name in modules}
    return ControlNetModules(module_list=list(modules), module_detail=details).model_dump()


def control_types(call: Call) -> object:
    """By the word that models and modules have in common: canny, depth, openpose …"""
    stock = call.engine.stock()
    modules, models = list(stock.modules), list(stock.controlnets)
    types = {"All": _type(modules, models)}
    for module in modules:
        word = module.partition("_")[0]
        fitting = [extra for extra in models if word in extra.name.casefold()]
        if word != "none" and fitting:
            same = [name for name in modules if name == "none" or name.startswith(word)]
            types[word.capitalize()] = _type(same, fitting)
    return {"control_types": types}


def _type(modules: list[str], models: list[Extra]) -> dict[str, Any]:
    names = ["None", *(stocked.titled(extra) for extra in models)]
    return {
        "module_list": modules,
        "model_list": names,
        "default_option": modules[-1] if modules else "none",
        "default_model": names[1] if len(names) > 1 else "None",
    }


def detectors(call: Call) -> object:
    """As ADetailer's own route answers."""
    return {"ad_model": list(call.engine.stock().detectors)}


def controlnet_settings(call: Call) -> object:
    return {"control_net_unit_count": 3}


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
