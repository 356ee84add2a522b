"""The page of all pictures: what it shows, in which order, and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from accounts.models import Membership, Role
from generation import albums, history
from generation.models import Task
from generation.studio.history import finding
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db
HISTORY = "/studio/history"


def tiles(client: Client, **asked: str) -> list[str]:
    """The tiles of an answer, by task and place."""
    page = client.get(HISTORY, asked, headers=FRAGMENT).content.decode()
    return re.findall(r'<li class="tile[^>]*data-place="([^"]+)"', page)


def prompts(client: Client, **asked: str) -> list[str]:
    page = client.get(HISTORY, asked, headers=FRAGMENT).content.decode()
    return re.findall(r'class="tile__(?:caption|prompt)"[^>]*>([^<]+)<', page)


def test_the_newest_first_and_every_picture_of_a_task(alice: Person, sign_in, keep) -> None:
    first, second = keep(alice), keep(alice, count=2)
    assert tiles(sign_in(alice)) == [f"{second}/0", f"{second}/1", f"{first}/0"]
    assert tiles(sign_in(alice), sort="oldest") == [f"{first}/0", f"{second}/0", f"{second}/1"]


def test_pages_go_on_where_the_last_one_ended(alice: Person, sign_in, keep, monkeypatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    made = [keep(alice, prompt=f"number {number}") for number in range(5)]
    client, seen, address = sign_in(alice), [], HISTORY
    while address:
        page = client.get(address, headers=FRAGMENT).content.decode()
        seen += re.findall(r'<li class="tile[^>]*data-task="([^"]+)"', page)
        found = re.search(r'hx-get="([^"]+)" hx-target="closest li"', page)
        address = found.group(1).replace("&amp;", "&") if found else ""
    assert seen == [str(each) for each in reversed(made)]


def test_days_have_headings_once(alice: Person, sign_in, keep, monkeypatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    for days in (0, 0, 0, 1, 40):
        keep(alice, ago=timedelta(days=days))
    client = sign_in(alice)
    page = client.get(HISTORY).content.decode()
    assert re.findall(r"<h2>([^<]+)</h2></li>", page) == ["Today"]
    onward = re.search(r'hx-get="([^"]+)" hx-target="closest li"', page)
    assert onward
    page = client.get(onward.group(1).replace("&amp;", "&"), headers=FRAGMENT).content.decode()
    assert re.findall(r"<h2>([^<]+)</h2></li>", page) == ["Yesterday"]


def test_days_are_those_of_the_tenants_zone(alice: Person, sign_in, keep) -> None:
    alice.tenant.time_zone = "Pacific/Kiritimati"  # 14 hours ahead
    alice.tenant.save()
    Task.objects.filter(pk=keep(alice)).update(created_at="2026-03-01T12:00:00Z")
    page = sign_in(alice).get(HISTORY).content.decode()
    assert "<h2>March 2, 2026</h2>" in page
    assert tiles(sign_in(alice), since="2026-03-02", until="2026-03-02")
    assert not tiles(sign_in(alice), until="2026-03-01")


APPLE, CAT = "a red apple on a table", "一只猫坐在月亮上"
SEARCHES: dict[str, list[str]] = {
    "apple": [APPLE],
    "APPLE table": [APPLE],
    "appl": [APPLE],
    "月亮": [CAT],
    "猫": [CAT],
    "猫 月亮": [CAT],
    CAT: [CAT],
    '"red apple"': [APPLE],
    '"apple red"': [],
    "apple -table": [],
    "-apple": [CAT],
    "apple 月亮": [],
    "亮月": [],
    "pear": [],  # what was to be left out
    "???": [],
    "' & | ! \\": [],
}


def test_prompts_are_searched(alice: Person, sign_in, keep) -> None:
    keep(alice, prompt=APPLE, negative_prompt="pear")
    keep(alice, prompt=CAT)
    client = sign_in(alice)
    assert {asked: prompts(client, q=asked) for asked in SEARCHES} == SEARCHES


def test_the_far_look_finds_what_the_near_one_does_not(alice, sign_in, keep, monkeypatch) -> None:
    monkeypatch.setattr(history, "WALK", 1)
    keep(alice, prompt="a lighthouse")
    for _ in range(3):
        keep(alice, prompt="a boat")
    assert prompts(sign_in(alice), q="lighthouse") == ["a lighthouse"]
    assert len(prompts(sign_in(alice), q="boat")) == 3


def test_filters_by_what_it_is(alice: Person, sign_in, keep) -> None:
    keep(alice, prompt="wide", width=768)
    keep(alice, prompt="square")
    client = sign_in(alice)
    assert prompts(client, shape="wide") == ["wide"]
    assert prompts(client, shape="square") == ["square"]
    assert prompts(client, shape="tall") == []
    assert len(prompts(client, kind="text")) == 2
    assert prompts(client, kind="qr") == [] == prompts(client, kind="grid")
    assert len(prompts(client, model="fake-v1.safetensors")) == 2
    assert prompts(client, model="other.safetensors") == []


def test_filters_by_the_content_check(alice: Person, sign_in, keep) -> None:
    fine = keep(alice)
    flagged = keep(alice, output={"verdict": "flag"})
    blocked = keep(alice, output={"state": "deleted", "verdict": "block"})
    client = sign_in(alice)
    assert tiles(client, state="fine") == [f"{fine}/0"]
    assert tiles(client, state="flagged") == [f"{flagged}/0"]
    assert tiles(client, state="blocked") == [f"{blocked}/0"]
    assert len(tiles(client)) == 3


def test_what_was_not_painted_is_asked_for(alice: Person, sign_in, keep) -> None:
    failed, painted = keep(alice, state="failed"), keep(alice)
    client = sign_in(alice)
    assert tiles(client) == [f"{painted}/0"]
    assert tiles(client, state="unpainted") == [str(failed)]
    assert tiles(client, state="unpainted", q="apple") == [str(failed)]


def test_a_picture_that_is_no_longer_kept_says_so(alice: Person, sign_in, keep) -> None:
    task_id = keep(alice, output={"state": "deleted"})
    client = sign_in(alice)
    assert "No longer kept" in client.get(HISTORY).content.decode()
    assert "You can paint it again" in client.get(f"/studio/tasks/{task_id}/0").content.decode()


def test_filters_are_in_the_address_and_go_one_by_one(alice: Person, sign_in, keep) -> None:
    keep(alice)
    page = sign_in(alice).get(HISTORY, {"q": "apple", "kind": "text"}).content.decode()
    assert 'href="/studio/history?kind=text"' in page
    assert 'href="/studio/history?q=apple"' in page
    assert 'value="apple"' in page
    assert '<option value="text" selected>' in page


def test_a_date_that_is_none_is_named_and_filters_nothing(alice: Person, sign_in, keep) -> None:
    keep(alice)
    page = sign_in(alice).get(HISTORY, {"since": "yesterday"}).content.decode()
    assert "Write a date as 2026-11-21." in page
    assert 'class="tile ' in page


def test_an_empty_history_leads_to_the_first_picture(alice: Person, sign_in) -> None:
    page = sign_in(alice).get(HISTORY).content.decode()
    assert "No pictures yet" in page
    assert 'href="/">Paint the first one' in page


def test_nothing_found_leads_back(alice: Person, sign_in, keep) -> None:
    keep(alice)
    page = sign_in(alice).get(HISTORY, {"q": "zebra"}).content.decode()
    assert "Nothing found" in page
    assert 'href="/studio/history">Clear the filters' in page


def test_a_supervisor_may_look_at_a_members(alice, bob, sign_in, keep, caplog) -> None:
    theirs, mine = keep(bob), keep(alice)
    client = sign_in(alice)
    assert tiles(client) == [f"{mine}/0"]
    with caplog.at_level("INFO", logger="generation.access"):
        assert tiles(client, whose=str(bob.user.pk)) == [f"{theirs}/0"]
    assert [record.message for record in caplog.records] == ["supervisor access"]
    assert tiles(client, whose="all") == [f"{mine}/0", f"{theirs}/0"]
    assert tiles(client, whose="all", q="apple") == [f"{mine}/0", f"{theirs}/0"]
    assert f'value="{bob.user.pk}"' in client.get(HISTORY).content.decode()


def test_the_number_of_queries_does_not_grow(
    alice: Person, sign_in, keep, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(4):
        keep(alice, count=3)
    client = sign_in(alice)
    with django_assert_max_num_queries(20):
        assert len(tiles(client, q="apple")) == 12


def test_the_page_is_small_and_strict(alice: Person, sign_in, keep) -> None:
    keep(alice)
    page = sign_in(alice).get(HISTORY).content.decode()
    assert len(page) < 60_000
    assert "<style" not in page and " style=" not in page and "onclick=" not in page


def test_a_viewer_may_look(alice: Person, sign_in, keep) -> None:
    keep(alice)
    Membership.objects.filter(user=alice.user).update(role=Role.VIEWER)
    assert len(tiles(sign_in(alice))) == 1


@pytest.mark.parametrize("whose", ["all", "0", "x", str(2**70)])
def test_a_member_may_not_look_at_others(alice, bob, sign_in, keep, whose: str) -> None:
    keep(alice)
    assert sign_in(bob).get(HISTORY, {"whose": whose}).status_code == 404
    assert sign_in(bob).get(HISTORY, {"whose": str(alice.user.pk)}).status_code == 404


def test_a_supervisor_of_another_tenant_sees_nothing(alice, charlie, sign_in, keep) -> None:
    keep(alice)
    client = sign_in(charlie)
    assert tiles(client) == [] == tiles(client, whose="all") == tiles(client, q="apple")
    assert client.get(HISTORY, {"whose": str(alice.user.pk)}).status_code == 404


def test_what_is_being_deleted_is_not_shown(alice: Person, sign_in, keep) -> None:
    task_id = keep(alice, count=2)
    client = sign_in(alice)
    client.post("/studio/delete", {"ids": [f"{task_id}/0"]}, headers=FRAGMENT)
    assert tiles(client) == [f"{task_id}/1"]
    client.post("/studio/delete", {"ids": [f"{task_id}/1"]}, headers=FRAGMENT)
    assert tiles(client) == []


@pytest.mark.parametrize("cursor", ["nonsense", "%00", "YWJj", "fDI"])
def test_another_cursor_is_not_found(alice: Person, sign_in, cursor: str) -> None:
    assert sign_in(alice).get(HISTORY, {"cursor": cursor}).status_code == 404


def test_nobody_is_sent_to_sign_in(db: None) -> None:
    assert Client().get(HISTORY)["Location"].startswith("/accounts/login/")
    assert Client().post("/studio/favourite")["Location"].startswith("/accounts/login/")


def test_favourites(alice: Person, sign_in, keep) -> None:
    one, two = keep(alice, count=2), keep(alice)
    client = sign_in(alice)
    sent = {"ids": [f"{one}/1", f"{two}/0"], "on": "1"}
    assert client.post("/studio/favourite", sent, headers=FRAGMENT).status_code == 204
    assert client.post("/studio/favourite", sent, headers=FRAGMENT).status_code == 204
    assert tiles(client, favourites="1") == [f"{two}/0", f"{one}/1"]
    assert tiles(client, favourites="1", sort="oldest") == [f"{one}/1", f"{two}/0"]
    assert tiles(client, favourites="1", q="apple", shape="wide") == []
    client.post("/studio/favourite", {"ids": [f"{two}/0"], "on": "0"}, headers=FRAGMENT)
    assert tiles(client, favourites="1") == [f"{one}/1"]


def test_a_supervisors_favourite_of_a_members_picture(alice, bob, sign_in, keep) -> None:
    theirs = keep(bob)
    client = sign_in(alice)
    client.post("/studio/favourite", {"ids": [f"{theirs}/0"]}, headers=FRAGMENT)
    assert tiles(client, favourites="1") == [f"{theirs}/0"]
    assert tiles(sign_in(bob), favourites="1") == []
    Membership.objects.filter(user=alice.user).update(role=Role.MEMBER)
    assert tiles(client, favourites="1") == []


def test_hearts_go_with_the_picture(alice: Person, sign_in, keep) -> None:
    task_id = keep(alice)
    albums.mark(alice.in_person, [(task_id, 0)], True)
    client = sign_in(alice)
    client.post("/studio/purge", {"ids": [f"{task_id}/0"]})
    assert not Task.objects.exists()
    assert tiles(client, favourites="1") == []


def test_a_stranger_marks_nothing(alice, bob, charlie, sign_in, keep) -> None:
    task_id = keep(alice)
    for stranger in (bob, charlie):
        answer = sign_in(stranger).post("/studio/favourite", {"ids": [f"{task_id}/0"]})
        assert answer.status_code == 404


@pytest.mark.parametrize("ids", ["x/0", "x", f"{UUID(int=1)}/99999", f"{UUID(int=1)}/-1"])
def test_what_is_no_picture_is_not_found(alice: Person, sign_in, ids: str) -> None:
    assert sign_in(alice).post("/studio/favourite", {"ids": [ids]}).status_code == 404


def test_too_many_at_once(alice: Person, sign_in) -> None:
    ids = [f"{UUID(int=number)}/0" for number in range(albums.MOST_AT_ONCE + 1)]
    client = sign_in(alice)
    assert client.post("/studio/favourite", {"ids": ids}).status_code == 413
    assert client.post("/studio/delete", {"ids": ids}).status_code == 413
