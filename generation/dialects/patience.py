"""Answers that carry the finished picture: the call waits, in the event loop and not in a thread,
until its task has ended.

    return answered(wire.error_form, work)      # work(hub) -> HttpResponse, or an EaselError

    shown = await end_of(hub, actor, task_id, base_url)
    async for shown in looks(hub, actor, task_id, base_url): ...
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from django.http import HttpResponse

from accounts.actor import Actor
from generation import storage, watch
from generation.cancel import cancel
from generation.dialects.door import ErrorForm, say
from generation.errors import EaselError, InternalError, TimedOut
from generation.request import ImageRequest
from generation.snapshot import TaskSnapshot
from generation.states import TaskState
from generation.stream import Hub, Later
from generation.submit import Order, Receipt, submit

log = logging.getLogger(__name__)
PATIENCE = 900.0  # seconds: EASEL_TASK_TIMEOUT's default; a client of these APIs waits 600
LOOK = 20.0  # seconds: after a lost notice, so much later at most


def answered(error_form: ErrorForm, work: Callable[[Hub], Awaitable[HttpResponse]]) -> Later:
    """A ``Later`` whose errors go out in the dialect's form, a defect of ours among them."""

    async def answer(hub: Hub) -> HttpResponse:
        try:
            return await work(hub)
        except EaselError as error:
            return say(error_form, error)
        except Exception:
            log.exception("a waiting view failed")
            return say(error_form, InternalError("internal error"))

    return Later(answer)


async def looks(
    hub: Hub, actor: Actor, task_id: UUID, base_url: str, *, preview: bool = False
) -> AsyncIterator[TaskSnapshot]:
    """The task now and after each change; the last one has ended.

    TimedOut after PATIENCE: the task is cancelled then, for nobody would ever fetch it.
    """
    end = time.monotonic() + PATIENCE
    async with hub.watch(str(task_id)) as wake:
        while (left := end - time.monotonic()) > 0:
            shown = await hub.run(watch.task, actor, task_id, base_url=base_url, preview=preview)
            yield shown
            if shown.is_final:
                return
            await wake.wait(min(LOOK, left))
    await hub.run(cancel, actor, task_id)
    raise TimedOut("the picture did not come in time: the task was cancelled")


async def end_of(hub: Hub, actor: Actor, task_id: UUID, base_url: str) -> TaskSnapshot:
    """The task, done. Raises what ``done`` raises for one that came to another end."""
    # To its own end: a generator that is left half-way goes on watching.
    last: TaskSnapshot | None = None
    async for shown in looks(hub, actor, task_id, base_url):
        last = shown
    assert last is not None
    return done(last)


def done(shown: TaskSnapshot) -> TaskSnapshot:
    """The same, if it is done; else the error that its row tells, with that error's code."""
    if shown.state == TaskState.DONE:
        return shown
    error = EaselError(shown.error_message or shown.state.value)
    error.code = shown.error_code or shown.state.value
    raise error


def submit_with_inputs(order: Order) -> Receipt:
    """``submit``; the order's stored input pictures are removed where no task is to have them:
    it was refused, or was there already with pictures of its own."""
    try:
        receipt = submit(order)
    except EaselError:
        forget_inputs(order.request)
        raise
    if not receipt.created:
        forget_inputs(order.request)
    return receipt


def forget_inputs(request: ImageRequest) -> None:
    sources = [request.init, request.mask, *request.controlnet]
    storage.remove([part.image.stored for part in sources if part and part.image])
