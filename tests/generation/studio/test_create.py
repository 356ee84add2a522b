"""Creating from the browser: the price before, the task after, each error at its field."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts import ledger
from generation.models import Backend, PromptRule, Task
from generation.states import TaskState
from tests.generation.house import CHECKPOINT, House
from tests.generation.studio.conftest import FRAGMENT
from tests.people import CREDIT, Person

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"prompt": "a red apple", "checkpoint": CHECKPOINT, "width": "512", "height": "512"}
Send = Callable[..., str]


@pytest.fixture
def client(house: House, alice: Person, sign_in) -> Client:
    return sign_in(alice)


@pytest.fixture
def send(client: Client) -> Send:
    def sent(path: str = "/", **fields: str) -> str:
        return client.post(path, FORM | fields, headers=FRAGMENT).content.decode()

    return sent


def error_of(html: str, field: str) -> str:
    return html.partition(f'id="error-{field}" hx-swap-oob="true">')[2].partition("</p>")[0]


def test_it_works(send: Send) -> None:
    html = send(count="2", seed="7")
    task = Task.objects.get()
    assert f'id="task-{task.pk}"' in html
    assert task.image_request.images == 2
    assert task.image_request.seed == 7
    assert "998 credits" in html  # the balance in the header


def test_the_price_is_told_before(send: Send) -> None:
    assert "<b>3 credits</b>" in send("/studio/quote", count="3")
    assert not Task.objects.exists()


def test_a_price_needs_no_prompt_yet(send: Send) -> None:
    html = send("/studio/quote", prompt="")
    assert "<b>1 credit</b>" in html
    assert error_of(html, "prompt") == ""


def test_what_is_left_out_has_its_default(client: Client) -> None:
    client.post("/", {"prompt": "a red apple"}, headers=FRAGMENT)
    request = Task.objects.get().image_request
    assert (request.width, request.height, request.steps, request.images) == (512, 512, 20, 1)


def test_without_scripts_the_page_comes_again(client: Client) -> None:
    assert client.post("/", FORM)["Location"] == "/"
    assert Task.objects.count() == 1


def test_without_scripts_nothing_typed_is_lost(client: Client) -> None:
    page = client.post("/", FORM | {"width": "513"}).content.decode()
    assert "A multiple of 8 from 64 to 2048." in page
    assert "a red apple</textarea>" in page
    assert 'value="513"' in page


def test_a_server_that_is_down_lets_the_task_wait(send: Send) -> None:
    Backend.objects.update(is_up=False)
    html = send()
    assert Task.objects.get().state == TaskState.QUEUED
    assert "The drawing servers cannot be reached just now." in html


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("prompt", "", "Write what you want to see."),
        ("prompt", "x" * 8001, "8000 characters"),
        ("width", "513", "A multiple of 8 from 64 to 2048."),
        ("width", "0", "A multiple of 8 from 64 to 2048."),
        ("height", "4096", "A multiple of 8 from 64 to 2048."),
        ("height", "tall", "A multiple of 8 from 64 to 2048."),
        ("steps", "0", "A number from 1 to 150."),
        ("steps", "151", "A number from 1 to 150."),
        ("cfg_scale", "31", "A number from 1 to 30."),
        ("cfg_scale", "nan", "A number from 1 to 30."),
        ("count", "9", "A number from 1 to 8."),
        ("seed", "-1", "A number from 0 to 18446744073709551615."),
        ("seed", "x", "A number from 0 to 18446744073709551615."),
        ("sampler", "Nonesuch", "Nonesuch"),
        ("checkpoint", "nonesuch", "nonesuch"),
    ],
)
def test_bad_input_is_shown_at_its_field(send: Send, alice, field, value, message) -> None:
    html = send(**{field: value})
    assert message in error_of(html, field)
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_without_credit_balance_and_price_are_told(send: Send, alice: Person) -> None:
    ledger.adjust(alice.tenant.pk, 500 - CREDIT, "spent elsewhere")
    html = send("/studio/quote")
    assert "this costs 1 credit, the balance is 0.5 credits" in html
    assert " disabled>" in html
    assert "Not enough credit" in send()
    assert not Task.objects.exists()


def test_a_prompt_that_the_audit_refuses(send: Send, alice: Person) -> None:
    PromptRule.objects.create(tenant=alice.tenant, pattern="forbidden fruit", label="fruit")
    html = send(prompt="a forbidden fruit")
    assert error_of(html, "prompt") == "This prompt is not allowed here."
    assert not Task.objects.exists()


def test_it_is_not_created_by_get(client: Client) -> None:
    client.get("/", FORM)
    assert client.get("/studio/quote").status_code == 405
    assert not Task.objects.exists()


def test_it_is_not_created_from_another_site(alice: Person, house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/", FORM).status_code == 403
