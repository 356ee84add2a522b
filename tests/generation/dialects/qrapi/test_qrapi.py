from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from PIL import Image

from catalog import access as catalog
from catalog.models import Lora, Style
from generation.models import Output, Task
from generation.qr import reading
from generation.request import LoraUse
from tests.generation.house import House
from tests.generation.qr.second_reader import texts_after_harm
from tests.people import Person
from tests.samples import load

GENERATE = "/QRapi/api/v1/QRcode/generate"
STATUS = "/QRapi/api/v1/QRcode/queue-status"
SAMPLERS = {
    "euler": "Euler a",
    "fast": "DPM fast",
    "clear": "DPM++ 2M Karras",
    "hard": "DPM++ SDE Karras",
    "csextra": "DPM++ 2S a Karras",
    "": "Euler a",
}


def generate(client: Client, who: Person, sent: Any, **how: Any) -> Any:
    how = {"content_type": "application/json"} | how
    return client.post(GENERATE, sent, headers={"Authorization": who.jwt}, **how)


def test_golden_request_runs(house: House, alice: Person, client: Client) -> None:
    answer = generate(client, alice, load("qrapi", "qrapi.generate.upload_txt.request.json")).json()
    golden = load("qrapi", "qrapi.generate.accepted.response.json")
    assert answer["data"].keys() == golden["data"].keys()
    assert (answer["code"], answer["message"], answer["data"]["status"]) == (200, "成功", "queued")
    assert Task.objects.get().image_request.sampler == "Euler a"
    house.work()
    done = client.get(STATUS, {"id": answer["data"]["id"]}).json()
    expected = load("qrapi", "qrapi.queue-status.done.response.json")
    assert done["data"].keys() == expected["data"].keys()
    assert (done["data"]["status"], done["data"]["progress"]) == ("done", 1)
    assert client.get(done["data"]["images"][0]).getvalue().startswith(b"\x89PNG")


def as_form(client: Client, who: Person, sent: dict[str, str]) -> Any:
    """multipart/form-data."""
    return client.post(GENERATE, sent, headers={"Authorization": who.jwt})


def test_a_form_body(house: House, alice: Person, client: Client) -> None:
    sent = "type=upload_txt&prompt=%E7%8C%AB&lora="
    how = {"content_type": "application/x-www-form-urlencoded"}
    assert generate(client, alice, sent, **how).json()["code"] == 200
    assert Task.objects.get().image_request.prompt == "猫"


def test_a_multipart_body(house: House, alice: Person, client: Client) -> None:
    answer = as_form(client, alice, {"type": "upload_txt", "prompt": "猫", "steps": "4"})
    assert answer.json()["code"] == 200
    assert Task.objects.get().image_request.steps == 4


def test_a_json_body_whatever_its_type_says(house: House, alice: Person, client: Client) -> None:
    how = {"content_type": "text/plain"}
    sent = '{"type": "UPLOAD_TXT", "prompt": "猫"}'
    assert generate(client, alice, sent, **how).json()["code"] == 200


def test_a_remark_is_said_back(house: House, alice: Person, client: Client) -> None:
    sent = {"type": "upload_txt", "prompt": "x", "str_message": "order 17"}
    assert generate(client, alice, sent).json()["data"]["str_message"] == "order 17"


def test_running_has_the_published_form(house: House, alice: Person, client: Client) -> None:
    task_id = generate(client, alice, {"type": "upload_txt", "prompt": "x"}).json()["id"]
    house.claim()
    Task.objects.update(state="running", started_at=timezone.now())
    golden = load("qrapi", "qrapi.queue-status.running.response.json")
    shown = client.get(STATUS, {"id": task_id}).json()
    assert shown["data"].keys() == golden["data"].keys()
    assert shown["data"] == golden["data"] | {"id": task_id, "progress": 0}


# ── Hanfu ────────────────────────────────────────────────────────────────────────────────────
def test_hanfu_is_in_the_prompt(house: House, alice: Person, client: Client) -> None:
    sent = load("qrapi", "qrapi.generate.upload_cloth.request.json")
    assert generate(client, alice, sent).json()["code"] == 200
    asked = Task.objects.get().image_request
    assert asked.prompt.startswith("汉服少女立于竹林, wearing hanfu")
    assert (asked.sampler, asked.width, asked.height) == ("DPM++ SDE Karras", 512, 768)
    assert "modern clothing" in asked.negative_prompt


def test_an_operator_words_hanfu_his_way(house: House, alice: Person, client: Client) -> None:
    Style.objects.filter(name="hanfu").update(prompt="{prompt}, 明制汉服")
    catalog.invalidate()
    generate(client, alice, {"type": "upload_cloth", "prompt": "少女"})
    assert Task.objects.get().image_request.prompt == "少女, 明制汉服"


# ── Codes ────────────────────────────────────────────────────────────────────────────────────
def test_golden_code_runs(
    house: House, alice: Person, client: Client, settings: LazySettings
) -> None:
    settings.EASEL_QR_FETCH = False
    sent = load("qrapi", "qrapi.generate.upload_file.request.json")
    answer = generate(client, alice, sent).json()
    golden = load("qrapi", "qrapi.generate.accepted.response.json")
    assert answer["data"].keys() == golden["data"].keys()
    task = Task.objects.get()
    asked = task.image_request
    assert asked.qr
    assert (asked.qr.content, asked.qr.style) == ("https://example.com/landing", "default")
    assert (asked.prompt, asked.width) == ("a garden with flowers and trees on a sunny day", 656)
    assert asked.sampler == "DPM++ 2M Karras"


