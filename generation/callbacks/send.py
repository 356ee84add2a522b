"""One attempt at one delivery: POST, judge the answer, write it down.

``run`` gives the work to a thread and returns, so that the worker is free for the next hint while
a receiver takes its ten seconds. What is written is one conditional UPDATE under the lease: a
delivery that was confirmed is never sent again.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import request_id
from generation import channels, egress
from generation.callbacks.acknowledge import is_acknowledged
from generation.callbacks.ladder import wait_before_next
from generation.errors import EaselError
from generation.models import Delivery
from generation.models.delivery import DeliveryState
from generation.steady import steadily

log = logging.getLogger(__name__)
THREADS = 100


@cache
def _pool() -> ThreadPoolExecutor:
    """Made on first use: in the worker, after the fork."""
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="callback")


def run(delivery_id: str, lease_token: str) -> Future[None]:
    """Sends in a thread; the future is for tests, which wait."""
    return _pool().submit(_attempt, UUID(delivery_id), UUID(lease_token))


def _attempt(delivery_id: UUID, token: UUID) -> None:
    try:
        delivery = steadily(_load, delivery_id, token)
        if delivery is not None:
            with request_id.use(delivery.task.request_id):
                outcome = _post(delivery)
                steadily(_record, delivery, token, outcome)
    except Exception:
        log.exception("callback failed by a defect", extra={"delivery": str(delivery_id)})
    finally:
        connection.close()  # threads come and go; connections must not stay behind


def _load(delivery_id: UUID, token: UUID) -> Delivery | None:
    held = Delivery.objects.select_related("task")
    return held.filter(pk=delivery_id, lease_token=token, state=DeliveryState.SENDING).first()


def _post(delivery: Delivery) -> dict[str, Any]:
    """What the attempt taught, as changes of the row; ``state`` only when it was confirmed."""
    lateness = timezone.now() - delivery.due_at
    changes: dict[str, Any] = {
        "attempt": delivery.attempt + 1,
        "lateness_ms": int(lateness.total_seconds() * 1000),
        "last_status": None,
        "last_answer": "",
        "last_error": "",
    }
    headers = {
        "X-Callback-Id": str(delivery.pk),
        "X-Callback-Attempt": str(delivery.attempt + 1),
        "X-Request-Id": delivery.task.request_id,
    }
    try:
        answer = egress.post_json(delivery.url, orjson.dumps(delivery.body), headers)
    except EaselError as error:
        return changes | {"last_error": error.message[:255]}
    text = answer.body[:2000].decode("utf-8", "replace").replace("\x00", "")
    changes |= {"last_status": answer.status, "last_answer": text}
    if is_acknowledged(answer.status, answer.body):
        return changes | {"state": DeliveryState.DELIVERED}
    return changes | {"last_error": "not acknowledged by code 200"}


def _record(delivery: Delivery, token: UUID, changes: dict[str, Any]) -> None:
    now = timezone.now()
    if changes.get("state") == DeliveryState.DELIVERED:
        changes = changes | {"finished_at": now}
    else:
        wait = wait_before_next(changes["attempt"], settings.EASEL_CALLBACK_TIME_SCALE)
        if wait is None:
            changes = changes | {"state": DeliveryState.GIVEN_UP, "finished_at": now}
        else:
            due = now + timedelta(seconds=wait)
            changes = changes | {"state": DeliveryState.DUE, "due_at": due}
    Delivery.objects.filter(pk=delivery.pk, lease_token=token).update(
        lease_token=None, lease_until=None, cluster=None, **changes
    )
    channels.emit(channels.DELIVERY)  # the next due time may be nearer than the broker thinks
