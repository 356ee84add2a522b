"""M01 to M14, X24 to X41: the generation calls, the lists, the queries of saas."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.capabilities.conftest import (
    CAPABLE,
    Easel,
    Json,
    as_base64,
    difference,
    drawing,
    opened,
)
from tests.capabilities.shows import shows

SD = "sd/v2/"
DOCS = Path(__file__).parents[2] / "docs" / "api"
USES = {
    "X32": ("lineart_realistic", "control_v11p_sd15_lineart"),
    "X33": ("lineart_realistic", "control_v11p_sd15_lineart"),
    "X34": ("openpose", "control_v11p_sd15_openpose"),
    "X35": ("lineart_realistic", "control_v11p_sd15_lineart"),
    "X36": ("inpaint_global_harmonious", "control_v11f1e_sd15_tile"),
    "X39": ("depth_midas", "control_v11f1p_sd15_depth"),
    "X40": ("scribble_xdog", "control_v11p_sd15_scribble"),
    "X41": ("seg_ufade20k", "control_v11p_sd15_seg"),
}
PAIRS = (
    ("canny", "control_v11p_sd15_canny"),
    ("depth_midas", "control_v11f1p_sd15_depth"),
    ("lineart_realistic", "control_v11p_sd15_lineart"),
    ("mlsd", "control_v11p_sd15_mlsd"),
    ("normal_bae", "control_v11p_sd15_normal_bae"),
    ("openpose", "control_v11p_sd15_openpose"),
    ("scribble_xdog", "control_v11p_sd15_scribble"),
    ("seg_ufade20k", "control_v11p_sd15_seg"),
    ("inpaint_global_harmonious", "control_v1p_sd15_brightness"),
    ("inpaint_global_harmonious", "control_v1p_sd15_qrcode"),
)


def sent(easel: Easel, path: str, scripts: Json, who: Json | None = None, **fields: Any) -> str:
    """Submits; the task's id. Small, fast and with a seed unless the fields say otherwise."""
    name = easel.name()
    body = {"prompt": name, "steps": 2, "seed": "5", "width": 256, "height": 256} | fields
    block = {"sd_model_checkpoint": "sketch", "id_task": name} | scripts
    answer = easel.saas(path, body | {"alwayson_scripts": block}, who)
    assert answer == {"code": "200", "msg": "success", "data": {"task_id": name}}
    return name


def able(easel: Easel, path: str, scripts: Json, **fields: Any) -> Json:
    """Drawn by the capable server: the body in which it was asked."""
    name = sent(easel, path, {"sd_model_checkpoint": CAPABLE} | scripts, easel.able, **fields)
    assert easel.ended(name, easel.able)["status"] == 2
    return easel.received(fields.get("prompt", name))


def unit(asked: Json) -> Json:
    [one] = asked["alwayson_scripts"]["controlnet"]["args"]
    return dict(one)


@shows("M01")
def test_the_status_codes_are_told(easel: Easel) -> None:
    page = (DOCS / "saas-status-codes.md").read_text(encoding="utf-8")
    url = easel.picture_url("broken.png", b"no picture")
    name = sent(easel, SD + "image2image", {"image_link": url})
    data = easel.ended(name)
    assert data["status"] == 0
    assert f"| {data['errorCode']} |" in page


@shows("M02", "X15")
def test_text_to_image(easel: Easel) -> None:
    names = [
        sent(easel, SD + "text2image", {}, prompt=words) for words in ("一只猫", "a cat", "一座山")
    ]
    cat, same, hill = (easel.drawn(name)[0] for name in names)
    assert cat.size == (256, 256)
    assert difference(cat, hill) > 5
    assert difference(same, hill) > 5


@shows("M03")
def test_text_to_image_v3(easel: Easel) -> None:
    name = easel.name()
    body = {"prompt": "a cat", "id_task": name, "sd_model_checkpoint": "sketch", "steps": 2}
    assert easel.saas("sd/v3/text2image", body)["data"]["task_id"] == name
    assert easel.drawn(name)[0].size == (512, 512)


@shows("M04", "X24", "X25")
def test_image_to_image(easel: Easel) -> None:
    red = easel.picture_url("red.png", drawing("red"))
    blue = easel.picture_url("blue.png", drawing("blue"))
    given = opened(drawing("red"))

    def over(url: str, strength: float) -> Any:
        fields = {"prompt": "a cat", "denoising_strength": strength}
        return easel.drawn(sent(easel, SD + "image2image", {"image_link": url}, **fields))[0]

    weak, strong, other = over(red, 0.2), over(red, 0.9), over(blue, 0.2)
    assert difference(weak, given) < difference(strong, given)
    assert difference(weak, other) > 5


