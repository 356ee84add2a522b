"""Requests that a program signed (X-Ca): the AppKey's owner, if the signature holds."""

from __future__ import annotations

import hashlib
import secrets
import time
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _

from accounts import nonces, signature
from accounts.admission import admit
from accounts.credentials import refused
from accounts.errors import EaselError, Unauthenticated
from accounts.models import ApiKey, KeyKind
from accounts.sealing import unseal
from accounts.signature import BadSignature
from accounts.verified import Verified, remembered


def verify(request: HttpRequest) -> Verified:
    """Raises BadSignature, saying what does not fit. An unknown key reads like a wrong secret."""
    signed = _read(request)
    digest = hashlib.sha256(f"app_key\0{signed.key}".encode()).digest()
    try:
        found = remembered(digest, lambda: _look_up(signed.key))
    except EaselError:
        signed.check(secrets.token_urlsafe(), time.time())
        raise
    signed.check(found.signing_secret, time.time())
    if found.actor.key_id is None or not nonces.use(found.actor.key_id, signed.nonce):
        raise BadSignature(_("X-Ca-Nonce: was used before"))
    return found


def _read(request: HttpRequest) -> signature.Signed:
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise Unauthenticated(_("the body is too large, or broke off")) from error
    form = body.decode("utf-8", "replace") if signature.is_form(request.META) else ""
    parameters = [
        pair
        for text in (request.META.get("QUERY_STRING", ""), form)
        for pair in parse_qsl(text, keep_blank_values=True)
    ]
    return signature.read(
        request.META,
        method=request.method or "",
        path=request.path,
        parameters=parameters,
        body=body,
    )


def _look_up(public_id: str) -> Verified:
    live = ApiKey.objects.filter(kind=KeyKind.APP_KEY, revoked_at=None)
    key = live.select_related("tenant", "user").filter(public_id=public_id[:64]).first()
    if key is None:
        raise refused()
    return admit(key, "app_key", key.expires_at, unseal(key.secret_sealed))
