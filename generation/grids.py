"""Grids: one request varied along one or two axes, as one job with a task a cell.

All cells are priced, reserved and queued in one transaction, or none is. Each is an ordinary task
from then on: fair share, refunds, retries and the audit know no grids. A cell that failed, was
cancelled or deleted can be made again; its newest task is the one that counts.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts import ledger
from accounts.actor import Actor
from generation import axes, sheets, storage
from generation.axes import Axis
from generation.cancel import cancel as cancel_task
from generation.errors import Forbidden, InvalidRequest, NotFound, TaskConflict
from generation.models import Grid, Task
from generation.plan import MAX_DRAWN_SEED, plan
from generation.request import ImageRequest
from generation.submit import Order, Receipt, submit_all

_KEPT = 48  # hex digits of a key's hash, and of its body's


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A grid that somebody asks for. ``key``: sent twice, it is one grid; "" is a new one each
    time. ``body``: what a program sent, which a key stays with; without it the same key with
    other values is another grid."""

    actor: Actor
    request: ImageRequest
    x: Axis
    y: Axis | None
    dialect: str
    key: str = ""
    body: str = ""
    base_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Quoted:
    cells: int
    price: int
    balance: int
    warnings: tuple[str, ...]


def quote(wish: Wish) -> Quoted:
    """What ``create`` would charge, with all its checks; nothing is written."""
    requests = _cells(wish)
    planned = [plan(wish.actor, request, wish.dialect) for request in requests]
    return Quoted(
        cells=len(requests),
        price=sum(each.quote.total for each in planned),
        balance=ledger.balance(wish.actor.tenant_id),
        warnings=tuple(dict.fromkeys(text for each in planned for text in each.warnings)),
    )


def create(wish: Wish) -> Grid:
    """All of its tasks, or none. Raises what ``submit`` raises and InvalidRequest: too many cells,
    a value that does not go."""
    actor = wish.actor
    seed = wish.request.seed
    if seed is None:  # one for all cells, or nothing could be compared
        seed = secrets.randbelow(MAX_DRAWN_SEED)
    request = wish.request.model_copy(update={"seed": seed, "batch_size": 1, "n_iter": 1})
    key = _key(wish)
    if key and (found := _existing(actor, key)):
        return found
    _expanded(request, wish.x, wish.y)  # refused before anything is copied
    with _copies() as copied:
        return _create(wish, copied(request), key)


def known(actor: Actor, key: str, body: str) -> Grid | None:
    """The grid that this body made under its key before. TaskConflict where another body did;
    Forbidden to who may only look."""
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    return _existing(actor, _key_with(key, body)) if key else None


def _create(wish: Wish, request: ImageRequest, key: str) -> Grid:
    actor = wish.actor
    cells = _expanded(request, wish.x, wish.y)
    try:
        with transaction.atomic():
            grid = Grid.objects.create(
                tenant_id=actor.tenant_id,
                user_id=actor.user_id,
                lineage=actor.lineage,
                idempotency_key=key or None,
                request=request.model_dump(mode="json"),
                x=wish.x.to_json(),
                y=wish.y.to_json() if wish.y else None,
            )
            _submit(actor, grid, list(enumerate(cells)), wish.dialect, wish.base_url)
    except IntegrityError:
        found = _existing(actor, key)  # the second of two clicks
        if found is None:
            raise
        return found
    return grid


def again(actor: Actor, grid_id: str | UUID, index: int | None = None) -> int:
    """Makes the cells anew that have no picture, or one of them; how many. NotFound for a cell
    that the grid does not have; raises what ``submit`` raises."""
    grid = sheets.one(actor, grid_id)
    with transaction.atomic():
        Grid.objects.select_for_update().get(pk=grid.pk)  # two clicks make one task a cell
        wanted = sheets.cells(actor, grid, index)
        if index is not None and not wanted:
            raise NotFound("no such cell")
        missing = [cell.index for cell in wanted if cell.can_repeat]
        if not missing:
            return 0
        x, y = sheets.axes_of(grid)
        requests = axes.expand(ImageRequest.model_validate(grid.request), x, y)
        dialect = Task.objects.filter(grid=grid).values_list("dialect", flat=True).first()
        _submit(actor, grid, [(at, requests[at]) for at in missing], dialect or "native", "")
    return len(missing)


