"""The end of a task: state, settlement and delivery move in one transaction, exactly once.

Whoever ends a task (the worker that did it, the reaper that gave it up, the caller who cancels it
in the queue) comes through ``finish``: a conditional UPDATE that must hit one row, and everything
else hangs on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts import ledger
from generation import channels
from generation.models import Attempt, Delivery, Output, Task
from generation.states import OutputState, TaskState


def finish(
    task: Task,
    state: TaskState,
    *,
    token: UUID | None,
    sources: Sequence[TaskState],
    outputs: Sequence[Output] = (),
    error_code: str = "",
    error_message: str = "",
) -> bool:
    """Ends ``task`` in ``state``; False (and nothing is written) when it is not the caller's to
    end: the lease is another's, or it has ended already.

    ``token`` is the lease that the caller holds; None for a queued task. What was reserved is
    settled in proportion to the pictures that may be seen; the rest is refunded.
    """
    visible = sum(output.state == OutputState.VISIBLE for output in outputs)
    spent = task.price * visible // task.images if state == TaskState.DONE else 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _END,
                {
                    "state": state.value,
                    "spent": spent,
                    "code": error_code,
                    "message": error_message[:2000],
                    "task": task.pk,
                    "token": token,
                    "sources": [source.value for source in sources],
                },
            )
            if cursor.rowcount != 1:
                return False
        Output.objects.bulk_create(outputs)
        ledger.settle(task.tenant_id, task.pk, task.price, spent)
        if token is not None:
            Attempt.objects.filter(lease_token=token).update(
                ended_at=Now(), outcome=error_code or state.value, detail=error_message[:2000]
            )
        tell(task, f"task.{state.value}")
        channels.task_changed(task.pk, task.tenant_id)
        channels.emit(channels.QUEUE)
    return True


def tell(task: Task, event: str) -> None:
    """Owes the task's own callback, and one to each webhook that wants to hear of it, in the
    caller's transaction."""
    if task.callback_url:
        Delivery.objects.create(
            tenant_id=task.tenant_id, task=task, dialect=task.dialect, url=task.callback_url
        )
    if _tell_webhooks(task, event) or task.callback_url:
        channels.emit(channels.DELIVERY)


def _tell_webhooks(task: Task, event: str) -> int:
    """One delivery for each receiver that wants to hear of it; how many. Who has left the tenant,
    or may no longer see others' tasks, is told nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WEBHOOKS,
            {
                "task": task.pk,
                "tenant": task.tenant_id,
                "user": task.user_id,
                "event": event,
            },
        )
        return int(cursor.rowcount)


_WEBHOOKS = """
INSERT INTO generation_delivery
    (id, tenant_id, task_id, endpoint_id, event, dialect, url, state, attempt,
     last_answer, last_error)
SELECT gen_random_uuid(), e.tenant_id, %(task)s, e.id, %(event)s, 'native', e.url, 'due', 0,
       '', ''
FROM generation_webhookendpoint e
JOIN accounts_membership m ON m.tenant_id = e.tenant_id AND m.user_id = e.user_id
JOIN accounts_user u ON u.id = e.user_id AND u.is_active
WHERE e.tenant_id = %(tenant)s AND e.disabled_at IS NULL
  AND (e.events = '{}' OR %(event)s = ANY (e.events))
  AND (e.user_id = %(user)s OR (e.whole_tenant AND m.role IN ('owner', 'admin')))
ON CONFLICT DO NOTHING
"""
_END = """
UPDATE generation_task
SET state = %(state)s, spent = %(spent)s, finished_at = now(), error_code = %(code)s,
    error_message = %(message)s, lease_token = NULL, lease_until = NULL
WHERE id = %(task)s AND lease_token IS NOT DISTINCT FROM %(token)s AND state = ANY (%(sources)s)
"""
