"""Albums: made, named, filled, emptied, deleted without a picture lost, and nobody else's."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from generation import albums
from generation.models import Album, AlbumEntry, Output, Task
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db
ALBUMS, CHOOSE = "/studio/albums", "/studio/albums/choose"


def tiles(client: Client, album: int, **asked: str) -> list[str]:
    page = client.get(f"{ALBUMS}/{album}", asked, headers=FRAGMENT).content.decode()
    return re.findall(r'<li class="tile[^>]*data-place="([^"]+)"', page)


@pytest.fixture
def holidays(alice: Person) -> Album:
    return albums.create(alice.in_person, "Holidays")


def put(client: Client, *ids: str, **how: str) -> str:
    answer = client.post(CHOOSE, {"ids": ids} | how, headers=FRAGMENT)
    return answer.content.decode()


def test_an_album_is_made_and_opened(alice: Person, sign_in) -> None:
    client = sign_in(alice)
    assert "No albums yet" in client.get(ALBUMS).content.decode()
    answer = client.post(ALBUMS, {"name": "  My   cats "}, follow=True)
    assert "<h1>My cats</h1>" in answer.content.decode()
    assert "This album is empty" in answer.content.decode()
    assert "My cats" in client.get(ALBUMS).content.decode()


def test_pictures_are_put_in_and_taken_out(alice: Person, sign_in, keep, holidays: Album) -> None:
    one, two = keep(alice, count=2), keep(alice)
    client = sign_in(alice)
    said = put(client, f"{one}/1", f"{two}/0", album=str(holidays.pk))
    assert "2 pictures put into “Holidays”." in said
    assert "already" in put(client, f"{two}/0", album=str(holidays.pk))
    assert tiles(client, holidays.pk) == [f"{two}/0", f"{one}/1"]
    assert tiles(client, holidays.pk, sort="oldest") == [f"{one}/1", f"{two}/0"]
    client.post(f"{ALBUMS}/{holidays.pk}/remove", {"ids": [f"{one}/1"]}, headers=FRAGMENT)
    assert tiles(client, holidays.pk) == [f"{two}/0"]
    assert Output.objects.count() == 3


def test_into_a_new_album(alice: Person, sign_in, keep) -> None:
    task_id = keep(alice)
    put(sign_in(alice), f"{task_id}/0", name="Apples")
    assert tiles(sign_in(alice), Album.objects.get(name="Apples").pk) == [f"{task_id}/0"]


def test_from_one_album_into_another(alice: Person, sign_in, keep, holidays: Album) -> None:
    task_id, client = keep(alice), sign_in(alice)
    put(client, f"{task_id}/0", album=str(holidays.pk))
    work = albums.create(alice.in_person, "Work")
    put(client, f"{task_id}/0", **{"album": str(work.pk), "from": str(holidays.pk)})
    assert tiles(client, holidays.pk) == []
    assert tiles(client, work.pk) == [f"{task_id}/0"]


def test_filters_work_in_an_album(alice: Person, sign_in, keep, holidays: Album) -> None:
    apple, cat = keep(alice), keep(alice, "一只猫坐在月亮上", width=768)
    client = sign_in(alice)
    put(client, f"{apple}/0", f"{cat}/0", album=str(holidays.pk))
    keep(alice, "月亮")
    assert (
        tiles(client, holidays.pk, q="月亮")
        == [f"{cat}/0"]
        == tiles(client, holidays.pk, shape="wide")
    )
    albums.mark(alice.in_person, [(apple, 0)], True)
    assert tiles(client, holidays.pk, favourites="1") == [f"{apple}/0"]


def test_deleting_an_album_deletes_no_picture(alice, sign_in, keep, holidays: Album) -> None:
    task_id, client = keep(alice), sign_in(alice)
    put(client, f"{task_id}/0", album=str(holidays.pk))
    assert client.post(f"{ALBUMS}/{holidays.pk}/delete")["Location"] == ALBUMS
    assert not Album.objects.exists()
    assert Output.objects.count() == 1


def test_a_deleted_picture_leaves_its_albums(alice, sign_in, keep, holidays: Album) -> None:
    task_id, client = keep(alice), sign_in(alice)
    put(client, f"{task_id}/0", album=str(holidays.pk))
    albums.choose_cover(alice.in_person, holidays.pk, (task_id, 0))
    client.post("/studio/purge", {"ids": [f"{task_id}/0"]})
    assert not AlbumEntry.objects.exists()
    assert Album.objects.get().cover is None


def test_the_cover_is_the_newest_until_one_is_chosen(alice, sign_in, keep, holidays) -> None:
    old, new = keep(alice), keep(alice)
    client = sign_in(alice)
    put(client, f"{old}/0", f"{new}/0", album=str(holidays.pk))
    assert str(Output.objects.get(task=new).pk) in albums.covers(alice.in_person)[0].thumbnail_url
    client.post(f"{ALBUMS}/{holidays.pk}/cover", {"ids": f"{old}/0"}, headers=FRAGMENT)
    (shown,) = albums.covers(alice.in_person)
    assert (shown.name, shown.count) == ("Holidays", 2)
    assert str(Output.objects.get(task=old).pk) in shown.thumbnail_url


def test_many_are_not_counted(alice: Person, keep, holidays: Album, monkeypatch) -> None:
    monkeypatch.setattr(albums, "COUNTED", 1)
    places = [(keep(alice), 0), (keep(alice), 0)]
    albums.add(alice.in_person, holidays.pk, places)
    assert not albums.covers(alice.in_person)[0].is_counted


def test_an_album_is_renamed(alice: Person, sign_in, holidays: Album) -> None:
    client = sign_in(alice)
    assert client.post(f"{ALBUMS}/{holidays.pk}", {"name": "Sea"}).status_code == 302
    assert Album.objects.get().name == "Sea"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("  ", "Give the album a name."),
        ("x" * 81, "At most 80 characters."),
        ("HOLIDAYS", "You have an album of that name already."),
    ],
)
def test_a_name_that_does_not_do(alice, sign_in, holidays: Album, name: str, said: str) -> None:
    client = sign_in(alice)
    other = albums.create(alice.in_person, "Other")
    for answer in (
        client.post(ALBUMS, {"name": name}),
        client.post(CHOOSE, {"name": name}, headers=FRAGMENT),
        client.post(f"{ALBUMS}/{other.pk}", {"name": name}),
    ):
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert f'value="{name}"' in answer.content.decode()  # nothing typed is lost
    assert Album.objects.count() == 2


def test_the_same_name_is_free_to_others(alice: Person, bob: Person, holidays: Album) -> None:
    albums.create(bob.in_person, "Holidays")
    assert Album.objects.count() == 2


def test_there_is_an_end(alice: Person, sign_in, holidays: Album, monkeypatch) -> None:
    monkeypatch.setattr(albums, "MOST", 1)
    answer = sign_in(alice).post(ALBUMS, {"name": "one more"})
    assert answer.status_code == 422
    assert "There are 1 albums already" in answer.content.decode()


def test_an_album_is_its_persons_alone(alice, bob, charlie, sign_in, keep) -> None:
    task_id = keep(bob)
    album = albums.create(bob.in_person, "Mine")
    albums.add(bob.in_person, album.pk, [(task_id, 0)])
    for stranger in (alice, charlie):  # an owner sees a member's pictures, not his albums
        client = sign_in(stranger)
        assert client.get(f"{ALBUMS}/{album.pk}").status_code == 404
        assert "Mine" not in client.get(ALBUMS).content.decode()
        for verb in ("delete", "remove", "cover"):
            answer = client.post(f"{ALBUMS}/{album.pk}/{verb}", {"ids": [f"{task_id}/0"]})
            assert answer.status_code == 404
        answer = client.post(CHOOSE, {"ids": [f"{task_id}/0"], "album": str(album.pk)})
        assert answer.status_code == 404
    assert AlbumEntry.objects.count() == 1


def test_a_strangers_picture_goes_into_no_album(alice, bob, charlie, sign_in, keep) -> None:
    task_id = keep(alice)
    for stranger in (bob, charlie):
        answer = sign_in(stranger).post(CHOOSE, {"ids": [f"{task_id}/0"], "name": "Loot"})
        assert answer.status_code == 404
    assert not AlbumEntry.objects.exists()


def test_a_cover_is_in_its_album(alice: Person, sign_in, keep, holidays: Album) -> None:
    sent = {"ids": f"{keep(alice)}/0"}
    assert sign_in(alice).post(f"{ALBUMS}/{holidays.pk}/cover", sent).status_code == 404


def test_albums_go_with_their_person(alice: Person, bob: Person, keep, holidays: Album) -> None:
    task_id = keep(alice)
    albums.add(alice.in_person, holidays.pk, [(task_id, 0)])
    albums.mark(alice.in_person, [(task_id, 0)], True)
    Task.objects.update(user=bob.user)
    alice.user.delete()
    assert not Album.objects.exists()
    assert Output.objects.exists()


@pytest.mark.parametrize("album", ["x", "0", "9" * 30, "-1"])
def test_what_is_no_album_is_not_found(alice: Person, sign_in, keep, album: str) -> None:
    sent = {"ids": [f"{keep(alice)}/0"], "album": album}
    assert sign_in(alice).post(CHOOSE, sent).status_code == 404


def test_nobody_is_sent_to_sign_in(db: None) -> None:
    for path in (ALBUMS, CHOOSE, f"{ALBUMS}/1"):
        assert Client().get(path)["Location"].startswith("/accounts/login/")
