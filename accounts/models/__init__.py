"""Who asks, for which tenant, and what they may still spend."""

from __future__ import annotations

from accounts.models.books import Balance, Entry, EntryKind, EntryQuerySet
from accounts.models.codes import Redemption, RedemptionCode, RedemptionCodeQuerySet
from accounts.models.held_mail import HeldMail, HeldMailQuerySet
from accounts.models.invitation import Invitation, InvitationQuerySet
from accounts.models.key import (
    OPEN_DOORS,
    ApiKey,
    ApiKeyQuerySet,
    KeyKind,
    RateWindow,
    RevokedToken,
    UsedNonce,
)
from accounts.models.leaving import DeletionRequest, DeletionRequestQuerySet
from accounts.models.outgoing_mail import OutgoingMail
from accounts.models.people import Membership, MembershipQuerySet, Role, User, UserManager
from accounts.models.plan import Plan
from accounts.models.tenant import PreviewPolicy, Tenant, TenantQuerySet
from accounts.models.trail import Deed, TrailEntry, TrailEntryQuerySet

__all__ = [
    "OPEN_DOORS",
    "ApiKey",
    "ApiKeyQuerySet",
    "Balance",
    "Deed",
    "DeletionRequest",
    "DeletionRequestQuerySet",
    "Entry",
    "EntryKind",
    "EntryQuerySet",
    "HeldMail",
    "HeldMailQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "KeyKind",
    "Membership",
    "MembershipQuerySet",
    "OutgoingMail",
    "Plan",
    "PreviewPolicy",
    "RateWindow",
    "Redemption",
    "RedemptionCode",
    "RedemptionCodeQuerySet",
    "RevokedToken",
    "Role",
    "Tenant",
    "TenantQuerySet",
    "TrailEntry",
    "TrailEntryQuerySet",
    "UsedNonce",
    "User",
    "UserManager",
]
