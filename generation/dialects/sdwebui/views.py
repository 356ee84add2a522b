"""txt2img and img2img: submit, wait without a thread, answer with the pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

from accounts.actor import Actor
from generation import storage, watch
from generation.dialects.door import base_url, json_body, reply
from generation.dialects.inputs import submit_with_pictures
from generation.dialects.pictures import without_pictures
from generation.dialects.sdwebui import answers, caller
from generation.dialects.sdwebui.calls import Asked, img2img, txt2img
from generation.dialects.sdwebui.doorway import later, serves
from generation.dialects.sdwebui.errors import GenerationFailed
from generation.errors import ContentRefused, NotFound
from generation.models import Output
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import OutputState, TaskState
from generation.stream import Hub, Later
from generation.submit import Order, Receipt

LOOK_SECONDS = 20.0  # how often a task is looked at that nobody speaks of
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
        task = await end_of(hub, actor, receipt.task_id)
        return await hub.run(_answer, task, asked, receipt.warnings)

    return later(answer)


def _submit(actor: Actor, asked: Asked, body: dict[str, Any], base: str) -> Receipt:
    order = Order(
        actor=actor,
        request=asked.request,
        dialect=caller.DIALECT,
        raw=without_pictures(body),
        client_id=asked.wire.task or f"task-{uuid4().hex}",
        base_url=base,
        warnings=asked.warnings,
    )
    return submit_with_pictures(order, asked.pictures)


async def end_of(hub: Hub, actor: Actor, task_id: UUID) -> TaskSnapshot:
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
    told = list(warnings)
    if task.state == TaskState.CANCELLED:
        told.append("images: none, the task was interrupted")
    shown = shown_of(task)
    withheld = len(task.outputs) - len(shown)
    if withheld:
        told.append(f"images: {withheld} of {len(task.outputs)} were withheld by the audit")
    pictures = pictures_of(shown) if asked.wire.send_images else []
    return reply(answers.generated(task, shown, pictures, asked.wire), told)


def shown_of(task: TaskSnapshot) -> list[OutputSnapshot]:
    """Raises GenerationFailed, and ContentRefused where the audit withheld everything."""
    if task.state == TaskState.FAILED:
        raise GenerationFailed(task.error_code, task.error_message)
    shown = [output for output in task.outputs if output.state == OutputState.VISIBLE]
    if task.outputs and not shown:
        raise ContentRefused("every picture was withheld by the audit")
    return shown


def pictures_of(shown: list[OutputSnapshot]) -> list[bytes]:
    files = dict(
        Output.objects.visible()
        .filter(pk__in=[output.id for output in shown])
        .values_list("pk", "file")
    )
    if len(files) != len(shown):
        raise NotFound("the pictures have been deleted")
    return [storage.open_stored(files[output.id]) for output in shown]
