"""Operators' pages of this layer. Lists never count a whole table; the books are only read."""

from __future__ import annotations

from accounts.admin import books, codes, held_mail, keys, leaving, people, social, tenants, trail
from accounts.admin.lists import FastAdmin, ReadOnlyAdmin, Since, UncountedPaginator, one_of

__all__ = [
    "FastAdmin",
    "ReadOnlyAdmin",
    "Since",
    "UncountedPaginator",
    "books",
    "codes",
    "held_mail",
    "keys",
    "leaving",
    "one_of",
    "people",
    "plans",
    "social",
    "tenants",
    "trail",
]
