"""Tenants and who belongs to them: made, chosen, deleted."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import keys, ledger, tokens, verified
from accounts.errors import Forbidden
from accounts.models import Entry, KeyKind, Membership, MembershipQuerySet, Role, Tenant, User

CHOSEN = "tenant"
"""In the session: the id of the tenant that a person works in."""


class DuplicateTenant(ValueError):
    """A tenant of this name is there already."""


@dataclass(frozen=True, kw_only=True)
class CreatedTenant:
    """A new tenant and what its owner must be told now, or never."""

    tenant: Tenant
    user: User
    password: str | None  # None: the user was there already and keeps theirs
    access_key: keys.NewKey
    appcode: keys.NewKey
    api_token: keys.NewKey
    jwt: str


@transaction.atomic
def create_tenant(
    name: str, email: str, password: str | None = None, credits: int = 0
) -> CreatedTenant:
    """A tenant with its owner, one key of each kind and its first credits.

    DuplicateTenant when there is one of this name. Without a password a random one is made; a user
    who is there already keeps theirs.
    """
    tenant = _insert(name, slug_of(name))
    user = User.objects.filter(email=email).first()
    new_password = None
    if user is None:
        new_password = password or secrets.token_urlsafe(12)
        user = User.objects.create_user(email, new_password)
    Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)
    if credits:
        ledger.grant(tenant.pk, credits * ledger.MILLICREDITS, _("first credits"))
    return CreatedTenant(
        tenant=tenant,
        user=user,
        password=new_password,
        access_key=keys.make(tenant, user, KeyKind.ACCESS_KEY, _("first access key")),
        appcode=keys.make(tenant, user, KeyKind.APPCODE, _("first AppCode")),
        api_token=keys.make(tenant, user, KeyKind.API_TOKEN, _("first API token")),
        jwt=tokens.issue(user, tenant),
    )


def _insert(name: str, slug: str) -> Tenant:
    try:
        with transaction.atomic():
            return Tenant.objects.create(name=name, slug=slug)
    except IntegrityError as error:
        raise DuplicateTenant(
            _("there is a tenant named %(name)s already") % {"name": name}
        ) from error


def slug_of(name: str) -> str:
    """The name itself where it is a slug; a Chinese name becomes ``tenant-`` and a hash."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name):
        return name.lower()
    latin = slugify(name)[:60]
    return latin or f"tenant-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


@transaction.atomic
def open_personal_tenant(user: User) -> None:
    """Somebody who signed up by themselves gets a tenant of their own, with no credit.

    Nothing happens for whoever belongs to a tenant already.
    """
    if Membership.objects.for_user(user).exists():
        return
    name = user.name or user.email.partition("@")[0]
    tenant = _insert(name[:100], f"u{user.pk}-{secrets.token_hex(4)}")
    Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)


def current_membership(request: HttpRequest) -> Membership | None:
    """Of the person who signed in: in the tenant that the session chose, else their first one."""
    memberships = _memberships(request).select_related("tenant__deletion_request", "user")
    chosen = request.session.get(CHOSEN)
    found = memberships.for_tenant(chosen).first() if chosen else None
    return found or memberships.first()


def _memberships(request: HttpRequest) -> MembershipQuerySet:
    user_id = request.user.pk
    if user_id is None:
        return Membership.objects.none()
    return Membership.objects.for_user(user_id).active()


def choose(request: HttpRequest, tenant_id: int) -> bool:
    """The session works in this tenant from now on; False when the person is no member of it."""
    if not _memberships(request).for_tenant(tenant_id).exists():
        return False
    prefer(request, tenant_id)
    return True


def prefer(request: HttpRequest, tenant_id: int) -> None:
    """Like ``choose``, unchecked: it holds as long as the person is a member."""
    request.session[CHOSEN] = tenant_id


MOST_FOUNDED = 10


@transaction.atomic
def found(user: User, name: str) -> Tenant:
    """A further tenant of a user's own, with no credit. Forbidden where the operator does not
    allow it, or when the user owns too many."""
    if not settings.EASEL_OPEN_ORGANISATIONS:
        raise Forbidden(_("this installation does not let you create organisations"))
    if Membership.objects.for_user(user).filter(role=Role.OWNER).count() >= MOST_FOUNDED:
        most = {"most": MOST_FOUNDED}
        raise Forbidden(_("you own %(most)d organisations already") % most, field="name")
    tenant = _insert(name, f"u{user.pk}-{secrets.token_hex(4)}")
    Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)
    return tenant


@transaction.atomic
def delete_tenant(tenant: Tenant) -> None:
    """The tenant with its books and everything below it. What was stored for it in files must be
    deleted before: this knows rows only."""
    with connection.cursor() as cursor:
        # Opens the append-only books for this tenant and this transaction (migration 0002).
        cursor.execute("SELECT set_config('easel.deleting_tenant', %s, true)", [str(tenant.pk)])
    Entry.objects.for_tenant(tenant).delete()
    tenant.delete()
    verified.forget()
