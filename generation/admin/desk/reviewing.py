"""The review of pictures: the queue, one picture with its history, the look, the decision."""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import trail
from accounts.models import TrailEntry
from generation import review, storage
from generation.admin.desk import cases
from generation.errors import InvalidRequest, NotFound, StorageFailed
from generation.models import Output
from generation.picture_file import CONTENT_TYPES
from generation.states import OutputState

AT_ONCE = 100  # decisions of one request
may_review = permission_required("generation.review_output", raise_exception=True)
TABS = {
    "blocked": gettext_lazy("Blocked"),
    "flagged": gettext_lazy("Flagged"),
    "reports": gettext_lazy("Reported"),
    "appeals": gettext_lazy("Appealed"),
    "decided": gettext_lazy("Decided"),
}
_SAFE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@require_safe
@never_cache
@may_review
def queue(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("tab", "blocked")
    if tab not in TABS:
        raise Http404
    try:
        found, onward = cases.page(tab, request.GET.get("after", ""))
    except (InvalidRequest, NotFound) as error:
        raise Http404 from error
    context = admin.site.each_context(request) | {
        "title": _("Review"),
        "tab": tab,
        "tabs": TABS.items(),
        "cases": found,
        "onward": onward,
        "reasons": cases.REASONS,
    }
    return render(request, "admin/desk/review.html", context)


@require_safe
@never_cache
@may_review
def picture(request: HttpRequest, pk: UUID) -> HttpResponse:
    output = _output(pk)
    context = admin.site.each_context(request) | {
        "title": _("Picture %(index)d of a task of %(tenant)s")
        % {"index": output.index + 1, "tenant": output.task.tenant},
        "case": cases.case(output),
        "is_seen": review.may_see(request.user.pk, output),
        "history": TrailEntry.objects.about("generation.output", pk)[:50],
        "reasons": cases.REASONS,
        "cases": [output],
        "tab": "blocked",
    }
    return render(request, "admin/desk/picture.html", context)


@require_POST
@may_review
def look(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Written down first; then the picture may be fetched for some minutes."""
    output = _output(pk)
    with transaction.atomic():
        review.look(trail.author(request), output)
    if request.headers.get("HX-Request") == "true":
        return render(request, "admin/desk/_seen.html", {"case": cases.case(output)})
    return redirect("admin:desk_picture", pk)


@require_safe
@may_review
def seen(request: HttpRequest, pk: UUID) -> HttpResponse:
    output = _output(pk)
    if not review.may_see(request.user.pk, output):
        raise PermissionDenied(_("Ask for the look first: it is written down."))
    data = _bytes(output)
    kind = CONTENT_TYPES.get(output.format, "text/plain; charset=utf-8")
    return HttpResponse(data, content_type=kind, headers=_SAFE)


@require_safe
@may_review
def blurred(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Twelve pixels across: what it is cannot be told, that there is one can."""
    output = _output(pk)
    data = storage.blurred(_bytes(output)) if output.format in CONTENT_TYPES else None
    if data is None:
        raise Http404
    return HttpResponse(data, content_type="image/jpeg", headers=_SAFE)


@require_POST
@may_review
def decide(request: HttpRequest) -> HttpResponse:
    verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason", "").strip()
    ids = request.POST.getlist("id")[:AT_ONCE]
    verb = {"allow": review.allow, "block": review.block}.get(verdict)
    if verb is None or not ids or not reason:
        messages.error(request, _("Choose pictures, and say why."))
        return _back(request)
    who, answer = trail.author(request), request.POST.get("answer", "").strip()
    done, failed = 0, 0
    for each in ids:
        try:
            verb(who, UUID(each), reason, answer)
            done += 1
        except (NotFound, StorageFailed, ValueError):
            failed += 1
    _say(request, verdict, done, failed)
    return _back(request)


def _say(request: HttpRequest, verdict: str, done: int, failed: int) -> None:
    if verdict == "allow":
        text = ngettext("%d picture was allowed.", "%d pictures were allowed.", done)
    else:
        text = ngettext("%d picture was blocked.", "%d pictures were blocked.", done)
    messages.success(request, text % done)
    if failed:
        messages.warning(request, _("%d could not be decided: gone, or its file is away.") % failed)


def _back(request: HttpRequest) -> HttpResponse:
    tab = request.POST.get("tab", "")
    answer = redirect("admin:desk_review")
    if tab in TABS:
        answer["Location"] += f"?tab={tab}"
    return answer


def _output(pk: UUID) -> Output:
    rows = Output.objects.select_related("task__tenant", "task__user")
    return get_object_or_404(rows.exclude(state=OutputState.DELETED), pk=pk)


def _bytes(output: Output) -> bytes:
    try:
        return storage.open_stored(output.file)
    except NotFound as error:
        raise Http404 from error
