"""What waits for a decision, page by page: pictures with what is known and said about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generation import keyset
from generation.models import Appeal, AppealState, Output, Report, ReportState
from generation.states import OutputState, Verdict

PAGE = 24
REASONS: Sequence[str | Promise] = (
    _("The check was mistaken"),
    _("Art, no nudity"),
    _("Nudity or sexual content"),
    _("Minors in a sexual context"),
    _("Violence or gore"),
    _("A real person, without consent"),
    _("Copyright or trademark"),
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """``labels``: (name, percent or None)."""

    output: Output
    prompt: str
    negative_prompt: str
    checkpoint: str
    labels: list[tuple[str, float | None]]
    reports: list[Report]
    appeal: Appeal | None

    @property
    def is_blocked(self) -> bool:
        return self.output.state == OutputState.BLOCKED


def page(tab: str, after: str) -> tuple[list[Case], str]:
    """Up to PAGE cases and where to go on ("": nowhere). NotFound for a place that is none."""
    rows, key = _TABS[tab]()
    if after:
        at, last = keyset.decode(after, 2)
        rows = key.beyond(rows, keyset.instant(at), keyset.identity(last))
    found = list(_with_all(rows).order_by(*key.order)[: PAGE + 1])
    onward = key.place(found[PAGE - 1]) if len(found) > PAGE else ""
    return [case(output) for output in found[:PAGE]], onward


def case(output: Output) -> Case:
    request = output.task.request
    return Case(
        output=output,
        prompt=str(request.get("prompt") or ""),
        negative_prompt=str(request.get("negative_prompt") or ""),
        checkpoint=output.task.checkpoint,
        labels=[_label(each) for each in output.labels],
        reports=list(output.reports.all()),
        appeal=getattr(output, "appeal", None),
    )


@dataclass(frozen=True)
class Key:
    """By what a tab is ordered: newest first (``sign`` "-") or longest waiting first ("")."""

    field: str
    sign: str

    @property
    def order(self) -> tuple[str, str]:
        return f"{self.sign}{self.field}", f"{self.sign}pk"

    def beyond(self, rows: QuerySet[Output], at: datetime, last: UUID) -> QuerySet[Output]:
        word = "lt" if self.sign else "gt"
        same = Q(**{self.field: at, f"pk__{word}": last})
        return rows.filter(Q(**{f"{self.field}__{word}": at}) | same)

    def place(self, output: Output) -> str:
        value: Any = output
        for name in self.field.split("__"):
            value = getattr(value, name)
        return keyset.encode(value.isoformat(), output.pk)


def _blocked() -> tuple[QuerySet[Output], Key]:
    return _to_review().filter(state=OutputState.BLOCKED), Key("created_at", "-")


def _flagged() -> tuple[QuerySet[Output], Key]:
    return _to_review().filter(state=OutputState.VISIBLE), Key("created_at", "-")


def _reported() -> tuple[QuerySet[Output], Key]:
    """By picture, however many reported it."""
    said = Report.objects.filter(state=ReportState.OPEN, output=OuterRef("pk"))
    opened = Report.objects.filter(state=ReportState.OPEN).values("output")
    return _there().filter(Exists(said), pk__in=opened), Key("created_at", "-")


def _appealed() -> tuple[QuerySet[Output], Key]:
    return _there().filter(appeal__state=AppealState.OPEN), Key("appeal__created_at", "")


def _decided() -> tuple[QuerySet[Output], Key]:
    return _there().filter(reviewed_at__isnull=False), Key("reviewed_at", "-")


_TABS: dict[str, Callable[[], tuple[QuerySet[Output], Key]]] = {
    "blocked": _blocked,
    "flagged": _flagged,
    "reports": _reported,
    "appeals": _appealed,
    "decided": _decided,
}


def _to_review() -> QuerySet[Output]:
    """In the words of the index output_to_review."""
    doubtful = (Verdict.FLAG.value, Verdict.BLOCK.value)
    return _there().filter(reviewed_at__isnull=True, verdict__in=doubtful)


def _there() -> QuerySet[Output]:
    return Output.objects.exclude(state=OutputState.DELETED).filter(task__hidden_at=None)


def _with_all(rows: QuerySet[Output]) -> QuerySet[Output]:
    reports = Report.objects.select_related("user").order_by("created_at")
    return rows.select_related("task__tenant", "task__user", "appeal__user").prefetch_related(
        Prefetch("reports", reports)
    )


def _label(label: dict[str, Any]) -> tuple[str, float | None]:
    confidence = label.get("confidence")
    return str(label.get("name", "")), None if confidence is None else confidence * 100
