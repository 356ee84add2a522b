"""/api/v1/: the API that our own documents teach. DRF views; the actor is ``request.auth``."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import Actor
from generation import deletion, storage, watch
from generation.cancel import cancel
from generation.dialects.door import BodyTooLarge, base_url, json_body
from generation.dialects.native import wire
from generation.errors import EaselError, InvalidRequest
from generation.request import ImageRequest
from generation.states import TaskState
from generation.submit import Order, quote, submit


class TasksView(APIView):
    def post(self, request: Request) -> Response:
        """Creates a task. ``Idempotency-Key``: the same key and body answer the same task."""
        order = _order(request, keep_inputs=True)
        try:
            receipt = submit(order)
        except EaselError:
            _forget_inputs(order)
            raise
        if not receipt.created:
            _forget_inputs(order)
        shown = watch.task(order.actor, receipt.task_id, base_url=order.base_url)
        return Response(wire.task(shown), status=201 if receipt.created else 200)

    def get(self, request: Request) -> Response:
        """The caller's history, newest first: ``cursor``, ``limit`` (24, most 200), ``state``."""
        page = watch.history(
            _actor(request),
            cursor=request.query_params.get("cursor"),
            limit=_whole(request.query_params.get("limit"), "limit", 24),
            state=_state(request.query_params.get("state")),
            base_url=base_url(request._request),
        )
        return Response(
            {"items": [wire.task(item) for item in page.items], "next_cursor": page.next_cursor}
        )

    def delete(self, request: Request) -> Response:
        """Deletes all finished tasks of the caller, or those named in ``{"ids": […]}``."""
        actor = _actor(request)
        ids = json_body(request._request).get("ids")
        if ids is None:
            gone = deletion.delete_all(actor)
        elif isinstance(ids, list) and all(isinstance(each, str) for each in ids):
            gone = deletion.delete_many(actor, ids)
        else:
            raise InvalidRequest("ids: expected a list of task ids", field="ids")
        return Response({"deleted": gone.tasks, "unfinished": gone.unfinished})


class TaskView(APIView):
    def get(self, request: Request, task_id: UUID) -> Response:
        shown = watch.task(_actor(request), task_id, base_url=base_url(request._request))
        return Response(wire.task(shown))

    def delete(self, request: Request, task_id: UUID) -> Response:
        deletion.delete_task(_actor(request), task_id)
        return Response(status=204)


class CancelView(APIView):
    def post(self, request: Request, task_id: UUID) -> Response:
        """``cancelled`` false: the task had ended already."""
        actor = _actor(request)
        done = cancel(actor, task_id)
        shown = watch.task(actor, task_id, base_url=base_url(request._request))
        return Response({"cancelled": done, "task": wire.task(shown)})


class QuoteView(APIView):
    def post(self, request: Request) -> Response:
        """What the same body would cost as a task; every check is made, nothing is queued."""
        quoted = quote(_order(request, keep_inputs=False))
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


def _actor(request: Request) -> Actor:
    return cast(Actor, request.auth)


def _order(request: Request, *, keep_inputs: bool) -> Order:
    try:
        raw = request._request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge("the body is too large") from error
    asked = wire.create(raw)
    key = request.headers.get("Idempotency-Key") or None
    if key and len(key) > 128:
        raise InvalidRequest("Idempotency-Key: at most 128 characters", field="idempotency_key")
    return Order(
        actor=_actor(request),
        request=_with_inputs(asked, keep_inputs),
        dialect="native",
        raw=_without_pictures(asked),
        idempotency_key=key,
        base_url=base_url(request._request),
    )


def _with_inputs(asked: wire.CreateTask, keep: bool) -> ImageRequest:
    """The request with its pictures stored; for a quote they are checked and not kept."""
    plain: dict[str, Any] = asked.model_dump(exclude={"init", "mask", "controlnet"})

    def reference(text: str, field: str) -> dict[str, str]:
        data = wire.image_bytes(text, field)
        return {"stored": storage.store_input(data, field=field) if keep else "quote"}

    for name in ("init", "mask"):
        part = getattr(asked, name)
        if part is not None:
            plain[name] = part.model_dump() | {"image": reference(part.image, f"{name}.image")}
    plain["controlnet"] = tuple(
        unit.model_dump()
        | {"image": unit.image and reference(unit.image, f"controlnet.{index}.image")}
        for index, unit in enumerate(asked.controlnet)
    )
    return ImageRequest.model_validate(plain)


def _forget_inputs(order: Order) -> None:
    """No task is to have them: it was refused, or was there already with pictures of its own."""
    asked = order.request
    sources = [asked.init, asked.mask, *asked.controlnet]
    storage.remove([part.image.stored for part in sources if part and part.image])


def _without_pictures(asked: wire.CreateTask) -> dict[str, Any]:
    """The body as it is kept and compared: a picture by its hash, not twice in the database."""

    def hashed(part: dict[str, Any]) -> dict[str, Any]:
        image = part.get("image")
        return part | ({"image": sha256(image.encode()).hexdigest()} if image else {})

    plain: dict[str, Any] = asked.model_dump(mode="json", exclude_unset=True)
    for name in ("init", "mask"):
        if plain.get(name):
            plain[name] = hashed(plain[name])
    if "controlnet" in plain:
        plain["controlnet"] = [hashed(unit) for unit in plain["controlnet"]]
    return plain


def _whole(text: str | None, name: str, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= watch.MAX_PAGE:
        raise InvalidRequest(f"{name}: 1 to {watch.MAX_PAGE}", field=name)
    return int(text)


def _state(text: str | None) -> TaskState | None:
    if not text:
        return None
    try:
        return TaskState(text)
    except ValueError as error:
        raise InvalidRequest(f"state: one of {', '.join(TaskState)}", field="state") from error
