"""What operators decide about pictures: allowed after all, or blocked.

A decision moves the picture, the money, the reports and the appeal about it, and the operators'
log, in one transaction, and owes a callback to whoever was told how the task ended. A picture that
is allowed is billed as the others of its task were (free, where the balance does not cover it: it
was withheld by mistake); one that is blocked is paid back.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts import ledger, trail
from accounts.models import Deed, TrailEntry
from accounts.trail import Author
from generation import channels, storage
from generation.errors import NotFound
from generation.finish import tell
from generation.models import (
    Appeal,
    AppealState,
    Output,
    Report,
    ReportState,
    Task,
)
from generation.models.webhook import BLOCKED, RELEASED
from generation.states import OutputState, TaskState, Verdict

log = logging.getLogger(__name__)
LOOK = timedelta(minutes=10)  # for so long a picture may be seen after a look was written down
_KIND = "generation.output"


@dataclass(frozen=True, kw_only=True)
class Decided:
    """``millicredits``: given back (positive) or taken (negative)."""

    output: Output
    changed: bool
    millicredits: int


def look(who: Author, output: Output) -> None:
    """Writes down that an operator looks at a blocked picture; others need no permission."""
    trail.write(who, Deed.LOOKED, output, tenant_id=output.task.tenant_id, after=_facts(output))


def may_see(operator_id: int | None, output: Output) -> bool:
    """Whether this operator wrote down a look at it just now."""
    since = timezone.now() - LOOK
    looks = TrailEntry.objects.about(_KIND, output.pk).filter(deed=Deed.LOOKED)
    return looks.filter(operator_id=operator_id, at__gte=since).exists()


def allow(who: Author, output_id: UUID, reason: str, answer: str = "") -> Decided:
    """``answer`` is what people who reported or appealed read; ``reason`` stays with operators.

    blocked or flagged → visible, with nothing said about it any more. NotFound where the bytes
    are gone; StorageFailed where nobody knows."""
    return _decide(who, output_id, reason, answer, OutputState.VISIBLE)


def block(who: Author, output_id: UUID, reason: str, answer: str = "") -> Decided:
    """flagged, allowed or reported → quarantined; one that was blocked stays so."""
    return _decide(who, output_id, reason, answer, OutputState.BLOCKED)


@transaction.atomic
def _decide(who: Author, output_id: UUID, reason: str, answer: str, target: OutputState) -> Decided:
    output = _locked(output_id)
    before = _facts(output)
    changed = output.state != target
    if target is OutputState.VISIBLE:
        _show(output)
    else:
        _withhold(output)
    output.reviewed_at = timezone.now()
    output.save()
    moved = _settle(output, 1 if target is OutputState.VISIBLE else -1) if changed else 0
    _close(who, output, answer, allowed=target is OutputState.VISIBLE)
    trail.write(
        who,
        Deed.ALLOWED if target is OutputState.VISIBLE else Deed.BLOCKED,
        output,
        tenant_id=output.task.tenant_id,
        reason=reason,
        before=before,
        after=_facts(output) | {"millicredits": moved},
    )
    if changed and output.task.state == TaskState.DONE:  # who took the end for the last word
        tell(output.task, RELEASED if target is OutputState.VISIBLE else BLOCKED)
    channels.task_changed(output.task_id, output.task.tenant_id)
    return Decided(output=output, changed=changed, millicredits=moved)


def _locked(output_id: UUID) -> Output:
    """Two who decide at once: the second sees what the first did. The task first, as deletion."""
    tasks = Task.objects.select_for_update().filter(outputs__pk=output_id)
    task = tasks.filter(hidden_at=None).first()
    found = Output.objects.exclude(state=OutputState.DELETED).filter(pk=output_id, task=task)
    output = found.first() if task is not None else None
    if output is None or task is None:
        raise NotFound("no such image")
    output.task = task
    return output


def _show(output: Output) -> None:
    if not output.thumbnail and output.format != "txt":
        data = storage.open_stored(output.file)
        output.thumbnail, output.placeholder = storage.companions(output.file, data)
    output.state, output.verdict = OutputState.VISIBLE, Verdict.ALLOW
    output.quarantine_until = None


def _withhold(output: Output) -> None:
    """Thumbnail and placeholder show what may not be seen: they go once the decision holds."""
    small = output.thumbnail
    output.thumbnail = output.placeholder = ""
    if output.state != OutputState.BLOCKED:
        kept = timedelta(days=settings.EASEL_QUARANTINE_DAYS)
        output.quarantine_until = timezone.now() + kept
    output.state, output.verdict = OutputState.BLOCKED, Verdict.BLOCK
    if small:
        transaction.on_commit(lambda: storage.remove([small]), robust=True)


def _settle(output: Output, pictures: int) -> int:
    """Bills one picture more, or one less; the millicredits that came back (negative: taken)."""
    task = output.task
    if task.state != TaskState.DONE or not task.price or task.spent is None:
        return 0
    billed = -(-task.spent * task.images // task.price)  # pictures that were paid for
    spent = task.price * max(0, min(task.images, billed + pictures)) // task.images
    back = task.spent - spent
    if not back or not ledger.review(task.tenant_id, task.pk, back, f"picture {output.index}"):
        return 0
    Task.objects.filter(pk=task.pk).update(spent=spent)
    return back


def _close(who: Author, output: Output, answer: str, *, allowed: bool) -> None:
    """What people said about it is answered with it."""
    decided = {"answer": answer[:1000], "decided_at": Now(), "decided_by_id": who.operator_id}
    upheld = ReportState.REJECTED if allowed else ReportState.UPHELD
    Report.objects.open().filter(output=output).update(state=upheld, **decided)
    granted = AppealState.GRANTED if allowed else AppealState.DENIED
    Appeal.objects.open().filter(output=output).update(state=granted, **decided)


def _facts(output: Output) -> dict[str, object]:
    return {"state": output.state, "verdict": output.verdict, "labels": output.labels}
