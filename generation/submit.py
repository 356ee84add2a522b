"""The only way in: check, price, then reserve + Task row in one statement, then NOTIFY.

One statement is one transaction and one round trip: the tenant's balance row is locked for the
length of a commit and no longer, and nothing can be half done.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts import ledger, limits, request_id
from accounts.actor import Actor
from catalog import pricing
from generation import channels, egress, words
from generation.errors import (
    EaselError,
    Forbidden,
    InsufficientCredit,
    QueueFull,
    TaskConflict,
    UnderMaintenance,
)
from generation.models import Maintenance, Task
from generation.models.task import random_id
from generation.plan import Plan, plan
from generation.request import ImageRequest
from generation.states import TaskState


@dataclass(frozen=True, kw_only=True)
class Order:
    """Who asks for what, and how he wants to find it again.

    ``client_id`` is the caller's own task id (may be used again once its task has finished);
    ``idempotency_key`` is never used again. Under either, the same ``raw`` body answers the same
    task, another body is a TaskConflict.
    """

    actor: Actor
    request: ImageRequest
    dialect: str
    raw: dict[str, Any] = field(default_factory=dict)
    client_id: str = ""
    idempotency_key: str | None = None
    callback_url: str = ""
    base_url: str = ""
    priority: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Receipt:
    task_id: UUID
    price: int
    created: bool  # False: the task was there already
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Quoted:
    price: int
    balance: int
    lines: tuple[pricing.Line, ...]
    warnings: tuple[str, ...]


def quote(order: Order) -> Quoted:
    """What ``submit`` would charge, with all its checks; nothing is written."""
    planned = plan(order.actor, order.request, order.dialect)
    return Quoted(
        price=planned.quote.total,
        balance=ledger.balance(order.actor.tenant_id),
        lines=planned.quote.lines,
        warnings=(*order.warnings, *planned.warnings),
    )


def submit(order: Order) -> Receipt:
    """Queues a task; one whose input pictures have addresses waits in ``uploading`` until they are
    here. Raises what ``plan`` raises, RateLimited, QueueFull, InsufficientCredit, TaskConflict and
    UnderMaintenance; then nothing is queued and nothing is charged."""
    if not order.actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    limits.check_rate(order.actor)
    body_hash = _hash(order)
    if order.idempotency_key and (found := _existing(order, body_hash)):
        return found  # also where the same body would be refused today
    if order.callback_url:
        _may_call_back(order)
    planned = plan(order.actor, order.request, order.dialect)
    try:
        return _insert(order, planned, body_hash)
    except IntegrityError:
        # The id is in use: the constraint says so, and a look before costs each submit a query.
        if found := _existing(order, body_hash):
            return found
        return _insert(order, planned, body_hash)  # the one has ended: its id is free again
    except (InsufficientCredit, QueueFull, UnderMaintenance):
        if found := _existing(order, body_hash):  # the last credit may have gone to this very task
            return found
        raise


def submit_all(orders: Sequence[Order]) -> list[Receipt]:
    """Queues all of one actor's orders or none, in one transaction. They have no ids of their own
    and count as one request against the rates. Raises what ``submit`` raises; what is said of
    credit and queue is of all of them."""
    actor = orders[0].actor
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    limits.check_rate(actor)
    planned = [plan(actor, order.request, order.dialect) for order in orders]
    total = sum(each.quote.total for each in planned)
    try:
        with transaction.atomic():
            return [
                _insert(order, each, _hash(order))
                for order, each in zip(orders, planned, strict=True)
            ]
    except (InsufficientCredit, QueueFull) as error:
        raise _refusal_of_all(actor, total, len(orders)) or error from error


def _refusal_of_all(actor: Actor, price: int, count: int) -> EaselError | None:
    """Why so many were not let in; None where it is so no more."""
    balance = ledger.balance(actor.tenant_id)
    queued = Task.objects.for_tenant(actor.tenant_id).unfinished().count()
    if queued + count > actor.limits.max_queued:
        text = _("%(count)d tasks are unfinished already; there is room for %(most)d in all")
        return QueueFull(text % {"count": queued, "most": actor.limits.max_queued})
    return InsufficientCredit(balance=balance, price=price) if balance < price else None


def known(order: Order) -> Receipt | None:
    """The task that this body made under its idempotency key before, whatever became of what it
    names since. TaskConflict where another body did; Forbidden to who may only look."""
    if not order.idempotency_key:
        return None
    if not order.actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    return _existing(order, _hash(order))


def _hash(order: Order) -> str:
    return hashlib.sha256(_canonical(order.raw).encode()).hexdigest()


def _may_call_back(order: Order) -> None:
    hosts = order.actor.limits.callback_hosts
    if hosts and (urlsplit(order.callback_url).hostname or "") not in hosts:
        raise Forbidden(_("this key may not call back to that host"), field="callback_url")
    # A receiver may come up after the task: its name need not exist yet.
    egress.check_url(order.callback_url, field="callback_url", must_exist=False)


def _existing(order: Order, body_hash: str) -> Receipt | None:
    """The task under the order's id or key, if there is one that this order may not double."""
    if order.idempotency_key:
        name, sql, value = "idempotency_key", _BY_KEY, order.idempotency_key
    elif order.client_id:
        name, sql, value = "client_id", _BY_CLIENT_ID, order.client_id
    else:
        return None
    with connection.cursor() as cursor:  # on the hot road: the ORM takes four times as long
        cursor.execute(sql, [order.actor.lineage, value])
        row = cursor.fetchone()
    if row is None:
        return None
    task_id, price, found_hash, warnings = row
    if found_hash != body_hash:
        raise TaskConflict(_("this id is in use by another request"), field=name)
    return Receipt(task_id=task_id, price=price, created=False, warnings=tuple(warnings))