@shows("M05")
def test_image_to_image_v3(easel: Easel) -> None:
    url = easel.picture_url("v3.png", drawing("green"))
    name = easel.name()
    body = {"prompt": "a cat", "id_task": name, "sd_model_checkpoint": "sketch", "image_link": url}
    easel.saas("sd/v3/image2image", body | {"denoising_strength": 0.1, "steps": 2})
    [made] = easel.drawn(name)
    assert difference(opened(drawing("green", made.size)), made) < 60


@shows("M06", "X26")
def test_inpainting(easel: Easel) -> None:
    mask = Image.new("L", (256, 256), 0)
    mask.paste(255, (0, 0, 128, 256))
    url = easel.picture_url("base.png", drawing("red"))
    masked = easel.picture_url("mask.png", _png(mask))
    scripts = {"image_link": url, "mask_link": masked}
    fields = {
        "prompt": "a forest",
        "mask_blur": 0,
        "denoising_strength": 1.0,
        "inpaint_full_res": False,
    }
    [made] = easel.drawn(sent(easel, "sd/v1/inpaint", scripts, output_image_format="png", **fields))
    given = opened(drawing("red"))
    left, right = (0, 0, 120, 256), (136, 0, 256, 256)
    assert difference(made.crop(right), given.crop(right)) < 3
    assert difference(made.crop(left), given.crop(left)) > 10


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@shows("X26")
def test_all_mask_fields(easel: Easel) -> None:
    url = easel.picture_url("base2.png", drawing("red"))
    fields = {
        "mask_blur": 7,
        "inpainting_fill": 2,
        "inpaint_full_res": True,
        "inpaint_full_res_padding": 12,
        "inpainting_mask_invert": 1,
    }
    asked = able(easel, SD + "image2image", {"image_link": url, "mask_link": url}, **fields)
    assert {name: asked[name] for name in fields} == fields
    assert opened(base64.b64decode(asked["mask"])).size == (256, 256)


@shows("X27")
@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_resize_modes(easel: Easel, mode: int) -> None:
    url = easel.picture_url("wide.png", drawing("red", (384, 256)))
    asked = able(easel, SD + "image2image", {"image_link": url}, resize_mode=mode)
    assert asked["resize_mode"] == mode


@shows("X28")
def test_noise_and_image_guidance(easel: Easel) -> None:
    url = easel.picture_url("noise.png", drawing("red"))
    fields = {"initial_noise_multiplier": 1.2, "image_cfg_scale": 1.5}
    asked = able(easel, SD + "image2image", {"image_link": url}, **fields)
    assert {name: asked[name] for name in fields} == fields


@shows("M07", "X29")
@pytest.mark.parametrize(("module", "model"), PAIRS)
def test_controlnet(easel: Easel, module: str, model: str) -> None:
    url = easel.picture_url("control.png", drawing("black"))
    args = {"args": [{"image_link": url, "module": module, "model": model, "enabled": True}]}
    one = unit(able(easel, SD + "controlnet", {"controlnet": args}, resize_mode=0))
    assert one["module"] == module
    assert one["model"].replace("normalbae", "normal_bae") == model
    assert opened(base64.b64decode(one["image"])).size == (256, 256)


@shows("X30")
def test_the_parameters_of_a_unit(easel: Easel) -> None:
    url = easel.picture_url("unit.png", drawing("black"))
    fields = {
        "weight": 0.7, "resize_mode": "Resize and Fill", "low_vram": True, "processor_res": 640,
        "threshold_a": 64, "threshold_b": 128, "guidance_start": 0.35, "guidance_end": 0.75,
        "pixel_perfect": True, "control_mode": "My prompt is more important",
    }  # fmt: skip
    wanted = {"image_link": url, "module": "canny", "model": "control_v11p_sd15_canny", **fields}
    one = unit(able(easel, SD + "controlnet", {"controlnet": {"args": [wanted]}}, resize_mode=0))
    assert {name: one[name] for name in fields} == fields


