from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import NotFound
from generation.storage.links import PREFIX, Link, Variant, sign, verify

OUTPUT = UUID("12345678-1234-4123-8123-123456789abc")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)


def path(**changes: object) -> str:
    parts = {"output_id": OUTPUT, "variant": "image", "expires_at": SOON, "extension": "png"}
    return sign(**parts | changes).removeprefix(PREFIX)  # type: ignore[arg-type]


def test_what_was_signed_is_verified() -> None:
    expected = Link(output_id=OUTPUT, variant=Variant.IMAGE, expires_at=SOON, extension="png")
    assert verify(path(), NOW) == expected


def test_the_form() -> None:
    signed = sign(OUTPUT, "thumbnail", SOON, "webp")
    assert signed.startswith(f"/files/{OUTPUT}/thumbnail/{int(SOON.timestamp())}/")
    assert signed.endswith(".webp")


def test_the_same_link_is_the_same_address() -> None:
    assert path() == path()  # a browser's cache goes by address


def test_a_key_that_was_replaced_still_opens() -> None:
    with override_settings(SECRET_KEY="old"):
        signed = path()
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert verify(signed, NOW).output_id == OUTPUT
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]), pytest.raises(NotFound):
        verify(signed, NOW)


def test_it_ends_at_its_time() -> None:
    assert verify(path(), SOON - timedelta(seconds=1))
    with pytest.raises(NotFound):
        verify(path(), SOON)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (str(OUTPUT), "12345678-1234-4123-8123-123456789abd"),
        ("/image/", "/thumbnail/"),
        ("/image/", "/original/"),
        (str(int(SOON.timestamp())), str(int(SOON.timestamp()) + 1)),
        (".png", ".jpg"),
        (".png", ""),
        (str(OUTPUT), str(OUTPUT).upper()),
        ("/image/", "/image//"),
    ],
)
def test_any_other_part_is_refused(part: str, other: str) -> None:
    assert part in path()
    with pytest.raises(NotFound):
        verify(path().replace(part, other), NOW)


@given(st.integers(0, 42), st.sampled_from("ABCabc019-_"))
def test_any_other_signature_is_refused(at: int, letter: str) -> None:
    head, signature = path().rsplit("/", 1)
    forged = signature[:at] + letter + signature[at + 1 :]
    if forged == signature:
        return
    with pytest.raises(NotFound):
        verify(f"{head}/{forged}", NOW)


@pytest.mark.parametrize("junk", ["", "/", "a/b/c/d.e", "../../etc/passwd", "x" * 5000, "\0", "图"])
def test_nonsense_is_refused(junk: str) -> None:
    with pytest.raises(NotFound):
        verify(junk, NOW)
