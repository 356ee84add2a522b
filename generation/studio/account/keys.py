"""/account/keys: made, shown once, rotated, revoked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import key_management
from accounts.actor import Actor
from accounts.keys import NewKey
from accounts.models import ApiKey, KeyKind
from generation.errors import EaselError, Forbidden, NotFound, RateLimited
from generation.studio import quoting, sentences
from generation.studio.account import key_rows
from generation.studio.account.key_form import KeyForm
from generation.studio.account.page import say, show
from generation.studio.doors import member, wants_fragment

WITH_ID = (KeyKind.ACCESS_KEY, KeyKind.APP_KEY)
"""Kinds whose secret is useless without the id beside it."""


@require_safe
@member
def first(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return redirect("studio:keys")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def keys(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The keys and the form of a new one. POST creates, and answers with the secret: a redirect
    would have to keep it somewhere."""
    if request.method != "POST":
        return _show(request, actor)
    _check_role(actor)
    form = KeyForm(actor, request.POST)
    if form.is_valid():
        kind, name = KeyKind(form.cleaned_data["kind"]), form.cleaned_data["name"]
        try:
            return _show(
                request, actor, made=key_management.create(actor, kind, name, form.policy())
            )
        except EaselError as error:
            form.refuse(error)
    return _show(request, actor, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def change(request: HttpRequest, actor: Actor, key_id: int) -> HttpResponseBase:
    """Name and limits; they hold at once, in other processes within seconds."""
    _check_role(actor)
    key = key_management.find(actor, key_id)
    if key.revoked_at is not None:
        raise NotFound("no such key")
    form = KeyForm(actor, request.POST if request.method == "POST" else None, of=key)
    if request.method == "POST" and form.is_valid():
        try:
            key_management.change(actor, key_id, form.changes())
            say(request, _("Saved."))
            return redirect("studio:keys")
        except EaselError as error:
            form.refuse(error)
    context = {"key": key, "form": form, "limits": list(key_rows.limits(key))}
    return show(request, actor, "keys", "key", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def rotate(request: HttpRequest, actor: Actor, key_id: int) -> HttpResponseBase:
    """GET asks first."""
    _check_role(actor)
    key = key_management.find(actor, key_id)
    if request.method != "POST":
        return _ask(request, actor, key, "rotate")
    try:
        return _show(request, actor, made=key_management.rotate(actor, key_id))
    except RateLimited as error:
        return _show(request, actor, problem=sentences.of_error(error))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def revoke(request: HttpRequest, actor: Actor, key_id: int) -> HttpResponseBase:
    """GET asks first."""
    _check_role(actor)
    key = key_management.find(actor, key_id)
    if request.method != "POST":
        return _ask(request, actor, key, "revoke")
    key_management.revoke(actor, key_id)
    if not wants_fragment(request):
        return redirect("studio:keys")
    said = _("%(name)s is revoked.") % {"name": key.name or key.public_id}
    return _show(request, actor, said=said)


def _check_role(actor: Actor) -> None:
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))


def _show(
    request: HttpRequest,
    actor: Actor,
    *,
    form: KeyForm | None = None,
    made: NewKey | None = None,
    problem: str = "",
    said: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "actor": actor,
        "form": form or KeyForm(actor),
        "rows": key_rows.of(actor),
        "may_create": actor.can("member"),
        "made": made,
        "with_id": made is not None and made.key.kind in WITH_ID,
        "problem": problem,
        "said": said,
    }
    return _render(request, actor, "keys", context)


def _ask(request: HttpRequest, actor: Actor, key: ApiKey, deed: str) -> HttpResponse:
    context = {"actor": actor, "key": key, "deed": deed}
    return _render(request, actor, "confirm", context)


def _render(request: HttpRequest, actor: Actor, name: str, context: dict[str, Any]) -> HttpResponse:
    if wants_fragment(request):
        return render(request, f"studio/account/_{name}.html", context)
    context |= {"tab": "keys", "balance": quoting.balance_of(actor)}
    return render(request, f"studio/account/{name}.html", context)
