"""From what was asked to what will be done: every check before a task is queued.

Names are resolved by the catalog, the seed is drawn, limits of tenant and key hold, some backend
could serve it (up or not), the prompt may run, and it has a price. What cannot be done is refused
by name here; nothing is dropped in silence: what is not what was named is a warning.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from accounts.actor import Actor
from catalog import access as catalog
from catalog import pricing, tariff
from catalog.models import BaseModel, Checkpoint, ControlNet
from generation import conditioning, egress, needs
from generation.audit import prompt as prompt_audit
from generation.errors import ContentRefused, Forbidden, InvalidRequest, NotServable, UnknownModel
from generation.models import Backend
from generation.request import TOOLS, ADetailerUnit, ControlNetUnit, ImageRequest, LoraUse
from generation.states import Verdict
from generation.wording.styled import styled

EXTRAS_SIDE, EXTRAS_STEPS = 1024, 2  # work on a picture is billed as two steps of a megapixel
MAX_DRAWN_SEED = 2**32  # JavaScript clients read these exactly


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What submit writes down. ``work`` is megapixel-steps, ``needs`` words of ``needs``."""

    request: ImageRequest
    needs: list[str]
    quote: pricing.Quote
    work: float
    warnings: list[str]


@dataclass
class _Draft:
    actor: Actor
    dialect: str
    warnings: list[str] = field(default_factory=list)
    brought: set[str] = field(default_factory=set)  # LoRAs whose files Easel keeps

    def resolved(self, look_up: Callable[..., Any], name: str, field_name: str) -> Any:
        """The catalog's answer; UnknownModel naming the field where it knows no such thing."""
        found = look_up(self.actor.tenant_id, name, self.dialect)
        if found is None:
            text = (
                _("unknown: “%(name)s”") % {"name": name}
                if name
                else _("no checkpoint is there yet")
            )
            raise UnknownModel(text, field=field_name)
        if found.warning:
            self.warnings.append(found.warning)
        return found


def plan(actor: Actor, request: ImageRequest, dialect: str) -> Plan:
    """Raises InvalidRequest and its kin, Forbidden, ContentRefused, EgressRefused; each names its
    field."""
    _within_limits(actor, request)
    draft = _Draft(actor, dialect)
    final = (
        _led_by_code(draft, _resolve(draft, request))
        if request.is_painted
        else (_worked_on(draft, request))
    )
    _may_run(actor, final)
    words = needs.of_request(final, draft.brought)
    _servable(actor.tenant_id, words, final)
    _soft_features(actor.tenant_id, final, draft.warnings)
    for name, address in final.addresses.items():
        egress.check_url(address, field=name)
    rule = tariff.price_rule(actor.tenant_id, TOOLS.get(final.kind, "image"), final.checkpoint)
    return Plan(
        request=final,
        needs=words,
        quote=pricing.price(rule, work_of(final)),
        work=final.images * final.width * final.height * final.steps / 1e6,
        warnings=draft.warnings,
    )


def work_of(request: ImageRequest) -> pricing.Work:
    if request.preprocess:  # one step at the resolution in which the map is drawn
        side = request.preprocess.processor_res
        return pricing.Work(width=side, height=side, steps=1)
    if not request.is_painted:
        return pricing.Work(width=EXTRAS_SIDE, height=EXTRAS_SIDE, steps=EXTRAS_STEPS)
    wide, high = request.final_size if request.hires else (0, 0)
    return pricing.Work(
        images=request.images,
        width=request.width,
        height=request.height,
        steps=request.steps,
        hires_width=wide,
        hires_height=high,
        hires_steps=(request.hires.steps or request.steps) if request.hires else 0,
        img2img=request.init is not None or bool(request.qr and not request.qr.model),
        restore_faces=request.restore_faces,
        controlnet_units=sum(unit.enabled for unit in request.controlnet)
        + bool(request.qr and request.qr.model),
        adetailer_units=len(request.adetailer),
    )


def _worked_on(draft: _Draft, request: ImageRequest) -> ImageRequest:
    """A request that paints nothing: it needs no checkpoint, only its upscalers' names."""
    request = request.model_copy(update={"seed": 0, "checkpoint": "", "prompt": ""})
    if not request.extras:
        return request
    names = {
        field: draft.resolved(
            catalog.resolve_upscaler, getattr(request.extras, field), f"extras.{field}"
        ).name
        for field in ("upscaler", "upscaler_2")
    }
    return request.model_copy(update={"extras": request.extras.model_copy(update=names)})


def _within_limits(actor: Actor, request: ImageRequest) -> None:
    limits = actor.limits
    if request.images > limits.max_images and not request.cutout:  # whose second is its mask
        raise InvalidRequest(
            _("at most %(most)d images a request") % {"most": limits.max_images}, field="images"
        )
    wide, high = request.final_size
    for name, side in (("width", max(request.width, wide)), ("height", max(request.height, high))):
        if limits.max_side and side > limits.max_side:
            text = _("at most %(most)d pixels, got %(side)d")
            raise InvalidRequest(text % {"most": limits.max_side, "side": side}, field=name)


