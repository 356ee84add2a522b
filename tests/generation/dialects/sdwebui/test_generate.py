"""POST /sdapi/v1/txt2img and img2img: answered with the pictures, as WebUI answers."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from accounts import ledger
from generation import storage
from generation.models import Output, Task
from generation.states import OutputState, TaskState
from generation.stream import Later
from generation.wording import infotext
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encoded
from tests.people import CREDIT, Person
from tests.samples import load

TXT2IMG, IMG2IMG = "/sdapi/v1/txt2img", "/sdapi/v1/img2img"
PICTURE = base64.b64encode(encoded()).decode()


def body(**changes: Any) -> dict[str, Any]:
    return {"prompt": "a red apple", "steps": 4, "sampler_name": "Euler a"} | changes


def post(client: Client, who: Person, sent: Any, path: str = TXT2IMG) -> Any:
    return client.post(path, sent, content_type="application/json", headers=who.headers)


def paint(
    house: House, client: Client, who: Person, sent: dict[str, Any], path: str = TXT2IMG
) -> Any:
    """Posted, painted, answered."""
    response = post(client, who, sent, path)
    if not isinstance(response, Later):
        return response
    house.work()
    return response.answer()


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_the_picture_is_in_the_answer(house: House, alice: Person, client: Client) -> None:
    answer = made(paint(house, client, alice, body(seed=7)))
    (picture,) = answer["images"]
    data = base64.b64decode(picture, validate=True)
    assert data == storage.open_stored(Output.objects.get().file)
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.size) == ("PNG", (512, 512))
        text = infotext.parse(image.info["parameters"])
    assert text.prompt == "a red apple"
    assert text.parameters["Seed"] == "7"
    info = json.loads(answer["info"])
    assert (info["seed"], info["all_seeds"], info["prompt"]) == (7, [7], "a red apple")
    assert info["infotexts"] == [image.info["parameters"]]
    assert answer["parameters"]["seed"] == 7


@pytest.mark.parametrize("name", ["txt2img.request.json", "txt2img.filled.request.json"])
def test_golden_request(house: House, alice: Person, client: Client, name: str) -> None:
    sent = load("sdwebui", name)
    answer = made(paint(house, client, alice, sent))
    golden = load("sdwebui", "txt2img.filled.response.json")
    assert answer.keys() == golden.keys()
    assert json.loads(golden["info"]).keys() <= json.loads(answer["info"]).keys()
    assert golden["parameters"].keys() <= answer["parameters"].keys()
    request = Task.objects.get().image_request
    assert (request.steps, request.width, request.hires) == (30, 512, None)
    assert request.negative_prompt == sent["negative_prompt"]
    task_id = answer["parameters"]["task_id"]
    assert task_id == json.loads(answer["info"])["task_id"] == Task.objects.get().client_id
    assert task_id == (sent["task_id"] or task_id) != ""


def test_several_pictures(house: House, alice: Person, client: Client) -> None:
    answer = made(paint(house, client, alice, body(seed=5, batch_size=2, n_iter=2)))
    assert len(set(answer["images"])) == 4
    assert json.loads(answer["info"])["all_seeds"] == [5, 6, 7, 8]


def test_pictures_that_are_not_wanted(house: House, alice: Person, client: Client) -> None:
    assert made(paint(house, client, alice, body(send_images=False)))["images"] == []


def test_a_format_for_one_call(house: House, alice: Person, client: Client) -> None:
    sent = body(override_settings={"samples_format": "jpg", "samples_save": True})
    (picture,) = made(paint(house, client, alice, sent))["images"]
    assert base64.b64decode(picture).startswith(b"\xff\xd8")


def test_a_checkpoint_for_one_call(house: House, alice: Person, client: Client) -> None:
    sent = body(override_settings={"sd_model_checkpoint": "fake-v2.safetensors"})
    made(paint(house, client, alice, sent))
    assert Task.objects.get().checkpoint == "fake-v2.safetensors"
    assert (
        client.get("/sdapi/v1/options", headers=alice.headers)
        .json()["sd_model_checkpoint"]
        .startswith(CHECKPOINT)
    )


def test_an_override_that_stays(house: House, alice: Person, client: Client) -> None:
    sent = body(
        override_settings={"sd_model_checkpoint": "fake-v2.safetensors"},
        override_settings_restore_afterwards=False,
    )
    made(paint(house, client, alice, sent))
    options = client.get("/sdapi/v1/options", headers=alice.headers).json()
    assert options["sd_model_checkpoint"].startswith("fake-v2.safetensors")


def test_picture_to_picture(house: House, alice: Person, client: Client) -> None:
    sent = body(init_images=[f"data:image/png;base64,{PICTURE}"], denoising_strength=0.4)
    answer = made(paint(house, client, alice, sent, IMG2IMG))
    assert len(answer["images"]) == 1
    assert answer["parameters"]["init_images"] is None
    task = Task.objects.get()
    init = task.image_request.init
    assert init is not None
    assert init.denoising_strength == 0.4
    assert storage.open_stored(init.image.stored) == encoded()
    assert "sha256:" in task.raw["init_images"][0]


def test_a_mask(house: House, alice: Person, client: Client) -> None:
    house.backend.offers = [*house.backend.offers, "inpaint"]
    house.backend.save()
    sent = body(init_images=[PICTURE], mask=PICTURE, mask_blur=9, inpainting_mask_invert=1)
    made(paint(house, client, alice, sent, IMG2IMG))
    sent = next(call.body for call in house.server.calls if call.path.endswith("/img2img"))
    assert base64.b64decode(sent["mask"]) == encoded()
    assert (sent["mask_blur"], sent["inpainting_mask_invert"]) == (9, 1)
    assert (sent["inpaint_full_res"], sent["inpainting_fill"]) == (True, 0)


def test_the_init_picture_may_come_back(house: House, alice: Person, client: Client) -> None:
    sent = body(init_images=[PICTURE], include_init_images=True)
    answer = made(paint(house, client, alice, sent, IMG2IMG))
    assert answer["parameters"]["init_images"] == [PICTURE]


def test_each_coercion_is_told(house: House, alice: Person, client: Client) -> None:
    answer = paint(
        house, client, alice, {"steps": "4", "seed": "9", "width": 515, "tiling": "false"}
    )
    assert made(answer)["parameters"]["steps"] == 4
    for name in ("steps", "seed", "width", "tiling", "sampler_name"):
        assert name in answer["X-Easel-Warnings"]
    request = Task.objects.get().image_request
    assert (request.width, request.seed, request.sampler) == (512, 9, "Euler")


def test_a_strict_key_coerces_nothing(alice: Person, client: Client) -> None:
    alice.key.strict = True
    alice.key.save()
    answer = post(client, alice, body(width=515))
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "width"]


def test_a_lora_as_the_published_recipe_writes_it(
    house: House, alice: Person, client: Client
) -> None:
    made(paint(house, client, alice, body(prompt="a cat <lora:fakeStyle:(0.5权重)>")))
    assert Task.objects.get().image_request.prompt == "a cat <lora:fakeStyle:0.5>"


def test_hires(house: House, alice: Person, client: Client) -> None:
    sent = body(enable_hr=True, hr_upscaler="ESRGAN_4x", hr_scale=1.5, hr_second_pass_steps=3)
    post(client, alice, sent)
    hires = Task.objects.get().image_request.hires
    assert hires is not None
    assert (hires.upscaler, hires.scale, hires.steps) == ("ESRGAN_4x", 1.5, 3)


def test_the_same_id_and_body_while_it_waits_is_one_task(
    house: House, alice: Person, client: Client
) -> None:
    both = [post(client, alice, body(task_id="mine")) for _ in range(2)]
    house.work()
    first, second = (made(each.answer()) for each in both)
    assert Task.objects.count() == 1
    assert first == second


def test_force_task_id_is_the_task_s_id(house: House, alice: Person, client: Client) -> None:
    made(paint(house, client, alice, body(force_task_id="task(abc)")))
    assert Task.objects.get().client_id == "task(abc)"


def test_a_finished_id_may_be_used_again(house: House, alice: Person, client: Client) -> None:
    for seed in (1, 2):
        made(paint(house, client, alice, body(task_id="mine", seed=seed)))
    assert Task.objects.count() == 2


def test_a_blocked_picture_is_not_sent(house: House, alice: Person, client: Client) -> None:
    response = post(client, alice, body(n_iter=2))
    house.work()
    Output.objects.filter(index=1).update(state=OutputState.DELETED)
    answer = response.answer()
    assert len(made(answer)["images"]) == 1
    assert "withheld" in answer["X-Easel-Warnings"]


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_another_body_under_a_running_id(house: House, alice: Person, client: Client) -> None:
    post(client, alice, body(task_id="mine"))
    answer = post(client, alice, body(task_id="mine", steps=5))
    assert (answer.status_code, answer.json()["error"]) == (409, "TaskConflict")


def test_nothing_but_blocked_pictures(house: House, alice: Person, client: Client) -> None:
    response = post(client, alice, body())
    house.work()
    Output.objects.update(state=OutputState.DELETED)
    answer = response.answer()
    assert (answer.status_code, json.loads(answer.content)["error"]) == (403, "ContentRefused")


def test_a_task_that_failed(house: House, alice: Person, client: Client) -> None:
    response = post(client, alice, body())
    Task.objects.update(
        state=TaskState.FAILED, finished_at="2026-01-01T00:00:00Z", error_code="out_of_memory"
    )
    answer = response.answer()
    assert answer.status_code == 500
    assert json.loads(answer.content).keys() == {"error", "detail", "body", "errors"}


@pytest.mark.parametrize(
    ("changes", "detail", "named"),
    [
        ({"sampler_name": "Nobody's"}, "Sampler not found", "sampler_name"),
        ({"scheduler": "nobody's"}, "Scheduler not found", "scheduler"),
        (
            {"override_settings": {"sd_model_checkpoint": "no.ckpt"}},
            "Model not found",
            "override_settings.sd_model_checkpoint",
        ),
        ({"override_settings": {"sd_vae": "no.vae"}}, "VAE not found", "override_settings.sd_vae"),
    ],
)
def test_an_unknown_name(
    house: House, alice: Person, client: Client, changes: dict[str, Any], detail: str, named: str
) -> None:
    answer = post(client, alice, body(**changes))
    assert (answer.status_code, answer.json()["detail"]) == (404, detail)
    assert answer.json()["errors"].startswith(f"{named}: ")
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"width": 4096}, "width"),
        ({"height": 8}, "height"),
        ({"steps": 151}, "steps"),
        ({"steps": "many"}, "steps"),
        ({"steps": True}, "steps"),
        ({"batch_size": 9}, "batch_size"),
        ({"n_iter": 60}, "n_iter"),
        ({"cfg_scale": 31}, "cfg_scale"),
        ({"prompt": ["a"]}, "prompt"),
        ({"prompt": "a\0b"}, "prompt"),
        ({"tiling": "perhaps"}, "tiling"),
        ({"task_id": "x" * 129}, "task_id"),
        ({"refiner_checkpoint": "refiner.ckpt"}, "refiner_checkpoint"),
        ({"script_name": "x/y/z plot"}, "script_name"),
        ({"firstpass_image": PICTURE}, "firstpass_image"),
        ({"infotext": "Steps: 5, Seed: 1, Size: 8x8"}, "infotext"),
        ({"seed_resize_from_w": 256}, "seed_resize_from_w"),
        ({"s_churn": 0.5}, "s_churn"),
        ({"eta": 0.3}, "eta"),
        ({"enable_hr": True, "hr_prompt": "another"}, "hr_prompt"),
        ({"override_settings": {"sd_unet": "x"}}, "override_settings.sd_unet"),
        ({"override_settings": {"samples_format": "gif"}}, "override_settings.samples_format"),
        ({"alwayson_scripts": {"roop": {"args": [1]}}}, "alwayson_scripts.roop"),
        ({"prompt": "<lora:fakeStyle:1>", "disable_extra_networks": True},
         "disable_extra_networks"),
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_named(
    alice: Person, client: Client, changes: dict[str, Any], field: str
) -> None:
    answer = post(client, alice, body(**changes))
    said = answer.json()
    assert (answer.status_code, said.keys()) == (422, {"error", "detail", "body", "errors"})
    assert said["detail"][0]["loc"] == ["body", *field.split(".")]
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


@pytest.mark.parametrize(
    "image",
    ["not base64!", base64.b64encode(b"a text file").decode(), "http://169.254.169.254/x.png", ""],
)
def test_what_is_no_picture(alice: Person, client: Client, image: str) -> None:
    answer = post(client, alice, body(init_images=[image]), IMG2IMG)
    assert answer.status_code == (422 if image else 404)
    assert "init" in answer.json()["errors"].lower()
    assert not Task.objects.exists()


def test_no_init_picture(alice: Person, client: Client) -> None:
    answer = post(client, alice, body(), IMG2IMG)
    assert answer.status_code == 404
    assert "Init image not found" in answer.json()["detail"]


def test_a_refused_call_leaves_no_picture_behind(
    house: House, alice: Person, client: Client
) -> None:
    sent = body(init_images=[PICTURE], sampler_name="Nobody's")
    assert post(client, alice, sent, IMG2IMG).status_code == 404
    folders = default_storage.listdir("")[0]
    days = default_storage.listdir("inputs")[0] if "inputs" in folders else []
    assert [default_storage.listdir(f"inputs/{day}")[1] for day in days] in ([], [[]])


@pytest.mark.parametrize("sent", ["[1]", "{", "null", '"a"'])
def test_what_is_no_object(alice: Person, client: Client, sent: str) -> None:
    answer = client.post(TXT2IMG, sent, content_type="application/json", headers=alice.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_whoever_is_nobody_is_asked_for_a_password(db: None, client: Client) -> None:
    answer = client.post(TXT2IMG, body(), content_type="application/json")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Basic")
    assert answer.json().keys() == {"error", "detail", "body", "errors"}
