"""txt2img and img2img: submit, wait without a thread, answer with the pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

from accounts.actor import Actor
from generation import storage, watch
from generation.dialects.door import base_url, json_body, reply
from generation.dialects.sdwebui import answers, caller
from generation.dialects.sdwebui.calls import Asked, img2img, txt2img
from generation.dialects.sdwebui.doorway import later, serves
from generation.dialects.sdwebui.errors import GenerationFailed
from generation.errors import ContentRefused, EaselError, NotFound
from generation.models import Output
from generation.request import ImageRequest
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import OutputState, TaskState
from generation.stream import Hub, Later
from generation.submit import Order, Receipt, submit

LOOK_SECONDS = 20.0  # how often a task is looked at that nobody speaks of
LONGEST_WORDS = 8000  # what is longer in a body is a picture
PICTURES = ("init_images", "mask", "image", "input_image")
Parse = Callable[..., Asked]


@serves("POST")
def text_to_image(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _generate(request, actor, txt2img)


@serves("POST")
def image_to_image(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _generate(request, actor, img2img)


def _generate(request: HttpRequest, actor: Actor, parse: Parse) -> Later:
    body = json_body(request)
    asked: Asked = parse(body, caller.chosen(actor), strict=actor.strict)
    receipt = _submit(actor, asked, body, base_url(request))
    if asked.keep:
        caller.set_options(actor, asked.keep)

    async def answer(hub: Hub) -> HttpResponse:
        task = await _end_of(hub, actor, receipt.task_id)
        return await hub.run(_answer, task, asked, receipt.warnings)

    return later(answer)


def _submit(actor: Actor, asked: Asked, body: dict[str, Any], base: str) -> Receipt:
    keys: dict[str, str] = {}
    try:
        for name, data in asked.pictures.items():
            keys[name] = storage.store_input(data, field=name)
        receipt = submit(
            Order(
                actor=actor,
                request=_with_keys(asked.request, keys),
                dialect=caller.DIALECT,
                raw=without_pictures(body),
                client_id=asked.wire.task or f"task-{uuid4().hex}",
                base_url=base,
                warnings=asked.warnings,
            )
        )
    except EaselError:
        storage.remove(keys.values())
        raise
    if not receipt.created:  # the task was there already, with pictures of its own
        storage.remove(keys.values())
    return receipt


def _with_keys(request: ImageRequest, keys: Mapping[str, str]) -> ImageRequest:
    """The request with the storage's keys in the place of the fields' names."""

    def kept(part: Any) -> Any:
        if part is None or part.image is None:
            return part
        key = keys[part.image.stored]
        return part.model_copy(update={"image": part.image.model_copy(update={"stored": key})})

    return request.model_copy(
        update={
            "init": kept(request.init),
            "mask": kept(request.mask),
            "controlnet": tuple(kept(unit) for unit in request.controlnet),
        }
    )


def without_pictures(value: Any, name: str = "") -> Any:
    """The body as it is kept and compared: a picture by its hash, not twice in the database."""
    if isinstance(value, Mapping):
        return {key: without_pictures(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [without_pictures(each, name) for each in value]
    if isinstance(value, str) and (len(value) > LONGEST_WORDS or (name in PICTURES and value)):
        return f"sha256:{hashlib.sha256(value.encode()).hexdigest()}"
    return value


async def _end_of(hub: Hub, actor: Actor, task_id: UUID) -> TaskSnapshot:
    """The task once it has ended. A caller who goes away leaves it running, as WebUI does."""
    async with hub.watch(str(task_id)) as wake:
        while True:
            task = await hub.run(watch.task, actor, task_id, preview=False)
            if task.is_final:
                return task
            while await wake.wait(LOOK_SECONDS):
                changes = wake.take()
                if not changes or any(change.seq == 0 for change in changes):
                    break  # more than a report of progress


def _answer(task: TaskSnapshot, asked: Asked, warnings: tuple[str, ...]) -> HttpResponse:
    if task.state == TaskState.FAILED:
        raise GenerationFailed(task.error_code, task.error_message)
    told = list(warnings)
    if task.state == TaskState.CANCELLED:
        told.append("images: none, the task was interrupted")
    shown = [output for output in task.outputs if output.state == OutputState.VISIBLE]
    withheld = len(task.outputs) - len(shown)
    if withheld and not shown:
        raise ContentRefused("every picture was withheld by the audit")
    if withheld:
        told.append(f"images: {withheld} of {len(task.outputs)} were withheld by the audit")
    pictures = _pictures(shown) if asked.wire.send_images else []
    return reply(answers.generated(task, shown, pictures, asked.wire), told)


def _pictures(shown: list[OutputSnapshot]) -> list[bytes]:
    files = dict(
        Output.objects.visible()
        .filter(pk__in=[output.id for output in shown])
        .values_list("pk", "file")
    )
    if len(files) != len(shown):
        raise NotFound("the pictures have been deleted")
    return [storage.open_stored(files[output.id]) for output in shown]