@shows("X31")
def test_controlnet_over_a_base_picture(easel: Easel) -> None:
    base = easel.picture_url("base3.png", drawing("red"))
    control = easel.picture_url("control3.png", drawing("black"))
    args = [{"image_link": control, "module": "canny", "model": "control_v11p_sd15_canny"}]
    scripts = {"image_link": base, "controlnet": {"args": args}}
    asked = able(easel, SD + "controlnet", scripts, resize_mode=1)
    red, black = (
        opened(base64.b64decode(text)) for text in (asked["init_images"][0], unit(asked)["image"])
    )
    assert difference(red, black) > 10


@shows("X32", "X33", "X34", "X35", "X36", "X39", "X40", "X41")
@pytest.mark.parametrize("use", sorted(USES))
def test_the_named_uses(easel: Easel, use: str) -> None:
    module, model = USES[use]
    url = easel.picture_url(f"{use}.png", drawing("black"))
    args = [{"image_link": url, "module": module, "model": model}]
    scripts = {"image_link": url, "controlnet": {"args": args}}
    one = unit(able(easel, SD + "controlnet", scripts, resize_mode=0))
    assert (one["module"], one["model"]) == (module, model)


@shows("X37")
def test_enlarging(easel: Easel) -> None:
    made = easel.sdapi(
        "extra-single-image",
        {
            "image": base64.b64encode(drawing()).decode(),
            "upscaling_resize": 2,
            "upscaler_1": "Lanczos",
        },
    )
    assert opened(base64.b64decode(made["image"])).size == (512, 512)


def rows(easel: Easel, path: str, **body: Any) -> Json:
    answer = easel.saas(SD + path, {"pageSize": 50, "pageNum": 1} | body, easel.able)
    assert answer["code"] == "200", answer
    return dict(answer["data"])


@shows("M08", "X49")
def test_the_checkpoints(easel: Easel) -> None:
    found = {row["sdModelCheckpoint"]: row for row in rows(easel, "queryModelList")["rows"]}
    row = found[CAPABLE]
    assert (row["modelStatus"], row["modelUploadStatus"], row["isAdult"]) == (1, 2, 0)
    assert row["modelType"] == "Checkpoint"
    assert {"modelImgUrl2", "modelCoverImgUrl2", "modelHash", "modelBaseModel"} <= row.keys()


@shows("M09", "X16")
def test_the_loras(easel: Easel) -> None:
    found = {row["sdLoraFileSimplifyName"]: row for row in rows(easel, "queryLoraList")["rows"]}
    assert found["capableStyle"]["loraStatus"] == 1
    prompt = f"{easel.name()} <lora:capableStyle:0.7>"
    assert able(easel, SD + "text2image", {}, prompt=prompt)["prompt"] == prompt


@shows("M10", "X19")
def test_the_vaes(easel: Easel) -> None:
    [row] = rows(easel, "queryVaeList", vaeFileName="bright")["rows"]
    asked = able(easel, SD + "text2image", {"sd_vae": row["vaeFileName"]})
    assert asked["override_settings"]["sd_vae"] == "bright.vae.pt"


@shows("M11", "X17")
def test_the_embeddings(easel: Easel) -> None:
    found = {row["embeddingSimplifyName"]: row for row in rows(easel, "queryEmbeddingList")["rows"]}
    assert {"id", "embeddingName"} <= found["capableNegative"].keys()
    asked = able(easel, SD + "text2image", {}, negative_prompt="capableNegative, blurry")
    assert asked["negative_prompt"] == "capableNegative, blurry"


@shows("X47", "X48")
def test_paging_and_filters(easel: Easel) -> None:
    whole = rows(easel, "queryEmbeddingList")
    pages = [rows(easel, "queryEmbeddingList", pageSize=3, pageNum=n)["rows"] for n in (1, 2)]
    assert [row["id"] for row in itertools.chain(*pages)] == [r["id"] for r in whole["rows"][:6]]
    assert rows(easel, "queryEmbeddingList", pageNum=99)["rows"] == []
    assert whole["total"] == len(whole["rows"]) and whole["pageNum"] == 1
    assert [
        r["sdModelCheckpoint"]
        for r in rows(easel, "queryModelList", sdModelCheckpoint=CAPABLE)["rows"]
    ] == [CAPABLE]
    assert rows(easel, "queryModelList", sdModelName="no such name")["total"] == 0
    assert rows(easel, "queryLoraList", sdLoraName="APABLEst")["total"] == 1
    assert rows(easel, "queryLoraList", loraBaseModel="SDXL 1.0")["total"] == 0


