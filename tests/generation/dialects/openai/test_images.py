"""/v1/images/…: what is asked of the core, what is answered, and what is refused by name."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st
from PIL import Image

from catalog.models import Style
from generation import storage, uploads
from generation.cancel import cancel
from generation.dialects import patience
from generation.dialects.openai import answers, wire
from generation.errors import InvalidRequest
from generation.models import Backend, Output, Task
from generation.states import OutputState
from generation.stream import Later, Waiting
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encode, picture
from tests.people import Person

GENERATE, EDIT, VARY = "/v1/images/generations", "/v1/images/edits", "/v1/images/variations"


def post(client: Client, who: Person, **body: Any) -> Any:
    asked = {"prompt": "a red apple", "model": CHECKPOINT} | body
    return client.post(GENERATE, asked, content_type="application/json", headers=who.headers)


def send(client: Client, who: Person, url: str = EDIT, **form: Any) -> Any:
    return client.post(url, {"prompt": "a hat"} | form, headers=who.headers)


def file(image: Image.Image | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("in.png", encode(image or picture()), "image/png")


def drawn(house: House, response: Any) -> dict[str, Any]:
    """The answer of a call that waits, once its task is done."""
    assert isinstance(response, Later), response.content
    house.work()
    found: dict[str, Any] = json.loads(response.answer().content)
    return found


def refusal(response: Any, status: int = 400) -> tuple[str, str]:
    assert response.status_code == status, response.content
    error = response.json()["error"]
    return error["param"], error["code"]


def with_a_hole(size: tuple[int, int] = (96, 64)) -> Image.Image:
    image = picture(*size, mode="RGBA")
    image.putalpha(Image.linear_gradient("L").resize(size))
    return image


def test_the_words_reach_the_core(house: House, alice: Person, client: Client) -> None:
    post(
        client, alice, n=3, size="640x512", quality="high", output_format="jpeg", seed=7,
        negative_prompt="rain", user="me",
    )  # fmt: skip
    request = Task.objects.get().image_request
    assert (request.images, request.width, request.height) == (3, 640, 512)
    assert (request.steps, request.output_format, request.seed) == (40, "jpg", 7)
    assert request.negative_prompt == "rain"


def test_the_answer_has_the_published_form(house: House, alice: Person, client: Client) -> None:
    body = drawn(house, post(client, alice, size="auto"))
    assert (body["size"], body["quality"], body["output_format"]) == ("512x512", "medium", "png")
    (image,) = body["data"]
    assert image["url"].startswith("http://testserver/files/") and image["b64_json"]
    spent = Task.objects.get().spent
    assert body["usage"]["total_tokens"] == body["usage"]["output_tokens"] == spent


def test_a_size_is_rounded_and_said(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice, size="515x512")
    assert Task.objects.get().image_request.width == 512
    assert "512x512" in answer["X-Easel-Warnings"]


def test_their_model_names_are_the_default(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice, model="gpt-image-1")
    assert isinstance(answer, Later)
    assert "gpt-image-1" in answer["X-Easel-Warnings"]


def test_a_style_is_the_catalogs(house: House, alice: Person, client: Client) -> None:
    Style.objects.create(tenant=alice.tenant, name="ink", prompt="in ink")
    post(client, alice, style="ink")
    assert Task.objects.get().image_request.prompt.endswith(", in ink")
    assert refusal(post(client, alice, style="vivid")) == ("style", "invalid_value")


def test_the_transparent_part_of_a_mask_is_edited(
    house: House, alice: Person, client: Client
) -> None:
    send(client, alice, image=file(), mask=file(with_a_hole()))
    request = Task.objects.get().image_request
    assert request.init and request.mask
    assert (request.width, request.height) == (96, 64)
    hole = storage.open_stored(request.mask.image.stored)
    with Image.open(BytesIO(hole)) as mask:
        # Transparent at the top, opaque at the bottom: white where it is to be painted.
        top, bottom = mask.getpixel((5, 0)), mask.getpixel((5, 63))
    assert top > 250 and bottom < 5


def test_without_a_mask_the_pictures_own_hole_is(
    house: House, alice: Person, client: Client
) -> None:
    send(client, alice, **{"image[]": file(with_a_hole())})
    assert Task.objects.get().image_request.mask is not None


def test_a_whole_picture_is_edited_everywhere(house: House, alice: Person, client: Client) -> None:
    send(client, alice, image=file(), n="2", stream="false")
    request = Task.objects.get().image_request
    assert (request.images, request.mask) == (2, None)


def test_a_variation_needs_no_prompt(house: House, alice: Person, client: Client) -> None:
    answer = client.post(VARY, {"image": file()}, headers=alice.headers)
    assert len(drawn(house, answer)["data"]) == 1
    assert Task.objects.get().image_request.init is not None


def test_a_stream_ends_with_the_picture(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice, stream=True)
    house.work()
    assert isinstance(answer, Waiting)
    (event,) = answer.collect()
    assert event.startswith(b"event: image_generation.completed\n")


def test_an_edits_events_have_its_name(house: House, alice: Person, client: Client) -> None:
    answer = send(client, alice, image=file(), stream="true", n="2")
    house.work()
    events = [event.partition(b"\n")[0] for event in answer.collect()]
    assert events == [b"event: image_edit.completed"] * 2


def test_the_same_key_draws_once(house: House, alice: Person, client: Client) -> None:
    headers = alice.headers | {"Idempotency-Key": "k1"}
    for _ in range(2):
        image = file()
        client.post(EDIT, {"prompt": "a hat", "image": image}, headers=headers)
    assert Task.objects.count() == 1
    (day,) = storage.input_days()
    assert storage.clear_input_day(day, limit=9) == 1


def test_what_the_audit_withheld_is_no_picture(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice, n=2)
    house.work()
    Output.objects.filter(index=0).update(state=OutputState.DELETED)
    assert len(json.loads(answer.answer().content)["data"]) == 1
    Output.objects.update(state=OutputState.DELETED)
    refused = answer.answer()
    assert (refused.status_code, json.loads(refused.content)["error"]["code"]) == (
        400, "moderation_blocked",
    )  # fmt: skip


def test_a_cancelled_task_is_said(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice)
    cancel(alice.actor, Task.objects.get().pk)
    assert answer.answer().status_code == 409


def test_nobody_waits_for_ever(
    house: House, alice: Person, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.0)
    assert post(client, alice).answer().status_code == 504
    assert Task.objects.get().state == "cancelled"


def test_models_are_what_the_servers_have(house: House, alice: Person, client: Client) -> None:
    body = client.get("/v1/models", headers=alice.headers).json()
    assert body["object"] == "list"
    assert CHECKPOINT in [row["id"] for row in body["data"]]
    one = client.get(f"/v1/models/{CHECKPOINT}", headers=alice.headers)
    assert one.json() in body["data"]


def test_a_key_sees_the_models_that_it_may_use(house: House, alice: Person, client: Client) -> None:
    alice.key.checkpoints = [CHECKPOINT]
    alice.key.save()
    rows = client.get("/v1/models", headers=alice.headers).json()["data"]
    assert [row["id"] for row in rows] == [CHECKPOINT]
    other = client.get("/v1/models/fake-v2.safetensors", headers=alice.headers)
    assert refusal(other, 404) == ("model", "model_not_found")


@pytest.mark.parametrize(
    "field, value, code",
    [
        ("background", "transparent", "invalid_value"),
        ("output_compression", 50, "invalid_value"),
        ("moderation", "low", "invalid_value"),
        ("partial_images", 2, "invalid_value"),
        ("partial_images", 4, "invalid_value"),
        ("n", 11, "invalid_value"),
        ("n", "many", "invalid_value"),
        ("size", "huge", "invalid_value"),
        ("size", "4096x512", "invalid_value"),
        ("prompt", "", "invalid_value"),
        ("prompt", None, "missing_required_parameter"),
        ("quality", "best", "invalid_value"),
        ("output_format", "gif", "invalid_value"),
        ("frame_count", 3, "invalid_value"),
        ("frame_duration_ms", 200, "invalid_value"),
        ("complexity", "low", "invalid_value"),
        ("svg", {"model": "x"}, "invalid_value"),
        ("output_format", "svg", "invalid_value"),
        ("sharpness", 3, "unknown_parameter"),
        ("seed", -1, "invalid_value"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    alice: Person, client: Client, field: str, value: Any, code: str
) -> None:
    assert refusal(post(client, alice, **{field: value})) == (field, code)
    assert not Task.objects.exists()


def test_unknown_models_are_not_found(house: House, alice: Person, client: Client) -> None:
    assert refusal(post(client, alice, model="nobody's"), 404) == ("model", "model_not_found")
    answer = client.get("/v1/models/nobody's", headers=alice.headers)
    assert refusal(answer, 404) == ("model", "model_not_found")


def test_edits_are_refused_where_no_server_can(house: House, alice: Person, client: Client) -> None:
    offers = [word for word in house.backend.offers if word not in ("img2img", "inpaint")]
    Backend.objects.update(offers=offers)
    assert refusal(send(client, alice, image=file())) == ("image", "not_available")
    masked = send(client, alice, image=file(), mask=file(with_a_hole()))
    assert refusal(masked) == ("mask", "not_available")
    assert not storage.input_days() or not storage.clear_input_day(storage.input_days()[0], limit=9)


@pytest.mark.parametrize(
    "form, field",
    [
        ({}, "image"),
        ({"image": "http://example.com/a.png"}, "image"),
        ({"image": SimpleUploadedFile("a.png", b"no picture")}, "image"),
        ({"image": [file() for _ in range(5)]}, "image[4]"),
        ({"image": file(), "markup": file()}, "markup"),
        ({"image": file(), "svg[model]": "x"}, "svg"),
        ({"image": file(), "moderation": "low"}, "moderation"),
        ({"image": file(), "mask": file()}, "mask"),
        ({"image": file(), "mask": file(with_a_hole((64, 64)))}, "mask"),
        ({"image": file(), "input_fidelity": "high"}, "input_fidelity"),
        ({"image": file(), "n": "0"}, "n"),
        ({"image": file(), "svg": file()}, "svg"),
    ],
)
def test_a_bad_form_is_refused_by_name(
    alice: Person, client: Client, form: dict[str, Any], field: str
) -> None:
    for each in form.values():
        for one in each if isinstance(each, list) else [each]:  # a file is read once
            if not isinstance(one, str):
                one.seek(0)
    assert refusal(send(client, alice, **form))[0] == field
    assert not Task.objects.exists()


def test_further_pictures_lead_as_references(house: House, alice: Person, client: Client) -> None:
    two = send(client, alice, image=[file(), file()])
    assert refusal(two) == ("image[1]", "not_available")
    more = ["controlnet", "module:reference_only"]
    Backend.objects.update(offers=[*house.backend.offers, *more])
    send(client, alice, **{"image[]": [file(), file(), file()]})
    task = Task.objects.get()
    units = task.image_request.controlnet
    assert [(unit.module, unit.model) for unit in units] == [("reference_only", "None")] * 2
    assert {"controlnet", "module:reference_only"} <= set(task.needs)
    assert len({ref.stored for ref in task.image_request.inputs.values()}) == 3


def data_uri(image: Image.Image | None = None) -> str:
    return f"data:image/png;base64,{base64.b64encode(encode(image or picture())).decode()}"


def send_json(client: Client, who: Person, **body: Any) -> Any:
    asked = {"prompt": "a hat"} | body
    return client.post(EDIT, asked, content_type="application/json", headers=who.headers)


def test_json_names_its_pictures(house: House, alice: Person, client: Client) -> None:
    upload = uploads.keep(alice.actor, encode(with_a_hole()))
    mask = {"image_url": data_uri(with_a_hole())}
    body = drawn(
        house, send_json(client, alice, images=[{"file_id": str(upload.pk)}], mask=mask, user="me")
    )
    assert body["size"] == "96x64" and body["safety_identifier"] == "me"
    request = Task.objects.get().image_request
    assert request.init and request.mask and request.mask.image.stored


def test_a_picture_elsewhere_is_fetched_by_a_worker(
    house: House, alice: Person, client: Client, settings: LazySettings
) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    where = "http://127.0.0.1:9/"
    mask = {"image_url": f"{where}mask.png"}
    send_json(client, alice, images=[{"image_url": f"{where}a.png"}], mask=mask)
    task = Task.objects.get()
    assert task.state == "uploading"
    assert task.image_request.addresses == {
        "init.image": f"{where}a.png", "mask.image": f"{where}mask.png",
    }  # fmt: skip
    assert task.image_request.mask and task.image_request.mask.by_alpha


INSIDE = {"image_url": "http://169.254.169.254/a.png"}


@pytest.mark.parametrize(
    "body, refused",
    [
        ({}, ("images[0]", "missing_required_parameter")),
        ({"images": []}, ("images[0]", "missing_required_parameter")),
        ({"images": [{}]}, ("images[0]", "invalid_value")),
        ({"images": [{"file_id": "x", "image_url": "y"}]}, ("images[0]", "invalid_value")),
        ({"images": [{"image_url": "no base64!"}]}, ("images[0].image_url", "invalid_value")),
        ({"images": [INSIDE]}, ("image", "egress_refused")),
        ({"images": [{"url": "x"}]}, ("images.0.url", "unknown_parameter")),
        ({"images": [INSIDE], "mask": INSIDE}, ("mask", "invalid_value")),
        ({"images": [INSIDE] * 5}, ("images[4]", "invalid_value")),
    ],
)
def test_bad_json_is_refused_by_name(
    house: House, alice: Person, client: Client, body: dict[str, Any], refused: tuple[str, str]
) -> None:
    assert refusal(send_json(client, alice, **body)) == refused
    assert not Task.objects.exists()


def test_anothers_upload_is_not_found(
    house: House, alice: Person, charlie: Person, client: Client
) -> None:
    upload = uploads.keep(charlie.actor, encode(picture()))
    answer = send_json(client, alice, images=[{"file_id": str(upload.pk)}])
    assert refusal(answer, 404) == ("images[0].file_id", "not_found")


def test_a_full_queue_says_when_to_come_again(house: House, alice: Person, client: Client) -> None:
    alice.tenant.max_queued = 1
    alice.tenant.save()
    post(client, alice)
    answer = post(client, alice)
    assert refusal(answer, 429)[1] == "rate_limit_exceeded"
    assert int(answer["Retry-After"]) >= 1


def test_a_stranger_is_told_in_their_form(db: None, client: Client) -> None:
    answer = client.post(GENERATE, {}, content_type="application/json")
    assert refusal(answer, 401) == (None, "invalid_api_key")


# A busy machine is no fault of what is tested.
UNHURRIED = of_hypothesis(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_names = st.sampled_from([*wire.Generation.model_fields, "sharpness"])


@UNHURRIED
@given(st.dictionaries(_names, _values | st.lists(_values, max_size=2)))
def test_any_body_is_read_or_refused_by_name(body: dict[str, Any]) -> None:
    try:
        asked = wire.generation(body)
    except InvalidRequest as error:
        assert error.field
        assert answers.error_form(error)[0] == 400
    else:
        assert asked.request(asked.size or (512, 512)).images == asked.form.n
