"""The generation calls of saas: each answers at once, and its task is asked for or called back."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.authentication import authenticate
from generation.dialects.door import View, base_url, json_body, reply, speaks
from generation.dialects.inputs import must_agree, submit_with_pictures
from generation.dialects.pictures import without_pictures
from generation.dialects.saas import wire
from generation.dialects.saas.asking import IMAGE, MASK, Axes, Call, asked
from generation.errors import NotServable
from generation.submit import Order


def _drawing(call: Call, version: int) -> View:
    @speaks(wire.error_form, "POST")
    def draw(request: HttpRequest) -> HttpResponse:
        actor = authenticate(request)
        body = json_body(request)
        found = asked(
            body,
            call,
            default_format=settings.EASEL_DEFAULT_IMAGE_FORMAT,
            version=version,
            strict=actor.strict,
            axes=Axes(documented=settings.EASEL_SAAS_DOCUMENTED_AXES),
        )
        must_agree(found.pictures, IMAGE, MASK)
        order = Order(
            actor=actor,
            request=found.request,
            dialect="saas",
            raw=without_pictures(body),
            client_id=found.client_id,
            callback_url=found.callback_url,
            base_url=base_url(request),
            warnings=found.warnings,
        )
        receipt = submit_with_pictures(order, found.pictures)
        return reply(wire.accepted(found.client_id or str(receipt.task_id)), receipt.warnings)

    return draw


text2image = _drawing("text2image", 2)
text2image_v3 = _drawing("text2image", 3)
image2image = _drawing("image2image", 2)
image2image_v3 = _drawing("image2image", 3)
inpaint = _drawing("inpaint", 1)
controlnet = _drawing("controlnet", 2)


@speaks(wire.error_form, "POST")
def train(request: HttpRequest) -> HttpResponse:
    """Known by its path, and not served: said so to whoever may call at all."""
    authenticate(request)
    raise NotServable("this installation does not train models")
