"""Links that show a picture to strangers: what they show, how they end, what they never tell."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import Tenant
from generation import retention
from generation.models import Output, Share, Task
from generation.storage import read_parameters
from generation.studio.results import shared, sharing
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def share(alice: Person, sign_in, paint):
    """The path of a link that Alice made, and its row."""

    def shared(task_id=None, **said: str) -> tuple[str, Share]:
        task_id = task_id or paint(alice, prompt="a secret garden", seed="4711")
        where = f"/studio/tasks/{task_id}/0/share"
        answer = sign_in(alice).post(where, {"days": "7"} | said, headers=FRAGMENT)
        assert answer.status_code == 200
        row = Share.objects.latest("created_at")
        path = f"/s/{sharing.token_of(row.pk)}"
        assert f"http://testserver{path}" in answer.content.decode()
        return path, row

    return shared


def picture(path: str) -> bytes:
    answer = Client().get(f"{path}/picture")
    assert answer.status_code == 200
    return answer.getvalue()


def test_a_stranger_sees_the_picture_and_nothing_else(share, alice: Person) -> None:
    path, _row = share()
    answer = Client().get(path)
    page = answer.content.decode()
    assert f"{path}/picture" in page
    for secret in ("secret garden", "4711", alice.tenant.name, "alice", "Studio"):
        assert secret not in page
    data = picture(path)
    assert b"secret garden" not in data
    assert read_parameters(data) == ""


def test_what_was_ticked_is_shown(share, alice: Person) -> None:
    path, _row = share(with_parameters="on", with_name="on")
    page = Client().get(path).content.decode()
    for told in ("a secret garden", "4711", alice.tenant.name, "Euler a"):
        assert told in page
    assert "a secret garden" in read_parameters(picture(path))


def test_neither_search_engines_nor_caches_keep_it(share) -> None:
    path, _row = share()
    for where in (path, f"{path}/picture"):
        answer = Client().get(where)
        assert "noindex" in answer["X-Robots-Tag"]
        assert "private" in answer["Cache-Control"] and "no-cache" in answer["Cache-Control"]
    page = Client().get(path)
    assert 'name="robots" content="noindex' in page.content.decode()
    assert f'og:image" content="http://testserver{path}/picture"' in page.content.decode()
    assert "script-src" not in page["Content-Security-Policy"]
    assert "default-src 'self'" in page["Content-Security-Policy"]


def test_an_unchanged_picture_is_not_sent_twice(share) -> None:
    for ticked in ({}, {"with_parameters": "on"}):
        path, _row = share(**ticked)
        first = Client().get(f"{path}/picture")
        tag = first.getvalue() and first["ETag"]
        again = Client().get(f"{path}/picture", headers={"If-None-Match": tag})
        assert again.status_code == 304


def test_views_are_counted(share, alice: Person, sign_in) -> None:
    path, row = share()
    for _ in range(3):
        Client().get(path)
    Client().head(path)
    row.refresh_from_db()
    assert row.views == 3
    assert "seen 3 times" in sign_in(alice).get("/studio/shares").content.decode()


def test_a_flagged_picture_is_shown_on_a_click_and_not_in_previews(share) -> None:
    path, _row = share()
    Output.objects.update(verdict="flag")
    page = Client().get(path).content.decode()
    assert "<details" in page
    assert "og:image" not in page


def test_it_ends_with_the_picture(share) -> None:
    _path, row = share(days="30")
    assert row.expires_at <= row.output.expires_at


def test_an_old_key_still_opens_its_links(share, settings: LazySettings) -> None:
    path, _row = share()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key " * 5
    assert Client().get(path).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert Client().get(path).status_code == 404


def test_the_list_takes_few_queries(share, alice, sign_in, django_assert_max_num_queries) -> None:
    task_id = share()[1].output.task_id
    for _ in range(5):
        share(task_id)
    client = sign_in(alice)
    with django_assert_max_num_queries(12):
        assert client.get("/studio/shares").content.count(b"/s/") == 6


def test_ended_links_are_forgotten_a_month_later(share) -> None:
    _path, row = share(days="1")
    retention._due.clear()
    assert retention.sweep(row.expires_at + timedelta(days=29)).shares == 0
    retention._due.clear()
    assert retention.sweep(row.expires_at + timedelta(days=31)).shares == 1


# ── how it ends ──


def ended(way: str, row: Share, client: Client) -> None:
    now = timezone.now()
    if way == "revoked":
        client.post(f"/studio/shares/{row.pk}/revoke")
    elif way == "expired":
        Share.objects.update(expires_at=now - timedelta(seconds=1))
    elif way == "blocked":
        Output.objects.update(state="blocked", quarantine_until=now)
    elif way == "hidden":
        Task.objects.update(hidden_at=now)
    elif way == "hidden alone":
        Output.objects.update(hidden_at=now)
    elif way == "picture expired":
        Output.objects.update(expires_at=now)
    elif way == "tenant off":
        Tenant.objects.update(is_active=False)
    elif way == "deleted":
        client.post("/studio/purge", {"ids": [str(row.output.task_id)]})


def begun_again(row: Share) -> None:
    """As before: for the next way."""
    later = timezone.now() + timedelta(days=9)
    Task.objects.update(hidden_at=None)
    Output.objects.update(state="visible", quarantine_until=None, hidden_at=None, expires_at=later)
    Tenant.objects.update(is_active=True)


def said(page: bytes, path: str) -> bytes:
    """Less what is asked for, and what is drawn anew for each visitor."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"CSRF", page).replace(path.encode(), b"PATH")


