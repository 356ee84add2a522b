"""Signed requests (X-Ca): the recipe's vectors, then the verifier with real keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts import keys, nonces, signature
from accounts.authentication import authenticate
from accounts.errors import EaselError, Forbidden, Unauthenticated
from accounts.keys import NewKey
from accounts.models import KeyKind, UsedNonce
from accounts.signature import BadSignature
from tests.people import Person

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
VECTOR_SECRET = "a-secret-of-the-vectors"
PATH = "/v1/tasks/txt2img"
DATE = "Sat, 21 Nov 2026 02:00:00 GMT"

Sign = Callable[..., HttpRequest]


def test_the_string_of_a_json_call() -> None:
    meta = {
        "HTTP_ACCEPT": JSON,
        "HTTP_CONTENT_MD5": "NRK+FPsR6RQu3a7Kz6PhUg==",
        "CONTENT_TYPE": JSON,
        "HTTP_DATE": DATE,
        "HTTP_X_CA_KEY": "203700001",
        "HTTP_X_CA_NONCE": "5ad6ac3f-9d10-4c2c-8a63-0c9f3a0e1a11",
        "HTTP_X_CA_SIGNATURE_METHOD": "HmacSHA256",
        "HTTP_X_CA_TIMESTAMP": "1795226400000",
    }
    names = ["x-ca-timestamp", "x-ca-key", "x-ca-nonce", "x-ca-signature-method"]
    text = signature.string_to_sign(
        meta, "post", names, PATH, [("b", "2"), ("a", "1"), ("empty", "")]
    )
    assert text == (
        f"POST\n{JSON}\nNRK+FPsR6RQu3a7Kz6PhUg==\n{JSON}\n{DATE}\nx-ca-key:203700001\n"
        "x-ca-nonce:5ad6ac3f-9d10-4c2c-8a63-0c9f3a0e1a11\nx-ca-signature-method:HmacSHA256\n"
        "x-ca-timestamp:1795226400000\n/v1/tasks/txt2img?a=1&b=2&empty"
    )


def test_the_string_of_a_form() -> None:
    meta = {
        "HTTP_ACCEPT": JSON,
        "CONTENT_TYPE": FORM,
        "HTTP_DATE": DATE,
        "HTTP_X_CA_KEY": "203700001",
        "HTTP_X_CA_NONCE": "n1",
        "HTTP_X_CA_TIMESTAMP": "1795226400000",
    }
    names = ["x-ca-key", "x-ca-nonce", "x-ca-timestamp"]
    pairs = [("b", "2"), ("prompt", "a cat & 猫"), ("a", "1"), ("a", "another")]
    assert signature.string_to_sign(meta, "POST", names, PATH, pairs) == (
        f"POST\n{JSON}\n\n{FORM}\n{DATE}\nx-ca-key:203700001\nx-ca-nonce:n1\n"
        "x-ca-timestamp:1795226400000\n/v1/tasks/txt2img?a=1&b=2&prompt=a cat & 猫"
    )


@pytest.fixture
def app(alice: Person) -> NewKey:
    return keys.make(alice.tenant, alice.user, KeyKind.APP_KEY)


@pytest.fixture
def sign(app: NewKey, rf: RequestFactory) -> Sign:
    """A signed POST; keywords change what is sent after, or with ``resign`` before, the signing."""

    def make(
        body: bytes = b'{"prompt":"a cat"}', url: str = PATH + "?b=2&a=1", **change: Any
    ) -> HttpRequest:
        kind = change.pop("content_type", JSON)
        secret, method = change.pop("secret", app.secret), change.pop("method", "HmacSHA256")
        spell = change.pop("spell", str.lower)
        headers = {
            "Accept": JSON,
            "X-Ca-Key": app.key.public_id,
            "X-Ca-Nonce": str(uuid.uuid4()),
            "X-Ca-Timestamp": str(int(time.time() * 1000)),
            "X-Ca-Signature-Method": method,
            **change.pop("resign", {}),
        }
        if kind != FORM:
            headers["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
        names = [spell(name) for name in headers if name.startswith("X-Ca-")]
        meta = {f"HTTP_{n.upper().replace('-', '_')}": v for n, v in headers.items()}
        path, _mark, query = url.partition("?")
        text = "&".join(filter(None, [query, body.decode() if kind == FORM else ""]))
        pairs = [(k, v) for k, _eq, v in (part.partition("=") for part in text.split("&"))]
        signed = signature.string_to_sign(
            # The test client sends no content type without a body.
            meta | ({"CONTENT_TYPE": kind} if body else {}),
            "POST",
            names,
            path,
            pairs if text else [],
        )
        made = hmac.new(
            secret.encode(), signed.encode(), hashlib.sha1 if method == "HmacSHA1" else "sha256"
        )
        headers["X-Ca-Signature"] = base64.b64encode(made.digest()).decode()
        headers["X-Ca-Signature-Headers"] = ",".join(names)
        headers |= change.pop("headers", {})
        sent = {name: value for name, value in headers.items() if value is not None}
        return rf.post(url, data=change.pop("sent", body), content_type=kind, headers=sent)

    return make


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"method": "HmacSHA1"},
        {"spell": str},  # the Python demo signs X-Ca-Key
        {"body": b"", "url": PATH},
        {"body": b"prompt=cat&n=1", "content_type": FORM},
    ],
)
def test_a_signed_request_acts_by_its_key(sign: Sign, app: NewKey, how: dict[str, Any]) -> None:
    actor = authenticate(sign(**how))
    assert (actor.key_id, actor.scheme) == (app.key.pk, "app_key")


def test_the_secret_is_sealed_not_hashed(app: NewKey) -> None:
    app.key.refresh_from_db()
    assert app.secret not in app.key.secret_sealed and app.key.secret_hash == ""


def test_a_rotated_app_key_signs_on(app: NewKey, sign: Sign) -> None:
    new = keys.rotate(app.key)
    request = sign(secret=new.secret, resign={"X-Ca-Key": new.key.public_id})
    assert authenticate(request).lineage == app.key.lineage


def test_the_pair_is_checked_before_the_signature(sign: Sign, charlie: Person) -> None:
    assert authenticate(sign(headers=charlie.headers)).tenant_id == charlie.tenant.pk


def test_old_nonces_are_forgotten(sign: Sign) -> None:
    authenticate(sign())
    assert nonces.forget_old(timezone.now()) == 0
    assert nonces.forget_old(timezone.now() + timedelta(hours=1)) == 1
    assert not UsedNonce.objects.exists()


def test_a_nonce_is_good_once(sign: Sign) -> None:
    request = sign()
    authenticate(request)
    with pytest.raises(BadSignature, match="X-Ca-Nonce"):
        authenticate(request)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"secret": "another"}, "Invalid Signature, Server StringToSign:`POST#"),
        ({"sent": b'{"prompt":"a dog"}'}, "Content-MD5"),
        ({"headers": {"Content-MD5": None}}, "content-md5"),
        ({"headers": {"X-Ca-Timestamp": "1"}}, "15 minutes"),
        ({"headers": {"X-Ca-Timestamp": "now"}}, "X-Ca-Timestamp"),
        ({"headers": {"X-Ca-Nonce": None}}, "x-ca-nonce"),
        ({"headers": {"X-Ca-Nonce": "n" * 65}}, "X-Ca-Nonce"),
        ({"headers": {"X-Ca-Signature": None}}, "x-ca-signature"),
        ({"headers": {"X-Ca-Signature-Headers": "x-ca-key,x-ca-nonce"}}, "x-ca-timestamp"),
        ({"headers": {"X-Ca-Signature-Headers": None}}, "x-ca-signature-headers"),
        ({"headers": {"X-Ca-Signature-Method": "none"}}, "X-Ca-Signature-Method"),
    ],
)
def test_what_does_not_fit_is_named(sign: Sign, how: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSignature, match=says):
        authenticate(sign(**how))


def test_an_unknown_key_reads_like_a_wrong_secret(sign: Sign, app: NewKey) -> None:
    unknown = sign(resign={"X-Ca-Key": "1" * 18})
    with pytest.raises(BadSignature, match="Invalid Signature") as refusal:
        authenticate(unknown)
    assert app.secret not in str(refusal.value)


def test_a_revoked_key(sign: Sign, app: NewKey) -> None:
    authenticate(sign())
    keys.revoke(app.key)
    with pytest.raises(Unauthenticated):
        authenticate(sign())


def test_the_secret_is_no_bearer_token(app: NewKey, rf: RequestFactory) -> None:
    for text in (f"Bearer {app.secret}", f"APPCODE {app.secret}"):
        with pytest.raises(Unauthenticated):
            authenticate(rf.get("/", headers={"Authorization": text}))


def test_an_access_key_does_not_sign(alice: Person, sign: Sign) -> None:
    with pytest.raises(BadSignature):
        authenticate(sign(secret=alice.secret, resign={"X-Ca-Key": alice.key.public_id}))


def test_from_another_address(sign: Sign, app: NewKey) -> None:
    app.key.ip_ranges = ["203.0.113.0/24"]
    app.key.save()
    with pytest.raises(Forbidden):
        authenticate(sign())


@pytest.mark.parametrize("name", ["X-Ca-Key", "X-Ca-Nonce", "X-Ca-Signature", "Accept"])
def test_control_characters(sign: Sign, name: str) -> None:
    with pytest.raises(EaselError):
        authenticate(sign(headers={name: "a\x00b"}))
