"""/account/webhooks: receivers of events, their secrets, and the log of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from generation import webhooks as verbs
from generation.errors import EaselError, InvalidRequest
from generation.models import WebhookEndpoint
from generation.studio import sentences
from generation.studio.account import delivery_rows as rows
from generation.studio.account.event_words import event, why_disabled
from generation.studio.account.page import ask, may_change, say, show, warn
from generation.studio.account.webhook_form import WebhookForm
from generation.studio.doors import member

TAB = "webhooks"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def webhooks(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """POST creates, and answers with the secret: a redirect would have to keep it somewhere."""
    if request.method != "POST":
        return _list(request, actor)
    may_change(actor)
    form = WebhookForm(actor, request.POST)
    if form.is_valid():
        try:
            made = verbs.create(actor, **form.asked())
            return _list(request, actor, made=made)
        except EaselError as error:
            form.refuse(error)
    return _list(request, actor, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def webhook(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponseBase:
    """One, with its log. POST changes it."""
    endpoint = verbs.find(actor, webhook_id)
    if request.method != "POST":
        return _show(request, actor, endpoint)
    may_change(actor)
    form = WebhookForm(actor, request.POST, endpoint)
    if form.is_valid():
        try:
            verbs.change(actor, webhook_id, form.asked())
            say(request, _("Saved."))
            return redirect("studio:webhook", webhook_id)
        except EaselError as error:
            form.refuse(error)
    return _show(request, actor, endpoint, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def rotate(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponseBase:
    """GET asks first."""
    may_change(actor)
    endpoint = verbs.find(actor, webhook_id)
    if request.method != "POST":
        return ask(
            request, actor, TAB,
            title=_("A new secret?"),
            text=_("Events are signed with both secrets for 24 hours, then with the new one alone: "
                   "change your receiver in that time."),
            yes=_("Make a new secret"),
            back=_address(endpoint),
        )  # fmt: skip
    made = verbs.rotate(actor, webhook_id)
    return _show(request, actor, made.endpoint, made=made)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def delete(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponseBase:
    """GET asks first."""
    may_change(actor)
    endpoint = verbs.find(actor, webhook_id)
    if request.method != "POST":
        return ask(
            request, actor, TAB,
            title=_("Delete this webhook?"),
            text=_("Its log goes with it, and what was not delivered yet is not sent."),
            yes=_("Delete"),
            back=_address(endpoint),
        )  # fmt: skip
    verbs.delete(actor, webhook_id)
    say(request, _("The webhook is deleted."))
    return redirect("studio:webhooks")


@require_POST
@member
def switch(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponseBase:
    """On or off, as ``enabled`` says."""
    enabled = request.POST.get("enabled") == "true"
    verbs.change(actor, webhook_id, {"enabled": enabled})
    say(request, _("The webhook is on.") if enabled else _("The webhook is off."))
    return redirect("studio:webhook", webhook_id)


@require_POST
@member
def test(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponseBase:
    try:
        sent = verbs.send_test(actor, webhook_id)
    except EaselError as error:
        return _refused(request, error, "studio:webhook", webhook_id)
    say(request, _("A test event is on its way. This page shows what comes of it."))
    return redirect("studio:webhook_delivery", webhook_id, sent.pk)


@require_safe
@never_cache
@member
def delivery(
    request: HttpRequest, actor: Actor, webhook_id: UUID, delivery_id: UUID
) -> HttpResponseBase:
    found = verbs.delivery(actor, webhook_id, delivery_id)
    context = rows.shown(found) | {
        "endpoint": found.endpoint,
        "may_change": actor.can("member"),
    }
    return show(request, actor, TAB, "delivery", context, rows.status(request, found))


@require_POST
@member
def redeliver(
    request: HttpRequest, actor: Actor, webhook_id: UUID, delivery_id: UUID
) -> HttpResponseBase:
    try:
        verbs.send_again(actor, webhook_id, delivery_id)
        say(request, _("It is sent again, from the first attempt."))
    except EaselError as error:
        return _refused(request, error, "studio:webhook_delivery", webhook_id, delivery_id)
    return redirect("studio:webhook_delivery", webhook_id, delivery_id)


def _refused(request: HttpRequest, error: EaselError, name: str, *ids: UUID) -> HttpResponse:
    """Said on the page; what is not there, or not allowed, is a page of its own."""
    if error.code in ("not_found", "forbidden"):
        raise error
    warn(request, sentences.of_error(error))
    return redirect(name, *ids)


def _address(endpoint: WebhookEndpoint) -> str:
    return f"/account/webhooks/{endpoint.pk}"


def _list(
    request: HttpRequest,
    actor: Actor,
    *,
    form: WebhookForm | None = None,
    made: verbs.NewSecret | None = None,
) -> HttpResponse:
    found = verbs.page(actor, cursor=None, limit=verbs.MOST).items
    context = {
        "endpoints": [_row(actor, each) for each in found],
        "form": form or WebhookForm(actor),
        "may_change": actor.can("member"),
        "made": made,
    }
    return show(request, actor, TAB, "webhooks", context)


def _row(actor: Actor, endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "events": [event(name) for name in endpoint.events],
        "why": why_disabled(endpoint.disabled_reason) if endpoint.disabled_at else None,
        "mine": endpoint.user_id == actor.user_id,
    }


def _show(
    request: HttpRequest,
    actor: Actor,
    endpoint: WebhookEndpoint,
    *,
    form: WebhookForm | None = None,
    made: verbs.NewSecret | None = None,
) -> HttpResponse:
    state = rows.state_of(request)
    try:
        page = verbs.log(
            actor, endpoint.pk, cursor=rows.cursor_of(request), limit=rows.PAGE, state=state
        )
    except InvalidRequest as error:
        raise rows.checked(error) from error
    context = rows.listed(request, page, state) | _row(actor, endpoint)
    context |= {
        "form": form or WebhookForm(actor, of=endpoint),
        "changing": form is not None,
        "may_change": actor.can("member"),
        "made": made,
        "more_at": _address(endpoint),
    }
    if request.method == "GET" and "cursor" in request.GET and request.headers.get("HX-Request"):
        return show(request, actor, TAB, "deliveries", context)
    return show(request, actor, TAB, "webhook", context)
