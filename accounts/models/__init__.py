"""Who asks, for which tenant, and what they may still spend."""

from __future__ import annotations

from accounts.models.books import Balance, Entry, EntryKind, EntryQuerySet
from accounts.models.key import ApiKey, ApiKeyQuerySet, KeyKind, RateWindow, RevokedToken
from accounts.models.people import Membership, MembershipQuerySet, Role, User, UserManager
from accounts.models.tenant import PreviewPolicy, Tenant, TenantQuerySet

__all__ = [
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
    "User",
    "UserManager",
]