def test_an_address_is_looked_at_first(house: House, alice: Person, client: Client) -> None:
    answer = generate(client, alice, {"type": "upload_file", "url": "https://example.com/a"})
    assert Task.objects.get().state == "uploading"
    shown = client.get(STATUS, {"id": answer.json()["id"]}).json()
    assert (shown["data"]["status"], shown["data"]["position"]) == ("queued", 0)


def test_a_style_brings_its_checkpoint(sketch_house: House, alice: Person, client: Client) -> None:
    sent = {"type": "upload_file", "str_message": "x", "modelType": "ink"}
    generate(client, alice, sent)
    asked = Task.objects.get().image_request
    assert asked.checkpoint == "sketch-ink"
    assert asked.qr
    assert asked.qr.model == "control_v1p_sd15_qrcode"


def test_a_code_that_scans(sketch_house: House, alice: Person, client: Client) -> None:
    content = "https://example.com/扫一扫?n=1"
    sent = {"type": "upload_file", "str_message": content, "prompt": "two cats", "steps": 4}
    task_id = generate(client, alice, sent).json()["id"]
    sketch_house.work()
    data = client.get(STATUS, {"id": task_id}).json()["data"]
    assert (data["status"], len(data["images"])) == ("done", 1)
    picture = client.get(data["images"][0]).getvalue()
    assert reading.read(Image.open(io.BytesIO(picture))) == [content]
    assert texts_after_harm(picture) == [content] * 4
    assert Output.objects.get().qr["is_art"]


def test_each_model_name_runs(house: House, alice: Person, client: Client) -> None:
    for name in ("animec", "real", "cartoon", "guofeng", "lux", "animedark", "rockcolor"):
        sent = {"type": "upload_txt", "prompt": "x", "sdmodelcheckpoint": name}
        assert generate(client, alice, sent).json()["code"] == 200, name


def test_each_sampler_nickname(house: House, alice: Person, client: Client) -> None:
    for nickname, sampler in SAMPLERS.items():
        sent = {"type": "upload_txt", "prompt": "x", "sampler_name": nickname}
        task_id = generate(client, alice, sent).json()["id"]
        assert Task.objects.get(pk=task_id).image_request.sampler == sampler


def test_a_lora_is_looked_up(house: House, alice: Person, client: Client) -> None:
    Lora.objects.create(name="soft")
    house.backend.offers += ["lora:soft"]
    house.backend.save()
    catalog.invalidate()
    generate(client, alice, {"type": "upload_txt", "prompt": "x", "lora": "Soft:0.5"})
    assert Task.objects.get().image_request.loras == (LoraUse(name="soft", weight=0.5),)


def test_a_result_is_kept_five_minutes(house: House, alice: Person, client: Client) -> None:
    task_id = generate(client, alice, {"type": "upload_txt", "prompt": "x"}).json()["id"]
    house.work()
    Task.objects.update(finished_at=timezone.now() - timedelta(minutes=5, seconds=1))
    golden = load("qrapi", "qrapi.queue-status.expired.response.json")
    assert client.get(STATUS, {"id": task_id}).json().items() >= golden.items()


def test_temporary_token(client: Client, settings: LazySettings, alice: Person) -> None:
    settings.EASEL_TEST_KEY = ""
    assert client.get("/test", {"key": "k"}).status_code == 404


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_a_task_of_another_tenant_is_as_unknown_as_none(
    house: House, alice: Person, client: Client
) -> None:
    never = client.get(STATUS, {"id": "0" * 32})
    assert (never.status_code, never.json()["code"]) == (200, 404)
    assert client.get(STATUS).content == never.content
    assert client.get(STATUS, {"id": "not an id"}).content == never.content


def test_a_bad_token_is_not_passed_over(house: House, alice: Person, client: Client) -> None:
    task_id = generate(client, alice, {"type": "upload_txt", "prompt": "x"}).json()["id"]
    answer = client.get(STATUS, {"id": task_id}, headers={"Authorization": "x.y.z"})
    assert (answer.status_code, answer.json()["code"]) == (401, 401)


def test_no_token(house: House, client: Client) -> None:
    answer = client.post(GENERATE, {"type": "upload_txt"}, content_type="application/json")
    golden = load("qrapi", "qrapi.unauthorized.response.json")
    assert answer.status_code == 401
    assert answer.json().items() >= golden.items()


def test_an_unknown_name_is_refused_by_its_field(
    house: House, alice: Person, client: Client
) -> None:
    drawn = {"type": "upload_txt", "prompt": "x"}
    for sent, named in (
        ({}, "type is required"),
        (drawn | {"sdmodelcheckpoint": "nope"}, "sdmodelcheckpoint"),
        (drawn | {"model": "nope"}, "model: "),
        (drawn | {"sampler_name": "nope"}, "sampler_name"),
        (drawn | {"lora": "nope"}, "lora"),
        ({"type": "upload_file", "url": "u", "model": "nope"}, "model: "),
    ):
        answer = generate(client, alice, sent)
        assert (answer.status_code, answer.json()["code"]) == (200, 400)
        assert named in answer.json()["message"]
        assert answer.json()["data"] is None
    assert not Task.objects.exists()


def test_a_foreign_token_finds_nothing(
    house: House, alice: Person, charlie: Person, client: Client
) -> None:
    task_id = generate(client, alice, {"type": "upload_txt", "prompt": "x"}).json()["id"]
    never = client.get(STATUS, {"id": "0" * 32}).content
    theirs = client.get(STATUS, {"id": task_id}, headers={"Authorization": charlie.jwt})
    assert theirs.content == never
    mine = client.get(STATUS, {"id": task_id}, headers={"Authorization": alice.jwt})
    assert mine.json()["data"]["status"] == "queued"
