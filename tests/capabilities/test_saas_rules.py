"""X01 to X23 and X42 to X49: what holds across the calls of saas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.signature import string_to_sign
from tests.capabilities.conftest import CAPABLE, Easel, Json, difference, pair
from tests.capabilities.shows import shows
from tests.capabilities.test_saas_calls import SD, able, sent
from tests.generation.receivers import Says

TEXT = SD + "text2image"
SEVENTEEN = (
    "Euler a", "Euler", "LMS", "Heun", "DPM2", "DPM2 a", "DPM++ 2S a", "DPM++ 2M", "DPM++ SDE",
    "DPM fast", "DPM adaptive", "LMS Karras", "DPM2 Karras", "DPM2 a Karras", "DPM++ 2S a Karras",
    "DPM++ SDE Karras", "DPM++ 2M Karras",
)  # fmt: skip
DETECTOR = {
    "ad_model": "face_yolov8n.pt", "ad_prompt": "a face", "ad_negative_prompt": "blurry",
    "ad_confidence": 0.4, "ad_mask_min_ratio": 0.1, "ad_mask_max_ratio": 0.9,
    "ad_dilate_erode": 32, "ad_x_offset": 1, "ad_y_offset": 2,
    "ad_mask_merge_invert": "Merge", "ad_mask_blur": 5, "ad_denoising_strength": 0.45,
    "ad_inpaint_only_masked": True, "ad_inpaint_only_masked_padding": 16,
    "ad_use_inpaint_width_height": True, "ad_inpaint_width": 640, "ad_inpaint_height": 512,
    "ad_use_steps": True, "ad_steps": 28, "ad_use_cfg_scale": True, "ad_cfg_scale": 9,
    "ad_use_sampler": True, "ad_sampler": "DPM++ 2M Karras", "ad_use_noise_multiplier": True,
    "ad_noise_multiplier": 1.1, "ad_restore_face": True,
    "ad_controlnet_model": "control_v11f1e_sd15_tile [a371b31b]", "ad_controlnet_module": "None",
    "ad_controlnet_weight": 0.8, "ad_controlnet_guidance_start": 0.1,
    "ad_controlnet_guidance_end": 0.9,
}  # fmt: skip
LIST = "/AIGCImgOpenServ/saas/sd/v2/queryModelList"
PAGE = {"pageSize": 1, "pageNum": 1}


@shows("X01")
def test_the_access_key(easel: Easel) -> None:
    headers = pair(easel.account)
    assert easel.call("POST", LIST, json=PAGE, headers=headers).json()["code"] == "200"
    for wrong in ({}, headers | {"X-Request-req-accessKeySecret": "x"}):
        answer = easel.call("POST", LIST, json=PAGE, headers=wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "401")


@shows("X02")
def test_the_gateways_credentials(easel: Easel) -> None:
    code = {"Authorization": f"APPCODE {easel.account['appcode']}"}
    assert easel.call("POST", LIST, json=PAGE, headers=code).json()["code"] == "200"
    signed = {
        "X-Ca-Key": "1" * 18, "X-Ca-Signature": "wrong", "X-Ca-Timestamp": "1795226400000",
        "X-Ca-Nonce": "n", "X-Ca-Signature-Headers": "x-ca-key,x-ca-timestamp,x-ca-nonce",
        "Content-MD5": "wrong",
    }  # fmt: skip
    answer = easel.call("POST", LIST, json=PAGE, headers=signed)
    assert answer.status_code == 401 and "X-Ca-Error-Message" in answer.headers
    assert string_to_sign({}, "POST", [], LIST, []) == f"POST\n\n\n\n\n{LIST}"


@shows("X03", "X04")
@pytest.mark.parametrize("kind", ["application/json;charset=UTF-8", "text/plain", ""])
def test_json_whatever_the_content_type(easel: Easel, kind: str) -> None:
    data = json.dumps(PAGE | {"sdModelName": "模型"}, ensure_ascii=False).encode()
    headers = pair(easel.account) | ({"Content-Type": kind} if kind else {})
    answer = easel.call("POST", LIST, data=data, headers=headers)
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.json()["code"] == "200" and set(answer.json()) == {"code", "msg", "data"}
    bad = easel.call("POST", LIST, data=b"{", headers=headers)
    assert (bad.status_code, bad.json()["code"]) == (200, "400")


@shows("X05")
def test_the_callback(easel: Easel) -> None:
    url = easel.callback("done")
    name = sent(easel, TEXT, {}, callbackUrl=url)
    [seen] = easel.called_back("done")
    body = json.loads(seen.body)
    assert (body["code"], body["data"]["id_task"], body["data"]["status"]) == ("200", name, 2)
    assert body["data"]["differentialImageRspList"][0]["image_url"]


@shows("X06")
def test_the_ladder_of_retries(easel: Easel) -> None:
    """20 ms a second of the ladder: the waits of 3, 5, 15 and 30 s, then a reply that counts."""
    wrong = [Says(500), Says(200, b'{"code": "400"}'), Says(200, b"ok"), Says(302)]
    url = easel.callback("ladder", *wrong, Says(200, b'{"code": 200}'))
    sent(easel, TEXT, {}, callbackUrl=url)
    seen = easel.called_back("ladder", 5)
    waits = [later.at - one.at for one, later in zip(seen, seen[1:], strict=False)]
    assert [wait >= least * 0.02 for wait, least in zip(waits, (3, 5, 15, 30), strict=True)] == [
        True
    ] * 4
    assert [one.headers["x-callback-attempt"] for one in seen] == ["1", "2", "3", "4", "5"]
    assert len({one.headers["x-callback-id"] for one in seen}) == 1


@shows("X07", "X08")
def test_the_callers_id(easel: Easel) -> None:
    name = sent(easel, TEXT, {})
    assert easel.ended(name)["id_task"] == name
    for alias in ("id_task", "task_id", "taskId"):
        assert easel.saas(SD + "queryTaskInfo", {alias: name})["data"]["id_task"] == name
    foreign = easel.saas(SD + "queryTaskInfo", {"businessTaskId": name}, easel.able)
    unknown = easel.saas(SD + "queryTaskInfo", {"businessTaskId": "never-was"}, easel.able)
    assert foreign == unknown and foreign["code"] == "400"


@shows("X09")
def test_high_resolution(easel: Easel) -> None:
    hires = {
        "enable_hr": True, "hr_scale": 1.5, "hr_upscaler": "Latent", "hr_second_pass_steps": 9,
        "hr_resize_x": 512, "hr_resize_y": 384, "denoising_strength": 0.55,
    }  # fmt: skip
    asked = able(easel, TEXT, {}, **hires)
    assert {name: asked[name] for name in hires} == hires
    [made] = easel.drawn(sent(easel, TEXT, {}, **hires))
    assert made.size == (512, 384)


@shows("X10")
def test_face_restoration(easel: Easel) -> None:
    assert able(easel, TEXT, {}, restore_faces=True)["restore_faces"] is True


@shows("X11", "X13")
def test_batches_and_seeds(easel: Easel) -> None:
    data = easel.ended(sent(easel, TEXT, {}, n_iter=2, batch_size=2, seed="77"))
    assert [row["seed"] for row in data["differentialImageRspList"]] == [77, 78, 79, 80]
    drawn = [
        easel.ended(sent(easel, TEXT, {}, seed="-1"))["differentialImageRspList"][0]["seed"]
        for _ in range(2)
    ]
    assert drawn[0] != drawn[1]
    same = [easel.drawn(sent(easel, TEXT, {}, prompt="a cat", seed=seed))[0] for seed in ("9", 9)]
    assert difference(*same) == 0


@shows("X12")
@pytest.mark.parametrize("sampler", SEVENTEEN)
def test_the_seventeen_samplers(easel: Easel, sampler: str) -> None:
    asked = able(easel, TEXT, {}, sampler_index=sampler)
    assert sampler in (asked["sampler_name"], f"{asked['sampler_name']} {asked.get('scheduler')}")


@shows("X14")
@pytest.mark.parametrize("scale", [1, 7.5, 30])
def test_guidance(easel: Easel, scale: float) -> None:
    assert able(easel, TEXT, {}, cfg_scale=scale)["cfg_scale"] == scale


@shows("X18")
def test_the_checkpoint(easel: Easel) -> None:
    for spelled in (CAPABLE, "capable", "CAPABLE.safetensors", f"{CAPABLE} [0123456789]"):
        asked = able(easel, TEXT, {"sd_model_checkpoint": spelled})
        assert asked["override_settings"]["sd_model_checkpoint"] == CAPABLE
    name = easel.name()
    body = {
        "prompt": "x",
        "alwayson_scripts": {"sd_model_checkpoint": "nobody.ckpt", "id_task": name},
    }
    assert easel.saas(TEXT, body)["code"] == "400"


@shows("X20")
def test_clip_skip(easel: Easel) -> None:
    asked = able(easel, TEXT, {"override_settings": {"CLIP_stop_at_last_layers": 2}})
    assert asked["override_settings"]["CLIP_stop_at_last_layers"] == 2


@shows("X21")
@pytest.mark.parametrize(
    ("wanted", "made"), [({}, "JPEG"), ({"output_image_format": "png"}, "PNG")]
)
def test_the_output_format(easel: Easel, wanted: Json, made: str) -> None:
    data = easel.ended(sent(easel, TEXT, wanted))
    url = data["differentialImageRspList"][0]["image_url"]
    picture = easel.fetch(url)
    assert picture.format == made
    assert url.partition("?")[0].endswith({"JPEG": ".jpg", "PNG": ".png"}[made])


@shows("X22", "X23")
def test_every_parameter_of_a_detector(easel: Easel) -> None:
    asked = able(easel, TEXT, {"ADetailer": {"args": [DETECTOR]}})
    [given] = [
        one for one in asked["alwayson_scripts"]["ADetailer"]["args"] if isinstance(one, dict)
    ]
    changed = {
        name: given.get(name) for name, value in DETECTOR.items() if given.get(name) != value
    }
    assert set(changed) <= {"ad_controlnet_model"}  # its name as the server lists it
    assert given["ad_controlnet_model"].startswith("control_v11f1e_sd15_tile")


@shows("X43", "X44", "X46")
def test_the_audit_of_a_picture(easel: Easel) -> None:
    [row] = easel.ended(sent(easel, TEXT, {}))["differentialImageRspList"]
    assert row["img_audit"] == [{"confidence": None, "label": "nonLabel"}]
    assert (row["img_audit_status"], row["image_status"]) == (True, 1)
    assert easel.fetch(row["image_url"]).size == (256, 256)
    forged: Any = easel.call("GET", row["image_url"].replace(easel.house.base, "")[:-3] + "000")
    assert forged.status_code in (403, 404)
