"""From a key that was recognised to the actor that it lets in."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import keys
from accounts.actor import actor_for
from accounts.credentials import refused
from accounts.errors import Forbidden
from accounts.models import ApiKey, Membership
from accounts.verified import Verified


def admit(
    key: ApiKey, scheme: str, expires_at: datetime | None, signing_secret: str = ""
) -> Verified:
    """Raises Unauthenticated: expired, or its user left. Forbidden: the tenant is switched off."""
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise refused()
    membership = membership_of(key.tenant_id, key.user_id)
    keys.note_use(key)
    return Verified(
        actor=actor_for(membership.tenant, membership.user, membership.role, scheme, key),
        expires_at=expires_at,
        networks=networks_of(key),
        signing_secret=signing_secret,
    )


def networks_of(key: ApiKey) -> tuple[IPv4Network | IPv6Network, ...]:
    """Forms check the ranges; a row that was written past them must not open the key to all."""
    try:
        return tuple(ip_network(text, strict=False) for text in key.ip_ranges)
    except ValueError as error:
        raise Forbidden(_("not from this address")) from error


def membership_of(tenant_id: int, user_id: int) -> Membership:
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
