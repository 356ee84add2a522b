"""JWTs: in the name of a user in a tenant (simplejwt, HS256 and nothing else).

One is revoked by its ``jti``, all of a user's by raising ``User.token_version``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from django.db.models import F
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, Token

from accounts import verified
from accounts.credentials import refused
from accounts.models import RevokedToken, Tenant, User


@dataclass(frozen=True)
class UserClaims:
    user_id: int
    tenant_id: int
    token_version: int
    expires_at: datetime
    jti: str


def issue(user: User, tenant: Tenant) -> str:
    """A JWT in the name of a user in a tenant; lives ``EASEL_JWT_HOURS``."""
    token = AccessToken.for_user(user)
    token["tenant"] = tenant.pk
    token["version"] = user.token_version
    return str(token)


def read(token: str) -> UserClaims:
    """The verified claims; Unauthenticated for anything else than a live token of a user."""
    claims = _verify(token)
    if RevokedToken.objects.filter(jti=claims.jti).exists():
        raise refused()
    return claims


def _verify(token: str) -> UserClaims:
    """Signature, expiry and form."""
    try:
        # simplejwt annotates the parameter as a Token, and takes the encoded text.
        claims = AccessToken(cast(Token, token)).payload
        found = UserClaims(
            user_id=int(claims["user_id"]),
            tenant_id=int(claims["tenant"]),
            token_version=int(claims["version"]),
            expires_at=datetime.fromtimestamp(claims["exp"], tz=UTC),
            jti=str(claims["jti"]),
        )
    except (TokenError, KeyError, TypeError, ValueError, OverflowError):
        raise refused() from None
    if not found.jti.isalnum():  # ours are hex; PostgreSQL refuses a NUL in text
        raise refused()
    return found


def revoke(token: str) -> None:
    """Revokes one JWT of a user; Unauthenticated when it is not a live one."""
    claims = read(token)
    RevokedToken.objects.get_or_create(jti=claims.jti, defaults={"expires_at": claims.expires_at})
    verified.forget()


def revoke_all(user: User) -> None:
    """Revokes every JWT that the user has."""
    User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)
    verified.forget()


def forget_expired(at: datetime) -> int:
    """Drops revocations of tokens that have expired meanwhile; returns how many."""
    return RevokedToken.objects.filter(expires_at__lt=at).delete()[0]
