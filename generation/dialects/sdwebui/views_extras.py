"""Calls on finished pictures: enlarging, restoring faces, describing. Each picture is a task."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from accounts.actor import Actor
from generation import picture_file
from generation.cancel import cancel
from generation.dialects.door import base_url, reply
from generation.dialects.inputs import submit_with_pictures
from generation.dialects.pictures import Pictures, reference, without_pictures
from generation.dialects.sdwebui import caller
from generation.dialects.sdwebui.doorway import body_as, later, serves
from generation.dialects.sdwebui.views import end_of, pictures_of, shown_of
from generation.dialects.sdwebui.wire_extras import (
    ExtrasBatchRequest,
    ExtrasBatchResponse,
    ExtrasRequest,
    ExtrasSingleRequest,
    ExtrasSingleResponse,
    InterrogateRequest,
    InterrogateResponse,
)
from generation.errors import EaselError, InvalidRequest
from generation.request import Extras, ImageRequest, Init
from generation.snapshot import TaskSnapshot
from generation.stream import Hub
from generation.submit import Order, Receipt

MAX_BATCH = 16
LARGEST = 4096  # pixels a side of an enlarged picture


@serves("POST")
def single(request: HttpRequest, actor: Actor) -> HttpResponse:
    asked = body_as(ExtrasSingleRequest, request)
    receipts = _submit_all(request, actor, asked, {"image": asked.image})

    async def answer(hub: Hub) -> HttpResponse:
        task = await end_of(hub, actor, receipts[0].task_id)
        [image] = await hub.run(_images, [task])
        said = ExtrasSingleResponse(html_info=_said(asked), image=image)
        return reply(said.model_dump(), receipts[0].warnings)

    return later(answer)


@serves("POST")
def batch(request: HttpRequest, actor: Actor) -> HttpResponse:
    asked = body_as(ExtrasBatchRequest, request)
    if not 1 <= len(asked.imageList) <= MAX_BATCH:
        raise InvalidRequest(f"imageList: 1 to {MAX_BATCH} pictures", field="imageList")
    named = {f"imageList.{index}.data": file.data for index, file in enumerate(asked.imageList)}
    receipts = _submit_all(request, actor, asked, named)

    async def answer(hub: Hub) -> HttpResponse:
        tasks = [await end_of(hub, actor, receipt.task_id) for receipt in receipts]
        images = await hub.run(_images, tasks)
        said = ExtrasBatchResponse(html_info=_said(asked), images=images)
        return reply(said.model_dump(), receipts[0].warnings)

    return later(answer)


@serves("POST")
def interrogate(request: HttpRequest, actor: Actor) -> HttpResponse:
    asked = body_as(InterrogateRequest, request)
    pictures: Pictures = {}
    init = Init(image=reference(asked.image, "image", pictures))
    wanted = ImageRequest(init=init, caption=asked.model)
    receipt = _submit(request, actor, wanted, pictures, asked.model_dump())

    async def answer(hub: Hub) -> HttpResponse:
        task = await end_of(hub, actor, receipt.task_id)
        caption = "".join(said.infotext for said in shown_of(task))
        return reply(InterrogateResponse(caption=caption).model_dump(), receipt.warnings)

    return later(answer)


def _submit_all(
    request: HttpRequest, actor: Actor, asked: ExtrasRequest, named: dict[str, str]
) -> list[Receipt]:
    """A task for each picture; when one is refused, those before it are cancelled."""
    receipts: list[Receipt] = []
    try:
        for field, text in named.items():
            pictures: Pictures = {}
            if not text:
                raise InvalidRequest(f"{field}: a picture is needed", field=field)
            image = reference(text, field, pictures)
            for data in pictures.values():
                _check_size(asked, data, field)
            wanted = ImageRequest(init=Init(image=image), extras=_extras(asked))
            receipts.append(_submit(request, actor, wanted, pictures, asked.model_dump()))
    except EaselError:
        for receipt in receipts:
            cancel(actor, receipt.task_id)
        raise
    return receipts


def _submit(
    request: HttpRequest,
    actor: Actor,
    wanted: ImageRequest,
    pictures: Pictures,
    body: dict[str, object],
) -> Receipt:
    order = Order(
        actor=actor,
        request=wanted,
        dialect=caller.DIALECT,
        raw=without_pictures(body),
        client_id=f"task-{uuid4().hex}",
        base_url=base_url(request),
    )
    return submit_with_pictures(order, pictures)


def _extras(asked: ExtrasRequest) -> Extras:
    to_size = asked.resize_mode == 1
    return Extras(
        factor=asked.upscaling_resize,
        width=asked.upscaling_resize_w if to_size else 0,
        height=asked.upscaling_resize_h if to_size else 0,
        crop=asked.upscaling_crop,
        upscaler=asked.upscaler_1,
        upscaler_2=asked.upscaler_2,
        upscaler_2_visibility=asked.extras_upscaler_2_visibility,
        gfpgan_visibility=asked.gfpgan_visibility,
        codeformer_visibility=asked.codeformer_visibility,
        codeformer_weight=asked.codeformer_weight,
        upscale_first=asked.upscale_first,
    )


def _check_size(asked: ExtrasRequest, data: bytes, field: str) -> None:
    """Before it is stored: what would come out must not be larger than a server is asked for."""
    try:
        width, height = picture_file.load(data).size
    except ValueError as error:
        raise InvalidRequest(f"{field}: {error}", field=field) from error
    name, wide, high = "upscaling_resize", width, height
    if asked.resize_mode == 1:
        name, wide, high = "upscaling_resize_w", asked.upscaling_resize_w, asked.upscaling_resize_h
    elif asked.upscaler_1 != "None":
        wide, high = round(width * asked.upscaling_resize), round(height * asked.upscaling_resize)
    if max(wide, high) > LARGEST:
        text = f"{name}: {wide} x {high} has more than {LARGEST} pixels a side"
        raise InvalidRequest(text, field=name)


def _images(tasks: Sequence[TaskSnapshot]) -> list[str]:
    return [
        base64.b64encode(data).decode("ascii")
        for task in tasks
        for data in pictures_of(shown_of(task))
    ]


def _said(asked: ExtrasRequest) -> str:
    """WebUI's ``html_info``: what was done, for people."""
    done = f"upscaler: {asked.upscaler_1}"
    if asked.resize_mode:
        done += f", to {asked.upscaling_resize_w}x{asked.upscaling_resize_h}"
    else:
        done += f", by {asked.upscaling_resize:g}"
    return f"<p>{html.escape(done)}</p>"
