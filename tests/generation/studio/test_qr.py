"""The QR page: the price before, the task after, each error at its field, what the result says."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from accounts import ledger
from accounts.models import Membership, Role
from generation.models import Output, Task
from tests.generation.house import House
from tests.generation.studio.conftest import FRAGMENT
from tests.people import CREDIT, Person

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"content": "https://example.com/a", "prompt": "two cats", "style": "ink", "seed": "7"}
Send = Callable[..., str]


@pytest.fixture
def client(house: House, alice: Person, sign_in) -> Client:
    return sign_in(alice)


@pytest.fixture
def send(client: Client) -> Send:
    def sent(path: str = "/studio/qr", **fields: str) -> str:
        return client.post(path, FORM | fields, headers=FRAGMENT).content.decode()

    return sent


def error_of(html: str, field: str) -> str:
    return html.partition(f'id="error-{field}" hx-swap-oob="true">')[2].partition("</p>")[0]


def test_it_works(send: Send) -> None:
    html = send(strength="1.5", size="768")
    task = Task.objects.get()
    assert f'id="task-{task.pk}"' in html
    asked = task.image_request
    assert asked.qr
    assert (asked.qr.content, asked.qr.style, asked.qr.strength) == (
        "https://example.com/a",
        "ink",
        1.5,
    )
    assert (asked.width, asked.height, asked.seed) == (768, 768, 7)


def test_the_page_has_a_link_in_the_header_and_says_where_one_is(client: Client) -> None:
    assert '<a href="/studio/qr" >' in client.get("/").content.decode()
    page = client.get("/studio/qr").content.decode()
    assert '<a href="/studio/qr" aria-current="page">' in page


def test_the_price_is_told_before_and_needs_no_content_yet(send: Send) -> None:
    html = send("/studio/qr/quote", content="")
    assert re.search(r"<b>[\d.]+ credits?</b>", html)
    assert error_of(html, "content") == ""
    assert not Task.objects.exists()


def test_the_size_fits_the_content(send: Send) -> None:
    send(content="x")
    send(content="https://example.com/" + "a" * 100)
    short, long = (task.image_request.width for task in Task.objects.order_by("created_at"))
    assert (short, long) == (512, 1024)


def test_a_content_alone_is_enough(client: Client) -> None:
    assert client.post("/studio/qr", {"content": "x"})["Location"] == "/studio/qr"
    asked = Task.objects.get().image_request
    assert asked.qr
    assert (asked.qr.style, asked.qr.strength) == ("default", 1)


def test_without_scripts_nothing_typed_is_lost(client: Client) -> None:
    page = client.post("/studio/qr", FORM | {"seed": "x"}).content.decode()
    assert "https://example.com/a</textarea>" in page
    assert "two cats</textarea>" in page
    assert re.search(r'value="ink" checked', page)
    assert 'href="/studio/qr" aria-current="page"' in page


def made(sketch_house: House, client: Client, **fields: str) -> UUID:
    client.post("/studio/qr", FORM | fields, headers=FRAGMENT)
    sketch_house.work()
    return Task.objects.get().pk


def test_the_result_says_that_it_scans_and_what(sketch_house: House, alice, sign_in) -> None:
    client = sign_in(alice)
    task_id = made(sketch_house, client, content="https://example.com/?a=1&b=2")
    html = client.get(f"/studio/tasks/{task_id}/0", headers=FRAGMENT).content.decode()
    assert "Scans: yes" in html
    assert '<p class="mono">https://example.com/?a=1&amp;b=2</p>' in html
    assert "Art: the code is part of the painting." in html
    assert " download=" in html
    assert 'class="tile__code' in client.get("/").content.decode()

    Output.objects.update(qr=Output.objects.get().qr | {"is_art": False})
    html = client.get(f"/studio/tasks/{task_id}/0", headers=FRAGMENT).content.decode()
    assert "Plain: no painting could be read" in html

    again = client.get(f"/studio/qr?again={task_id}").content.decode()
    assert "?a=1&amp;b=2</textarea>" in again
    assert ">two cats</textarea>" in again  # as it was written, without the style's words
    assert re.search(r'value="ink" checked', again)


def test_an_ordinary_picture_says_nothing_of_codes(alice: Person, sign_in, paint) -> None:
    html = sign_in(alice).get(f"/studio/tasks/{paint(alice)}/0", headers=FRAGMENT)
    assert b"Scans" not in html.content


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("content", "", "Write what the code says"),
        ("content", "x" * 1274, "at most 1273 bytes, this is 1274"),
        ("content", "码" * 425, "at most 1273 bytes, this is 1275"),
        ("prompt", "x" * 8001, "8000 characters"),
        ("style", "cubist", "cubist"),
        ("strength", "0.1", "A number from 0.25 to 2.0."),
        ("strength", "nan", "A number from 0.25 to 2.0."),
        ("size", "513", "513"),
        ("seed", "-1", "A number from 0 to 18446744073709551615."),
    ],
)
def test_bad_input_is_shown_at_its_field(send: Send, alice, field, value, message) -> None:
    html = send(**{field: value})
    assert message in error_of(html, field)
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_a_size_too_small_for_the_text_is_named(send: Send) -> None:
    html = send(content="x" * 900, size="512")
    assert "This text needs a picture of 1" in error_of(html, "size")
    assert not Task.objects.exists()


def test_without_credit_nothing_is_sent(send: Send, alice: Person) -> None:
    ledger.adjust(alice.tenant.pk, 500 - CREDIT, "spent elsewhere")
    assert " disabled>" in send("/studio/qr/quote")
    assert "Not enough credit" in send()
    assert not Task.objects.exists()


def test_who_may_only_look_creates_nothing(send: Send, alice: Person) -> None:
    Membership.objects.filter(user=alice.user).update(role=Role.VIEWER)
    assert "Your role may look, not create." in send()
    assert not Task.objects.exists()


def test_somebody_elses_settings_are_not_there(sign_in, alice, charlie, paint) -> None:
    task_id = paint(alice, work=False)
    assert sign_in(charlie).get(f"/studio/qr?again={task_id}").status_code == 404


def test_who_is_signed_out_signs_in_first(house: House) -> None:
    for path in ("/studio/qr", "/studio/qr/quote"):
        assert Client().post(path, FORM)["Location"].startswith("/accounts/login/")
        assert Client().post(path, FORM, headers=FRAGMENT).status_code == 401
    assert not Task.objects.exists()


def test_it_is_not_created_from_another_site(alice: Person, house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/studio/qr", FORM).status_code == 403
