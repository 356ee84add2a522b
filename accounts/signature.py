"""The X-Ca signature of Aliyun's API gateway: reading it, and the string that it signs. Pure.

    StringToSign = METHOD \\n Accept \\n Content-MD5 \\n Content-Type \\n Date \\n
                   name:value\\n for each signed header, sorted; path?query and form, sorted by key
    X-Ca-Signature = base64(HMAC-SHA256(secret, StringToSign))

Source: SignUtil.java and ApiRequestMaker.java of aliyun/apigateway-sdk-core. Beyond what the
protocol forces, as a gateway should: key, timestamp and nonce must be signed, and Content-MD5
must be there for every body that is no form, and be right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import Unauthenticated

PREFIX = "HTTP_X_CA_"
VALID_SECONDS = 15 * 60
MUST_BE_SIGNED = ("x-ca-key", "x-ca-timestamp", "x-ca-nonce")
NEVER_SIGNED = frozenset(
    {
        "x-ca-signature",
        "x-ca-signature-headers",
        "accept",
        "content-md5",
        "content-type",
        "date",
    }
)
METHODS = {"": hashlib.sha256, "hmacsha256": hashlib.sha256, "hmacsha1": hashlib.sha1}
MAX_NONCE = 64
MAX_SIGNED = 32


class BadSignature(Unauthenticated):
    """The signature does not hold. Its text says why and holds no secret: what the caller sent,
    or what we sign of it."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What a request presents, and what it should have signed."""

    key: str
    signature: str
    method: str  # a name of METHODS
    timestamp: int  # milliseconds since 1970
    nonce: str
    text: str  # the string to sign

    def check(self, secret: str, now: float) -> None:
        """Raises BadSignature: out of its 15 minutes, or signed with another secret or text."""
        if abs(now - self.timestamp / 1000) > VALID_SECONDS:
            raise BadSignature(_("X-Ca-Timestamp: not within 15 minutes of this server's clock"))
        made = hmac.new(secret.encode(), self.text.encode(), METHODS[self.method]).digest()
        if not hmac.compare_digest(base64.b64encode(made), self.signature.encode()):
            # Aliyun's own words, and its way to show line ends in a header.
            shown = self.text.replace("\n", "#")
            raise BadSignature(f"Invalid Signature, Server StringToSign:`{shown}`")


def is_presented(meta: Mapping[str, Any]) -> bool:
    return bool(meta.get(PREFIX + "KEY") or meta.get(PREFIX + "SIGNATURE"))


def read(
    meta: Mapping[str, Any],
    *,
    method: str,
    path: str,
    parameters: Sequence[tuple[str, str]],
    body: bytes,
) -> Signed:
    """What the request presents. ``parameters``: query and form, decoded, in their order;
    ``body``: the raw bytes, also of a form.

    Raises BadSignature, naming the header that is missing or malformed.
    """
    names = [name.strip() for name in _header(meta, "x-ca-signature-headers").split(",")]
    names = [name for name in names if name.lower() not in NEVER_SIGNED]
    if len(names) > MAX_SIGNED:
        raise BadSignature(_("X-Ca-Signature-Headers: too many names"))
    for needed in MUST_BE_SIGNED:
        if needed not in (name.lower() for name in names):
            raise BadSignature(_("X-Ca-Signature-Headers: must name %(name)s") % {"name": needed})
    algorithm = _header(meta, "x-ca-signature-method", "").lower()
    if algorithm not in METHODS:
        raise BadSignature(_("X-Ca-Signature-Method: HmacSHA256 or HmacSHA1"))
    _check_md5(meta, body)
    return Signed(
        key=_header(meta, "x-ca-key"),
        signature=_header(meta, "x-ca-signature"),
        method=algorithm,
        timestamp=_timestamp(_header(meta, "x-ca-timestamp")),
        nonce=_nonce(_header(meta, "x-ca-nonce")),
        text=string_to_sign(meta, method, names, path, parameters),
    )


def string_to_sign(
    meta: Mapping[str, Any],
    method: str,
    names: Sequence[str],
    path: str,
    parameters: Sequence[tuple[str, str]],
) -> str:
    """``names`` as X-Ca-Signature-Headers spells them: that spelling is signed."""
    fixed = [_header(meta, name, "") for name in ("accept", "content-md5", "content-type", "date")]
    signed = "".join(f"{name}:{_header(meta, name, '')}\n" for name in sorted(names))
    return "\n".join([method.upper(), *fixed, signed + _path_and_parameters(path, parameters)])


def is_form(meta: Mapping[str, Any]) -> bool:
    kind = str(meta.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"


def _path_and_parameters(path: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Of a key that comes twice, the first; of one without a value, the key alone."""
    first: dict[str, str] = {}
    for key, value in parameters:
        first.setdefault(key, value)
    if not first:
        return path
    pairs = (f"{key}={value}" if value else key for key, value in sorted(first.items()))
    return f"{path}?{'&'.join(pairs)}"


def _check_md5(meta: Mapping[str, Any], body: bytes) -> None:
    if not body or is_form(meta):
        return
    right = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    if _header(meta, "content-md5") != right:
        raise BadSignature(_("Content-MD5: is not that of the body"))


def _timestamp(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise BadSignature(_("X-Ca-Timestamp: milliseconds since 1970"))
    return int(text)


def _nonce(text: str) -> str:
    if len(text) > MAX_NONCE:
        raise BadSignature(_("X-Ca-Nonce: at most 64 characters"))
    return text


def _header(meta: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A header by its own name. Raises BadSignature where there is none and no default."""
    key = name.upper().replace("-", "_")
    value = meta.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}")
    text = str(value).strip() if value is not None else default
    if text is None or (default is None and not text):
        raise BadSignature(_("the header %(name)s is missing") % {"name": name})
    if not text.isprintable():
        raise BadSignature(_("the header %(name)s is malformed") % {"name": name})
    return text
