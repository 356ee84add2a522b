"""Values for the form: of an earlier task, of a picture's parameters text, of an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.actor import Actor
from catalog import access as catalog
from catalog.kinds import Kind
from generation import access
from generation.errors import NotFound
from generation.models import Task
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.studio.forms import MAX_COUNT, CreateForm
from generation.studio.sources.form import SOURCES
from generation.wording.infotext import Infotext
from generation.wording.schedules import scheduler

Values = dict[str, Any]
# What a task of ours was asked with, in the words of the form; the key in ``raw`` that says so.
MARK = "hires_upscaler"
_SAME = (
    *("prompt", "negative_prompt", "checkpoint", "vae", "width", "height", "steps", "cfg_scale"),
    *("sampler", "scheduler", "clip_skip", "subseed", "subseed_strength", "restore_faces"),
    *("tiling", "output_format"),
)


def of_snapshot(actor: Actor, task: TaskSnapshot, output: OutputSnapshot | None) -> Values:
    """Of this very picture, or of the task where there is none."""
    found = access.visible_tasks(actor).filter(pk=task.id).first()
    if found is None:
        raise NotFound("no such task")
    return of_task(found, output)


def of_task(task: Task, output: OutputSnapshot | None = None) -> Values:
    """Every field of the form. A task from elsewhere is told in the form's words, its LoRAs in the
    prompt; styles are in its prompts already."""
    if MARK in task.raw:
        known = CreateForm.base_fields.keys() | SOURCES.keys()
        values = {name: value for name, value in task.raw.items() if name in known}
    else:
        values = of_request(task.request)
    values["checkpoint"] = task.request.get("checkpoint") or values.get("checkpoint", "")
    values["count"] = 1 if output else min(task.images, MAX_COUNT)
    return values | _seeds(task.request, output)


def _seeds(request: Mapping[str, Any], output: OutputSnapshot | None) -> Values:
    """As text: they have more digits than JavaScript's numbers. Of varied pictures the seed is the
    same, and the variation seeds count up."""
    seed, subseed = request.get("seed"), request.get("subseed")
    if output and request.get("subseed_strength"):
        subseed = None if subseed is None else subseed + output.index
    elif output:
        seed = output.seed
    return {name: "" if n is None else str(n) for name, n in (("seed", seed), ("subseed", subseed))}


def of_request(request: Mapping[str, Any]) -> Values:
    values = {name: request[name] for name in _SAME if name in request}
    tags = "".join(f" <lora:{use['name']}:{use['weight']:g}>" for use in request.get("loras", ()))
    values["prompt"] = f"{request.get('prompt', '')}{tags}".strip()
    values["styles"] = list(request.get("styles", ()))
    hires = request.get("hires")
    values["hires"] = bool(hires)
    if hires:
        values |= {
            "hires_scale": hires["scale"],
            "hires_upscaler": hires["upscaler"],
            "hires_steps": hires["steps"],
            "hires_denoising": hires["denoising_strength"],
        }
    return values


# ── The parameters text ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Reading:
    """``values`` for the form; ``missing``: what the text names and nobody here has."""

    values: Values
    missing: list[str]


# Their name in the text → a field of the form, and the text's type.
_NUMBERS: dict[str, tuple[str, Callable[[str], float]]] = {
    "Steps": ("steps", int),
    "CFG scale": ("cfg_scale", float),
    "Clip skip": ("clip_skip", int),
    "Variation seed strength": ("subseed_strength", float),
    "Hires upscale": ("hires_scale", float),
    "Hires steps": ("hires_steps", int),
}
_SEEDS = {"Seed": "seed", "Variation seed": "subseed"}


def of_infotext(actor: Actor, read: Infotext) -> Reading:
    """What cannot be read as what it should be is left out."""
    said = read.parameters
    values: Values = {"prompt": read.prompt, "negative_prompt": read.negative_prompt}
    values |= {
        field: said[name] for name, field in _SEEDS.items() if said.get(name, "").isdecimal()
    }
    for name, (field, kind) in _NUMBERS.items():
        values |= _number(field, said.get(name, ""), kind)
    wide, times, high = said.get("Size", "").partition("x")
    if times and wide.isdecimal() and high.isdecimal():
        values |= {"width": int(wide) // 8 * 8, "height": int(high) // 8 * 8}
    values["tiling"] = said.get("Tiling", "") == "True"
    values["restore_faces"] = bool(said.get("Face restoration", ""))
    values |= {"hires": "Hires upscale" in said, "styles": []}
    if values["hires"]:
        values |= _number("hires_denoising", said.get("Denoising strength", ""), float)
    named, missing = _named(actor, said)
    return Reading(values=values | named, missing=missing)


def _number(field: str, text: str, kind: Callable[[str], float]) -> Values:
    try:
        return {field: kind(text)}
    except ValueError:
        return {}


def _named(actor: Actor, said: Mapping[str, str]) -> tuple[Values, list[str]]:
    """The names that the catalog knows, as it spells them, and those that it does not."""
    values: Values = {}
    missing: list[str] = []
    for kind, key, field in (
        (Kind.CHECKPOINT, "Model", "checkpoint"),
        (Kind.VAE, "VAE", "vae"),
        (Kind.UPSCALER, "Hires upscaler", "hires_upscaler"),
    ):
        names = [name for name in (said.get(f"{key} hash"), said.get(key)) if name]
        found = [catalog.resolve_many(kind, actor.tenant_id, [name])[name] for name in names]
        real = [one for one in found if one and one.name and not one.warning]
        if real:
            values[field] = real[0].name
        elif names:
            missing.append(said.get(key) or names[0])
    if sampler := said.get("Sampler"):
        values |= _sampler(actor, sampler, said.get("Schedule type", ""), missing)
    return values, missing


def _sampler(actor: Actor, name: str, schedule: str, missing: list[str]) -> Values:
    """Older texts write the schedule behind the sampler: "DPM++ 2M Karras"."""
    plain, _blank, last = name.rpartition(" ")
    if not schedule and plain and catalog.resolve_sampler(actor.tenant_id, name) is None:
        name, schedule = plain, last
    found = catalog.resolve_sampler(actor.tenant_id, name)
    if found is None:
        missing.append(name)
    values: Values = {"sampler": found.name} if found else {}
    label = scheduler(schedule)
    if label is None:
        missing.append(schedule)
    return values | ({"scheduler": label} if label is not None else {})


# ── The address ──────────────────────────────────────────────────────────────────────────────


def of_query(actor: Actor, query: Mapping[str, str]) -> Values:
    """``?checkpoint=``, ``?lora=``, ``?style=`` and ``?prompt=``; a name that the tenant does not
    have is left out. ``lora`` is the tag to write into the prompt."""
    values: Values = {}
    if prompt := query.get("prompt", "").replace("\x00", "")[:8000].strip():
        values["prompt"] = prompt
    if name := query.get("checkpoint", ""):
        checkpoint = catalog.resolve_checkpoint(actor.tenant_id, name)
        if checkpoint and not checkpoint.warning:
            values["checkpoint"] = checkpoint.name
    if name := query.get("lora", ""):
        lora = catalog.resolve_lora(actor.tenant_id, name)
        if lora and lora.entry:
            values["lora"] = tag_of(lora.entry.simplify_name, lora.entry.default_weight)
    if name := query.get("style", ""):
        style = catalog.resolve_style(actor.tenant_id, name)
        if style and style.entry:
            values["styles"] = [style.entry.name]
    return values


def tag_of(name: str, weight: float) -> str:
    return f"<lora:{name}:{weight:g}>"
