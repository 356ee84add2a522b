"""POST /AIGCImgOpenServ/saas/sd/v2/text2image and queryTaskInfo, as the contract says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import ledger
from generation import announce
from generation.dialects.saas import asking
from generation.models import Delivery, Task
from generation.request import ImageRequest
from generation.states import TaskState
from tests.generation.house import CHECKPOINT, House
from tests.people import CREDIT, Person
from tests.samples import load

SUBMIT = "/AIGCImgOpenServ/saas/sd/v2/text2image"
QUERY = "/AIGCImgOpenServ/saas/sd/v2/queryTaskInfo"
GOLDEN = ["saas.text2image.v2.request.json", "saas.text2image.v2.request.variant-guide.json"]


def body(**changes: Any) -> dict[str, Any]:
    scripts = {"sd_model_checkpoint": CHECKPOINT, "id_task": "pro1"}
    return {"prompt": "a cat", "batch_size": 1, "always_on_scripts": scripts} | changes


def post(client: Client, who: Person, url: str, sent: Any) -> Any:
    return client.post(
        url, sent, content_type="application/json;charset=UTF-8", headers=who.headers
    )


@pytest.fixture(autouse=True)
def public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden callback host resolves nowhere here."""
    monkeypatch.setattr("generation.egress.check_url", lambda url, **_: None)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_request_is_accepted(house: House, alice: Person, client: Client, name: str) -> None:
    answer = post(client, alice, SUBMIT, load("saas", name))
    assert answer.json() == load("saas", "saas.text2image.v2.response.json")
    request = Task.objects.get().image_request
    assert (request.seed, request.steps, request.cfg_scale) == (1221212, 25, 27)
    assert (request.width, request.height, request.clip_skip) == (768, 768, 2)
    assert request.sampler == "DPM++ 2M Karras"
    assert request.hires is None
    assert request.output_format == "jpg"


def test_the_result_has_the_golden_form(house: House, alice: Person, client: Client) -> None:
    post(client, alice, SUBMIT, body(seed="7"))
    house.work()
    answer = post(client, alice, QUERY, {"businessTaskId": "pro1"}).json()
    golden = load("saas", "saas.queryTaskInfo.response.json")
    assert answer["data"].keys() == golden["data"].keys()
    (picture,) = answer["data"]["differentialImageRspList"]
    (expected,) = golden["data"]["differentialImageRspList"]
    assert picture.keys() == expected.keys()
    assert (answer["code"], answer["data"]["status"], picture["seed"]) == ("200", 2, 7)
    assert picture["img_audit"] == [{"confidence": None, "label": "nonLabel"}]
    assert client.get(picture["image_url"]).getvalue().startswith(b"\xff\xd8")


def test_queued_has_the_golden_form(house: House, alice: Person, client: Client) -> None:
    post(client, alice, SUBMIT, body())
    answer = post(client, alice, QUERY, {"businessTaskId": "pro1"}).json()
    golden = load("saas", "saas.queryTaskInfo.queued.response.json")
    golden["data"]["id_task"] = "pro1"
    assert answer == golden


@pytest.mark.parametrize("name", ["businessTaskId", "id_task", "task_id", "taskId"])
def test_a_query_by_any_name_of_the_id(
    house: House, alice: Person, client: Client, name: str
) -> None:
    post(client, alice, SUBMIT, body())
    assert post(client, alice, QUERY, {name: "pro1"}).json()["data"]["status"] == 3


def test_both_spellings_and_the_top_level(house: House, alice: Person, client: Client) -> None:
    sent = body(sd_model_checkpoint=CHECKPOINT, alwayson_scripts={"id_task": "pro9"})
    del sent["always_on_scripts"]
    assert post(client, alice, SUBMIT, sent).json()["data"] == {"task_id": "pro9"}


def test_a_number_of_pictures_with_seeds_in_a_row(
    house: House, alice: Person, client: Client
) -> None:
    post(client, alice, SUBMIT, body(n_iter=2, batch_size=2, seed=10))
    house.work()
    rows = post(client, alice, QUERY, {"businessTaskId": "pro1"}).json()["data"]
    assert [row["seed"] for row in rows["differentialImageRspList"]] == [10, 11, 12, 13]


def test_every_coercion_is_reported(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice, SUBMIT, body(steps="9", width=515, restore_faces="false"))
    assert answer.json()["code"] == "200"
    warnings = answer["X-Easel-Warnings"]
    for name in ("steps", "width", "restore_faces", "sampler_index"):
        assert name in warnings


def test_a_strict_key_coerces_nothing(house: House, alice: Person, client: Client) -> None:
    alice.key.strict = True
    alice.key.save()
    answer = post(client, alice, SUBMIT, body(width=515))
    assert answer.json()["code"] == "400"
    assert "width" in answer.json()["msg"]


def test_a_finished_id_may_be_used_again(house: House, alice: Person, client: Client) -> None:
    for _ in range(2):
        post(client, alice, SUBMIT, body())
        house.work()
    assert Task.objects.filter(client_id="pro1").count() == 2


def test_last_month_is_archived(house: House, alice: Person, client: Client) -> None:
    post(client, alice, SUBMIT, body())
    house.work()
    Task.objects.update(created_at=timezone.now() - timedelta(days=40))
    assert post(client, alice, QUERY, {"businessTaskId": "pro1"}).json()["code"] == "400"