def _insert(order: Order, planned: Plan, body_hash: str) -> Receipt:
    task_id = random_id()
    warnings = [*order.warnings, *planned.warnings]
    parameters = _parameters(order, planned, body_hash, task_id, warnings)
    written = _write(order.actor, parameters)
    if not written and not planned.quote.total and ledger.open_books(order.actor.tenant_id):
        written = _write(order.actor, parameters)  # free of charge, and the tenant's first
    if not written:
        raise _refusal(order.actor, planned.quote.total)
    # Not in the statement: a commit with a NOTIFY holds one lock of the whole cluster over its
    # disk wait, and submits queue up for it (0004). Lost with this process, it costs half a second.
    tenant_id = order.actor.tenant_id
    told = channels.task_uploading if planned.request.must_fetch else channels.task_queued
    transaction.on_commit(lambda: told(task_id, tenant_id), robust=True)
    return Receipt(
        task_id=task_id, price=planned.quote.total, created=True, warnings=tuple(warnings)
    )


def _write(actor: Actor, parameters: dict[str, Any]) -> bool:
    if actor.limits.budget is None:
        return _execute(_SUBMIT, parameters)
    with transaction.atomic():  # a balance that a race used up rolls the key's budget back
        written = _execute(_BUDGETED, parameters)
        transaction.set_rollback(not written)
    return written


