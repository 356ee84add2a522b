"""Pictures by themselves, across tasks: newest first, each with what it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.actor import Actor
from generation import access, keyset
from generation.errors import NotFound
from generation.models import Output
from generation.models.output import OutputQuerySet
from generation.snapshot import Label, OutputSnapshot
from generation.states import OutputState, Verdict
from generation.storage import links


@dataclass(frozen=True, kw_only=True)
class Picture:
    task_id: UUID
    created_at: datetime
    request: dict[str, Any]
    snapshot: OutputSnapshot


@dataclass(frozen=True, kw_only=True)
class Filters:
    task: UUID | None = None
    checkpoint: str = ""
    format: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None
    prompt: str = ""  # words of the prompt, letter case aside


def page(
    actor: Actor, filters: Filters, *, cursor: str | None, limit: int, base_url: str
) -> keyset.Page[Picture]:
    """The actor's own pictures that may be seen."""
    rows = _filtered(
        Output.objects.for_tenant(actor.tenant_id)
        .visible()
        .shown()
        .filter(task__in=access.own_tasks(actor).shown().on_the_wall()),
        filters,
    )
    if cursor:
        rows = _after(rows, cursor)
    ordered = rows.select_related("task").order_by("-task__created_at", "-task_id", "index")
    found = list(ordered[: limit + 1])
    onward = None
    if len(found) > limit:
        last = found[limit - 1]
        onward = keyset.encode(last.task.created_at.isoformat(), last.task_id, last.index)
    return keyset.Page([_picture(row, base_url) for row in found[:limit]], onward)


def one(actor: Actor, output_id: str | UUID, base_url: str) -> Picture:
    """Also a blocked one: its row, without a byte of it."""
    return _picture(access.output(actor, output_id), base_url)


def file(actor: Actor, output_id: str | UUID) -> Output:
    """A row whose bytes may be sent; NotFound for a blocked or removed one."""
    output = access.output(actor, output_id)
    if output.state != OutputState.VISIBLE:
        raise NotFound("no such image")
    return output


def _filtered(rows: OutputQuerySet, filters: Filters) -> OutputQuerySet:
    wanted = {
        "task_id": filters.task,
        "task__checkpoint__iexact": filters.checkpoint,
        "format": filters.format,
        "task__created_at__gte": filters.created_after,
        "task__created_at__lt": filters.created_before,
        "task__request__prompt__icontains": filters.prompt,
    }
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def _after(rows: OutputQuerySet, cursor: str) -> OutputQuerySet:
    at_text, task_text, index = keyset.decode(cursor, 3)
    at, task = keyset.instant(at_text), keyset.identity(task_text)
    if not (index.isascii() and index.isdigit() and len(index) < 5):
        raise keyset.not_ours()
    same_moment = Q(task__created_at=at) & (Q(task__lt=task) | Q(task=task, index__gt=int(index)))
    return rows.filter(task__created_at__lte=at).filter(Q(task__created_at__lt=at) | same_moment)


def _picture(output: Output, base_url: str) -> Picture:
    return Picture(
        task_id=output.task_id,
        created_at=output.created_at,
        request=output.task.request,
        snapshot=_snapshot(output, base_url),
    )


def _snapshot(output: Output, base_url: str) -> OutputSnapshot:
    shown = output.state == OutputState.VISIBLE

    def address(variant: str, fmt: str) -> str:
        return base_url + links.sign(output.pk, variant, output.expires_at, fmt) if shown else ""

    return OutputSnapshot(
        id=output.pk,
        index=output.index,
        state=OutputState(output.state),
        verdict=Verdict(output.verdict),
        labels=tuple(Label(**label) for label in output.labels),
        url=address("image", output.format),
        thumbnail_url=address("thumbnail", "webp"),
        placeholder=output.placeholder if shown else "",
        format=output.format,
        width=output.width,
        height=output.height,
        size=output.size,
        sha256=output.sha256,
        seed=int(output.seed),
        infotext=output.infotext if shown else "",
        qr=output.qr if shown else None,
        expires_at=output.expires_at,
    )
