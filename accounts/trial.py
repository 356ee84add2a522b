"""The test user: whoever knows the test key gets a token that acts with small limits.

The token's four claims are given by its API (id, user_name, exp, iss), so it carries nothing that
could be revoked. Its signing key is derived from the test key: another test key revokes them all.
The limits stand in an ``ApiKey`` row of the demo tenant, where an operator can narrow or revoke it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import jwt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.credentials import refused
from accounts.errors import NotConfigured
from accounts.models import ApiKey, KeyKind, Membership, Role, Tenant, User

DEMO = "demo"
"""Slug of the tenant that the test user belongs to."""
PUBLIC_ID = "test"
NAME = "测试账号"
EMAIL = "test@localhost"
LIFETIME = timedelta(hours=24)


def issue_test_token(key: str) -> str:
    """The test user's JWT, for whoever knows the test key.

    NotConfigured where this installation has no test key or no demo tenant; Unauthenticated for a
    wrong key. HS256; the claims are exactly id, user_name, exp and iss.
    """
    if not settings.EASEL_TEST_KEY:
        raise NotConfigured(_("this installation has no test user"))
    if not hmac.compare_digest(key.encode(), settings.EASEL_TEST_KEY.encode()):
        raise refused()
    access()
    claims = {
        "id": PUBLIC_ID,
        "user_name": NAME,
        "exp": int((timezone.now() + LIFETIME).timestamp()),
        "iss": settings.EASEL_TEST_TOKEN_ISSUER,
    }
    return jwt.encode(claims, _signing_key(), algorithm="HS256")


def _signing_key() -> str:
    return hmac.new(
        str(settings.SECRET_KEY).encode(),
        b"test token\0" + settings.EASEL_TEST_KEY.encode(),
        hashlib.sha256,
    ).hexdigest()


def looks_like_one(token: str) -> bool:
    """Whether an (unverified) JWT is a test token; Unauthenticated when it is no JWT at all."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise refused() from None
    return "token_type" not in claims


def read(token: str) -> datetime:
    """When this test token expires; Unauthenticated for anything else than a live one."""
    if not settings.EASEL_TEST_KEY:
        raise refused()
    try:
        claims = jwt.decode(
            token,
            _signing_key(),
            algorithms=["HS256"],
            issuer=settings.EASEL_TEST_TOKEN_ISSUER,
            options={"require": ["id", "user_name", "exp", "iss"]},
        )
    except (jwt.PyJWTError, ValueError):
        raise refused() from None
    if claims["id"] != PUBLIC_ID:
        raise refused()
    return datetime.fromtimestamp(claims["exp"], tz=UTC)


def access() -> ApiKey:
    """The row in which the test user's limits stand, with tenant and user; made on first use.

    NotConfigured where there is no demo tenant to belong to, or an operator revoked the row.
    """
    rows = ApiKey.objects.select_related("tenant", "user")
    key = rows.filter(public_id=PUBLIC_ID).first() or _make_access()
    if key.revoked_at is not None:
        raise NotConfigured(_("the test user's access was revoked"))
    return key


@transaction.atomic
def _make_access() -> ApiKey:
    tenant = Tenant.objects.filter(slug=DEMO).first()
    if tenant is None:
        raise NotConfigured(_("the test user needs a tenant named demo"))
    user = User.objects.get_or_create(email=EMAIL, defaults={"name": NAME, "password": "!"})[0]
    Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": Role.MEMBER})
    policy = {"max_side": 1024, "max_images": 4, "max_concurrent": 2, "rate_per_minute": 30}
    return ApiKey.objects.get_or_create(
        public_id=PUBLIC_ID,
        defaults={
            "tenant": tenant,
            "user": user,
            "name": NAME,
            "kind": KeyKind.TEST_TOKEN,
            **policy,
        },
    )[0]