WAYS = (
    *("revoked", "expired", "blocked", "hidden", "hidden alone"),
    *("picture expired", "tenant off", "deleted"),
)


def test_what_ended_is_as_if_it_never_was(share, alice: Person, sign_in) -> None:
    never = urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()
    client, task_id = sign_in(alice), share()[1].output.task_id
    for way in WAYS:
        path, row = share(task_id)
        assert Client().get(path).status_code == 200, way
        ended(way, row, client)
        for tail in ("", "/picture"):
            mine, none = Client().get(path + tail), Client().get(f"/s/{never}{tail}")
            assert mine.status_code == none.status_code == 404, way
            assert said(mine.content, path) == said(none.content, f"/s/{never}")
        begun_again(row)


def test_another_token_opens_nothing(share) -> None:
    path, row = share()
    token = path.removeprefix("/s/")
    wrong = [token[:-2] + "AA", token[::-1], token + "=", token[:20], "x" * 500, "../x", "%00", "é"]
    wrong.append(urlsafe_b64encode(row.pk.bytes).rstrip(b"=").decode())
    assert {Client().get(f"/s/{each}").status_code for each in wrong} == {404}


def test_only_its_owner_revokes(share, bob: Person, charlie: Person, sign_in) -> None:
    path, row = share()
    for stranger in (bob, charlie):
        answer = sign_in(stranger).post(f"/studio/shares/{row.pk}/revoke")
        assert answer.status_code == 404
        assert b"/s/" not in sign_in(stranger).get("/studio/shares").content
    assert Client().get(path).status_code == 200


def test_a_supervisor_does_not_share_a_members_picture(alice, bob, sign_in, paint) -> None:
    where = f"/studio/tasks/{paint(bob)}/0/share"
    assert sign_in(alice).post(where, {"days": "7"}).status_code == 404
    assert not Share.objects.exists()


def test_only_the_times_of_the_list(alice: Person, sign_in, paint) -> None:
    where, client = f"/studio/tasks/{paint(alice)}/0/share", sign_in(alice)
    for days in ("", "0", "365", "x"):
        answer = client.post(where, {"days": days}, headers=FRAGMENT)
        assert (answer.status_code, Share.objects.count()) == (422, 0)
        assert "Choose how long" in answer.content.decode()


def test_there_is_an_end_to_links(share, alice: Person, sign_in, monkeypatch) -> None:
    _path, row = share()
    monkeypatch.setattr(sharing, "MOST", 1)
    where = f"/studio/tasks/{row.output.task_id}/0/share"
    answer = sign_in(alice).post(where, {"days": "7"}, headers=FRAGMENT)
    assert (answer.status_code, Share.objects.count()) == (422, 1)


def test_who_asks_too_often_waits(share, monkeypatch) -> None:
    path, _row = share()
    monkeypatch.setattr(shared, "A_MINUTE", 2)
    statuses = [Client().get(path).status_code for _ in range(4)]
    assert 429 in statuses
    answer = Client().get(path)
    if answer.status_code == 429:  # else the minute of the clock has just ended
        assert int(answer["Retry-After"]) > 0
