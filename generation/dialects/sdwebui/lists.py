"""The lists that clients fill their menus from: what this caller can really have now.

No path of a machine is told: where WebUI answers one, the file name stands alone.
"""

from __future__ import annotations

from typing import Any

from accounts.actor import Actor
from catalog import access as catalog
from catalog.examples import BUILT_IN_UPSCALERS
from catalog.kinds import Kind
from catalog.models import Entry
from generation.dialects.sdwebui import wire_lists as wire
from generation.dialects.sdwebui.caller import title
from generation.models import Backend
from generation.wording.schedules import SCHEDULERS

# What our servers' features are called in WebUI's list of scripts.
SCRIPTS = ("adetailer", "controlnet")
FACE_RESTORERS = ("CodeFormer", "GFPGAN")


def sd_models(actor: Actor) -> list[wire.SdModel]:
    allowed = actor.limits.checkpoints
    return [
        wire.SdModel(
            title=title(entry),
            model_name=entry.simplify_name,
            hash=entry.sha256[:10] or None,
            sha256=entry.sha256 or None,
            filename=entry.name,
            description=entry.description or None,
        )
        for entry in catalog.choices(Kind.CHECKPOINT, actor.tenant_id)
        if not allowed or entry.name in allowed
    ]


def vaes(actor: Actor) -> list[wire.SdVae]:
    found = catalog.choices(Kind.VAE, actor.tenant_id)
    return [wire.SdVae(model_name=entry.name, filename=entry.name) for entry in found]


def samplers(actor: Actor) -> list[wire.Sampler]:
    return [wire.Sampler(name=name) for name in catalog.sampler_names(actor.tenant_id)]


def schedulers(actor: Actor) -> list[wire.Scheduler]:
    return [wire.Scheduler(name=name, label=label) for name, label in SCHEDULERS.items()]


def upscalers(actor: Actor) -> list[wire.Upscaler]:
    built_in = [name for name in BUILT_IN_UPSCALERS if not name.startswith("Latent")]
    found = [wire.Upscaler(name=name) for name in built_in]
    return found + [
        wire.Upscaler(name=entry.name, model_name=entry.simplify_name, scale=_scale(entry))
        for entry in catalog.choices(Kind.UPSCALER, actor.tenant_id)
        if entry.name not in BUILT_IN_UPSCALERS
    ]


def latent_upscale_modes(actor: Actor) -> list[wire.LatentUpscaleMode]:
    names = [name for name in BUILT_IN_UPSCALERS if name.startswith("Latent")]
    return [wire.LatentUpscaleMode(name=name) for name in names]


def realesrgan_models(actor: Actor) -> list[wire.RealesrganModel]:
    return [
        wire.RealesrganModel(name=entry.name, scale=int(_scale(entry)))
        for entry in catalog.choices(Kind.UPSCALER, actor.tenant_id)
        if "r-esrgan" in entry.name.lower() or "realesrgan" in entry.name.lower()
    ]


def face_restorers(actor: Actor) -> list[wire.FaceRestorer]:
    able = _offered(actor, "restore_faces")
    return [wire.FaceRestorer(name=name) for name in FACE_RESTORERS if able]


def prompt_styles(actor: Actor) -> list[wire.PromptStyle]:
    return [
        wire.PromptStyle(
            name=style.name, prompt=style.prompt, negative_prompt=style.negative_prompt
        )
        for style in _styles(actor)
    ]


def embeddings(actor: Actor) -> wire.Embeddings:
    found = catalog.choices(Kind.EMBEDDING, actor.tenant_id)
    return wire.Embeddings(loaded={entry.simplify_name: wire.Embedding() for entry in found})


def loras(actor: Actor) -> list[wire.Lora]:
    return [
        wire.Lora(name=entry.simplify_name, alias=entry.display_title, path=entry.name)
        for entry in catalog.choices(Kind.LORA, actor.tenant_id)
    ]


def scripts(actor: Actor) -> wire.Scripts:
    names = [name for name in SCRIPTS if _offered(actor, name)]
    return wire.Scripts(txt2img=names, img2img=names)


def script_info(actor: Actor) -> list[wire.ScriptInfo]:
    return [
        wire.ScriptInfo(name=name, is_alwayson=True, is_img2img=is_img2img)
        for name in scripts(actor).txt2img
        for is_img2img in (False, True)
    ]


def nothing(actor: Actor) -> list[Any]:
    """Hypernetworks, extensions, artists: there are none here."""
    return []


def memory(actor: Actor) -> wire.Memory:
    """The machines are shared: what they have left is nobody's business."""
    untold = {"error": "not told: the servers are shared"}
    return wire.Memory(ram=untold, cuda=untold)


def flags(actor: Actor) -> dict[str, Any]:
    """WebUI answers its command line here, its password included. This is all there is to know."""
    return {"api": True}


def controlnet_version(actor: Actor) -> dict[str, int]:
    return {"version": 2}  # of the extension's API: units go by alwayson_scripts


def controlnet_models(actor: Actor) -> wire.ControlNetModels:
    found = catalog.choices(Kind.CONTROLNET, actor.tenant_id)
    return wire.ControlNetModels(model_list=[entry.name for entry in found])


def controlnet_modules(actor: Actor) -> wire.ControlNetModules:
    """The preprocessors that the catalog's models are used with."""
    found = catalog.choices(Kind.CONTROLNET, actor.tenant_id)
    names = dict.fromkeys(str(getattr(entry, "module", "")) for entry in found)
    return wire.ControlNetModules(module_list=["none", *(name for name in names if name)])


def _scale(entry: Entry) -> float:
    return float(getattr(entry, "scale", 4.0))


def _styles(actor: Actor) -> list[Any]:
    return list(catalog.choices(Kind.STYLE, actor.tenant_id))


def _offered(actor: Actor, feature: str) -> bool:
    """Whether some server that the caller may use can do this."""
    return Backend.objects.serving(actor.tenant_id).filter(offers__contains=[feature]).exists()
