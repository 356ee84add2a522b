"""Who asks, for which tenant, and what they may still spend."""

from __future__ import annotations

from accounts.models.books import Balance, Entry, EntryKind, EntryQuerySet
from accounts.models.key import (
    OPEN_DOORS,
    ApiKey,
    ApiKeyQuerySet,
    KeyKind,
    RateWindow,
    RevokedToken,
    UsedNonce,
)
from accounts.models.people import Membership, MembershipQuerySet, Role, User, UserManager
from accounts.models.tenant import PreviewPolicy, Tenant, TenantQuerySet

__all__ = [
    "OPEN_DOORS",
    "ApiKey",
    "ApiKeyQuerySet",
    "Balance",
    "Entry",
    "EntryKind",
    "EntryQuerySet",
    "KeyKind",
    "Membership",
    "MembershipQuerySet",
    "PreviewPolicy",
    "RateWindow",
    "RevokedToken",
    "Role",
    "Tenant",
    "TenantQuerySet",
    "UsedNonce",
    "User",
    "UserManager",
]
