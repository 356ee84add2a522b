"""The pages of grids: the price before, one grid a form, the sheet, what can be done with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.test import Client
from PIL import Image

from accounts import ledger
from accounts.models import Membership, Role, Tenant
from generation import uploads
from generation.models import Grid, Task
from generation.storage.labels import from_xmp
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encoded
from tests.generation.studio.conftest import FRAGMENT
from tests.people import CREDIT, Person

WORKS = pytest.mark.django_db(transaction=True)
FORM = {
    "prompt": "a red apple",
    "checkpoint": CHECKPOINT,
    "width": "64",
    "height": "64",
    "x": "steps",
    "x_values": "2, 3",
    "y": "prompt",
    "y_values": "apple, pear",
}
Send = Callable[..., str]


@pytest.fixture
def client(request: pytest.FixtureRequest, alice: Person, sign_in) -> Client:
    """In a house where the test paints, else before a server that nobody asks."""
    name = next((each for each in ("sketch_house", "house") if each in request.fixturenames), "")
    request.getfixturevalue(name or "stocked")
    return sign_in(alice)


@pytest.fixture
def send(client: Client) -> Send:
    def sent(path: str = "/studio/grid", **fields: str) -> str:
        answer = client.post(path, FORM | {"key": uuid4().hex} | fields, headers=FRAGMENT)
        return answer.headers.get("HX-Redirect") or answer.content.decode()

    return sent


def error_of(html: str, field: str) -> str:
    return html.partition(f'id="error-{field}" hx-swap-oob="true">')[2].partition("</p>")[0]


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@WORKS
def test_it_works(send: Send, client: Client, house: House) -> None:
    address = send()
    grid = Grid.objects.get()
    assert address == f"/studio/grid/{grid.pk}"
    assert Task.objects.filter(grid=grid).count() == 4
    html = page(client, address)
    assert html.count("data-unfinished") == 4
    house.work()
    html = page(client, address)
    assert html.count('class="tile__open"') == 4
    assert "data-unfinished" not in html
    for words in ("4 of 4 painted", "Steps →", "Words ↓", ">pear<"):
        assert words in html


def test_the_price_and_the_limit_are_told_before(send: Send, settings) -> None:
    html = send("/studio/grid/quote", prompt="", y_values="")
    assert "at least one value" in error_of(html, "y_values").lower()
    html = send("/studio/grid/quote")
    assert "4 pictures" in html
    assert re.search(r"<b>[\d.]+ credits?</b>", html)
    assert "At most 100 pictures a grid" in html
    settings.EASEL_MAX_GRID_CELLS = 3
    assert "at most 3 pictures a grid, this is 4" in send("/studio/grid/quote").lower()
    assert not Task.objects.exists()


def test_the_same_form_twice_is_one_grid(send: Send) -> None:
    assert send(key="drawn-once") == send(key="drawn-once")
    assert Grid.objects.count() == 1
    assert Task.objects.count() == 4


def test_without_scripts_it_works_too(client: Client) -> None:
    answer = client.post("/studio/grid", FORM)
    assert answer["Location"] == f"/studio/grid/{Grid.objects.get().pk}"
    html = client.post("/studio/grid", FORM | {"x_values": "many"}).content.decode()
    assert "neither a number nor a range" in html
    assert "a red apple</textarea>" in html


@WORKS
def test_the_page_lists_grids_and_offers_examples(
    sketch_house: House, alice: Person, sign_in
) -> None:
    client = sign_in(alice)
    html = page(client, "/studio/grid")
    forms = re.findall(r"<form [^>]*data-once.*?</form>", html, re.DOTALL)
    assert len(forms) == 3
    for form in forms:
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        answer = client.post("/studio/grid", fields)
        assert answer.status_code == 302, (fields, answer.content.decode()[-3000:])
    assert Task.objects.count() == 27
    assert "0 of 9 painted" in page(client, "/studio/grid")


def test_what_can_be_picked_stands_in_the_page(client: Client) -> None:
    html = page(client, "/studio/grid")
    found = re.search(r'<script id="axis-offers" type="application/json">(.*?)</script>', html)
    assert found
    offers = json.loads(found[1])
    assert CHECKPOINT in offers["checkpoint"]["picks"]
    assert "Euler a" in offers["sampler"]["picks"]


@WORKS
def test_a_grid_and_a_picture_can_be_begun_from(
    send: Send, client: Client, alice: Person, paint
) -> None:
    send(x="lora", x_values="fakeStyle: 0, 1", prompt='a red apple, "soft"')
    html = page(client, f"/studio/grid?from={Grid.objects.get().pk}")
    assert "fakeStyle: 0, 1</textarea>" in html
    assert '<option value="lora" selected>' in html
    html = page(client, f"/studio/grid?again={paint(alice, prompt='two pears')}")
    assert "two pears</textarea>" in html


@WORKS
def test_a_start_picture_comes_along(client: Client, alice: Person, house: House) -> None:
    start = uploads.keep(alice.in_person, encoded()).pk
    form = {"prompt": "x", "checkpoint": CHECKPOINT, "init": str(start), "width": "64"}
    client.post("/", form, headers=FRAGMENT)
    html = page(client, f"/studio/grid?again={Task.objects.get().pk}")
    assert f'<input type="hidden" name="init" value="{start}">' in html
    fields = {"x": "denoising", "x_values": "0.2, 0.8", "y": "", "init": str(start)}
    assert client.post("/studio/grid", FORM | fields).status_code == 302
    cells = Task.objects.exclude(grid=None).order_by("cell")
    strengths = [cell.image_request.init.denoising_strength for cell in cells]
    assert strengths == [0.2, 0.8]
    html = page(client, f"/studio/grid?from={Grid.objects.get().pk}")  # "Change it"
    assert f'<input type="hidden" name="init" value="{start}">' in html
    assert f"/studio/sources/{start}/thumbnail" in html
    uploads.delete(alice.in_person, start)
    fields["key"] = "gone"
    gone = client.post("/studio/grid", FORM | fields, headers=FRAGMENT).content.decode()
    assert "This picture is not there any more" in gone


@WORKS
def test_a_cell_comes_as_it_is_now(send: Send, client: Client, house: House) -> None:
    address = send()
    part = client.get(f"{address}/cells/3", headers=FRAGMENT).content.decode()
    assert 'id="cell-3"' in part
    assert "data-unfinished" in part
    house.work()
    part = client.get(f"{address}/cells/3", headers=FRAGMENT).content.decode()
    assert 'class="tile__open"' in part
    assert "4 of 4 painted" in client.get(f"{address}/status").content.decode()


@WORKS
def test_what_is_left_is_cancelled_and_made_again(send: Send, client: Client, house: House) -> None:
    address = send()
    html = client.post(f"{address}/cancel", headers=FRAGMENT).content.decode()
    assert html.count("sheet__none--cancelled") == 4
    assert "4 without a picture" in html
    html = client.post(f"{address}/again", {"cell": "2"}, headers=FRAGMENT).content.decode()
    assert html.count("data-unfinished") == 1
    assert client.post(f"{address}/again").status_code == 302
    house.work()
    assert "4 of 4 painted" in page(client, address)


@WORKS
def test_a_failed_cell_says_why(send: Send, client: Client, house: House) -> None:
    address = send()
    house.work()
    Task.objects.filter(cell=1).update(
        state="failed", error_code="out_of_memory", error_message="no"
    )
    Task.objects.get(cell=1).outputs.all().delete()
    html = page(client, address)
    assert "too large for the drawing server" in html
    assert "Paint again" in html


@WORKS
def test_the_sheet_is_one_labelled_picture(send: Send, client: Client, house: House) -> None:
    address = send(y_values="apple, 苹果树")
    assert client.get(f"{address}/sheet.jpg").status_code == 404  # nothing is painted yet
    house.work()
    answer = client.get(f"{address}/sheet.jpg")
    assert answer["Content-Type"] == "image/jpeg"
    with Image.open(BytesIO(answer.content)) as sheet:
        assert sheet.width > 2 * 64
        assert sheet.height > 2 * 64
        label = from_xmp(sheet.info["xmp"])
    assert label
    assert label.produce_id == str(Grid.objects.get().pk)


@WORKS
def test_all_pictures_come_as_one_zip(send: Send, client: Client, house: House) -> None:
    address = send()
    house.work()
    ids = re.findall(r'name="ids" value="([^"]+)"', page(client, address))
    answer = client.post("/studio/zip", {"ids": ids})
    with ZipFile(BytesIO(b"".join(answer.streaming_content))) as packed:
        assert len(packed.namelist()) == 4


@WORKS
def test_it_is_deleted_with_an_undo(send: Send, client: Client, house: House) -> None:
    address = send()
    assert "unfinished" in client.post(f"{address}/delete").content.decode()
    house.work()
    answer = client.post(f"{address}/delete")
    html = page(client, answer["Location"])
    assert f"{address}/restore" in html
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/restore")["Location"] == address
    assert "4 of 4 painted" in page(client, address)


def test_a_sheet_is_few_queries(send: Send, client: Client, django_assert_max_num_queries) -> None:
    address = send(x_values="2-9", y_values="apple, pear, plum")
    with django_assert_max_num_queries(16):
        page(client, address)
    with django_assert_max_num_queries(22):
        page(client, "/studio/grid")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("prompt", "", "Write what you want to see."),
        ("x", "nonsense", "nonsense"),
        ("x_values", "many", "neither a number nor a range"),
        ("x_values", "0", "not from 1 to 150"),
        ("x_values", "x" * 4001, "4000"),
        ("y_values", "pear, plum", "neither in the prompt"),
        ("steps", "151", "A number from 1 to 150."),
    ],
)
def test_bad_input_is_shown_at_its_field(send: Send, alice, field, value, message) -> None:
    html = send(**{field: value})
    assert message in error_of(html, field)
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_what_the_core_refuses_is_shown_at_its_axis(send: Send, alice: Person) -> None:
    html = send(x="checkpoint", x_values=f"{CHECKPOINT}, nowhere")
    assert "nowhere" in error_of(html, "x_values")
    quoted = send("/studio/grid/quote", x="checkpoint", x_values=f"{CHECKPOINT}, nowhere")
    assert "nowhere" in quoted.partition('id="price-line"')[2].partition("</p>")[0]
    html = send(y="cfg_scale", y_values="5", x="cfg_scale", x_values="7")
    assert "Both axes" in error_of(html, "y_values")
    Tenant.objects.filter(pk=alice.tenant.pk).update(max_side=128)
    html = send(x="size", x_values="64, 256")
    assert "at most 128" in error_of(html, "x_values").lower()


def test_without_credit_nothing_is_sent(send: Send, alice: Person) -> None:
    ledger.adjust(alice.tenant.pk, 1 - CREDIT, "spent elsewhere")
    assert " disabled>" in send("/studio/grid/quote")
    assert "Not enough credit" in send()
    assert not Task.objects.exists()


def test_who_may_only_look_creates_nothing(send: Send, alice: Person) -> None:
    Membership.objects.filter(user=alice.user).update(role=Role.VIEWER)
    assert "Your role may look, not create." in send()
    assert not Task.objects.exists()


def test_a_place_that_is_not_there(send: Send, client: Client) -> None:
    address = send()
    assert client.get(f"{address}/cells/99").status_code == 404
    for cell in ("99", "x", "99999"):
        assert client.post(f"{address}/again", {"cell": cell}).status_code == 404
    for query in ("cursor=nonsense", "from=nonsense", f"from={uuid4()}", "deleted=nonsense"):
        assert client.get(f"/studio/grid?{query}").status_code == 404


def test_somebody_elses_grid_is_not_there(send: Send, bob: Person, charlie, sign_in) -> None:
    address = send()
    grid = Grid.objects.get().pk
    for other in (bob, charlie):
        theirs = sign_in(other)
        for path in ("", "/cells/0", "/status", "/sheet.jpg"):
            assert theirs.get(address + path).status_code == 404
        for verb in ("cancel", "again", "delete", "restore"):
            assert theirs.post(f"{address}/{verb}").status_code == 404
        for query in ("from", "deleted"):
            found = theirs.get(f"/studio/grid?{query}={grid}")
            assert found.status_code == 404 or str(grid) not in found.content.decode()
        assert theirs.get(f"/studio/events?grid={grid}").status_code == 404


@pytest.mark.django_db
def test_who_is_signed_out_signs_in_first() -> None:
    for path in ("/studio/grid", "/studio/grid/quote"):
        assert Client().post(path, FORM)["Location"].startswith("/accounts/login/")
    assert not Task.objects.exists()


def test_it_is_not_created_from_another_site(alice: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/studio/grid", FORM).status_code == 403
