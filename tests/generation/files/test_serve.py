from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import Storage, default_storage
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from generation import storage
from generation.models import Output
from generation.states import OutputState, Verdict
from generation.storage.links import sign
from tests.generation.keeping import a_task, in_days
from tests.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.generation.files.urls")]


@pytest.fixture
def output(files: Storage, alice: Person) -> Output:
    return a_task(alice).outputs.get()


@pytest.fixture
def content(output: Output) -> bytes:
    return storage.open_stored(output.file)


def url(output: Output, variant: str = "image", **changes: Any) -> str:
    parts = {"expires_at": output.expires_at, "extension": "png"} | changes
    return sign(output.pk, variant, **parts)


def body(response: HttpResponse) -> bytes:
    return b"".join(response)


def test_it_works(client: Client, output: Output, content: bytes) -> None:
    response = client.get(url(output))
    assert response.status_code == 200
    assert body(response) == content
    assert response["Content-Type"] == "image/png"
    assert response["Content-Length"] == str(len(content))
    assert response["ETag"] == f'"{output.sha256}"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_thumbnail_is_another_picture(client: Client, output: Output) -> None:
    response = client.get(url(output, "thumbnail", extension="webp"))
    assert response["Content-Type"] == "image/webp"
    assert body(response) == storage.open_stored(output.thumbnail)
    assert response["ETag"] == f'"{output.sha256}-thumb"'


def test_it_may_be_kept_by_its_reader_until_it_ends(client: Client, output: Output) -> None:
    control = client.get(url(output, expires_at=in_days(1)))["Cache-Control"]
    words = dict(word.strip().partition("=")[::2] for word in control.split(","))
    assert {"private", "immutable"} < set(words)
    assert 86_300 <= int(words["max-age"]) <= 86_400


def test_a_reader_that_has_it_is_told_so(client: Client, output: Output) -> None:
    response = client.get(url(output), headers={"If-None-Match": f'"x", W/"{output.sha256}"'})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == f'"{output.sha256}"'


def test_a_reader_that_has_another_gets_it(client: Client, output: Output, content: bytes) -> None:
    response = client.get(url(output), headers={"If-None-Match": '"other"'})
    assert body(response) == content


def test_head_tells_without_the_bytes(client: Client, output: Output, content: bytes) -> None:
    response = client.head(url(output))
    assert (response.status_code, body(response)) == (200, b"")
    assert response["Content-Length"] == str(len(content))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("0-9", 0, 9), ("100-", 100, None), ("-50", -50, None), ("0-999999999", 0, None)],
)
def test_a_range_is_a_part(
    client: Client, output: Output, content: bytes, asked: str, first: int, last: int | None
) -> None:
    response = client.get(url(output), headers={"Range": f"bytes={asked}"})
    expected = content[first : None if last is None else last + 1]
    assert response.status_code == 206
    assert body(response) == expected
    assert response["Content-Length"] == str(len(expected))
    start = first % len(content)
    assert response["Content-Range"] == (
        f"bytes {start}-{start + len(expected) - 1}/{len(content)}"
    )


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_416(client: Client, output: Output, asked: str) -> None:
    response = client.get(url(output), headers={"Range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{output.size}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "lines=0-1", "bytes=0-1,4-5", "bytes=-", "junk"])
def test_a_range_that_is_none_is_ignored(
    client: Client, output: Output, content: bytes, asked: str
) -> None:
    response = client.get(url(output), headers={"Range": asked})
    assert (response.status_code, body(response)) == (200, content)


def test_a_part_of_another_version_is_not_sent(
    client: Client, output: Output, content: bytes
) -> None:
    response = client.get(url(output), headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert body(response) == content


def test_it_opens_or_downloads_under_a_name(client: Client, output: Output) -> None:
    shown = client.get(url(output))["Content-Disposition"]
    saved = client.get(url(output) + "?download=1")["Content-Disposition"]
    name = f"easel-{output.created_at:%Y%m%d-%H%M%S}-{output.seed}-0.png"
    assert shown == f'inline; filename="{name}"'
    assert saved == f'attachment; filename="{name}"'


def gone(response: HttpResponse) -> bool:
    """The one answer for whatever is wrong."""
    is_head = response.wsgi_request.method == "HEAD"
    return (
        response.status_code == 404
        and body(response) == (b"" if is_head else b"Not found\n")
        and response["Cache-Control"] == "no-store"
        and "ETag" not in response
    )


@pytest.mark.parametrize("state", [OutputState.BLOCKED, OutputState.DELETED])
def test_what_may_not_be_seen_is_not_found(
    client: Client, output: Output, state: OutputState
) -> None:
    Output.objects.update(state=state, quarantine_until=in_days(7), verdict=Verdict.BLOCK)
    assert gone(client.get(url(output)))
    assert gone(client.get(url(output, "thumbnail", extension="webp")))
    assert gone(client.head(url(output)))
    assert gone(client.get(url(output), headers={"If-None-Match": f'"{output.sha256}"'}))


def test_what_has_expired_is_not_found(client: Client, output: Output) -> None:
    past = timezone.now() - timedelta(seconds=1)
    assert gone(client.get(url(output, expires_at=past)))
    Output.objects.update(expires_at=past)
    assert gone(client.get(url(output)))


def test_a_file_that_is_gone_is_not_found(client: Client, output: Output) -> None:
    storage.remove([output.file, output.thumbnail])
    assert gone(client.get(url(output)))
    assert gone(client.head(url(output)))
    assert gone(client.get(url(output, "thumbnail", extension="webp")))


def test_a_deleted_row_is_not_found(client: Client, output: Output) -> None:
    address = url(output)
    output.delete()
    assert gone(client.get(address))


@pytest.mark.parametrize("junk", ["", "x", "a/b/c/d.png", "%00", "../settings.py", "图"])
def test_nonsense_is_not_found(client: Client, junk: str) -> None:
    assert gone(client.get(f"/files/{junk}"))


def test_a_signature_for_one_variant_does_not_open_the_other(
    client: Client, output: Output
) -> None:
    assert gone(client.get(url(output).replace("/image/", "/thumbnail/")))


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_other_methods_are_refused(client: Client, output: Output, method: str) -> None:
    response = getattr(client, method)(url(output))
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_a_storage_that_is_down_says_try_again(
    client: Client, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ConnectionError("no route to the bucket")

    monkeypatch.setattr(type(default_storage._wrapped), "open", fail)  # type: ignore[attr-defined]
    response = client.get(url(output))
    assert response.status_code == 503
    assert response["Retry-After"] == "2"
