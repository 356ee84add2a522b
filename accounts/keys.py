"""Credentials of programs: made, rotated, revoked, recognised. A secret is shown once.

A secret holds 256 random bits, so one SHA-256 keeps it (see ``ApiKey``).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import verified
from accounts.models import OPEN_DOORS, ApiKey, KeyKind, Tenant, User
from accounts.sealing import seal

USE_IS_NOTED_EVERY = timedelta(minutes=1)

POLICY = (
    "checkpoints",
    "max_side",
    "max_images",
    "budget",
    "spent",
    "rate_per_minute",
    "max_concurrent",
    "ip_ranges",
    "callback_hosts",
    "strict",
    "read_only",
    "act_as_member",
    "expires_at",
)
"""What a rotated key takes over."""


@dataclass(frozen=True)
class NewKey:
    """A key and what its owner must be told now, or never.

    ``secret`` is the access key's secret (its id is ``key.public_id``), or the whole API token or
    AppCode.
    """

    key: ApiKey
    secret: str


def make(tenant: Tenant, user: User, kind: KeyKind, name: str = "", **policy: Any) -> NewKey:
    """A new key; ``policy`` are fields of ``ApiKey``."""
    key = ApiKey(tenant=tenant, user=user, kind=kind, name=name, **policy)
    secret = furnish(key)
    key.save()
    return NewKey(key, secret)


def furnish(key: ApiKey) -> str:
    """Gives an unsaved key its public id and secret; returns the secret, "" for an open door.

    A signing secret must be readable again, so it is sealed; any other is only hashed.
    """
    key.public_id, secret = _random(KeyKind(key.kind))
    if key.kind == KeyKind.APP_KEY:
        key.secret_sealed = seal(secret)
    elif secret:
        key.secret_hash = digest(secret)
    return secret


def _random(kind: KeyKind) -> tuple[str, str]:
    """(public id, secret) of a kind. No form can be mistaken for another."""
    if kind == KeyKind.ACCESS_KEY:
        return f"AK{secrets.token_hex(10).upper()}", secrets.token_urlsafe(32)
    middle, secret = secrets.token_hex(8), secrets.token_hex(32)
    if kind == KeyKind.API_TOKEN:
        return f"easel_{middle}", f"easel_{middle}_{secret}"
    if kind == KeyKind.APPCODE:
        return f"appcode_{middle}", f"{middle}{secret}"
    if kind == KeyKind.APP_KEY:  # digits, as the gateway's own are
        return str(10**17 + secrets.randbelow(9 * 10**17)), secrets.token_urlsafe(32)
    if kind in OPEN_DOORS:
        return f"door_{middle}", ""
    raise ValueError(f"{kind} has no secret")


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def recognise(kind: KeyKind, public_id: str, secret: str) -> ApiKey | None:
    """The key that this is the secret of, with its tenant and user; it may be expired.

    An unknown id costs the same comparison as a wrong secret.
    """
    key = (
        ApiKey.objects.select_related("tenant", "user")
        .filter(kind=kind, public_id=public_id, revoked_at=None)
        .first()
    )
    known = key.secret_hash if key else digest("")
    same = hmac.compare_digest(known, digest(secret))
    return key if same else None


def note_use(key: ApiKey) -> None:
    """``last_used_at``, written at most once a minute: a hot key must not be a hot row."""
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - USE_IS_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def revoke(key: ApiKey) -> bool:
    """False: it was revoked already. In force here at once, elsewhere within seconds."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    verified.forget()
    key.refresh_from_db(fields=["revoked_at"])
    return revoked == 1


@transaction.atomic
def rotate(key: ApiKey) -> NewKey:
    """A new id and secret for the same program: policy, budget and lineage go over, the old key
    is revoked in the same transaction. ValueError when it was revoked already."""
    locked = ApiKey.objects.select_for_update().select_related("tenant", "user").get(pk=key.pk)
    if not revoke(locked):
        raise ValueError("a revoked key cannot be rotated")
    policy = {field: getattr(locked, field) for field in POLICY}
    return make(
        locked.tenant,
        locked.user,
        KeyKind(locked.kind),
        locked.name,
        lineage=locked.lineage,
        **policy,
    )
