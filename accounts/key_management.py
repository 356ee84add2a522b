"""Keys as their owners manage them: (actor, …) → made, listed, changed, revoked, rotated.

Members manage their own keys, owners and admins all of the tenant's. A key that is narrowed itself
may manage none: it could make itself a wider one.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts import keys, limits, verified
from accounts.actor import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import ApiKey, KeyKind, Tenant, User
from accounts.models.key import ApiKeyQuerySet

KINDS = (KeyKind.API_TOKEN, KeyKind.ACCESS_KEY, KeyKind.APPCODE, KeyKind.APP_KEY)
MOST = 200  # live keys of a tenant
_NARROWING = (
    "checkpoints",
    "max_side",
    "max_images",
    "budget",
    "rate_per_minute",
    "max_concurrent",
    "ip_ranges",
    "callback_hosts",
    "read_only",
    "expires_at",
)


class TooManyKeys(Forbidden):
    code = "too_many"


def visible(actor: Actor) -> ApiKeyQuerySet:
    rows = ApiKey.objects.for_tenant(actor.tenant_id).filter(kind__in=KINDS)
    return rows if actor.can("admin") else rows.filter(user_id=actor.user_id or 0)


def find(actor: Actor, key_id: int) -> ApiKey:
    """NotFound, also for another member's."""
    if not 0 < key_id < 2**63:
        raise NotFound(_("no such key"))
    found = visible(actor).filter(pk=key_id).select_related("user").first()
    if found is None:
        raise NotFound(_("no such key"))
    return found


def create(actor: Actor, kind: KeyKind, name: str, policy: dict[str, Any]) -> keys.NewKey:
    """A key that acts in the actor's own name. Forbidden, TooManyKeys, RateLimited."""
    _may_manage(actor, policy)
    limits.check_rate(actor)
    if ApiKey.objects.for_tenant(actor.tenant_id).filter(revoked_at=None).count() >= MOST:
        raise TooManyKeys(_("there are %(most)d keys already: revoke some") % {"most": MOST})
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    return keys.make(tenant, User.objects.get(pk=actor.user_id or 0), kind, name, **policy)


def change(actor: Actor, key_id: int, changes: dict[str, Any]) -> ApiKey:
    """``changes``: name and fields of the policy; in force here at once, elsewhere in seconds."""
    _may_manage(actor, changes)
    key = find(actor, key_id)
    if key.revoked_at is not None:
        raise NotFound(_("no such key"))
    for name, value in changes.items():
        setattr(key, name, value)
    key.save(update_fields=list(changes))
    verified.forget()
    return key


def revoke(actor: Actor, key_id: int) -> None:
    """Revoking twice is no fault."""
    _may_manage(actor, {})
    keys.revoke(find(actor, key_id))


def rotate(actor: Actor, key_id: int) -> keys.NewKey:
    """A new secret under the same policy, budget and lineage; the old key ends now."""
    _may_manage(actor, {})
    limits.check_rate(actor)
    try:
        return keys.rotate(find(actor, key_id))
    except ValueError as error:
        raise NotFound(_("no such key")) from error


def _may_manage(actor: Actor, policy: dict[str, Any]) -> None:
    if actor.user_id is None or not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
    if policy.get("act_as_member") and not actor.can("admin"):
        raise Forbidden(_("only owners and admins may act for others"), field="act_as_member")
    if actor.key_id is None:
        return
    own = ApiKey.objects.filter(pk=actor.key_id).values(*_NARROWING).first()
    if own is None or any(own.values()):
        raise Forbidden(_("a key with limits of its own may not manage keys"))
