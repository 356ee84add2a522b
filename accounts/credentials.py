"""What a request presents to be let in: parsing only, no look-up.

X-Request-req-accessKeyId + X-Request-req-accessKeySecret     checked first when both are sent
Authorization: Basic base64(access key id:secret)
Authorization: Bearer <API token or JWT>
Authorization: Token <API token>
Authorization: tk <JWT>            and the bare JWT
Authorization: APPCODE <appcode>
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import Unauthenticated

MAX_HEADER = 8192
KEY_ID = "HTTP_X_REQUEST_REQ_ACCESSKEYID"
KEY_SECRET = "HTTP_X_REQUEST_REQ_ACCESSKEYSECRET"


@dataclass(frozen=True)
class Credential:
    """``scheme``: access_key, basic, api_token, appcode or jwt. ``public_id`` is empty for a JWT;
    ``secret`` is the access key's secret, or the whole token."""

    scheme: str
    public_id: str
    secret: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(f"{self.scheme}\0{self.public_id}\0{self.secret}".encode()).digest()


def refused() -> Unauthenticated:
    """One answer for everything that does not let in: it must not tell what was wrong."""
    return Unauthenticated(_("no valid credential"))


def read(meta: Mapping[str, Any]) -> Credential:
    """The credential in a request's headers; Unauthenticated when there is none of these forms."""
    key_id, key_secret = _header(meta, KEY_ID), _header(meta, KEY_SECRET)
    if key_id or key_secret:
        return _pair("access_key", key_id, key_secret)
    scheme, _blank, rest = _header(meta, "HTTP_AUTHORIZATION").partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "basic":
            return _basic(rest)
        case "bearer" if rest.count(".") == 2:
            return _jwt(rest)
        case "bearer" | "token":
            return _api_token(rest)
        case "tk":
            return _jwt(rest)
        case "appcode":
            return _appcode(rest)
        case _ if not rest:
            return _jwt(scheme)
    raise refused()


def has_pair(meta: Mapping[str, Any]) -> bool:
    return bool(meta.get(KEY_ID) or meta.get(KEY_SECRET))


def is_presented(meta: Mapping[str, Any]) -> bool:
    """Whether the request presents anything at all, right or wrong."""
    return has_pair(meta) or bool(str(meta.get("HTTP_AUTHORIZATION", "")).strip())


def _header(meta: Mapping[str, Any], name: str) -> str:
    value = str(meta.get(name, "")).strip()
    if len(value) > MAX_HEADER or not value.isascii() or not value.isprintable():
        raise refused()
    return value


def _pair(scheme: str, key_id: str, secret: str) -> Credential:
    if not key_id or not secret or len(key_id) > 64:
        raise refused()
    return Credential(scheme, key_id, secret)


def _basic(encoded: str) -> Credential:
    try:
        key_id, _colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise refused() from None
    if not key_id.isprintable():  # PostgreSQL refuses a NUL in text
        raise refused()
    return _pair("basic", key_id, secret)


def _jwt(token: str) -> Credential:
    if token.count(".") != 2:
        raise refused()
    return Credential("jwt", "", token)


def _api_token(token: str) -> Credential:
    """``easel_<16 hex>_<64 hex>``: the middle is the public id."""
    name, _first, rest = token.partition("_")
    public_id, _second, secret = rest.partition("_")
    if name != "easel" or len(public_id) != 16 or not secret:
        raise refused()
    return Credential("api_token", f"easel_{public_id}", token)


def _appcode(code: str) -> Credential:
    """80 hex digits, of which the first 16 are the public id."""
    if len(code) != 80 or not code.isalnum():
        raise refused()
    return Credential("appcode", f"appcode_{code[:16]}", code)
