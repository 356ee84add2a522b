"""image2image v2 and v3, inpaint v1: fields, and pictures by address and inline."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.conf import LazySettings

from accounts import ledger
from generation.dialects.saas.asking import asked
from generation.models import Task
from generation.request import MaskFill, ResizeMode
from generation.states import TaskState
from tests.generation.dialects.saas.conftest import Post, fetch_all, painted
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encode, encoded, picture
from tests.generation.receivers import Receiver, Says
from tests.people import CREDIT, Person
from tests.samples import load

I2I, INPAINT = "v2/image2image", "v1/inpaint"
QUERY = "v2/queryTaskInfo"
PNG = (("Content-Type", "image/png"),)


def data_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def body(scripts: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    block = {"sd_model_checkpoint": CHECKPOINT, "id_task": "i1", "image_link": data_uri(encoded())}
    return {"prompt": "a cat", "always_on_scripts": block | (scripts or {})} | changes


@pytest.mark.parametrize(
    "name", ["saas.image2image.v2.request.json", "saas.image2image.v2.mask.request.json"]
)
def test_golden_requests_are_accepted(
    house: House, alice: Person, post: Post, public_names: None, name: str
) -> None:
    golden = load("saas", name)
    assert post(alice, I2I, golden).json() == load("saas", "saas.image2image.v2.response.json")
    task = Task.objects.get()
    request = task.image_request
    assert task.state == TaskState.UPLOADING
    assert request.init is not None
    assert request.init.image.url == "https://example.com/uploads/20230610/input-image.png"
    assert request.init.denoising_strength == 0.55
    assert (request.cfg_scale, request.steps, request.clip_skip) == (27, 25, 2)
    if "mask" in name:
        mask = request.mask
        assert mask is not None
        assert mask.image.url == "https://example.com/uploads/mask.png"
        assert (mask.blur, mask.fill, mask.only_masked, mask.padding, mask.invert) == (
            4, MaskFill.ORIGINAL, True, 32, False,
        )  # fmt: skip
        assert (request.init.resize_mode, request.output_format) == (1, "png")


def test_from_an_address_to_the_picture(
    house: House, alice: Person, post: Post, settings: LazySettings
) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    data = encoded()
    with Receiver(Says(body=data, headers=PNG)) as there:
        link = f"{there.url}/DALL%C2%B7E%202023.png"
        post(alice, I2I, body({"image_link": link}))
        queued = post(alice, QUERY, {"businessTaskId": "i1"}).json()["data"]
        assert (queued["status"], queued["temporaryImageDto"]) == (1, None)
        fetch_all(house)
    assert there.seen[0].path == "/DALL%C2%B7E%202023.png"  # as it was given
    house.work()
    sent = painted(house.server)
    assert base64.b64decode(sent["init_images"][0]) == data
    assert post(alice, QUERY, {"businessTaskId": "i1"}).json()["data"]["status"] == 2


def test_every_field_reaches_the_server(house: House, alice: Person, post: Post) -> None:
    mask = encode(picture(seed=2))
    scripts = {"mask_link": data_uri(mask), "sd_vae": "fake.vae.pt"}
    fields = {
        "resize_mode": 2, "mask_blur_x": 5, "mask_blur_y": 9, "inpainting_fill": 3,
        "inpaint_full_res": True, "inpaint_full_res_padding": 64, "inpainting_mask_invert": 7,
        "initial_noise_multiplier": 1.25, "image_cfg_scale": 1.5, "denoising_strength": 0.6,
    }  # fmt: skip
    assert post(alice, INPAINT, body(scripts, **fields)).json()["code"] == "200"
    house.work()
    sent = painted(house.server)
    assert base64.b64decode(sent["mask"]) == mask
    expected = fields | {"inpainting_mask_invert": 1}
    assert {name: sent[name] for name in expected} == expected
    assert "mask_blur" not in sent
    assert sent["override_settings"]["sd_vae"] == "fake.vae.pt"


def test_mask_blur_overrules_the_two(house: House, alice: Person, post: Post) -> None:
    scripts = {"mask_link": data_uri(encoded())}
    post(alice, I2I, body(scripts, mask_blur=11, mask_blur_x=1, mask_blur_y=2))
    house.work()
    sent = painted(house.server)
    assert sent["mask_blur"] == 11
    assert "mask_blur_x" not in sent


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        (0, 0), ("1", 1), (2.0, 2), (3, 3), ("Crop and Resize", 1), ("resize and fill", 2),
        ("Just resize (latent upscale)", 3), (None, 0),
    ],
)  # fmt: skip
def test_resize_modes_in_every_spelling(given: Any, mode: int) -> None:
    init = asked(body(resize_mode=given), "image2image", default_format="jpg").request.init
    assert init is not None
    assert init.resize_mode == ResizeMode(mode)


def test_where_a_picture_may_stand(house: House, alice: Person, post: Post) -> None:
    link = data_uri(encoded())
    places: list[dict[str, Any]] = [
        {"alwayson_scripts": {"image_link": link}},
        {"image_link": link},
        {"init_images": [link]},
        {"init_images": [link.partition(",")[2]]},
    ]
    for index, place in enumerate(places):
        sent = body({"image_link": None, "id_task": f"place-{index}"}, **place)
        assert post(alice, I2I, sent).json()["code"] == "200", place
        task = Task.objects.get(client_id=f"place-{index}")
        assert task.state == TaskState.QUEUED
        assert task.image_request.init is not None
        assert link.partition(",")[2] not in str(task.raw)


def test_a_mask_beside_init_images(house: House, alice: Person, post: Post) -> None:
    post(alice, I2I, body(mask=data_uri(encoded())))
    assert Task.objects.get().image_request.mask is not None


def test_without_a_mask_its_fields_do_nothing(house: House, alice: Person, post: Post) -> None:
    post(alice, I2I, body(mask_blur=64, inpainting_fill=2))
    assert Task.objects.get().image_request.mask is None


def test_hires_is_one_pass_at_its_size(house: House, alice: Person, post: Post) -> None:
    answer = post(alice, I2I, body(enable_hr=True, hr_scale=1.5, width=512, height=768))
    assert "enable_hr" in answer["X-Easel-Warnings"]
    request = Task.objects.get().image_request
    assert (request.width, request.height, request.hires) == (768, 1152, None)


def test_v3_is_larger_and_needs_no_block(house: House, alice: Person, post: Post) -> None:
    sent = {
        "prompt": "x", "sd_model_checkpoint": CHECKPOINT, "image_link": data_uri(encoded()),
        "width": 2048, "height": 1536, "sampler_name": "DPM++ 2M", "scheduler": "karras",
    }  # fmt: skip
    answer = post(alice, "v3/image2image", sent).json()
    task = Task.objects.get()
    assert answer["data"] == {"task_id": str(task.pk)}  # the server's own id
    request = task.image_request
    assert (request.width, request.sampler, request.scheduler) == (2048, "DPM++ 2M", "Karras")
    found = post(alice, QUERY, {"businessTaskId": str(task.pk)}).json()["data"]
    assert found["id_task"] == str(task.pk)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
WRONG: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"image_link": None}, {}, "image_link is required"),
    ({"image_link": ""}, {}, "image_link is required"),
    ({"image_link": 5}, {}, "image_link"),
    ({"image_link": "not base64!"}, {}, "image_link"),
    ({"image_link": "data:image/png;base64,"}, {}, "image_link"),
    ({"image_link": data_uri(b"text file")}, {}, "image_link"),
    ({"image_link": data_uri(encoded()[:99])}, {}, "image_link"),
    ({"image_link": "ftp://8.8.8.8/x"}, {}, "image_link"),
    ({"image_link": "http://169.254.169.254/x"}, {}, "image_link"),
    ({"image_link": "http://127.0.0.1/x"}, {}, "image_link"),
    ({"image_link": "http://[::1]/x"}, {}, "image_link"),
    ({"mask_link": "http://10.0.0.1/x"}, {}, "mask_link"),
    ({"mask_link": data_uri(encode(picture(8, 8)))}, {}, "mask_link: the mask is 8x8"),
    ({}, {"resize_mode": 4}, "resize_mode"),
    ({}, {"resize_mode": True}, "resize_mode"),
    ({}, {"resize_mode": "Stretch"}, "resize_mode"),
    ({}, {"mask_blur": 65}, "mask_blur"),
    ({}, {"mask_blur_x": -1}, "mask_blur_x"),
    ({}, {"inpainting_fill": 4}, "inpainting_fill"),
    ({}, {"inpaint_full_res": "perhaps"}, "inpaint_full_res"),
    ({}, {"inpaint_full_res_padding": 257}, "inpaint_full_res_padding"),
    ({}, {"inpainting_mask_invert": "x"}, "inpainting_mask_invert"),
    ({}, {"initial_noise_multiplier": 0.4}, "initial_noise_multiplier"),
    ({}, {"image_cfg_scale": 3.1}, "image_cfg_scale"),
    ({}, {"denoising_strength": -0.1}, "denoising_strength"),
    ({}, {"enable_hr": True, "hr_scale": 4, "width": 1024}, "hr_scale"),
    ({}, {"scheduler": "wishful"}, "scheduler"),
    ({}, {"width": 1536}, "width"),
]


def test_a_wrong_field_is_named(house: House, alice: Person, post: Post) -> None:
    for scripts, changes, named in WRONG:
        said = post(alice, I2I, body(scripts, **changes)).json()
        assert (said["code"], said["data"]) == ("400", None), named
        assert named in said["msg"]
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_inpaint_needs_both_pictures(house: House, alice: Person, post: Post) -> None:
    assert "mask_link is required" in post(alice, INPAINT, body()).json()["msg"]
    said = post(alice, INPAINT, body({"image_link": "", "mask_link": data_uri(encoded())})).json()
    assert "image_link is required" in said["msg"]


def test_what_shows_only_on_download(
    house: House, alice: Person, post: Post, settings: LazySettings
) -> None:
    """Its own code, the field by name, a full refund, and no slot was taken."""
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    cases = {2001: Says(404), 2002: Says(body=b"no picture", headers=PNG)}
    for code, answer in cases.items():
        with Receiver(answer) as there:
            post(alice, I2I, body({"image_link": there.url}))
            fetch_all(house)
        data = post(alice, QUERY, {"businessTaskId": "i1"}).json()["data"]
        assert (data["status"], data["errorCode"]) == (0, code)
        assert data["desc"].startswith("任务失败: always_on_scripts.image_link: ")
    assert house.server.started == []
    assert ledger.balance(alice.tenant.pk) == CREDIT
