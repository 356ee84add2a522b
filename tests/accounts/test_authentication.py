from __future__ import annotations

import base64
import threading
from datetime import timedelta
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts import credentials, keys, tokens, verified
from accounts.authentication import ActorAuthentication, HasActor, authenticate
from accounts.errors import EaselError, Forbidden, Unauthenticated
from accounts.models import ApiKey, KeyKind, Membership, Tenant, User
from tests.accounts.conftest import Ask
from tests.people import Person


def basic(key_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key_id}:{secret}".encode()).decode()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_access_key_pair(alice: Person, ask: Ask) -> None:
    assert authenticate(ask(alice.headers)) == alice.actor


def test_basic_with_the_access_key(alice: Person, ask: Ask) -> None:
    actor = authenticate(ask({"Authorization": basic(alice.key.public_id, alice.secret)}))
    assert (actor.key_id, actor.scheme) == (alice.key.pk, "basic")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token"])
def test_api_token(alice: Person, ask: Ask, scheme: str) -> None:
    actor = authenticate(ask({"Authorization": f"{scheme} {alice.api_token}"}))
    assert (actor.user_id, actor.scheme) == (alice.user.pk, "api_token")


def test_appcode(alice: Person, ask: Ask) -> None:
    new = keys.make(alice.tenant, alice.user, KeyKind.APPCODE)
    actor = authenticate(ask({"Authorization": f"APPCODE {new.secret}"}))
    assert (actor.key_id, actor.scheme) == (new.key.pk, "appcode")


@pytest.mark.parametrize("form", ["{}", "tk {}", "Bearer {}", "TK {}"])
def test_jwt(alice: Person, ask: Ask, form: str) -> None:
    actor = authenticate(ask({"Authorization": form.format(alice.jwt)}))
    assert (actor.tenant_id, actor.key_id, actor.scheme) == (alice.tenant.pk, None, "jwt")


def test_the_pair_is_checked_first(alice: Person, charlie: Person, ask: Ask) -> None:
    actor = authenticate(ask(alice.headers | bearer(charlie.api_token)))
    assert actor.tenant_id == alice.tenant.pk


def test_a_wrong_pair_is_not_made_good_by_a_token(alice: Person, ask: Ask) -> None:
    wrong = alice.headers | {"X-Request-req-accessKeySecret": "wrong"}
    with pytest.raises(Unauthenticated):
        authenticate(ask(wrong | bearer(alice.api_token)))


def test_a_jwt_has_the_lineage_of_the_browser(alice: Person, ask: Ask) -> None:
    assert authenticate(ask(bearer(alice.jwt))).lineage == alice.in_person.lineage


def test_a_rotated_key_keeps_lineage_and_policy(alice: Person, ask: Ask) -> None:
    old = keys.make(alice.tenant, alice.user, KeyKind.API_TOKEN, max_side=512, strict=True)
    new = keys.rotate(old.key)
    actor = authenticate(ask(bearer(new.secret)))
    assert actor.lineage == old.key.lineage
    assert (actor.limits.max_side, actor.strict) == (512, True)


def test_use_is_noted_once_a_minute(alice: Person, ask: Ask) -> None:
    authenticate(ask(alice.headers))
    noted = ApiKey.objects.get(pk=alice.key.pk).last_used_at
    verified.memory.clear()
    authenticate(ask(alice.headers))
    assert noted is not None
    assert ApiKey.objects.get(pk=alice.key.pk).last_used_at == noted


def test_a_known_credential_needs_no_query(
    alice: Person, ask: Ask, django_assert_num_queries: Any
) -> None:
    authenticate(ask(alice.headers))
    with django_assert_num_queries(0):
        authenticate(ask(alice.headers))


def test_drf_views_get_the_actor_as_auth(alice: Person, ask: Ask) -> None:
    from rest_framework.request import Request

    request = Request(ask(alice.headers), authenticators=[ActorAuthentication()])
    assert request.auth == alice.actor
    assert HasActor().has_permission(request, None)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────


def refuses(request: HttpRequest) -> bool:
    """Whether the verifier answers Unauthenticated, in the one form of words."""
    try:
        authenticate(request)
    except Unauthenticated as error:
        return error.message == credentials.refused().message
    return False


def test_no_credential(db: None, ask: Ask) -> None:
    assert refuses(ask())


@pytest.mark.parametrize("field", ["X-Request-req-accessKeyId", "X-Request-req-accessKeySecret"])
@pytest.mark.parametrize("value", ["", "wrong", "x" * 9000, "ключ", "a\x00b"])
def test_a_pair_with_a_wrong_half(alice: Person, ask: Ask, field: str, value: str) -> None:
    assert refuses(ask(alice.headers | {field: value}))


