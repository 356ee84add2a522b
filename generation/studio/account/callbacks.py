"""/account/callbacks: what was sent to the addresses that calls named, and what came back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import Actor
from generation import callback_log
from generation.errors import InvalidRequest, RateLimited, TaskConflict
from generation.studio import sentences
from generation.studio.account import delivery_rows as rows
from generation.studio.account.page import say, show, warn
from generation.studio.doors import member, wants_fragment

TAB = "callbacks"


@require_safe
@never_cache
@member
def callbacks(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Members see those of their own tasks; owners and admins all."""
    state = rows.state_of(request)
    try:
        cursor = rows.cursor_of(request)
        page = callback_log.page(actor, cursor=cursor, limit=rows.PAGE, state=state)
    except InvalidRequest as error:
        raise rows.checked(error) from error
    context = rows.listed(request, page, state) | {"more_at": request.path}
    of_list = wants_fragment(request) and "cursor" in request.GET
    return show(request, actor, TAB, "deliveries" if of_list else "callbacks", context)


@require_safe
@never_cache
@member
def callback(request: HttpRequest, actor: Actor, delivery_id: UUID) -> HttpResponseBase:
    found = callback_log.find(actor, delivery_id)
    context = rows.shown(found) | {"may_change": actor.can("member")}
    return show(request, actor, TAB, "delivery", context, rows.status(request, found))


@require_POST
@member
def redeliver(request: HttpRequest, actor: Actor, delivery_id: UUID) -> HttpResponseBase:
    try:
        callback_log.send_again(actor, delivery_id)
        say(request, _("It is sent again, from the first attempt."))
    except (TaskConflict, RateLimited) as error:
        warn(request, sentences.of_error(error))
    return redirect("studio:callback", delivery_id)
