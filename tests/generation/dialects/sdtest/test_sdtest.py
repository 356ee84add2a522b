"""The seven calls of sdtest, by the examples of their contract."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st

from catalog.models import Style
from generation import storage
from generation.dialects.sdtest import wire
from generation.errors import InvalidRequest, NotFound
from generation.models import Backend, Output, Task
from generation.request import ImageRequest
from generation.states import OutputState
from generation.stream import Later
from tests.generation.house import House
from tests.generation.painting import encode, picture
from tests.people import Person
from tests.samples import load

WORDS = load("sdtest", "sdtest.txt2img.request.json")
PICTURE = load("sdtest", "sdtest.img2img.request.json")
SEED_ALONE = load("sdtest", "sdtest.txt2img.request.seed-example.json")
TYPED = {"content_type": "application/json"}


def ask(client: Client, who: Person, path: str = "/txt2img", **body: Any) -> Any:
    sent = WORDS | {"id": str(who.user.pk)} | body
    return client.post(path, sent, **TYPED, headers=who.headers)


def drawn(house: House, response: Any) -> dict[str, Any]:
    """The answer of a call that waits, once its task is done."""
    assert isinstance(response, Later), response.content
    house.work()
    found: dict[str, Any] = json.loads(response.answer().content)
    return found


def status(client: Client, who: Person, path: str) -> int:
    response = client.get(path, headers=who.headers)
    response.close()  # a picture that nobody reads is an open file
    return response.status_code


def request_of(house: House, client: Client, who: Person, **body: Any) -> ImageRequest:
    assert isinstance(ask(client, who, **body), Later)
    return Task.objects.latest("created_at").image_request


def base64_picture() -> str:
    return base64.b64encode(encode(picture())).decode()


def stored() -> list[str]:
    """The input pictures that were kept."""
    if not default_storage.exists("inputs"):
        return []
    days = default_storage.listdir("inputs")[0]
    return [name for day in days for name in default_storage.listdir(f"inputs/{day}")[1]]


@pytest.fixture
def record(house: House, alice: Person, client: Client) -> dict[str, Any]:
    found: dict[str, Any] = drawn(house, ask(client, alice))["records"][0]
    return found


# ── Drawing ──────────────────────────────────────────────────────────────────────────────────────


def test_the_golden_request_is_answered_in_its_form(
    house: House, alice: Person, client: Client
) -> None:
    body = drawn(house, ask(client, alice))
    golden = load("sdtest", "sdtest.txt2img.response.json")
    assert body.keys() == golden.keys()
    assert body["records"][0].keys() == golden["records"][0].keys()
    assert body["images"] == [body["records"][0]["url"]]
    request = Task.objects.get().image_request
    assert (request.prompt, request.negative_prompt) == ("a lighthouse at dusk", "lowres, blurry")
    assert (request.steps, request.cfg_scale, request.hires) == (20, 7, None)


def test_every_picture_is_a_record(house: House, alice: Person, client: Client) -> None:
    body = drawn(house, ask(client, alice, batch_size=3))
    assert len({row["filename"] for row in body["records"]}) == 3


def test_the_golden_picture_is_drawn_from(house: House, alice: Person, client: Client) -> None:
    sent = PICTURE | {"init_images": f"data:image/png;base64,{base64_picture()}"}
    body = drawn(house, ask(client, alice, "/img2img", **sent | {"id": str(alice.user.pk)}))
    assert body["records"][0]["type"] == "i2i"
    assert Task.objects.get().image_request.init is not None


def test_txt2img_with_a_picture_is_img2img(house: House, alice: Person, client: Client) -> None:
    body = drawn(house, ask(client, alice, init_images=[base64_picture()]))
    assert body["records"][0]["type"] == "i2i"


def test_several_pictures_are_used_in_their_order(
    house: House, alice: Person, client: Client
) -> None:
    """The first is drawn over, the others are references."""
    given = [encode(picture(seed=seed)) for seed in (1, 2, 3)]
    several = [base64.b64encode(data).decode() for data in given]
    several[1] = f"data:image/png;base64,{several[1]}"
    assert refusal(ask(client, alice, init_images=several))[1].startswith("init_images[1]: ")
    more = ["controlnet", "module:reference_only"]
    Backend.objects.update(offers=[*house.backend.offers, *more])
    body = drawn(house, ask(client, alice, init_images=several))
    assert body["records"][0]["type"] == "i2i"
    request = Task.objects.get().image_request
    assert [unit.module for unit in request.controlnet] == ["reference_only"] * 2
    kept = [storage.open_stored(image.stored) for image in request.inputs.values()]
    assert kept == given


def test_several_addresses_are_fetched_by_a_worker(
    house: House, alice: Person, client: Client, settings: LazySettings
) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    more = ["controlnet", "module:reference_only"]
    Backend.objects.update(offers=[*house.backend.offers, *more])
    urls = [f"http://127.0.0.1:9/{name}.png" for name in "ab"]
    assert isinstance(ask(client, alice, init_images=urls), Later)
    named = dict(zip(("init.image", "controlnet.0.image"), urls, strict=True))
    assert Task.objects.get().image_request.addresses == named
    inside = ask(client, alice, init_images=[base64_picture(), "http://10.0.0.1/inside.png"])
    assert refusal(inside)[1].startswith("init_images[1]: ")
    assert not stored()


def test_only_id_and_prompt_must_be_there(house: House, alice: Person, client: Client) -> None:
    sent = {"id": alice.user.pk, "prompt": "a fox"}
    answer = client.post("/txt2img", sent, **TYPED, headers=alice.headers)
    assert isinstance(answer, Later)
    request = Task.objects.get().image_request
    assert (request.width, request.steps, request.images) == (512, 20, 1)


@pytest.mark.parametrize("seed, number", [("42", 42), (42, 42), ("a b", zlib.crc32(b"a b"))])
def test_seeds_are_numbers_or_words(
    house: House, alice: Person, client: Client, seed: Any, number: int
) -> None:
    assert request_of(house, client, alice, seed=seed).seed == number


def test_words_as_seed_are_said(house: House, alice: Person, client: Client) -> None:
    answer = ask(client, alice, seed=SEED_ALONE["seed"])
    assert answer["X-Easel-Warnings"].startswith("seed:")


def test_an_upscaler_doubles(house: House, alice: Person, client: Client) -> None:
    hires = request_of(house, client, alice, hr_upscaler="ESRGAN_4x").hires
    assert hires and (hires.scale, hires.upscaler) == (2, "ESRGAN_4x")


def test_a_style_is_the_catalogs_or_words(house: House, alice: Person, client: Client) -> None:
    Style.objects.create(tenant=alice.tenant, name="ink", prompt="in ink")
    assert request_of(house, client, alice, style="ink").prompt == "a lighthouse at dusk, in ink"
    answer = ask(client, alice, style="in oil")
    assert Task.objects.latest("created_at").image_request.prompt == "a lighthouse at dusk, in oil"
    assert answer["X-Easel-Warnings"].startswith("style:")


# ── Records ──────────────────────────────────────────────────────────────────────────────────────


def test_the_history_has_the_golden_form(
    record: dict[str, Any], alice: Person, client: Client
) -> None:
    body = client.get(f"/t2ihistory/{alice.user.pk}", headers=alice.headers).json()
    assert body.keys() == load("sdtest", "sdtest.t2ihistory.response.json").keys()
    assert (body["records"], body["total"], body["type"]) == ([record], 1, "t2i")
    other = client.get(f"/i2ihistory/{alice.user.pk}", headers=alice.headers).json()
    assert (other["records"], other["total"], other["type"]) == ([], 0, "i2i")


def test_the_history_is_paged_newest_first(house: House, alice: Person, client: Client) -> None:
    names = [
        row["filename"]
        for _ in range(3)
        for row in drawn(house, ask(client, alice, batch_size=1))["records"]
    ]
    found = []
    for page in (1, 2, 3):
        where = f"/t2ihistory/{alice.user.pk}?page={page}&size=2"
        body = client.get(where, headers=alice.headers).json()
        assert body["total"] == 3
        found += [row["filename"] for row in body["records"]]
    assert found == names[::-1]


def test_other_doors_tasks_are_no_records(house: House, alice: Person, client: Client) -> None:
    house.draw(alice)
    house.work()
    body = client.get(f"/t2ihistory/{alice.user.pk}", headers=alice.headers).json()
    assert body["total"] == 0


def test_the_picture_comes_with_its_tag(
    record: dict[str, Any], alice: Person, client: Client
) -> None:
    whole = client.get(record["url"], headers=alice.headers)
    data = whole.getvalue()
    assert (whole.status_code, whole["Content-Type"]) == (200, "image/png")
    assert data.startswith(b"\x89PNG")
    again = client.get(record["url"], headers=alice.headers | {"If-None-Match": whole["ETag"]})
    assert again.status_code == 304
    part = client.get(record["url"], headers=alice.headers | {"Range": "bytes=8-15"})
    assert (part.status_code, part.getvalue()) == (206, data[8:16])


def test_a_caller_of_json_is_given_base64(
    record: dict[str, Any], alice: Person, client: Client
) -> None:
    headers = alice.headers | {"Accept": "application/json"}
    body = client.get(record["url"], headers=headers).json()
    assert base64.b64decode(body["data"]).startswith(b"\x89PNG")


def test_the_type_may_stand_in_the_name(
    record: dict[str, Any], alice: Person, client: Client
) -> None:
    where = f"/get_images/{alice.user.pk}/txt2img/t2i/{record['filename']}"
    assert status(client, alice, where) == 200


def test_the_arguments_have_the_golden_form(
    record: dict[str, Any], alice: Person, client: Client
) -> None:
    body = client.get(record["args_url"], headers=alice.headers).json()
    golden = load("sdtest", "sdtest.get_args.response.json")
    mine = {"id": str(alice.user.pk), "filename": record["filename"]}
    assert body == golden | mine | {"seed": body["seed"]}
    assert int(body["seed"]) == Output.objects.get().seed


def test_deleting_takes_all_that_is_kept(
    record: dict[str, Any], alice: Person, client: Client
) -> None:
    output = Output.objects.get()
    where = record["url"].replace("get_images", "delete")
    body = client.delete(where, headers=alice.headers).json()
    assert body == load("sdtest", "sdtest.delete.response.json")
    assert not Task.objects.exists()
    assert not any(default_storage.exists(name) for name in (output.file, output.thumbnail))
    for gone in (record["url"], record["args_url"]):
        assert status(client, alice, gone) == 404
    assert client.delete(where, headers=alice.headers).status_code == 404


def test_deleting_one_of_two_leaves_the_other(house: House, alice: Person, client: Client) -> None:
    one, two = drawn(house, ask(client, alice, batch_size=2))["records"]
    file = Output.objects.get(index=0).file
    client.delete(one["url"].replace("get_images", "delete"), headers=alice.headers)
    assert not default_storage.exists(file)
    assert status(client, alice, one["url"]) == 404
    assert status(client, alice, two["url"]) == 200


def test_a_name_without_directory_and_extension_deletes(
    record: dict[str, Any], alice: Person, client: Client
) -> None:
    name = record["filename"].partition("/")[2].partition(".")[0]
    where = f"/delete/{alice.user.pk}/t2i/{name}"
    assert client.delete(where, headers=alice.headers).json()["deleted"] == 1


def test_a_name_of_several_deletes_none(house: House, alice: Person, client: Client) -> None:
    rows = drawn(house, ask(client, alice, batch_size=2))["records"]
    name = rows[0]["filename"].partition("/")[2].partition("-")[0]
    answer = client.delete(f"/delete/{alice.user.pk}/t2i/{name}", headers=alice.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, 409)
    assert Output.objects.count() == 2


def test_a_key_may_act_for_a_member(
    house: House, alice: Person, bob: Person, client: Client
) -> None:
    alice.key.act_as_member = True
    alice.key.save()
    record = drawn(house, ask(client, alice, id=str(bob.user.pk)))["records"][0]
    assert Task.objects.get().user == bob.user
    assert status(client, bob, record["url"]) == 200
    # The same key's, but not her own.
    body = client.get(f"/t2ihistory/{alice.user.pk}", headers=alice.headers).json()
    assert body["total"] == 0


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────


def refusal(response: Any) -> tuple[int, str]:
    body = response.json()
    assert body["code"] == response.status_code
    return body["code"], body["msg"]


@pytest.mark.parametrize("path", ["/txt2img", "/img2img"])
def test_the_seed_examples_lack_what_is_required(alice: Person, client: Client, path: str) -> None:
    answer = client.post(path, SEED_ALONE, **TYPED, headers=alice.headers)
    assert refusal(answer) == (422, "id is required")


def test_a_strict_key_wants_the_whole_table(house: House, alice: Person, client: Client) -> None:
    alice.key.strict = True
    alice.key.save()
    assert refusal(ask(client, alice, style=None)) == (422, "style is required")
    assert refusal(ask(client, alice, seed="words"))[0] == 422
    assert isinstance(ask(client, alice), Later)


@pytest.mark.parametrize(
    "field, value",
    [
        ("width", 63),
        ("height", 4096),
        ("steps", 0),
        ("cfg_scale", 31),
        ("batch_size", 65),
        ("batch_size", 17),
        ("seed", str(2**64)),
        ("seed", "9" * 30),
        ("seed", [1]),
        ("init_images", "not base64!"),
        ("init_images", "aGVsbG8="),
        ("init_images", [base64_picture()] * 5),
        ("init_images[1]", [base64_picture(), "aGVsbG8="]),
        ("init_images[1]", [base64_picture(), "not base64!"]),
        ("init_images[1]", [base64_picture(), ""]),
        ("init_images", "http://8.8.8.8/" + "a" * 5000),
        ("prompt", None),
        ("prompt", 7),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    alice: Person, client: Client, field: str, value: Any
) -> None:
    status, message = refusal(ask(client, alice, **{field.partition("[")[0]: value}))
    assert status == 422 and message.startswith(field)
    assert not Task.objects.exists()
    assert not stored()


def test_an_unknown_upscaler_is_refused(house: House, alice: Person, client: Client) -> None:
    assert refusal(ask(client, alice, hr_upscaler="nobody's"))[1].startswith("hr_upscaler")


def test_img2img_needs_its_picture(alice: Person, client: Client) -> None:
    assert refusal(ask(client, alice, "/img2img")) == (422, "init_images is required")
    # The published one is the first eight bytes of a picture.
    golden = ask(client, alice, "/img2img", init_images=PICTURE["init_images"])
    assert refusal(golden)[1].startswith("init_images: the picture cannot be used")


def test_another_member_is_nobody(
    record: dict[str, Any], alice: Person, bob: Person, client: Client
) -> None:
    paths = [f"/t2ihistory/{alice.user.pk}", record["url"], record["args_url"]]
    for path in paths:
        assert refusal(client.get(path, headers=bob.headers)) == (404, "not found")
    where = record["url"].replace("get_images", "delete")
    assert refusal(client.delete(where, headers=bob.headers)) == (404, "not found")
    assert refusal(ask(client, bob, id=str(alice.user.pk))) == (404, "not found")
    assert refusal(ask(client, bob, id="user-1001")) == (404, "not found")


@pytest.mark.parametrize(
    "name", ["../x.png", "%2e%2e/%2e%2e/etc/passwd", "20200101/{task}-0.png", "{task}-0.jpg", "x"]
)
def test_no_name_leads_elsewhere(
    record: dict[str, Any], alice: Person, client: Client, name: str
) -> None:
    name = name.format(task=Task.objects.get().pk.hex)
    answer = client.get(f"/get_images/{alice.user.pk}/t2i/{name}", headers=alice.headers)
    assert refusal(answer) == (404, "not found")


@pytest.mark.parametrize("query", ["page=0", "size=201", "page=x", "size=-1"])
def test_no_such_page(alice: Person, client: Client, query: str) -> None:
    answer = client.get(f"/t2ihistory/{alice.user.pk}?{query}", headers=alice.headers)
    assert refusal(answer)[0] == 422


def test_a_blocked_picture_is_no_record(house: House, alice: Person, client: Client) -> None:
    answer = ask(client, alice)
    house.work()
    Output.objects.update(state=OutputState.DELETED)
    refused = answer.answer()
    assert (refused.status_code, json.loads(refused.content)["code"]) == (422, 422)


def test_a_failed_task_is_said(house: House, alice: Person, client: Client) -> None:
    house.server.add_fault("422")
    answer = ask(client, alice)
    house.work()
    assert answer.answer().status_code == 500


def test_a_stranger_is_refused(db: None, client: Client) -> None:
    assert refusal(client.post("/txt2img", {}, **TYPED))[0] == 401


# A busy machine is no fault of what is tested.
UNHURRIED = of_hypothesis(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@UNHURRIED
@given(
    st.dictionaries(
        st.sampled_from([*wire.REQUIRED, "init_images"]), _values | st.lists(_values, max_size=2)
    )
)
def test_any_body_is_read_or_refused_by_name(body: dict[str, Any]) -> None:
    try:
        asked = wire.drawing({"id": "1", "prompt": "x"} | body, needs_picture=False)
        request = asked.request({})
    except InvalidRequest as error:
        assert error.field
        assert wire.error_form(error)[0] == 422
    else:
        assert request.images == asked.drawing.batch_size


@UNHURRIED
@given(st.text(max_size=80))
def test_any_name_is_one_of_ours_or_not_found(name: str) -> None:
    try:
        found = wire.name_of(name, "t2i")
    except NotFound:
        return
    assert found.task.hex in name
