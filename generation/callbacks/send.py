"""One attempt at one delivery: POST, judge the answer, write it down.

A receiver that hangs holds its request for 10 s. Two workers that waited for it would let forty
dead receivers delay everybody by minutes; so ``run`` hands the waiting to a thread of its process
and returns, and the worker takes the next claim. A process has as many threads as ``claim`` lets
its whole cluster send at once: however the claims fall to the workers, a thread is free. Threads
wait for the network; they use the database one or two at a time, on a connection that they close
again (a connection for each would be more than PostgreSQL has).

At least once: the request is counted before it goes out; a process that dies loses its threads,
the lease runs out, and ``claim.requeue_lapsed`` has it sent again. A recorded confirmation is
final: nothing is sent after it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction

from accounts import request_id
from generation import channels, egress
from generation.callbacks import acknowledge, attempts, claim, endpoints, ladder, standard
from generation.errors import EaselError, InternalError
from generation.models import Delivery
from generation.steady import steadily

log = logging.getLogger(__name__)
_database = BoundedSemaphore(2)


def run(
    delivery_id: str, lease_token: str, prepare: Callable[[UUID], None] | None = None
) -> Future[None] | None:
    """The entry point of a worker that was handed a claim; returns before the answer is there.

    ``prepare`` fills the row's body where it has none yet; whatever it raises is recorded as a
    failed attempt. The future is for those who wait; None: nothing is under way (the claim is
    another's now, or there was nothing to send).
    """
    started = steadily(claim.start, UUID(delivery_id), UUID(lease_token))
    if started is None:
        return None
    try:
        body = _body(started, prepare)
        headers = _headers(started, body)
    except Exception as error:
        log.exception("callback not rendered", extra={"delivery": delivery_id})
        steadily(_failed, started, _why(error), None)
        return None
    return _threads().submit(_carry_out, started, body, headers)


def _body(started: claim.Started, prepare: Callable[[UUID], None] | None) -> bytes:
    """What is sent: compact JSON. jsonb keeps the keys in one order, so each attempt's bytes are
    the same."""
    if started.body is not None:
        return orjson.dumps(orjson.loads(started.body))
    if prepare is not None:
        prepare(started.delivery_id)
    body = Delivery.objects.values_list("body", flat=True).get(pk=started.delivery_id)
    if body is None:
        raise InternalError("the delivery has no body")
    return orjson.dumps(body)


@cache
def _threads() -> ThreadPoolExecutor:
    """Made on first use: in the worker, after the fork. A process that ends waits for what is
    under way, 10 s at most."""
    return ThreadPoolExecutor(max_workers=claim.CLUSTER_SENDS, thread_name_prefix="callback")


def _headers(started: claim.Started, body: bytes) -> dict[str, str]:
    """What says which delivery this is; of a webhook also the signature, made anew each time."""
    headers = {
        "X-Callback-Id": str(started.delivery_id),
        "X-Callback-Attempt": str(started.attempt),
        "X-Request-Id": started.request_id,
    }
    if started.endpoint_id is None:
        return headers
    return headers | endpoints.sign(started.endpoint_id, started.delivery_id, body)


def _carry_out(started: claim.Started, body: bytes, headers: dict[str, str]) -> None:
    """In a thread: request, then record. Raises nothing."""
    with request_id.use(started.request_id):
        try:
            begun = time.monotonic()
            answer, error = _ask(started, body, headers)
            took = round(1000 * (time.monotonic() - begun))
            with _database:
                try:
                    steadily(_record, started, answer, error, took)
                finally:
                    connection.close()
        except Exception:
            log.exception("callback not recorded", extra={"delivery": str(started.delivery_id)})


def _ask(
    started: claim.Started, body: bytes, headers: dict[str, str]
) -> tuple[egress.Answer | None, str]:
    """The answer, if one came, and why it is no acknowledgement ("": it is one)."""
    try:
        answer = egress.post_json(started.url, body, headers)
    except EaselError as error:
        return None, _why(error)
    except Exception as error:
        log.exception("callback failed by a defect", extra={"delivery": str(started.delivery_id)})
        return None, _why(error)
    if started.endpoint_id is not None:
        return answer, standard.problem(answer.status)
    return answer, acknowledge.problem(answer.status, answer.body)


def _why(error: Exception) -> str:
    return error.message if isinstance(error, EaselError) else f"internal error: {error!r}"


def _record(
    started: claim.Started, answer: egress.Answer | None, error: str, milliseconds: int
) -> None:
    if answer is None or error:
        _failed(started, error, answer, milliseconds)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever holds the lease by now: a confirmation is one, and nothing is sent after it.
        cursor.execute(
            """UPDATE generation_delivery
               SET state = 'delivered', finished_at = now(), lease_token = NULL,
                   lease_until = NULL, cluster = NULL,
                   last_status = %s, last_answer = %s, last_error = ''
               WHERE id = %s AND state <> 'delivered'""",
            [answer.status, attempts.shown(answer.body), started.delivery_id],
        )
        attempts.note(started.delivery_id, started.attempt, milliseconds, answer, "")
        if started.endpoint_id is not None:
            endpoints.worked(started.endpoint_id)
        channels.emit(channels.DELIVERY)


def _failed(
    started: claim.Started, error: str, answer: egress.Answer | None, milliseconds: int = 0
) -> None:
    """sending → due by the ladder, or given up after the last retry."""
    extra = {"delivery": str(started.delivery_id), "attempt": started.attempt}
    log.info("callback not acknowledged: %s", error, extra=extra)
    of_webhook = started.endpoint_id is not None
    waits = standard.wait_before_next if of_webhook else ladder.wait_before_next
    wait = waits(started.attempt, settings.EASEL_CALLBACK_TIME_SCALE)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _GIVE_UP if wait is None else _AGAIN,
            {
                "wait": wait,
                "status": answer.status if answer else None,
                "answer": attempts.shown(answer.body) if answer else "",
                "error": error.replace("\x00", "")[:255],
                "id": started.delivery_id,
                "token": started.lease_token,
            },
        )
        hit = cursor.rowcount
        attempts.note(started.delivery_id, started.attempt, milliseconds, answer, error)
        if started.endpoint_id is not None and hit:
            endpoints.failed(started.endpoint_id, answer.status if answer else None, error)
        channels.emit(channels.DELIVERY)  # a place is free, and the next due time has changed


_FAILED = """
UPDATE generation_delivery
SET {}, lease_token = NULL, lease_until = NULL, cluster = NULL,
    last_status = %(status)s, last_answer = %(answer)s, last_error = %(error)s
WHERE id = %(id)s AND lease_token = %(token)s AND state = 'sending'
"""
_AGAIN = _FAILED.format(
    "state = 'due', due_at = clock_timestamp() + make_interval(secs => %(wait)s)"
)
_GIVE_UP = _FAILED.format("state = 'given_up', finished_at = now()")