@shows("M12", "X45")
def test_archived_tasks(easel: Easel) -> None:
    name = sent(easel, SD + "text2image", {})
    easel.ended(name)
    month = datetime.now(UTC).strftime("%Y-%m")
    answer = easel.saas(SD + "queryArchiveTaskInfo", {"businessTaskId": name, "month": month})
    assert answer["data"]["status"] == 2 and answer["data"]["expired"] is False
    assert {"createTime", "finishTime"} <= answer["data"].keys()
    other = easel.saas(SD + "queryArchiveTaskInfo", {"businessTaskId": name, "month": "2001-01"})
    assert other["code"] == "400"


@shows("M13", "X42")
def test_the_live_state(easel: Easel) -> None:
    name = sent(easel, SD + "text2image", {}, steps=60, prompt="a ship at night")
    states: list[Json] = []
    while not states or states[-1]["status"] not in (0, 2):
        states.append(easel.saas(SD + "queryTaskInfo", {"businessTaskId": name})["data"])
    running = [one["temporaryImageDto"] for one in states if one["status"] == 1]
    shown = [one for one in running if one and one["currentImage"]]
    assert shown, "no preview was ever seen"
    assert isinstance(shown[-1]["progress"], str) and 0 < float(shown[-1]["progress"]) <= 1
    assert opened(base64.b64decode(shown[-1]["currentImage"])).width > 32
    assert shown[-1]["jobCount"] >= 1
    assert states[-1]["temporaryImageDto"] is None


@shows("M34", "X38")
def test_the_background_is_removed(easel: Easel) -> None:
    """A disc on white, by its address: opaque within, clear without, the mask says the same; on a
    ground of another colour it stands there. A capable server is asked for its own network."""
    url = easel.picture_url("disc.png", drawing("red"))
    name = easel.name()
    asked = {"businessTaskId": name, "imageUrl": url, "returnMask": True, "edgeFeather": 0}
    code = "tool/background/remove"
    said = easel.saas(code, asked)["data"]
    assert (said["toolTask"], said["status"]) == ("background/remove", 1)
    easel.ended(name)
    found = easel.saas(f"{code}/queryTask", {"businessTaskId": name})["data"]
    cut, mask = easel.fetch(found["outputImageUrl"]), easel.fetch(found["result"]["maskUrl"])
    assert (cut.mode, cut.size) == ("RGBA", (256, 256))
    alpha = cut.getchannel("A")
    assert min(alpha.getpixel(at) for at in ((128, 128), (80, 128), (128, 180))) > 250
    assert max(alpha.getpixel(at) for at in ((5, 5), (128, 40), (220, 128))) < 5
    assert mask.convert("L").tobytes() == alpha.tobytes()
    assert easel.fetch(said["outputImageUrl"]).tobytes() == cut.tobytes()
    name = easel.name()
    wanted = {"businessTaskId": name, "imageUrl": url, "model": "u2net_human_seg"}
    easel.saas(code, wanted | {"backgroundColor": "#0000ff"}, easel.able)
    easel.ended(name, easel.able)
    found = easel.saas(f"{code}/queryTask", {"businessTaskId": name}, easel.able)["data"]
    blue = easel.fetch(found["outputImageUrl"])
    assert (blue.getpixel((5, 5)), blue.getpixel((128, 128))) == ((0, 0, 255), (255, 0, 0))
    [call] = [c.body for c in easel.capable.calls if c.path == "/rembg" and c.body["input_image"]]
    assert call["model"] == "u2net_human_seg"


def enhanced(easel: Easel, who: Json | None = None, **fields: Any) -> Json:
    """A disc on white of 96 x 64, enhanced: ``data`` of the tool's query, once it is done."""
    url = easel.picture_url("small.png", drawing("red", (96, 64)))
    name = easel.name()
    body = {"businessTaskId": name, "image": url, "upscaler1": "Lanczos"} | fields
    said = easel.saas("tool/enhance", body, who)["data"]
    assert (said["toolTask"], said["status"], said["businessTaskId"]) == ("enhance", 1, name)
    easel.ended(name, who)
    found = dict(easel.saas("tool/enhance/queryTask", {"businessTaskId": name}, who)["data"])
    assert found["status"] == 2 and easel.fetch(said["outputImageUrl"]).width
    return found


