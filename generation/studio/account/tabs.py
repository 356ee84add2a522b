"""The tabs of the account pages: one literal table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.authentication import authenticate_session
from accounts.models import Role
from generation.errors import EaselError
from generation.studio import quoting

EVERYBODY = (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER)
MAKERS = (Role.MEMBER, Role.ADMIN, Role.OWNER)
MANAGERS = (Role.ADMIN, Role.OWNER)
_ALLAUTH = ("account_", "mfa_", "usersessions_", "socialaccount_")


@dataclass(frozen=True, kw_only=True)
class Tab:
    """``name``: what a view says it shows (``tab``); ``url``: the route; ``roles``: who sees it."""

    name: str
    url: str
    label: Promise | str
    roles: tuple[Role, ...] = EVERYBODY


TABS = (
    Tab(name="profile", url="studio:profile", label=_("Profile")),
    Tab(name="security", url="mfa_index", label=_("Security")),
    Tab(name="organisation", url="studio:organisation", label=_("Organisation")),
    Tab(name="members", url="studio:members", label=_("Members")),
    Tab(name="keys", url="studio:keys", label=_("Keys")),
    Tab(name="usage", url="studio:usage", label=_("Usage")),
    Tab(name="ledger", url="studio:ledger", label=_("Ledger"), roles=MANAGERS),
    Tab(name="redeem", url="studio:redeem", label=_("Redeem"), roles=MAKERS),
    Tab(name="webhooks", url="studio:webhooks", label=_("Webhooks")),
    Tab(name="callbacks", url="studio:callbacks", label=_("Callbacks")),
    Tab(name="data", url="studio:data", label=_("Data")),
)


def account_frame(request: HttpRequest) -> dict[str, Any]:
    """The tabs for every page; and for allauth's own pages of a person who signed in, all that
    the account pages' frame shows (``manage_layout``: the template that they extend)."""
    context: dict[str, Any] = {"account_tabs": TABS}
    match = request.resolver_match
    name = str(match.url_name) if match is not None else ""
    if not name.startswith(_ALLAUTH) or not request.user.is_authenticated:
        return context
    try:
        actor = authenticate_session(request)
    except EaselError:  # a member of no active tenant still manages his password
        return context
    balance = quoting.balance_of(actor)
    layout = {"manage_layout": "allauth/layouts/in_account.html", "tab": "security"}
    return context | layout | {"actor": actor, "balance": balance}
