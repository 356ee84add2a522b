"""A picture is reported, or a review of a blocked one is asked for; and what was answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from accounts.client_ip import client_ip
from generation import reports
from generation.errors import EaselError, Forbidden, NotFound
from generation.models import Category, Output
from generation.reports import LONGEST
from generation.states import OutputState
from generation.studio import sentences
from generation.studio.doors import member, wants_fragment
from generation.studio.results import sharing

_STATUS = {"rate_limited": 429, "too_many": 429, "task_conflict": 409}
SENTENCES = {
    ("report", "open"): _("You reported this picture. An operator will look at it."),
    ("report", "upheld"): _("You reported this picture, and it was blocked."),
    ("report", "rejected"): _("You reported this picture. An operator looked at it: it stays."),
    ("appeal", "open"): _("A review was asked for. An operator will look at this picture."),
    ("appeal", "granted"): _("An operator looked at this picture again and allowed it."),
    ("appeal", "denied"): _("An operator looked at this picture again: it stays blocked."),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the fragment shows: a sentence about what was said, or a form."""

    task_id: UUID
    index: int
    sentence: str = ""
    answer: str = ""
    may_report: bool = False
    may_appeal: bool = False
    error: str = ""
    field: str = ""
    category: str = ""
    text: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def report(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    output = reports.picture_of(actor, str(task_id), index)
    if request.method != "POST":
        return _show(request, actor, output)
    sent = request.POST.get("category", ""), request.POST.get("text", "")
    return _tried(request, actor, output, lambda: reports.report(actor, output, *sent))


@require_POST
@never_cache
@member
def appeal(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    output = reports.picture_of(actor, str(task_id), index)
    text = request.POST.get("text", "")
    return _tried(request, actor, output, lambda: reports.appeal(actor, output, text))


def _tried(
    request: HttpRequest, actor: Actor, output: Output, verb: Callable[[], object]
) -> HttpResponse:
    try:
        verb()
    except (Forbidden, NotFound):
        raise
    except EaselError as error:
        return _show(request, actor, output, error)
    if wants_fragment(request):
        return _show(request, actor, output)
    return redirect("studio:report", output.task_id, output.index)


def _show(
    request: HttpRequest, actor: Actor, output: Output, error: EaselError | None = None
) -> HttpResponse:
    context = {
        "actor": actor,
        "case": _case(request, actor, output, error),
        "categories": Category.choices,
        "longest": LONGEST,
    }
    name = "studio/report/_case.html" if wants_fragment(request) else "studio/report/page.html"
    status = _STATUS.get(error.code, 422) if error else 200
    return render(request, name, context, status=status)


def _case(request: HttpRequest, actor: Actor, output: Output, error: EaselError | None) -> Case:
    said = reports.said(actor, output)
    blocked = output.state == OutputState.BLOCKED
    return Case(
        task_id=output.task_id,
        index=output.index,
        sentence=str(SENTENCES[said.kind, said.state]) if said else "",
        answer=said.answer if said else "",
        may_report=not blocked and (said is None or said.kind == "appeal"),
        may_appeal=blocked and (said is None or said.kind == "report") and actor.can("member"),
        error=sentences.of_error(error) if error else "",
        field=error.field if error else "",
        category=request.POST.get("category", ""),
        text=request.POST.get("text", "")[:LONGEST],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody who has a link says what is wrong; who he is, nobody asks: of his address a hash is
    kept, so that he is counted once."""
    try:
        output = sharing.find(token).output
    except NotFound as error:
        raise Http404 from error
    problem: EaselError | None = None
    sent = request.POST.get("category", ""), request.POST.get("text", "")
    if request.method == "POST":
        try:
            reports.report_by_address(client_ip(request), output, *sent)
        except EaselError as error:
            problem = error
    context = {
        "token": token,
        "done": request.method == "POST" and problem is None,
        "error": sentences.of_error(problem) if problem else "",
        "category": sent[0],
        "text": sent[1][:LONGEST],
        "categories": Category.choices,
        "longest": LONGEST,
    }
    status = _STATUS.get(problem.code, 422) if problem else 200
    answer = render(request, "studio/report/shared.html", context, status=status)
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
