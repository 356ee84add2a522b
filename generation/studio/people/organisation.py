"""/account/organisation: what its owner or an administrator sets; and the person's others."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import tenancy, verified
from accounts.actor import Actor
from accounts.models import Membership, Tenant, User
from generation.errors import EaselError, Forbidden, NotFound
from generation.studio.doors import member
from generation.studio.people.forms import NewOrganisationForm, OrganisationForm
from generation.studio.people.showing import page

TAB = "organisation"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def organisation(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Members look; owners and administrators change."""
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    if request.method != "POST":
        return _show(request, actor, OrganisationForm(actor, instance=tenant))
    if not actor.can("admin"):
        raise Forbidden(_("only owners and administrators may change this"))
    form = OrganisationForm(actor, request.POST, instance=tenant)
    if not form.is_valid():
        return _show(request, actor, form)
    tenant.save(update_fields=list(form.fields))
    verified.forget()
    messages.success(request, _("Saved."))
    return redirect("studio:organisation")


def _show(request: HttpRequest, actor: Actor, form: OrganisationForm) -> HttpResponse:
    kept = Tenant.objects.get(pk=actor.tenant_id)  # the form's own may hold what was refused
    if not actor.can("admin"):
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "tenant": kept, "manages": actor.can("admin")}
    return page(request, actor, TAB, "organisation", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def organisations(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Those that the person belongs to; POST founds another one and works in it."""
    form = NewOrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = tenancy.found(_person(actor), form.cleaned_data["name"])
        except EaselError as error:
            form.refuse(error)
        else:
            tenancy.prefer(request, made.pk)
            return redirect("studio:organisation")
    rows = Membership.objects.for_user(actor.user_id or 0).active().select_related("tenant")
    context = {"rows": rows, "form": form, "may_found": settings.EASEL_OPEN_ORGANISATIONS}
    return page(request, actor, TAB, "organisations", context)


@require_POST
@member
def switch(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """From now on the session works in this one; one that is not the person's never existed."""
    text = request.POST.get("tenant", "")
    known = text.isascii() and text.isdigit() and len(text) < 19
    if not known or not tenancy.choose(request, int(text)):
        raise NotFound(_("no such organisation"))
    return redirect("studio:studio")


def _person(actor: Actor) -> User:
    return User.objects.get(pk=actor.user_id or 0)
