"""Deleting from the wall, with its undo, and that nobody deletes what is not theirs."""

from __future__ import annotations

import pytest

from generation.models import Task
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_hidden_first(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, count="2")
    client = sign_in(alice)
    toast = client.post("/studio/delete", {"ids": [task_id]}, headers=FRAGMENT).content.decode()
    assert "2 pictures deleted." in toast
    assert str(task_id) not in client.get("/").content.decode()
    assert Task.objects.count() == 1


def test_it_can_be_undone(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    client = sign_in(alice)
    client.post("/studio/delete", {"ids": [task_id]}, headers=FRAGMENT)
    assert client.post("/studio/restore", {"ids": [task_id]}, headers=FRAGMENT).status_code == 204
    assert str(task_id) in client.get("/").content.decode()


def test_then_it_is_gone(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    client = sign_in(alice)
    client.post("/studio/delete", {"ids": [task_id]}, headers=FRAGMENT)
    assert client.post("/studio/purge", {"ids": [task_id]}).status_code == 204
    assert not Task.objects.exists()
    assert client.post("/studio/restore", {"ids": [task_id]}).status_code == 404


def test_many_at_once(alice: Person, sign_in, paint) -> None:
    ids = [paint(alice), paint(alice), paint(alice)]
    client = sign_in(alice)
    toast = client.post("/studio/delete", {"ids": ids[:2]}, headers=FRAGMENT).content.decode()
    assert "2 pictures deleted." in toast
    page = client.get("/").content.decode()
    assert str(ids[2]) in page and str(ids[0]) not in page and str(ids[1]) not in page


def test_all_that_is_finished(alice: Person, bob: Person, sign_in, paint) -> None:
    paint(alice)
    bobs = paint(bob)
    waiting = paint(alice, work=False)
    assert sign_in(alice).post("/studio/delete-all")["Location"] == "/"
    assert set(Task.objects.values_list("pk", flat=True)) == {bobs, waiting}


def test_an_unfinished_task_is_left_alone(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    answer = sign_in(alice).post("/studio/delete", {"ids": [task_id]}, headers=FRAGMENT)
    assert answer.status_code == 409
    assert Task.objects.get().hidden_at is None


@pytest.mark.parametrize("verb", ["delete", "restore", "purge"])
def test_a_stranger_cannot(alice, bob, charlie, sign_in, paint, verb) -> None:
    task_id = paint(alice)
    for stranger in (bob, charlie):
        answer = sign_in(stranger).post(f"/studio/{verb}", {"ids": [task_id]}, headers=FRAGMENT)
        assert answer.status_code == 404
    assert Task.objects.get().hidden_at is None


def test_one_strange_id_spoils_the_lot(alice, charlie, sign_in, paint) -> None:
    ids = [paint(alice), paint(charlie)]
    assert sign_in(alice).post("/studio/delete", {"ids": ids}).status_code == 404
    assert not Task.objects.exclude(hidden_at=None).exists()


def test_what_is_no_id_is_not_found(alice: Person, sign_in, house) -> None:
    assert sign_in(alice).post("/studio/delete", {"ids": ["../etc"]}).status_code == 404


@pytest.mark.parametrize("verb", ["delete", "restore", "purge", "delete-all"])
def test_nothing_is_deleted_by_get(alice: Person, sign_in, paint, verb) -> None:
    paint(alice)
    assert sign_in(alice).get(f"/studio/{verb}").status_code == 405
    assert Task.objects.get().hidden_at is None