def _resolve(draft: _Draft, request: ImageRequest) -> ImageRequest:
    request = _styled(draft, _described(draft, request) if request.qr else request)
    checkpoint = draft.resolved(catalog.resolve_checkpoint, request.checkpoint, "checkpoint")
    allowed = draft.actor.limits.checkpoints
    if allowed and checkpoint.name not in allowed:
        text = _("this key may not use %(name)s") % {"name": checkpoint.name}
        raise Forbidden(text, field="checkpoint")
    seed = request.seed if request.seed is not None else secrets.randbelow(MAX_DRAWN_SEED)
    return request.model_copy(
        update={
            "checkpoint": checkpoint.name,
            "vae": draft.resolved(catalog.resolve_vae, request.vae, "vae").name,
            "sampler": draft.resolved(catalog.resolve_sampler, request.sampler, "sampler").name,
            "prompt": _prompt_loras(draft, request.prompt, checkpoint.entry),
            "loras": tuple(
                LoraUse(name=name, weight=use.weight)
                for use in request.loras
                if (name := _lora(draft, use.name, "loras", checkpoint.entry))
            ),
            "hires": _hires(draft, request),
            "controlnet": tuple(
                _unit(draft, unit, checkpoint.entry) for unit in request.controlnet
            ),
            "adetailer": tuple(_detector(draft, unit) for unit in request.adetailer),
            "seed": seed,
        }
    )


def _styled(draft: _Draft, request: ImageRequest) -> ImageRequest:
    """The styles' words written into the prompts, as WebUI does: at ``{prompt}``, or behind it.
    A style is ours, no backend need know it; what it adds is audited like the rest."""
    if not request.styles:
        return request
    prompt, negative = request.prompt, request.negative_prompt
    for name in request.styles:
        style = draft.resolved(catalog.resolve_style, name, "styles").entry
        prompt = styled(prompt, style.prompt)
        negative = styled(negative, style.negative_prompt)
    return request.model_copy(update={"prompt": prompt, "negative_prompt": negative, "styles": ()})


def _prompt_loras(draft: _Draft, prompt: str, checkpoint: Checkpoint | None) -> str:
    """The prompt with each LoRA tag in the backends' spelling; one without effect is taken out."""

    def spelled(match: Any) -> str:
        name = _lora(draft, match[1].strip(), "prompt", checkpoint)
        return match[0].replace(match[1], name, 1) if name else ""

    return needs.LORA_TAG.sub(spelled, prompt)


def _lora(draft: _Draft, name: str, field_name: str, checkpoint: Checkpoint | None) -> str:
    found = draft.resolved(catalog.resolve_lora, name, field_name)
    if found.entry and checkpoint and found.name and not catalog.fits(found.entry, checkpoint):
        text = _("the LoRA %(lora)s is for %(its)s, the checkpoint is %(base)s")
        values = {"lora": name, "its": found.entry.base_model, "base": checkpoint.base_model}
        raise InvalidRequest(text % values, field=field_name)
    if found.entry and found.entry.file:
        draft.brought.add(found.name)
    return str(found.name)


def _hires(draft: _Draft, request: ImageRequest) -> Any:
    if not request.hires:
        return None
    found = draft.resolved(catalog.resolve_upscaler, request.hires.upscaler, "hires.upscaler")
    return request.hires.model_copy(update={"upscaler": found.name})


def _detector(draft: _Draft, unit: ADetailerUnit) -> ADetailerUnit:
    if unit.sampler is None:
        return unit
    found = draft.resolved(catalog.resolve_sampler, unit.sampler, "adetailer.sampler")
    return unit.model_copy(update={"sampler": found.name})


def _unit(draft: _Draft, unit: ControlNetUnit, checkpoint: Checkpoint | None) -> ControlNetUnit:
    if not unit.enabled:
        return unit
    if unit.is_reference:
        if unit.model.lower() not in ("", "none"):
            draft.warnings.append(_("%(name)s needs no model") % {"name": unit.module})
        return unit.model_copy(update={"model": "None"})
    found = draft.resolved(catalog.resolve_controlnet, unit.model, "controlnet.model")
    if not _leads(found.entry, checkpoint):
        text = _("the ControlNet model %(model)s is for %(its)s, the checkpoint is %(base)s")
        values = {"model": unit.model, "its": found.entry.base_model}
        values["base"] = checkpoint.base_model if checkpoint else ""
        raise InvalidRequest(text % values, field="controlnet.model")
    return unit.model_copy(update={"model": found.name})


