"""Who belongs to the actor's tenant: roles changed, people removed, ownership handed over.

    who          may
    viewer       look
    member       look, create, manage their own keys
    admin        all of that, and manage members, administrators, invitations and all keys
    owner        all of that, and make and unmake owners

A tenant always has an owner. Each verb locks the tenant's row: two owners who leave at the same
moment leave one after the other. Only people manage people: a key never does.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import verified
from accounts.actor import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import ApiKey, ApiKeyQuerySet, Membership, Role, Tenant

MOST = 500  # shown on the page


class LastOwner(Forbidden):
    """The tenant would be left without an owner."""

    code = "last_owner"


def listing(actor: Actor) -> list[Membership]:
    """Owners first, then as they came."""
    rows = Membership.objects.for_tenant(actor.tenant_id).select_related("user")
    order = (Role.OWNER, Role.ADMIN, Role.MEMBER, Role.VIEWER)
    return sorted(rows.order_by("id")[:MOST], key=lambda row: order.index(Role(row.role)))


def may_manage(actor: Actor) -> None:
    """Forbidden for whoever may not invite, change or remove anybody."""
    if actor.key_id is not None or not actor.can("admin"):
        raise Forbidden(_("only owners and administrators may manage people"))


def find(actor: Actor, user_id: int) -> Membership:
    """NotFound for whoever is no member here, whether they exist or not."""
    found = None
    if 0 < user_id < 2**63:
        rows = Membership.objects.for_tenant(actor.tenant_id).for_user(user_id)
        found = rows.select_related("user").first()
    if found is None:
        raise NotFound(_("no such member"))
    return found


def roles_for(actor: Actor, membership: Membership) -> list[Role]:
    """The roles that the actor may give this member; empty: none."""
    if not actor.can("admin") or membership.user_id == actor.user_id:
        return []
    if actor.can("owner"):
        return list(Role)
    if membership.role == Role.OWNER:
        return []
    return [Role.ADMIN, Role.MEMBER, Role.VIEWER]


@transaction.atomic
def change_role(actor: Actor, user_id: int, role: Role) -> Membership:
    """In force here at once, elsewhere within seconds. Forbidden, NotFound, LastOwner."""
    _lock(actor)
    may_manage(actor)
    target = find(actor, user_id)
    if role not in roles_for(actor, target):
        raise Forbidden(_("you may not give this role"), field="role")
    if role != Role.OWNER:
        _keep_an_owner(target)
    Membership.objects.filter(pk=target.pk).update(role=role)
    verified.forget()
    target.role = role
    return target


@transaction.atomic
def hand_over(actor: Actor, user_id: int) -> Membership:
    """Makes the member the owner and the actor an administrator."""
    _lock(actor)
    target = find(actor, user_id)
    if not actor.can("owner") or actor.key_id is not None or target.user_id == actor.user_id:
        raise Forbidden(_("only an owner may hand the organisation over"))
    Membership.objects.filter(pk=target.pk).update(role=Role.OWNER)
    own = Membership.objects.for_tenant(actor.tenant_id).for_user(actor.user_id or 0)
    own.update(role=Role.ADMIN)
    verified.forget()
    return target


@transaction.atomic
def remove(actor: Actor, user_id: int) -> Membership:
    """The member with the keys that act in their name here."""
    _lock(actor)
    target = find(actor, user_id)
    if target.user_id != actor.user_id:
        may_manage(actor)
        if not roles_for(actor, target):
            raise Forbidden(_("only an owner may remove an owner"))
    elif actor.key_id is not None:
        raise Forbidden(_("only owners and administrators may manage people"))
    _keep_an_owner(target)
    live_keys(target).update(revoked_at=timezone.now())
    Membership.objects.filter(pk=target.pk).delete()
    verified.forget()
    return target


def leave(actor: Actor) -> Membership:
    """LastOwner for the only owner: he hands over first."""
    return remove(actor, actor.user_id or 0)


def live_keys(membership: Membership) -> ApiKeyQuerySet:
    """The keys that end when the member goes."""
    rows = ApiKey.objects.for_tenant(membership.tenant_id).filter(revoked_at=None)
    return rows.filter(user_id=membership.user_id)


def _lock(actor: Actor) -> None:
    """And refuses whoever lost his own membership, or his role, since the request began."""
    Tenant.objects.select_for_update().get(pk=actor.tenant_id)
    own = Membership.objects.for_tenant(actor.tenant_id).for_user(actor.user_id or 0).first()
    if own is None or own.role != actor.role and actor.key_id is None:
        raise Forbidden(_("your role has changed: load the page again"))


def _keep_an_owner(target: Membership) -> None:
    if target.role != Role.OWNER:
        return
    others = Membership.objects.for_tenant(target.tenant_id).filter(role=Role.OWNER).active()
    if not others.exclude(pk=target.pk).exists():
        raise LastOwner(_("the organisation needs an owner: hand it over first"))
