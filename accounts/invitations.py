"""Invitations into a tenant: (actor, …) → made, sent again, revoked; a token → accepted, once.

Owners and administrators invite. Nobody is invited as an owner: an owner makes a member one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.signing import Signer
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import members
from accounts.actor import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import Invitation, InvitationQuerySet, Membership, Role, User
from accounts.sealing import seal, unseal

ROLES = (Role.MEMBER, Role.VIEWER, Role.ADMIN)
MOST = 100  # unanswered ones of a tenant
_PROOF = "easel.invitation.mailed"


class TooManyInvitations(Forbidden):
    code = "too_many"


class AlreadyMember(Forbidden):
    code = "already_member"


def visible(actor: Actor) -> InvitationQuerySet:
    """Those that nobody has answered yet."""
    rows = Invitation.objects.for_tenant(actor.tenant_id).unanswered()
    return rows if actor.can("admin") else rows.none()


def find(actor: Actor, invitation_id: int) -> Invitation:
    found = None
    if 0 < invitation_id < 2**63:
        found = visible(actor).select_related("tenant").filter(pk=invitation_id).first()
    if found is None:
        raise NotFound(_("no such invitation"))
    return found


def create(actor: Actor, email: str, role: Role) -> Invitation:
    """Forbidden, TooManyInvitations, AlreadyMember; whoever was invited already is invited anew:
    the earlier link ends."""
    members.may_manage(actor)
    if role not in ROLES:
        raise Forbidden(_("nobody is invited with this role"), field="role")
    email = email.strip().lower()
    here = Membership.objects.for_tenant(actor.tenant_id)
    if here.filter(user__email=email).exists():
        raise AlreadyMember(_("is a member already"), field="email")
    if visible(actor).exclude(email=email).count() >= MOST:
        raise TooManyInvitations(
            _("there are %(most)d open invitations already: revoke some") % {"most": MOST}
        )
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            visible(actor).filter(email=email).update(revoked_at=timezone.now())
            return Invitation.objects.create(
                tenant_id=actor.tenant_id,
                email=email,
                role=role,
                token_hash=_digest(token),
                token_sealed=seal(token),
                invited_by_id=actor.user_id,
                expires_at=_end(),
            )
    except IntegrityError as error:  # the same was asked twice at the same moment
        raise AlreadyMember(_("was invited a moment ago"), field="email") from error


def renew(actor: Actor, invitation_id: int) -> Invitation:
    """The same link, for the full time again."""
    members.may_manage(actor)
    found = find(actor, invitation_id)
    found.expires_at, found.sent_at = _end(), timezone.now()
    found.save(update_fields=["expires_at", "sent_at"])
    return found


def revoke(actor: Actor, invitation_id: int) -> Invitation:
    members.may_manage(actor)
    found = find(actor, invitation_id)
    Invitation.objects.unanswered().filter(pk=found.pk).update(revoked_at=timezone.now())
    return found


def token_of(invitation: Invitation) -> str:
    return unseal(invitation.token_sealed)


def by_token(token: str) -> Invitation | None:
    """The one that may be accepted now."""
    rows = Invitation.objects.open(timezone.now()).select_related("tenant", "invited_by")
    return rows.filter(token_hash=_digest(token)).first()


def proof(token: str) -> str:
    """Stands in the mailed link only: whoever brings it reads that mailbox. The link that the
    inviter copies has none, for with it he could claim somebody else's address as his own."""
    return Signer(salt=_PROOF).signature(token)


def is_proved(token: str, given: str) -> bool:
    return hmac.compare_digest(proof(token).encode(), given.encode())


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the invited address is one of the user's."""
    if invitation.email == user.email:
        return True
    own = EmailAddress.objects.filter(user=user, email=invitation.email, verified=True)
    return bool(own.exists())


def joined_by(user: User) -> bool:
    """Whether the user's address is one that was invited, and that accepted."""
    return Invitation.objects.filter(accepted_by=user, email=user.email).exists()


@transaction.atomic
def accept(invitation: Invitation, user: User, *, proved: bool) -> Membership:
    """NotFound when it was answered, revoked or expired meanwhile. A member keeps his role.

    ``proved``: the mailed link was followed, so the address is the user's.
    """
    now = timezone.now()
    taken = Invitation.objects.open(now).filter(pk=invitation.pk)
    if taken.update(accepted_at=now, accepted_by=user) != 1:
        raise NotFound(_("this invitation is no longer open"))
    if proved:
        EmailAddress.objects.filter(user=user, email=invitation.email).update(verified=True)
    membership, _made = Membership.objects.get_or_create(
        tenant=invitation.tenant, user=user, defaults={"role": invitation.role}
    )
    return membership


def _end() -> datetime:
    return timezone.now() + timedelta(days=settings.EASEL_INVITATION_DAYS)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
