"""An address in place of a text: a code in a picture there goes before the address itself."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from generation.models import Task
from generation.qr import code
from generation.request import QrArt
from generation.states import TaskState
from tests.generation.house import House
from tests.generation.painting import encode, encoded
from tests.generation.receivers import Receiver, Says
from tests.generation.test_download import fetch
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
THEIRS = "https://example.com/menu"


def says(data: bytes, kind: str = "image/png", status: int = 200) -> Says:
    return Says(status=status, body=data, headers=(("Content-Type", kind),))


def submit(house: House, person: Person, address: str) -> Task:
    qr = QrArt(content=address, source=address)
    return house.task(house.draw(person, with_={"qr": qr, "width": 656, "height": 656}))


def content_after(house: House, person: Person, answer: Says) -> tuple[str, str]:
    """The address, and what the code will say."""
    with Receiver(answer) as there:
        task = submit(house, person, there.url)
        assert task.state == TaskState.UPLOADING
        assert fetch(house)
        task.refresh_from_db()
    assert task.state == TaskState.QUEUED
    assert task.image_request.qr
    assert task.image_request.qr.source == ""
    return there.url, task.image_request.qr.content


@pytest.fixture
def loopback(settings: LazySettings) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]


def test_the_code_in_a_picture_is_used(loopback: None, house: House, alice: Person) -> None:
    drawn = encode(code.draw(code.make(THEIRS), 400, 400), "jpg")
    assert content_after(house, alice, says(drawn, "image/jpeg"))[1] == THEIRS


@pytest.mark.parametrize(
    "answer",
    [
        says(b"<html>menu</html>", "text/html"),
        says(encoded("png")),
        says(b"no picture"),
        says(b"", status=404),
    ],
)
def test_anything_else_leaves_the_address(
    loopback: None, house: House, alice: Person, answer: Says
) -> None:
    address, content = content_after(house, alice, answer)
    assert content == address


def test_an_address_inside_is_not_asked(house: House, alice: Person) -> None:
    with Receiver(says(encode(code.draw(code.make(THEIRS), 400, 400)))) as there:
        task = submit(house, alice, there.url)
        assert fetch(house)
    task.refresh_from_db()
    assert there.seen == []
    assert task.request["qr"]["content"] == there.url


def test_where_nothing_is_fetched_it_is_queued_at_once(
    house: House, alice: Person, settings: LazySettings
) -> None:
    settings.EASEL_QR_FETCH = False
    task = submit(house, alice, THEIRS)
    assert (task.state, task.request["qr"]["content"]) == (TaskState.QUEUED, THEIRS)


def test_a_text_that_is_too_long_for_the_picture_fails_the_task(
    loopback: None, house: House, alice: Person
) -> None:
    long = code.make("x" * 400)
    with Receiver(says(encode(code.draw(long, 1024, 1024)))) as there:
        task = submit(house, alice, there.url)
        assert fetch(house)
    task.refresh_from_db()
    assert (task.state, task.error_code, task.spent) == (TaskState.FAILED, "input_unusable", 0)
