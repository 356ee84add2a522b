"""The one verifier: a request → the Actor in whose name it acts. Serves every dialect.

    authenticate(request)          programs: the forms in accounts.credentials
    authenticate_session(request)  people in the browser

Both raise Unauthenticated (one answer for everything unknown, wrong, revoked or expired) or
Forbidden (known, but not from this address, or the tenant is switched off).
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import credentials, keys, tenancy, tokens, trial
from accounts.actor import Actor, actor_for
from accounts.client_ip import client_ip
from accounts.credentials import Credential, refused
from accounts.errors import Forbidden, NotConfigured
from accounts.models import ApiKey, KeyKind, Membership
from accounts.verified import Verified, memory

_KINDS = {
    "access_key": KeyKind.ACCESS_KEY,
    "basic": KeyKind.ACCESS_KEY,
    "api_token": KeyKind.API_TOKEN,
    "appcode": KeyKind.APPCODE,
}


def authenticate(request: HttpRequest) -> Actor:
    """The actor of a request that presents a credential."""
    credential = credentials.read(request.META)
    digest = credential.digest
    found = memory.get(digest)
    if found is None:
        generation = memory.generation
        found = _look_up(credential)
        memory.put(digest, found, generation)
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
    return actor_for(membership.tenant, membership.user, membership.role, "session", None)


def _look_up(credential: Credential) -> Verified:
    if credential.scheme == "jwt":
        return _by_token(credential.secret)
    key = keys.recognise(_KINDS[credential.scheme], credential.public_id, credential.secret)
    if key is None:
        raise refused()
    return _by_key(key, credential.scheme, key.expires_at)


def _by_key(key: ApiKey, scheme: str, expires_at: datetime | None) -> Verified:
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise refused()
    membership = _membership(key.tenant_id, key.user_id)
    keys.note_use(key)
    return Verified(
        actor=actor_for(membership.tenant, membership.user, membership.role, scheme, key),
        expires_at=expires_at,
        networks=_networks(key),
    )


def _networks(key: ApiKey) -> tuple[IPv4Network | IPv6Network, ...]:
    """Forms check the ranges; a row that was written past them must not open the key to all."""
    try:
        return tuple(ip_network(text, strict=False) for text in key.ip_ranges)
    except ValueError as error:
        raise Forbidden(_("not from this address")) from error


def _by_token(token: str) -> Verified:
    if trial.looks_like_one(token):
        expires_at = trial.read(token)
        return _by_key(_trial_access(), "test_token", expires_at)
    claims = tokens.read(token)
    membership = _membership(claims.tenant_id, claims.user_id)
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


def _membership(tenant_id: int, user_id: int) -> Membership:
    """Who left the tenant, or is no longer active, does not come in by an old key or token."""
    membership = (
        Membership.objects.for_tenant(tenant_id)
        .for_user(user_id)
        .select_related("tenant", "user")
        .first()
    )
    if membership is None or not membership.user.is_active:
        raise refused()
    if not membership.tenant.is_active:
        raise Forbidden(_("this tenant is switched off"))
    return membership


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