def test_another_tenants_secret(alice: Person, charlie: Person, ask: Ask) -> None:
    mixed = alice.headers | {"X-Request-req-accessKeySecret": charlie.secret}
    assert refuses(ask(mixed))


def test_a_token_is_no_access_key(alice: Person, ask: Ask) -> None:
    assert refuses(ask({"Authorization": basic(alice.api_token[:22], alice.api_token)}))


def test_a_revoked_key_at_once_in_this_process(alice: Person, ask: Ask) -> None:
    authenticate(ask(alice.headers))
    assert keys.revoke(alice.key)
    assert refuses(ask(alice.headers))


def test_a_rotated_key(alice: Person, ask: Ask) -> None:
    authenticate(ask(alice.headers))
    keys.rotate(alice.key)
    assert refuses(ask(alice.headers))


def test_a_revoked_key_is_not_rotated(alice: Person) -> None:
    keys.revoke(alice.key)
    with pytest.raises(ValueError, match="revoked"):
        keys.rotate(alice.key)


def test_a_change_by_another_process_after_five_seconds(
    alice: Person, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticate(ask(alice.headers))
    ApiKey.objects.filter(pk=alice.key.pk).update(revoked_at=timezone.now())
    later = verified.time.monotonic() + 5.1
    monkeypatch.setattr(verified.time, "monotonic", lambda: later)
    assert refuses(ask(alice.headers))


def test_what_was_read_before_a_revocation_is_not_remembered(alice: Person, ask: Ask) -> None:
    """Between reading the key and remembering the answer, another thread revokes it."""
    generation = verified.memory.generation
    authenticate(ask(alice.headers))
    found = verified.Verified(actor=alice.actor, expires_at=None, networks=())
    thread = threading.Thread(target=verified.memory.clear)
    thread.start()
    thread.join()
    verified.memory.put(b"digest", found, generation)
    assert verified.memory.get(b"digest") is None


def test_an_expired_key(alice: Person, ask: Ask) -> None:
    ApiKey.objects.filter(pk=alice.key.pk).update(expires_at=timezone.now())
    assert refuses(ask(alice.headers))


def test_a_key_that_expires_while_it_is_remembered(alice: Person, ask: Ask) -> None:
    soon = timezone.now() + timedelta(milliseconds=300)
    ApiKey.objects.filter(pk=alice.key.pk).update(expires_at=soon)
    authenticate(ask(alice.headers))
    threading.Event().wait(0.35)
    assert refuses(ask(alice.headers))


def test_a_user_who_left_the_tenant(bob: Person, ask: Ask) -> None:
    Membership.objects.for_user(bob.user).delete()
    assert refuses(ask(bob.headers))
    assert refuses(ask(bearer(bob.jwt)))


def test_an_inactive_user(bob: Person, ask: Ask) -> None:
    User.objects.filter(pk=bob.user.pk).update(is_active=False)
    assert refuses(ask(bob.headers))
    assert refuses(ask(bearer(bob.jwt)))


def test_an_inactive_tenant(alice: Person, ask: Ask) -> None:
    Tenant.objects.filter(pk=alice.tenant.pk).update(is_active=False)
    for headers in (alice.headers, bearer(alice.jwt)):
        with pytest.raises(Forbidden):
            authenticate(ask(headers))


def test_an_address_outside_the_keys_ranges(alice: Person, ask: Ask) -> None:
    ApiKey.objects.filter(pk=alice.key.pk).update(ip_ranges=["192.0.2.0/24", "2001:db8::/32"])
    for inside in ("192.0.2.9", "2001:db8::1", "::ffff:192.0.2.9"):
        assert authenticate(ask(alice.headers, ip=inside)) == alice.actor
    for outside in ("198.51.100.7", "2001:db9::1", ""):
        with pytest.raises(Forbidden):
            authenticate(ask(alice.headers, ip=outside))


def test_a_range_that_is_none_opens_to_nobody(alice: Person, ask: Ask) -> None:
    ApiKey.objects.filter(pk=alice.key.pk).update(ip_ranges=["anywhere"])
    with pytest.raises(Forbidden):
        authenticate(ask(alice.headers))


def test_revocations_are_dropped_when_their_tokens_have_expired(alice: Person) -> None:
    tokens.revoke(alice.jwt)
    assert tokens.forget_expired(timezone.now()) == 0
    assert tokens.forget_expired(timezone.now() + timedelta(hours=25)) == 1


def test_a_revoked_jwt(alice: Person, ask: Ask) -> None:
    revoked, other = alice.jwt, alice.jwt
    authenticate(ask(bearer(revoked)))
    tokens.revoke(revoked)
    assert refuses(ask(bearer(revoked)))
    assert authenticate(ask(bearer(other))).user_id == alice.user.pk


def test_all_jwts_of_a_user(alice: Person, ask: Ask) -> None:
    token = alice.jwt
    tokens.revoke_all(alice.user)
    assert refuses(ask(bearer(token)))
    alice.user.refresh_from_db()
    assert authenticate(ask(bearer(alice.jwt))).user_id == alice.user.pk


def claims_of(person: Person, **changed: Any) -> dict[str, Any]:
    claims = pyjwt.decode(person.jwt, options={"verify_signature": False})
    return {name: value for name, value in (claims | changed).items() if value is not None}


def test_an_expired_jwt(alice: Person, ask: Ask) -> None:
    expired = claims_of(alice, exp=int(timezone.now().timestamp()) - 1)
    assert refuses(ask(bearer(pyjwt.encode(expired, settings.SECRET_KEY, "HS256"))))


def test_a_jwt_of_another_tenant(alice: Person, charlie: Person, ask: Ask) -> None:
    foreign = claims_of(alice, tenant=charlie.tenant.pk)
    assert refuses(ask(bearer(pyjwt.encode(foreign, settings.SECRET_KEY, "HS256"))))


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": None},
        {"jti": None},
        {"tenant": None},
        {"tenant": "x"},
        {"tenant": 2**70},
        {"user_id": [1]},
        {"token_type": "refresh"},
        {"token_type": None},
        {"version": None},
        {"exp": "never"},
        {"exp": 1e300},
        {"iat": "soon"},
        {"jti": "\x00"},
    ],
)
def test_a_jwt_signed_by_us_but_of_no_use(alice: Person, ask: Ask, changed: dict[str, Any]) -> None:
    odd = pyjwt.encode(claims_of(alice, **changed), settings.SECRET_KEY, "HS256")
    assert refuses(ask(bearer(odd)))