def _described(draft: _Draft, request: ImageRequest) -> ImageRequest:
    def knows_style(name: str) -> bool:
        return bool(name and catalog.resolve_style(draft.actor.tenant_id, name, draft.dialect))

    def has_checkpoint(name: str) -> bool:
        found = catalog.resolve_checkpoint(draft.actor.tenant_id, name, draft.dialect)
        return bool(found and found.entry and found.entry.present and not found.warning)

    if not settings.EASEL_QR_FETCH:
        request = conditioning.without_source(request)
    return conditioning.described(request, knows_style=knows_style, has_checkpoint=has_checkpoint)


def _led_by_code(draft: _Draft, request: ImageRequest) -> ImageRequest:
    """A request for a QR picture with the ControlNet model that leads it, if there is any."""
    qr, tenant_id = request.qr, draft.actor.tenant_id
    if qr is None:
        return request
    if qr.model:
        name = draft.resolved(catalog.resolve_controlnet, qr.model, "qr.model").name
        return request.model_copy(update={"qr": qr.model_copy(update={"model": name})})
    checkpoint = catalog.resolve_checkpoint(tenant_id, request.checkpoint, draft.dialect)

    def resolve(name: str) -> str | None:
        found = catalog.resolve_controlnet(tenant_id, name, draft.dialect)
        if not found or (checkpoint and not _leads(found.entry, checkpoint.entry)):
            return None
        return found.name

    return conditioning.conditioned(
        request,
        resolve=resolve,
        is_servable=lambda chosen: _is_served(tenant_id, needs.of_request(chosen, draft.brought)),
    )


def _leads(model: ControlNet | None, checkpoint: Checkpoint | None) -> bool:
    """The sketch painter takes a model's name for what it does, whatever family it is of."""
    if not model or not checkpoint or checkpoint.base_model == BaseModel.SKETCH:
        return True
    return catalog.fits(model, checkpoint)


def _may_run(actor: Actor, request: ImageRequest) -> None:
    """The audit of every prompt that is drawn. What is *not* wanted (negative_prompt) is never a
    reason."""
    prompts = (request.prompt, *(unit.prompt for unit in request.adetailer))
    finding = prompt_audit.judge(actor.tenant_id, " , ".join(prompts))
    if finding.verdict == Verdict.BLOCK:
        raise ContentRefused(_("the prompt is not allowed here"), field="prompt")


def _servable(tenant_id: int, words: list[str], request: ImageRequest) -> None:
    """NotServable unless some enabled backend could do it, whether it is up now or not."""
    if _is_served(tenant_id, words):
        return
    backends = Backend.objects.serving(tenant_id)
    checkpoint = needs.word("checkpoint", request.checkpoint)
    able = backends.filter(offers__contains=[checkpoint]) if request.is_painted else backends
    missing = [w for w in words if not able.filter(offers__contains=[w]).exists()]
    what = ", ".join(w.partition(":")[2] if w.startswith("side:") else w for w in missing or words)
    if not request.is_painted:
        text = _("no server here can do this: %(what)s") % {"what": what}
        raise NotServable(text, field=_field_of((missing or words)[0]))
    raise NotServable(
        _("no server can do this with %(checkpoint)s: %(what)s")
        % {"checkpoint": request.checkpoint, "what": what},
        field=_field_of(missing[0] if missing else checkpoint),
    )


def _is_served(tenant_id: int, words: list[str]) -> bool:
    """A yes is remembered for a second: a task that a backend just lost waits and says why."""
    asked = (tenant_id, *words)
    if time.monotonic() < _served_until.get(asked, 0.0):
        return True
    with connection.cursor() as cursor:  # on the hot road: the ORM takes four times as long
        cursor.execute(_SERVABLE, [words, tenant_id])
        served = bool(cursor.fetchone()[0])
    if served:
        if len(_served_until) > 10_000:
            _served_until.clear()
        _served_until[asked] = time.monotonic() + SERVED_SECONDS
    return served


SERVED_SECONDS = 1.0
_served_until: dict[tuple[object, ...], float] = {}
_SERVABLE = """
SELECT EXISTS (SELECT 1 FROM generation_backend
               WHERE enabled AND offers @> %s::varchar[] AND (tenant_id IS NULL OR tenant_id = %s))
"""


def _field_of(word: str) -> str:
    kind = word.partition(":")[0]
    return {
        "side": "width",
        "lora": "loras",
        "fetch": "loras",
        "inpaint": "mask",
        "img2img": "init",
        "rembg": "cutout",
        "cutter": "cutout.model",
        "faceswap": "swap",
    }.get(kind, kind)


def _soft_features(tenant_id: int, request: ImageRequest, warnings: list[str]) -> None:
    """What some servers leave out without harm is done where it can be, and else said."""
    if request.clip_skip == 1:
        return
    checkpoint = needs.word("checkpoint", request.checkpoint)
    able = Backend.objects.serving(tenant_id).filter(offers__contains=[checkpoint, "clip_skip"])
    if not able.exists():
        warnings.append(_("clip skip has no effect with %(name)s") % {"name": request.checkpoint})
