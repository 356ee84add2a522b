"""What people say about pictures: that one must not be shown, or that one was blocked wrongly.

An operator answers (``review``); who wrote reads the answer where the picture is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import limits
from accounts.actor import Actor
from generation import access
from generation.errors import Forbidden, InvalidRequest, NotFound, TaskConflict, TooMany
from generation.models import Appeal, Category, Output, Report, ReportState
from generation.states import OutputState

PER_MINUTE = 6  # reports and appeals of one person or address
OPEN_AT_MOST = 50  # reports of one person or address that nobody has decided about
LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class Said:
    """What this person said about a picture, and what was answered. ``kind``: "report" or
    "appeal"; ``state``: of models.report."""

    kind: str
    state: str
    answer: str


def picture_of(actor: Actor, task_id: str, index: int) -> Output:
    """NotFound for what the actor may not open, and for a place without a picture."""
    task = access.task(actor, task_id)
    found = Output.objects.select_related("task").filter(task=task, index=index)
    output = found.exclude(state=OutputState.DELETED).first()
    if output is None:
        raise NotFound("no such picture")
    return output


def said(actor: Actor, output: Output) -> Said | None:
    """The latest word about it of this person; of an appeal, of anybody who may open it."""
    appeal = Appeal.objects.filter(output=output).first()
    if appeal is not None:
        return Said(kind="appeal", state=appeal.state, answer=appeal.answer)
    report = Report.objects.filter(output=output, reporter=_person(actor)).first()
    return Said(kind="report", state=report.state, answer=report.answer) if report else None


def report(actor: Actor, output: Output, category: str, text: str) -> Report:
    """InvalidRequest for what is no category, or too long; RateLimited and TooMany for too many;
    TaskConflict where an operator has answered this person already."""
    return _report(output, _person(actor), actor.user_id, category, text)


def report_by_address(address: str, output: Output, category: str, text: str) -> Report:
    """By somebody who saw a shared picture without signing in. Of the address a hash is kept."""
    digest = hashlib.sha256(f"easel.report:{address}".encode()).hexdigest()[:40]
    return _report(output, f"address:{digest}", None, category, text)


def appeal(actor: Actor, output: Output, text: str) -> Appeal:
    """Asks that a person look at a blocked picture. Once a picture: TaskConflict for a second;
    Forbidden to who may only look; InvalidRequest where it is not blocked, or the text too long."""
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    if output.state != OutputState.BLOCKED:
        raise InvalidRequest(_("this picture is not blocked"))
    limits.check_subject(f"report:{_person(actor)}"[:64], PER_MINUTE)
    try:
        with transaction.atomic():
            return Appeal.objects.create(
                output=output,
                tenant_id=output.task.tenant_id,
                user_id=actor.user_id,
                text=_text(text),
            )
    except IntegrityError as error:
        raise TaskConflict(_("a review of this picture was asked for already")) from error


def _report(output: Output, reporter: str, user_id: int | None, category: str, text: str) -> Report:
    if category not in Category.values:
        raise InvalidRequest(_("choose what is wrong"), field="category")
    if output.state != OutputState.VISIBLE:
        raise InvalidRequest(_("this picture is not shown to anybody"))
    limits.check_subject(f"report:{reporter}"[:64], PER_MINUTE)
    words = {"category": category, "text": _text(text)}
    with transaction.atomic():
        before = Report.objects.select_for_update().filter(output=output, reporter=reporter).first()
        if before is not None and before.state != ReportState.OPEN:
            raise TaskConflict(_("an operator has decided about this report"))
        if before is not None:
            Report.objects.filter(pk=before.pk).update(times=F("times") + 1, **words)
            before.refresh_from_db()
            return before
        if Report.objects.open().filter(reporter=reporter)[:OPEN_AT_MOST].count() >= OPEN_AT_MOST:
            raise TooMany(_("wait until your other reports are decided"))
        made, _new = Report.objects.get_or_create(
            output=output,
            reporter=reporter,
            defaults={"tenant_id": output.task.tenant_id, "user_id": user_id, **words},
        )
    return made


def _person(actor: Actor) -> str:
    return f"user:{actor.user_id}"


def _text(text: str) -> str:
    cleaned = text.replace("\x00", "").strip()
    if len(cleaned) > LONGEST:
        raise InvalidRequest(_("at most %(count)d characters") % {"count": LONGEST}, field="text")
    return cleaned
