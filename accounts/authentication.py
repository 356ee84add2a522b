"""The one verifier: a request → the Actor in whose name it acts. Serves every dialect.

    authenticate(request)          programs: the forms in accounts.credentials, the X-Ca signature,
                                   and the doors that an operator opened to addresses
    authenticate_session(request)  people in the browser

Both raise Unauthenticated (one answer for everything unknown, wrong, revoked or expired) or
Forbidden (known, but not from this address, or the tenant is switched off).
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import credentials, doors, keys, signature, signing, tenancy, tokens, trial
from accounts.actor import Actor, actor_for
from accounts.admission import admit, membership_of
from accounts.client_ip import client_ip
from accounts.credentials import Credential, refused
from accounts.errors import Forbidden, NotConfigured
from accounts.models import ApiKey, DeletionRequest, KeyKind
from accounts.verified import Verified, remembered

_KINDS = {
    "access_key": KeyKind.ACCESS_KEY,
    "basic": KeyKind.ACCESS_KEY,
    "api_token": KeyKind.API_TOKEN,
    "appcode": KeyKind.APPCODE,
}


def authenticate(request: HttpRequest, open_door: KeyKind | None = None) -> Actor:
    """The actor of a request that presents a credential.

    ``open_door``: the kind of the dialect's door, for one that an operator may open to addresses.
    Who presents a credential is judged by it, door or no door.
    """
    found = _found(request, open_door)
    if found.expires_at is not None and found.expires_at <= timezone.now():
        raise refused()
    if found.networks and not _comes_from(request, found):
        raise Forbidden(_("not from this address"))
    return found.actor


def authenticate_session(request: HttpRequest) -> Actor:
    """The actor of a person who signed in; in the tenant that their session chose."""
    if not request.user.is_authenticated:
        raise refused()
    membership = tenancy.current_membership(request)
    if membership is None:
        raise Forbidden(_("you belong to no active tenant"))
    actor = actor_for(membership.tenant, membership.user, membership.role, "session", None)
    asked: DeletionRequest | None = getattr(membership.tenant, "deletion_request", None)
    return replace(actor, tenant_ends_at=asked.due_at) if asked is not None else actor


def _found(request: HttpRequest, open_door: KeyKind | None) -> Verified:
    if not credentials.has_pair(request.META) and signature.is_presented(request.META):
        return signing.verify(request)
    if open_door and not credentials.is_presented(request.META):
        return doors.through(open_door, client_ip(request))
    credential = credentials.read(request.META)
    return remembered(credential.digest, lambda: _look_up(credential))


def _look_up(credential: Credential) -> Verified:
    if credential.scheme == "jwt":
        return _by_token(credential.secret)
    key = keys.recognise(_KINDS[credential.scheme], credential.public_id, credential.secret)
    if key is None:
        raise refused()
    return admit(key, credential.scheme, key.expires_at)


def _by_token(token: str) -> Verified:
    if trial.looks_like_one(token):
        expires_at = trial.read(token)
        return admit(_trial_access(), "test_token", expires_at)
    claims = tokens.read(token)
    membership = membership_of(claims.tenant_id, claims.user_id)
    if membership.user.token_version != claims.token_version:
        raise refused()
    return Verified(
        actor=actor_for(membership.tenant, membership.user, membership.role, "jwt", None),
        expires_at=claims.expires_at,
        networks=(),
    )


def _trial_access() -> ApiKey:
    try:
        return trial.access()
    except NotConfigured:
        raise refused() from None


def _comes_from(request: HttpRequest, found: Verified) -> bool:
    text = client_ip(request)
    if not text:
        return False
    address = ip_address(text)
    return any(address in network for network in found.networks)


class ActorAuthentication(BaseAuthentication):
    """For DRF views: ``request.auth`` is the Actor. Errors are ours, for the exception handler."""

    def authenticate(self, request: Request) -> tuple[Any, Actor]:
        return None, authenticate(request._request)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasActor(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, Actor)