@shows("M27", "X51")
def test_super_resolution(easel: Easel) -> None:
    """By a factor, also a broken one; to a size, cropped or covered."""
    to_size = {"resizeMode": 1, "upscalingResizeW": 128, "upscalingResizeH": 128}
    for fields, size in (
        ({"upscalingResize": 3}, (288, 192)),
        ({"upscalingResize": 1.5}, (144, 96)),
        (to_size | {"upscalingCrop": True}, (128, 128)),
        (to_size | {"upscalingCrop": False}, (192, 128)),
    ):
        made = easel.fetch(enhanced(easel, **fields)["outputImageUrl"])
        assert made.size == size
        middle = made.convert("RGB").getpixel((size[0] // 2, size[1] // 2))
        assert middle[0] > 200 and max(middle[1:]) < 60
    refused = easel.saas("tool/enhance", {"image": "eA==", "upscalingResize": 9})
    assert (refused["code"], refused["msg"].partition(":")[0]) == ("400", "upscalingResize")


@shows("X52")
def test_two_upscalers_are_blended(easel: Easel) -> None:
    def made(**fields: Any) -> Image.Image:
        return easel.fetch(enhanced(easel, upscalingResize=4, **fields)["outputImageUrl"])

    second = {"upscaler2": "Nearest"}
    one, other = made(), made(upscaler1="Nearest")
    half = made(extrasUpscaler2Visibility=0.5, **second)
    apart = difference(one, other)
    assert apart > 0.3
    assert abs(difference(half, one) - apart / 2) < apart / 5
    assert abs(difference(half, other) - apart / 2) < apart / 5


@shows("X50")
def test_faces_are_restored_while_enhancing(easel: Easel) -> None:
    fields = {"gfpganVisibility": 0.4, "codeformerVisibility": 0.6, "codeformerWeight": 0.2}
    enhanced(easel, easel.able, upscaleFirst=True, **fields)
    path = "/sdapi/v1/extra-single-image"
    asked = [call.body for call in easel.capable.calls if call.path == path][-1]
    names = ("gfpgan_visibility", "codeformer_visibility", "codeformer_weight", "upscale_first")
    assert [asked[name] for name in names] == [0.4, 0.6, 0.2, True]


@shows("M28")
def test_a_face_is_swapped(easel: Easel) -> None:
    """By a server that has ReActor; where none has it the call is refused, and says so."""
    blue, red = (as_base64(drawing(colour)) for colour in ("blue", "red"))
    asked = {"businessTaskId": easel.name(), "sourceUrl": blue, "targetUrl": red}
    said = easel.saas("tool/roop", asked, easel.able)["data"]
    assert (said["toolTask"], said["status"]) == ("roop", 1)
    easel.ended(asked["businessTaskId"], easel.able)
    made = easel.fetch(said["outputImageUrl"]).convert("RGB")
    assert (made.getpixel((128, 128)), made.getpixel((5, 5))) == ((0, 0, 255), (255, 255, 255))
    refused = easel.saas("tool/roop", asked | {"businessTaskId": easel.name()})
    assert (refused["code"], refused["msg"].endswith(": faceswap")) == ("400", True)


@shows("M14")
def test_the_query_of_a_tools_task(easel: Easel) -> None:
    """A tool's own path asks for any task of the caller's; an unknown id reads as everywhere."""
    name = sent(easel, SD + "text2image", {})
    easel.ended(name)
    for tool in ("enhance", "hair/change"):
        answer = easel.saas(f"tool/{tool}/queryTask", {"businessTaskId": name})
        assert (answer["code"], answer["data"]["status"]) == ("200", 2)
        unknown = easel.saas(f"tool/{tool}/queryTask", {"businessTaskId": "no-such-task"})
        assert unknown["code"] == "400"


@shows("M02", "M04", "M07")
@pytest.mark.parametrize("call", ["text2image", "image2image", "controlnet"])
def test_the_published_request(easel: Easel, golden: Callable[[str], Json], call: str) -> None:
    """As printed, with pictures that can be reached; on the sketch painter ControlNet's model is
    refused by its name."""
    body = golden(f"saas/saas.{call}.v2.request")
    scripts = body.get("alwayson_scripts") or body["always_on_scripts"]
    scripts["id_task"] = easel.name()
    body["callbackUrl"] = easel.callback("golden")
    if "image_link" in scripts:
        scripts["image_link"] = easel.picture_url("golden.png", drawing())
    for one in scripts.get("controlnet", {}).get("args", ()):
        one["image_link"] = easel.picture_url("golden2.png", drawing())
    answer = easel.saas(SD + call, body)
    assert answer["data"]["task_id"] == scripts["id_task"], answer
