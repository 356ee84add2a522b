"""/api/v1/: the API that our own documents teach. DRF views; the actor is ``request.auth``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import authenticate
from generation import deletion, watch
from generation.cancel import cancel
from generation.dialects.door import base_url, reply, speaks
from generation.dialects.native import inputs, wire
from generation.dialects.native.schema import describes
from generation.dialects.native.view import (
    NativeView,
    actor_of,
    answer,
    idempotency_key,
    query,
    raw_body,
    read,
    with_rate,
)
from generation.dialects.native.wire_calls import CreateQuery, DeleteTasks, TaskQuery
from generation.dialects.native.wire_shapes import (
    CancelledOut,
    DeletedOut,
    QuoteOut,
    TaskOut,
    TaskPage,
    WhyWaitingOut,
)
from generation.errors import EaselError, NotFound
from generation.request import ImageRequest
from generation.states import TaskState
from generation.submit import Order, Receipt, known, quote, submit


class TasksView(NativeView):
    @describes(
        "Create a task",
        TaskOut,
        status=201,
        body=wire.CreateTask,
        query=CreateQuery,
        also={200: QuoteOut},
        headers={"Idempotency-Key": "The same key and body answer the same task (200)."},
        tag="tasks",
    )
    def post(self, request: Request) -> Response:
        """``dry_run``: every check, the price, and nothing is queued."""
        if query(CreateQuery, request).dry_run:
            return _quoted(request)
        asked = wire.create(raw_body(request))
        order = _order(request, asked)
        # First: a picture that is named in it may be gone by now, and its answer stays the same.
        receipt = known(order) or _submitted(order, asked)
        shown = watch.task(order.actor, receipt.task_id, base_url=order.base_url)
        response = Response(wire.task(shown), status=201 if receipt.created else 200)
        response["Location"] = f"/api/v1/tasks/{receipt.task_id}"
        return with_rate(response, order.actor)

    @describes("List tasks", TaskPage, query=TaskQuery, tag="tasks")
    def get(self, request: Request) -> Response:
        """Your own, newest first, made through whichever API."""
        asked = query(TaskQuery, request)
        page = watch.history(
            actor_of(request),
            cursor=asked.cursor,
            limit=asked.limit,
            state=TaskState(asked.state) if asked.state else None,
            filters=watch.Filters(
                dialect=asked.dialect or "",
                checkpoint=asked.checkpoint,
                created_after=asked.created_after,
                created_before=asked.created_before,
            ),
            base_url=base_url(request._request),
        )
        items = [wire.task(item) for item in page.items]
        return Response({"items": items, "next_cursor": page.next_cursor})

    @describes("Delete tasks", DeletedOut, body=DeleteTasks, tag="tasks")
    def delete(self, request: Request) -> Response:
        """All of your finished ones, or those that are named: all of them or none."""
        actor, asked = actor_of(request), read(DeleteTasks, request)
        gone = (
            deletion.delete_all(actor)
            if asked.ids is None
            else deletion.delete_many(actor, asked.ids)
        )
        return answer(DeletedOut(deleted=gone.tasks, unfinished=gone.unfinished))


class TaskView(NativeView):
    @describes("Get a task", TaskOut, tag="tasks")
    def get(self, request: Request, task_id: UUID) -> Response:
        """Answered without DRF, by ``poll``: this is the most frequent call of all."""
        shown = watch.task(actor_of(request), task_id, base_url=base_url(request._request))
        return Response(wire.task(shown))

    @describes("Delete a task", None, status=204, tag="tasks")
    def delete(self, request: Request, task_id: UUID) -> Response:
        """With its pictures. An unfinished one is to be cancelled first."""
        deletion.delete_task(actor_of(request), task_id)
        return Response(status=204)


@speaks(wire.problem, "GET")
def poll(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """What ``TaskView.get`` answers, at twice its rate: a plain view."""
    actor = authenticate(request)
    return reply(wire.task(watch.task(actor, task_id, base_url=base_url(request))))


def polled_plainly(view: type[NativeView]) -> Callable[..., HttpResponseBase]:
    """The DRF view, with GET taken over by ``poll``; for the API's document it is the DRF view."""
    full = view.as_view()

    @functools.wraps(full)
    def serve(request: HttpRequest, **where: Any) -> HttpResponseBase:
        if request.method != "GET":
            return full(request, **where)
        response = poll(request, **where)
        if response.status_code >= 400:
            response["Content-Type"] = "application/problem+json"
        if response.status_code == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response

    return serve


def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """A path that is none of this API's."""
    status, body = wire.problem(NotFound("no such path"))
    response = reply(body, status=status)
    response["Content-Type"] = "application/problem+json"
    return response


nothing.csrf_exempt = True  # type: ignore[attr-defined]


class CancelView(NativeView):
    @describes("Cancel a task", CancelledOut, tag="tasks")
    def post(self, request: Request, task_id: UUID) -> Response:
        """A queued one is refunded at once; a running one stops within about a second."""
        actor = actor_of(request)
        done = cancel(actor, task_id)
        shown = watch.task(actor, task_id, base_url=base_url(request._request))
        return Response({"cancelled": done, "task": wire.task(shown)})


class WaitingView(NativeView):
    @describes("Ask why a task waits", WhyWaitingOut, tag="tasks")
    def get(self, request: Request, task_id: UUID) -> Response:
        """``waiting`` is null unless the task is queued."""
        shown = wire.task(watch.task(actor_of(request), task_id, preview=False))
        return Response({"state": shown["state"], "waiting": shown["waiting"]})


class QuoteView(NativeView):
    @describes("Quote a task", QuoteOut, body=wire.CreateTask, tag="tasks")
    def post(self, request: Request) -> Response:
        """What the same body would cost as a task; every check is made, nothing is queued."""
        return _quoted(request)


def _quoted(request: Request) -> Response:
    asked = wire.create(raw_body(request))
    order = _order(request, asked)
    quoted = quote(replace(order, request=inputs.with_pictures(order.actor, asked, keep=False)))
    lines = [
        {"code": line.code, "credits": wire.credits(line.millicredits)} for line in quoted.lines
    ]
    return Response(
        {
            "price": wire.credits(quoted.price),
            "balance": wire.credits(quoted.balance),
            "lines": lines,
            "warnings": list(quoted.warnings),
        }
    )


def _submitted(order: Order, asked: wire.CreateTask) -> Receipt:
    order = replace(order, request=inputs.with_pictures(order.actor, asked, keep=True))
    try:
        receipt = submit(order)
    except EaselError:
        inputs.forget(order.request)
        raise
    if not receipt.created:
        inputs.forget(order.request)
    return receipt


def _order(request: Request, asked: wire.CreateTask) -> Order:
    """Still without what was asked: its pictures are looked at last."""
    return Order(
        actor=actor_of(request),
        request=ImageRequest(),
        dialect="native",
        raw=inputs.without_pictures(asked),
        idempotency_key=idempotency_key(request),
        base_url=base_url(request._request),
    )