# Behind an even number of backslashes: "\\u0000" is that text, and no NUL.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def _canonical(raw: dict[str, Any]) -> str:
    """JSON that PostgreSQL stores: sorted, without the two things that jsonb refuses (NUL and lone
    surrogates), which a caller may well send in a field that nobody reads."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    return _NUL.sub(r"\1", text).encode("utf-8", "replace").decode()


def _execute(sql: str, parameters: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone() is not None


def _parameters(
    order: Order, planned: Plan, body_hash: str, task_id: UUID, warnings: list[str]
) -> dict[str, Any]:
    actor = order.actor
    return {
        "id": task_id,
        "tenant": actor.tenant_id,
        "user": actor.user_id,
        "key": actor.key_id,
        "lineage": actor.lineage,
        "key_lineage": actor.lineage if actor.key_id is not None else None,
        "dialect": order.dialect,
        "kind": planned.request.kind,
        "client_id": order.client_id,
        "body_hash": body_hash,
        "idempotency_key": order.idempotency_key,
        "request_id": request_id.current(),
        "base_url": order.base_url,
        "callback_url": order.callback_url,
        "request": planned.request.model_dump_json(),
        "raw": _canonical(order.raw),
        "warnings": warnings,
        "checkpoint": planned.request.checkpoint,
        "needs": planned.needs,
        "images": planned.request.images,
        "work": planned.work,
        "words": words.of_task(planned.request, actor.tenant_id, actor.user_id),
        "state": TaskState.UPLOADING if planned.request.must_fetch else TaskState.QUEUED,
        "priority": order.priority,
        "price": planned.quote.total,
        "max_queued": actor.limits.max_queued,
    }


def _refusal(actor: Actor, price: int) -> EaselError:
    """Why the statement wrote nothing."""
    stopped = Maintenance.objects.first()
    if stopped is not None:
        return UnderMaintenance(stopped.message or _("no new tasks are accepted for the moment"))
    balance = ledger.balance(actor.tenant_id)
    queued = Task.objects.for_tenant(actor.tenant_id).unfinished().count()
    if balance >= price and queued >= actor.limits.max_queued:
        return QueueFull(_("%(count)d tasks are unfinished already") % {"count": queued})
    if balance >= price and actor.limits.budget is not None:
        return Forbidden(_("the budget of this key is used up"))
    return InsufficientCredit(balance=balance, price=price)


# In the words of the partial indexes, or the planner does not take them.
_UNFINISHED = "state IN ('uploading', 'queued', 'claimed', 'running')"
_FOUND = "SELECT id, price, body_hash, warnings FROM generation_task WHERE lineage = %s"
_BY_KEY = f"{_FOUND} AND idempotency_key = %s"
_BY_CLIENT_ID = f"{_FOUND} AND client_id = %s AND {_UNFINISHED}"


def _statement(key_budget: str, key_condition: str) -> str:
    return f"""
WITH {key_budget} paid AS (
    UPDATE accounts_balance SET amount = amount - %(price)s
    WHERE tenant_id = %(tenant)s AND amount >= %(price)s
      AND easel_has_room(%(tenant)s, %(max_queued)s) {key_condition}
      AND NOT EXISTS (SELECT 1 FROM generation_maintenance)
    RETURNING amount
), entry AS (
    INSERT INTO accounts_entry (tenant_id, kind, amount, task, lineage, reason, note, created_at)
    SELECT %(tenant)s, 'reserve', -%(price)s, %(id)s, %(key_lineage)s, '', '', now() FROM paid
), task AS (
    INSERT INTO generation_task (
        id, tenant_id, user_id, key_id, lineage, dialect, kind, client_id, body_hash,
        idempotency_key, request_id, base_url, callback_url, request, raw, warnings, checkpoint,
        needs, images, work, words, state, priority, strikes, starts, price, error_code,
        error_message)
    SELECT %(id)s, %(tenant)s, %(user)s, %(key)s, %(lineage)s, %(dialect)s, %(kind)s,
        %(client_id)s, %(body_hash)s, %(idempotency_key)s, %(request_id)s, %(base_url)s,
        %(callback_url)s, %(request)s::jsonb, %(raw)s::jsonb, %(warnings)s::text[],
        %(checkpoint)s, %(needs)s::varchar[], %(images)s, %(work)s,
        array_to_tsvector(%(words)s::text[]), %(state)s, %(priority)s,
        0, 0, %(price)s, '', ''
    FROM paid
    RETURNING id
)
SELECT id FROM task
"""


_SUBMIT = _statement("", "")
_BUDGETED = _statement(
    """budgeted AS (
    UPDATE accounts_apikey SET spent = spent + %(price)s
    WHERE id = %(key)s AND spent + %(price)s <= budget
      AND EXISTS (SELECT 1 FROM accounts_balance
                  WHERE tenant_id = %(tenant)s AND amount >= %(price)s)
      AND easel_has_room(%(tenant)s, %(max_queued)s)
      AND NOT EXISTS (SELECT 1 FROM generation_maintenance)
    RETURNING id
),""",
    "AND EXISTS (SELECT 1 FROM budgeted)",
)
