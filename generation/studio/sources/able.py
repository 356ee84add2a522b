"""What the tenant's GPU servers can do with a picture, as the form has to know it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from accounts.actor import Actor
from catalog import access as catalog
from catalog import pricing, tariff
from catalog.kinds import Kind
from catalog.models import ControlNet
from generation.models import Backend
from generation.plan import work_of
from generation.request import ImageRef, ImageRequest, Init, Preprocess
from generation.studio import sentences
from generation.studio.sources.modules import Module, module

SAME = "none"


@dataclass(frozen=True, kw_only=True)
class Able:
    """``modules`` by their names, "none" first; ``detectors`` are ADetailer's models."""

    image_to_image: bool
    inpaint: bool
    repairs: bool
    controlnets: tuple[ControlNet, ...]
    modules: dict[str, Module]
    detectors: tuple[str, ...]

    @property
    def controls(self) -> bool:
        return bool(self.controlnets)

    @property
    def limits(self) -> str:
        """JSON for the page: the limits of each preprocessor that has some."""
        return json.dumps(
            {
                name: [vars(limit) | {"label": str(limit.label)} for limit in one.limits]
                for name, one in self.modules.items()
                if one.limits
            }
        )

    @property
    def companions(self) -> str:
        """JSON for the page: the preprocessor that belongs to a model."""
        return json.dumps({entry.name: entry.module for entry in self.controlnets if entry.module})


def able(actor: Actor) -> Able:
    """Of all servers that may ever work for the tenant, whether they are up or not."""
    rows = Backend.objects.serving(actor.tenant_id).values_list("offers", "capabilities")
    offers = {word for words, _told in rows for word in words}
    told = [told for _words, told in rows]
    models = (entry for entry in catalog.choices(Kind.CONTROLNET, actor.tenant_id) if entry.online)
    return Able(
        image_to_image="img2img" in offers,
        inpaint="inpaint" in offers,
        repairs="adetailer" in offers,
        controlnets=tuple(entry for entry in models if isinstance(entry, ControlNet))
        if "controlnet" in offers
        else (),
        modules={name: module(name) for name in _listed(told, "controlnet_modules", SAME)},
        detectors=tuple(_listed(told, "detectors")),
    )


def preview_price(actor: Actor) -> str:
    """What a look at a preprocessor's map costs, at the resolution of a small picture."""
    picture = Init(image=ImageRef(stored="-"))
    request = ImageRequest(init=picture, preprocess=Preprocess(module=SAME))
    rule = tariff.price_rule(actor.tenant_id, "image")
    return sentences.credits(pricing.price(rule, work_of(request)).total)


def _listed(told: list[dict[str, list[str]]], kind: str, *first: str) -> list[str]:
    """Each name once."""
    return list(dict.fromkeys([*first, *(name for one in told for name in one.get(kind, ()))]))
