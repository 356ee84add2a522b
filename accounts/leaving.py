"""Leaving: a person or an organisation asks to be deleted, has days to change its mind, and is
then deleted by ``generation.erasure``, which the reaper calls.

Asking ends keys, tokens and sessions at once; they do not come back with a change of mind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import verified
from accounts.actor import Actor, person_lineage
from accounts.errors import Forbidden
from accounts.members import LastOwner
from accounts.models import ApiKey, DeletionRequest, Membership, Role, Tenant, User


@dataclass(frozen=True)
class Consequences:
    """Of deleting an account. ``alone``: organisations that go with it, for nobody else is in
    them. ``blocking``: those that must be handed over, or deleted, before."""

    alone: list[Tenant]
    blocking: list[Tenant]


def consequences(user: User) -> Consequences:
    owned = Tenant.objects.filter(
        closed_at=None, memberships__user=user, memberships__role=Role.OWNER
    )
    owners = Count("memberships", filter=Q(memberships__role=Role.OWNER))
    counted = Tenant.objects.filter(pk__in=owned.values("pk")).annotate(owners=owners)
    last = list(counted.filter(owners=1).order_by("pk"))
    with_others = set(
        Membership.objects.filter(tenant__in=last)
        .exclude(user=user)
        .values_list("tenant", flat=True)
    )
    return Consequences(
        alone=[tenant for tenant in last if tenant.pk not in with_others],
        blocking=[tenant for tenant in last if tenant.pk in with_others],
    )


@transaction.atomic
def ask_for_account(user: User) -> DeletionRequest:
    """The account is deleted after EASEL_DELETION_DAYS. LastOwner; asking twice is no fault."""
    User.objects.select_for_update().get(pk=user.pk)
    _must_not_block(user)
    request, _made = DeletionRequest.objects.get_or_create(
        user=user, defaults={"requested_by": user, "due_at": _due()}
    )
    silence(user.pk)
    return request


@transaction.atomic
def ask_for_tenant(actor: Actor) -> DeletionRequest:
    """The actor's organisation is deleted after EASEL_DELETION_DAYS. Forbidden to all but owners
    in person; asking twice is no fault."""
    _owner_in_person(actor)
    request, made = DeletionRequest.objects.get_or_create(
        tenant_id=actor.tenant_id, defaults={"requested_by_id": actor.user_id, "due_at": _due()}
    )
    silence_tenant(actor.tenant_id)
    if made:
        _tell_owners(actor, request.due_at)
    return request


def keep_account(user: User) -> bool:
    """Takes the wish back; False: there was none."""
    return bool(DeletionRequest.objects.filter(user=user).delete()[0])


def keep_tenant(actor: Actor) -> bool:
    _owner_in_person(actor)
    return bool(DeletionRequest.objects.filter(tenant_id=actor.tenant_id).delete()[0])


def silence(user_id: int) -> None:
    """Every key, JWT and session of the user ends now."""
    ApiKey.objects.filter(user=user_id, revoked_at=None).update(revoked_at=timezone.now())
    User.objects.filter(pk=user_id).update(token_version=F("token_version") + 1)
    for session in UserSession.objects.filter(user=user_id):
        session.end()
    verified.forget()


def silence_tenant(tenant_id: int) -> None:
    """Every key of the organisation and every JWT of its members ends now. Members stay signed
    in: they may belong to others, and the owner may change his mind."""
    ApiKey.objects.filter(tenant=tenant_id, revoked_at=None).update(revoked_at=timezone.now())
    members = Membership.objects.for_tenant(tenant_id).values("user")
    User.objects.filter(pk__in=members).update(token_version=F("token_version") + 1)
    verified.forget()


def end_sessions(user_id: int) -> int:
    """Deletes the user's sessions, also those that no row lists; returns how many. Reads every
    live session: for the erasure, not for a page."""
    wanted = str(user_id)
    live = Session.objects.filter(expire_date__gt=timezone.now())
    mine = [
        session.pk
        for session in live.iterator(chunk_size=1000)
        if session.get_decoded().get("_auth_user_id") == wanted
    ]
    return int(Session.objects.filter(pk__in=mine).delete()[0])


def lineages(user: User) -> set[UUID]:
    """Of the user's keys, live or not, and of the user in person in each organisation."""
    keys = ApiKey.objects.filter(user=user).values_list("lineage", flat=True)
    tenants: Iterable[int] = Tenant.objects.of_user(user.pk).values_list("pk", flat=True)
    return {*keys, *(person_lineage(tenant, user.pk) for tenant in tenants)}


def _must_not_block(user: User) -> None:
    blocking = consequences(user).blocking
    if blocking:
        names = ", ".join(tenant.name for tenant in blocking)
        text = _("hand these organisations over, or delete them, first: %(names)s")
        raise LastOwner(text % {"names": names})


def _tell_owners(actor: Actor, due_at: datetime) -> None:
    """A mail to each, in his language: one of them asked, and any may take it back."""
    owners = User.objects.filter(
        memberships__tenant=actor.tenant_id, memberships__role=Role.OWNER, is_active=True
    )
    for owner in owners:
        with (
            translation.override(owner.language or settings.LANGUAGE_CODE),
            timezone.override(ZoneInfo(actor.time_zone)),
        ):
            day = date_format(timezone.localtime(due_at), "DATETIME_FORMAT")
            words = {"name": actor.tenant_name, "day": day, "who": actor.user_name}
            subject = _("%(name)s will be deleted on %(day)s") % words
            body = _(
                "%(who)s asked for %(name)s to be deleted on %(day)s, with every picture, prompt "
                "and key of all its members. Until then any owner may keep it: sign in, and open "
                "Account, Data."
            )
            send_mail(subject, body % words, None, [owner.email])


def _owner_in_person(actor: Actor) -> None:
    if actor.key_id is not None or not actor.can("owner"):
        raise Forbidden(_("only an owner may delete the organisation"))


def _due() -> datetime:
    return timezone.now() + timedelta(days=settings.EASEL_DELETION_DAYS)
