"""controlnet v2: fourteen fields of a unit, nine preprocessors, ten models."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import LazySettings

from accounts import ledger
from generation.backends.fake import FakeServer
from generation.models import Task
from tests.generation.dialects.saas.conftest import CAPABLE, Post, fetch_all, painted
from tests.generation.house import CHECKPOINT, House
from tests.generation.painting import encode, picture
from tests.generation.receivers import Receiver, Says, Seen
from tests.people import CREDIT, Person
from tests.samples import load

CALL = "v2/controlnet"
BASE, CONTROL = encode(picture(seed=1)), encode(picture(seed=2))
PAIRS = [
    ("canny", "control_v11p_sd15_canny"),
    ("depth_midas", "control_v11f1p_sd15_depth"),
    ("lineart_realistic", "control_v11p_sd15_lineart"),
    ("mlsd", "control_v11p_sd15_mlsd"),
    ("normal_bae", "control_v11p_sd15_normal_bae"),
    ("openpose", "control_v11p_sd15_openpose"),
    ("scribble_xdog", "control_v11p_sd15_scribble"),
    ("seg_ufade20k", "control_v11p_sd15_seg [e1f51eb9]"),
    ("inpaint_global_harmonious", "control_v1p_sd15_brightness"),
    ("inpaint_global_harmonious", "control_v1p_sd15_qrcode"),
    ("none", "control_v1p_sd15_qrcode"),
]


def data_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def unit(**changes: Any) -> dict[str, Any]:
    made = {"module": "canny", "model": PAIRS[0][1], "image_link": data_uri(CONTROL)}
    return made | changes


def body(*units: dict[str, Any], **scripts: Any) -> dict[str, Any]:
    block = {"sd_model_checkpoint": CAPABLE, "id_task": "c1", "controlnet": {"args": list(units)}}
    return {"prompt": "a cat", "steps": 4, "always_on_scripts": block | scripts}


def units_sent(server: FakeServer) -> list[dict[str, Any]]:
    return list(painted(server)["alwayson_scripts"]["controlnet"]["args"])


def test_the_golden_request_reaches_the_server(
    house: House, capable: FakeServer, alice: Person, post: Post, settings: LazySettings
) -> None:
    """Field by field, with both pictures downloaded first."""
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
    golden = load("saas", "saas.controlnet.v2.request.json")

    def answer(seen: Seen) -> Says:
        data = CONTROL if seen.path == "/control" else BASE
        return Says(body=data, headers=(("Content-Type", "image/png"),))

    with Receiver(answer) as there:
        scripts = golden["always_on_scripts"]
        scripts |= {"sd_model_checkpoint": CAPABLE, "image_link": f"{there.url}/base"}
        (asked,) = scripts["controlnet"]["args"]
        asked["image_link"] = f"{there.url}/control"
        answered = post(alice, CALL, golden).json()
        assert answered == load("saas", "saas.controlnet.v2.response.json")
        fetch_all(house)
    house.work()
    (sent,) = units_sent(capable)
    assert base64.b64decode(sent.pop("image")) == CONTROL
    assert {name: sent[name] for name in asked if name != "image_link"} == {
        name: value for name, value in asked.items() if name != "image_link"
    }
    whole = painted(capable)
    assert base64.b64decode(whole["init_images"][0]) == BASE
    assert (whole["seed"], whole["width"], whole["denoising_strength"]) == (1221212, 768, 0.55)


def test_the_golden_request_is_refused_by_name_elsewhere(
    house: House, alice: Person, post: Post, public_names: None
) -> None:
    """Its names are known on a fresh installation; no server has ControlNet."""
    said = post(alice, CALL, load("saas", "saas.controlnet.v2.request.json")).json()
    assert said["code"] == "400"
    assert "always_on_scripts.controlnet" in said["msg"]
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_preprocessors_and_models(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    for index, (module, model) in enumerate(PAIRS):
        sent = body(unit(module=module.upper(), model=model), id_task=f"pair-{index}")
        assert post(alice, CALL, sent).json()["code"] == "200", module
        (found,) = Task.objects.get(client_id=f"pair-{index}").image_request.controlnet
        expected = model.partition(" [")[0].replace("normal_bae", "normalbae")
        assert (found.module, found.model) == (module, expected)


def test_all_fields_in_other_spellings(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    sent = unit(
        weight="1.5", resize_mode=2, low_vram="true", processor_res="768", threshold_a=100,
        threshold_b=200.5, guidance_start=0.1, guidance_end=0.9, pixel_perfect=1,
        control_mode="controlnet is more important",
    )  # fmt: skip
    post(alice, CALL, body(sent))
    house.work()
    (found,) = units_sent(capable)
    expected = {
        "weight": 1.5, "resize_mode": "Resize and Fill", "low_vram": True, "processor_res": 768,
        "threshold_a": 100, "threshold_b": 200.5, "guidance_start": 0.1, "guidance_end": 0.9,
        "pixel_perfect": True, "control_mode": "ControlNet is more important", "enabled": True,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


def test_without_an_outer_picture_it_is_text_to_image(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    post(alice, CALL, body(unit()))
    house.work()
    assert "init_images" not in painted(capable)
    assert len(units_sent(capable)) == 1


def test_a_unit_without_a_picture_uses_the_outer_one(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    post(alice, CALL, body(unit(image_link=None), image_link=data_uri(BASE)))
    house.work()
    (found,) = units_sent(capable)
    assert "image" not in found  # the extension takes the init image
    assert base64.b64decode(painted(capable)["init_images"][0]) == BASE


def test_a_disabled_unit_does_nothing(house: House, alice: Person, post: Post) -> None:
    """Nor needs it a server that has ControlNet."""
    off = unit(enabled=False, image_link="http://10.0.0.1/never-fetched")
    sent = body(off, sd_model_checkpoint=CHECKPOINT)
    assert post(alice, CALL, sent).json()["code"] == "200"
    house.work()
    assert "alwayson_scripts" not in painted(house.server)


def test_units_in_a_text2image(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    for index, path in enumerate(["v3/text2image", "v2/text2image"]):
        post(alice, path, body(unit(), id_task=f"unit-{index}"))
        house.work()
        assert len(units_sent(capable)) == 1


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"module": None}, "module"),
    ({"module": "wishful"}, "module"),
    ({"model": None}, "model"),
    ({"model": "wishful"}, "model"),
    ({"weight": 2.1}, "weight"),
    ({"resize_mode": 3}, "resize_mode"),
    ({"resize_mode": "Stretch"}, "resize_mode"),
    ({"low_vram": "perhaps"}, "low_vram"),
    ({"processor_res": 63}, "processor_res"),
    ({"threshold_a": "x"}, "threshold_a"),
    ({"threshold_b": -2}, "threshold_b"),
    ({"guidance_start": 1.1}, "guidance_start"),
    ({"guidance_end": -0.1}, "guidance_end"),
    ({"guidance_start": 0.8, "guidance_end": 0.2}, "guidance_end"),
    ({"pixel_perfect": 2}, "pixel_perfect"),
    ({"control_mode": "Wishful"}, "control_mode"),
    ({"image_link": None}, "args.0.image_link is required"),
    ({"image_link": "http://169.254.169.254/"}, "args.0.image_link"),
    ({"image_link": data_uri(b"no picture")}, "args.0.image_link"),
]


def test_a_wrong_field_is_named(
    house: House, capable: FakeServer, alice: Person, post: Post
) -> None:
    for changes, named in WRONG:
        said = post(alice, CALL, body(unit(**changes))).json()
        assert (said["code"], said["data"]) == ("400", None), named
        assert named in said["msg"]
        assert "controlnet" in said["msg"]
    for wrong in (None, "x", {"args": "x"}, {"args": ["x"]}, {"args": [unit()] * 4}):
        said = post(alice, CALL, body(controlnet=wrong)).json()
        assert said["code"] == "400"
        assert "controlnet" in said["msg"]
    assert not Task.objects.exists()
