"""/account/data: take everything along, and leave."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import leaving
from accounts.actor import Actor
from accounts.members import LastOwner
from accounts.models import DeletionRequest, User
from generation import exports
from generation.errors import Forbidden, TaskConflict, TooMany
from generation.models.export import ExportState
from generation.sending import send
from generation.studio import sentences
from generation.studio.account.data_form import FarewellForm
from generation.studio.account.page import say, show, warn
from generation.studio.doors import member, wants_fragment

TAB = "data"
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


@require_safe
@never_cache
@member
def data(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The fragment is the list of exports: it is asked for again until all of them ended."""
    rows = exports.newest(actor)
    busy = any(row.state in UNFINISHED for row in rows)
    context: dict[str, Any] = {"exports": rows, "busy": busy, "owner": actor.can("owner")}
    if wants_fragment(request):
        return show(request, actor, TAB, "exports", context, status=200 if busy else 286)
    person = cast(User, request.user)
    context |= {
        "consequences": leaving.consequences(person),
        "account_request": DeletionRequest.objects.filter(user=person).first(),
        "tenant_request": DeletionRequest.objects.filter(tenant_id=actor.tenant_id).first(),
    }
    return show(request, actor, TAB, "data", context)


@require_POST
@member
def export(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    _in_person(request)
    try:
        exports.ask(actor, whole_tenant=request.POST.get("whole") == "yes")
        say(request, _("Your export is being written. You may leave this page."))
    except (TaskConflict, TooMany) as error:
        warn(request, sentences.of_error(error))
    return redirect("studio:data")


@require_safe
@member
def download(request: HttpRequest, actor: Actor, export_id: UUID) -> HttpResponseBase:
    """In pieces, and from where a download was broken off; kept by no cache."""
    _in_person(request)
    found = exports.ready(actor, export_id)
    response = send(request, found.file, found.size, f'"{found.pk}"', "application/zip")
    name = f"easel-{localtime(found.created_at):%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@member
def delete_export(request: HttpRequest, actor: Actor, export_id: UUID) -> HttpResponseBase:
    exports.delete(actor, export_id)
    say(request, _("The export is deleted."))
    return redirect("studio:data")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def delete_account(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Ends the session too: to change one's mind, one signs in again."""
    person = cast(User, request.user)
    form = FarewellForm(request, person.email, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = leaving.ask_for_account(person)
        except LastOwner as error:
            form.add_error(None, sentences.of_error(error))
        else:
            logout(request)
            text = _("Your account will be deleted on %(day)s. Sign in before to keep it.")
            messages.warning(request, text % {"day": _day(asked)})
            return redirect("account_login")
    context = {"form": form, "consequences": leaving.consequences(person)}
    return show(request, actor, TAB, "delete_account", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def delete_organisation(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    if not actor.can("owner"):
        raise Forbidden(_("only an owner may delete the organisation"))
    form = FarewellForm(request, actor.tenant_name, request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = leaving.ask_for_tenant(actor)
        text = _("The organisation will be deleted on %(day)s.") % {"day": _day(asked)}
        warn(request, text)
        return redirect("studio:data")
    return show(request, actor, TAB, "delete_organisation", {"form": form})


@require_POST
@member
def keep(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Takes the wish back: of the account, or of the organisation."""
    if request.POST.get("what") == "organisation":
        leaving.keep_tenant(actor)
        say(request, _("The organisation stays."))
    else:
        leaving.keep_account(cast(User, request.user))
        say(request, _("Your account stays."))
    return redirect("studio:data")


def _day(asked: DeletionRequest) -> str:
    return date_format(localtime(asked.due_at), "DATETIME_FORMAT")


def _in_person(request: HttpRequest) -> None:
    if getattr(request, "operator", None) is not None:
        raise Forbidden(_("only the person may do this"))