def cancel(actor: Actor, grid_id: str | UUID) -> int:
    """Cancels what is left of it; how many tasks were."""
    grid = sheets.one(actor, grid_id)
    left = Task.objects.filter(grid=grid).unfinished().order_by("-created_at")
    return sum(cancel_task(actor, task_id) for task_id in left.values_list("pk", flat=True))


def _cells(wish: Wish) -> list[ImageRequest]:
    request = wish.request.model_copy(update={"batch_size": 1, "n_iter": 1})
    return _expanded(request, wish.x, wish.y)


def _expanded(request: ImageRequest, x: Axis, y: Axis | None) -> list[ImageRequest]:
    if not request.is_painted:
        raise InvalidRequest(_("a grid varies a picture that is painted"), field=request.kind)
    count = len(x.values) * (len(y.values) if y else 1)
    most = settings.EASEL_MAX_GRID_CELLS
    if count > most:
        text = _("at most %(most)d pictures a grid, this is %(count)d")
        raise InvalidRequest(text % {"most": most, "count": count}, field="grid")
    return axes.expand(request, x, y)


def _submit(
    actor: Actor,
    grid: Grid,
    numbered: Sequence[tuple[int, ImageRequest]],
    dialect: str,
    base_url: str,
) -> list[Receipt]:
    """The tasks of these cells, in the order in which they are painted: a checkpoint is loaded
    once, not once a row. In a transaction of the caller's."""
    ordered = sorted(numbered, key=lambda each: (each[1].checkpoint, each[1].vae, each[0]))
    with _copies() as copied:
        orders = [
            Order(
                actor=actor,
                request=copied(request),
                dialect=dialect,
                raw={"grid": str(grid.pk), "cell": index, "styles": list(request.styles)},
                base_url=base_url,
            )
            for index, request in ordered
        ]
        receipts = submit_all(orders)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE generation_task SET grid_id = %s, cell = place.cell "
            "FROM unnest(%s::uuid[], %s::int[]) AS place (id, cell) "
            "WHERE generation_task.id = place.id",
            [grid.pk, [each.task_id for each in receipts], [index for index, _ in ordered]],
        )
    return receipts


@contextmanager
def _copies() -> Iterator[Callable[[ImageRequest], ImageRequest]]:
    """Requests with input pictures of their own: a task's are deleted with it, and those of the
    grid must be there when a cell is made again. What was copied goes where all came to nothing."""
    made: list[str] = []

    def copied(request: ImageRequest) -> ImageRequest:
        keys: dict[str, str] = {}
        for name, ref in request.inputs.items():
            if ref.stored and ref.stored not in keys:
                keys[ref.stored] = _copy(ref.stored, name)
                made.append(keys[ref.stored])
        return request.stored_as(keys) if keys else request

    try:
        yield copied
    except BaseException:
        storage.remove(made)
        raise


def _copy(stored: str, field: str) -> str:
    try:
        return storage.copy_input(stored)
    except NotFound as error:
        raise InvalidRequest(_("this picture is not there any more"), field=field) from error


def _key(wish: Wish) -> str:
    """Of this very grid: the same key with other values is another grid."""
    if not wish.key:
        return ""
    if wish.body:
        return _key_with(wish.key, wish.body)
    said = [
        wish.key,
        wish.request.model_dump(mode="json"),
        wish.x.to_json(),
        wish.y.to_json() if wish.y else None,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _key_with(key: str, body: str) -> str:
    return ".".join(hashlib.sha256(text.encode()).hexdigest()[:_KEPT] for text in (key, body))


def _existing(actor: Actor, key: str) -> Grid | None:
    rows = Grid.objects.filter(lineage=actor.lineage)
    if "." not in key:
        return rows.filter(idempotency_key=key).first()
    found = rows.filter(idempotency_key__startswith=key[: _KEPT + 1]).first()
    if found is not None and found.idempotency_key != key:
        raise TaskConflict(_("this key was used with another body"), field="idempotency_key")
    return found