def test_an_unsigned_jwt(alice: Person, ask: Ask) -> None:
    assert refuses(ask(bearer(pyjwt.encode(claims_of(alice), None, "none"))))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_hash(alice: Person, ask: Ask, algorithm: str) -> None:
    key = settings.SECRET_KEY.ljust(64, "x") if len(settings.SECRET_KEY) < 64 else None
    token = pyjwt.encode(claims_of(alice), key or settings.SECRET_KEY, algorithm)
    assert refuses(ask(bearer(token)))


def test_a_jwt_with_a_public_key(alice: Person, ask: Ask) -> None:
    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert refuses(ask(bearer(pyjwt.encode(claims_of(alice), private, "RS256"))))


def test_a_jwt_signed_by_another(alice: Person, ask: Ask) -> None:
    assert refuses(ask(bearer(pyjwt.encode(claims_of(alice), "x" * 64, "HS256"))))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer ..",
        "Bearer a.b.c",
        "Token easel_0123456789abcdef_",
        "Token easel__",
        "Token appcode_x",
        "Basic",
        "Basic %%%",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"a\x00b:x").decode(),
        "APPCODE",
        "APPCODE " + "g" * 80,
        "APPCODE " + "0" * 79,
        "tk",
        "tk nothing",
        "Digest username=x",
        "Bearer a b c",
        "e30.e30.e30",
        "x" * 10_000,
    ],
)
def test_malformed_authorization(db: None, ask: Ask, header: str) -> None:
    assert refuses(ask({"Authorization": header}))


_schemes = st.sampled_from(["Bearer", "Token", "tk", "Basic", "APPCODE", "", "X-Ca", "bearer  "])
_pieces = st.text(max_size=40) | st.sampled_from(["easel_0123456789abcdef_00", "e30.e30.e30"])
_encoded = st.binary(max_size=40).map(lambda data: base64.b64encode(data).decode())
_dotted = st.tuples(_encoded, _encoded, _encoded).map(".".join)


@pytest.mark.django_db
@hypothesis_settings(max_examples=300, deadline=None)
@given(
    scheme=_schemes, rest=_pieces | _encoded | _dotted, pair=st.tuples(_pieces, _pieces) | st.none()
)
def test_no_header_makes_the_verifier_stumble(
    scheme: str, rest: str, pair: tuple[str, str] | None
) -> None:
    request = HttpRequest()
    request.META["HTTP_AUTHORIZATION"] = f"{scheme} {rest}".strip()
    if pair is not None:
        request.META[credentials.KEY_ID], request.META[credentials.KEY_SECRET] = pair
    with pytest.raises(EaselError) as refusal:
        authenticate(request)
    assert isinstance(refusal.value, Unauthenticated)
