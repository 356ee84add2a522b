"""The switches: one backend, one tenant, the whole installation. Each is confirmed on a page of its
own, asks why, and is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import trail, verified
from accounts.models import Deed, Tenant
from generation import channels
from generation.admin.desk.forms import MaintenanceForm, TenantForm, WhyForm
from generation.admin.desk.paper import page
from generation.models import Backend, Maintenance, Task

both = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Verb:
    title: str | Promise
    says: str | Promise
    values: dict[str, Any] = field(default_factory=dict)
    is_danger: bool = False


BACKEND_VERBS = {
    "enable": Verb(
        gettext_lazy("Switch on"),
        gettext_lazy("It gets tasks again, and its breaker is closed."),
        {"enabled": True, "failures": 0, "open_until": None},
    ),
    "disable": Verb(
        gettext_lazy("Switch off"),
        gettext_lazy("It gets no new task and is asked nothing. What it works on goes on."),
        {"enabled": False},
        is_danger=True,
    ),
    "drain": Verb(
        gettext_lazy("Drain"),
        gettext_lazy("It gets no new task; what it works on is finished first."),
        {"draining": True},
    ),
    "undrain": Verb(
        gettext_lazy("End of draining"),
        gettext_lazy("It gets tasks again."),
        {"draining": False},
    ),
    "read": Verb(
        gettext_lazy("Read again what it has"),
        gettext_lazy(
            "Within seconds the catalog is brought in line with the files of this server, and the "
            "dashboard says what came."
        ),
        {"read_asked_at": Now()},
    ),
}


@both
@permission_required("generation.change_backend", raise_exception=True)
def backend(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    if verb not in BACKEND_VERBS:
        raise Http404
    row, act = get_object_or_404(Backend, pk=pk), BACKEND_VERBS[verb]
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        before = {name: getattr(row, name) for name in ("enabled", "draining")}
        with transaction.atomic():
            Backend.objects.filter(pk=pk).update(**act.values)
            trail.write(
                trail.author(request),
                Deed.SWITCHED,
                row,
                tenant_id=row.tenant_id,
                reason=form.cleaned_data["reason"],
                before=before,
                after={"verb": verb},
            )
            channels.emit(channels.QUEUE)
        messages.success(request, f"{row}: {act.title}")
        return redirect("admin:index")
    return page(
        request,
        title=f"{act.title}: {row}",
        says=act.says,
        form=form,
        button=act.title,
        is_danger=act.is_danger,
    )


@require_POST
@permission_required("generation.change_backend", raise_exception=True)
def read_all(request: HttpRequest) -> HttpResponse:
    """Not in this process: the reaper's next probe of each server does it."""
    asked = Backend.objects.filter(enabled=True).update(read_asked_at=Now())
    trail.write(trail.author(request), Deed.SWITCHED, after={"verb": "read", "servers": asked})
    messages.success(request, _("%(count)d servers are being read again.") % {"count": asked})
    return redirect("admin:index")


@both
@permission_required("accounts.change_tenant", raise_exception=True)
def tenant(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Tenant, pk=pk)
    stops = row.is_active
    form = TenantForm(request.POST or None) if stops else WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cancelled = 0
        with transaction.atomic():
            Tenant.objects.filter(pk=pk).update(is_active=not stops)
            if stops and form.cleaned_data["cancel"]:
                left = Task.objects.for_tenant(pk).unfinished()
                cancelled = left.update(cancel_requested_at=Now())
            trail.write(
                trail.author(request),
                Deed.SWITCHED,
                row,
                tenant_id=pk,
                reason=form.cleaned_data["reason"],
                before={"is_active": stops},
                after={"is_active": not stops, "cancelled": cancelled},
            )
        verified.forget()
        done = _("%s is switched off.") if stops else _("%s is switched on.")
        messages.success(request, done % row)
        return redirect("admin:accounts_tenant_change", pk)
    return page(
        request,
        title=(_("Switch off %s") if stops else _("Switch on %s")) % row,
        says=_("Nobody acts for this tenant any more: no call, no page, no new task.")
        if stops
        else _("Its people and keys work again."),
        form=form,
        button=_("Switch off") if stops else _("Switch on"),
        is_danger=stops,
    )


@both
@permission_required("generation.change_maintenance", raise_exception=True)
def maintenance(request: HttpRequest) -> HttpResponse:
    """For the whole installation: nothing new is accepted, what is queued goes on."""
    row = Maintenance.objects.first()
    form = WhyForm(request.POST or None) if row else MaintenanceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        message = form.cleaned_data.get("message", "")
        with transaction.atomic():
            if row:
                row.delete()
            else:
                Maintenance.objects.get_or_create(
                    defaults={"message": message, "user_id": request.user.pk}
                )
            trail.write(
                trail.author(request),
                Deed.SWITCHED,
                reason=form.cleaned_data["reason"],
                before={"maintenance": row is not None},
                after={"maintenance": row is None, "message": message},
            )
        done = _("New tasks are accepted again.") if row else _("No new task is accepted.")
        messages.success(request, done)
        return redirect("admin:index")
    return page(
        request,
        title=_("End the maintenance") if row else _("Begin maintenance"),
        says=_("New tasks are accepted again.")
        if row
        else _(
            "Every new task is refused, in every API and in the studio; what is queued goes on."
        ),
        form=form,
        button=_("End the maintenance") if row else _("Begin maintenance"),
        is_danger=row is None,
    )