def test_a_callback_is_due_when_the_task_ends(house: House, alice: Person, client: Client) -> None:
    post(client, alice, SUBMIT, body(callbackUrl="https://callback.example.com/x"))
    assert not Delivery.objects.exists()
    house.work()
    delivery = Delivery.objects.get()
    announce.render(delivery.pk)
    delivery.refresh_from_db()
    golden = load("saas", "saas.callback.sd.request.json")
    assert delivery.body["data"].keys() == golden["data"].keys()
    assert delivery.body["data"]["businessTaskId"] == "pro1"


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"steps": 0}, "steps"),
        ({"steps": 10_000}, "steps"),
        ({"steps": "many"}, "steps"),
        ({"steps": True}, "steps"),
        ({"width": 1032}, "width"),
        ({"height": 0}, "height"),
        ({"seed": "abc"}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"cfg_scale": 31}, "cfg_scale"),
        ({"sampler_index": "Wishful"}, "sampler_index"),
        ({"denoising_strength": 1.5}, "denoising_strength"),
        ({"n_iter": 17}, "n_iter"),
        ({"hr_resize_x": 2056}, "hr_resize_x"),
        ({"restore_faces": "perhaps"}, "restore_faces"),
        ({"always_on_scripts": "x"}, "always_on_scripts"),
        ({"always_on_scripts": None}, "always_on_scripts"),
        ({"always_on_scripts": {"id_task": "p"}}, "sd_model_checkpoint"),
        ({"always_on_scripts": {"sd_model_checkpoint": CHECKPOINT}}, "id_task"),
        ({"always_on_scripts": {"sd_model_checkpoint": "x.ckpt", "id_task": "p"}}, "sd_model"),
        ({"enable_hr": True, "hr_upscaler": "Wishful"}, "hr_upscaler"),
        ({"ADetailer": {"args": [{"ad_confidence": 2}]}}, "ad_confidence"),
        ({"ADetailer": {"args": "x"}}, "ADetailer"),
    ],
)
def test_a_wrong_field_is_named(
    house: House, alice: Person, client: Client, changes: dict[str, Any], named: str
) -> None:
    answer = post(client, alice, SUBMIT, body(**changes))
    said = answer.json()
    assert (answer.status_code, said["code"], said["data"]) == (200, "400", None)
    assert named in said["msg"]
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


@pytest.mark.parametrize("raw", ["", "[]", "{", "null", '{"a":NaN}', "[" * 5000])
def test_what_is_no_object_is_refused(
    house: House, alice: Person, client: Client, raw: str
) -> None:
    assert post(client, alice, SUBMIT, raw).json()["code"] == "400"


def test_no_credit_says_balance_and_price(house: House, alice: Person, client: Client) -> None:
    ledger.adjust(alice.tenant.pk, -CREDIT, "gone")
    said = post(client, alice, SUBMIT, body()).json()
    assert said["code"] == "400"
    assert "balance is 0" in said["msg"] and "price is 1" in said["msg"]


def test_another_body_under_a_busy_id(house: House, alice: Person, client: Client) -> None:
    post(client, alice, SUBMIT, body())
    said = post(client, alice, SUBMIT, body(prompt="another")).json()
    assert said["code"] == "400"
    assert "id_task" in said["msg"]


def test_wrong_secret(house: House, alice: Person, client: Client) -> None:
    headers = alice.headers | {"X-Request-req-accessKeySecret": "wrong"}
    answer = client.post(SUBMIT, body(), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "401")


def test_another_tenants_id_is_as_one_that_never_was(
    house: House, alice: Person, charlie: Person, client: Client
) -> None:
    post(client, alice, SUBMIT, body())
    server_id = str(Task.objects.get().pk)
    never = post(client, charlie, QUERY, {"businessTaskId": "never"}).content
    assert post(client, charlie, QUERY, {"businessTaskId": "pro1"}).content == never
    assert post(client, charlie, QUERY, {"businessTaskId": server_id}).content == never
    assert post(client, alice, QUERY, {"businessTaskId": server_id}).json()["code"] == "200"


def test_get_is_not_allowed(alice: Person, client: Client) -> None:
    assert client.get(SUBMIT, headers=alice.headers).status_code == 405


def test_failed_is_status_0(house: House, alice: Person, client: Client) -> None:
    post(client, alice, SUBMIT, body())
    Task.objects.update(
        state=TaskState.FAILED, finished_at=timezone.now(), error_code="out_of_memory"
    )
    data = post(client, alice, QUERY, {"businessTaskId": "pro1"}).json()["data"]
    assert (data["status"], data["errorCode"]) == (0, 3003)


def test_the_adetailer_unit_is_carried_over() -> None:
    unit = {"ad_model": "face_yolov8n.pt", "ad_use_steps": True, "ad_steps": 9, "ad_x_offset": 3}
    asked = asking.asked(body(ADetailer={"args": [unit]}), "text2image", default_format="jpg")
    (found,) = asked.request.adetailer
    assert (found.model, found.steps, found.x_offset, found.cfg_scale) == (
        "face_yolov8n.pt", 9, 3, None,
    )  # fmt: skip
    assert ImageRequest.model_validate_json(asked.request.model_dump_json()) == asked.request
