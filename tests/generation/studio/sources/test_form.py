"""From the form's fields to the request, and what is refused at which field."""

from __future__ import annotations

import pytest
from PIL import Image

from generation import storage
from generation.models import Backend, Task, Upload
from generation.request import ControlMode, MaskFill, ResizeMode
from generation.studio import sources
from generation.studio.forms import CreateForm
from tests.generation.house import CHECKPOINT
from tests.generation.painting import encode
from tests.generation.studio.conftest import FRAGMENT
from tests.generation.studio.sources.conftest import small

MASK = encode(Image.linear_gradient("L").resize((128, 96)))


def form(person, **fields: object) -> CreateForm:
    made = CreateForm(person.in_person, {"prompt": "x", "checkpoint": CHECKPOINT} | fields)
    made.is_valid()
    return made


def test_without_pictures_nothing_is_added(alice, house):
    request = form(alice).to_request()
    assert request.init is None
    assert request.controlnet == ()
    assert request.adetailer == ()


def test_a_picture_to_start_from(alice, sign_in, send):
    told = send(sign_in(alice), small())
    asked = form(alice, init=told["id"], resize_mode="2", denoising_strength="0.3").to_request()
    assert asked.init is not None
    assert asked.init.image.stored == Upload.objects.get().file
    assert asked.init.resize_mode == ResizeMode.RESIZE_AND_FILL
    assert asked.init.denoising_strength == 0.3


def test_a_mask(alice, sign_in, send):
    client = sign_in(alice)
    init = send(client, small())
    mask = send(client, MASK, like=init["id"])
    fields = {"mask_blur": "8", "mask_fill": "0", "mask_area": "masked", "mask_side": "rest"}
    asked = form(alice, init=init["id"], mask=mask["id"], **fields).to_request().mask
    assert asked is not None
    assert (asked.blur, asked.fill, asked.padding) == (8, MaskFill.FILL, 32)
    assert asked.only_masked
    assert asked.invert


def test_units(alice, sign_in, send, able):
    told = send(sign_in(alice), small())
    fields = {
        "control_0_model": "edges",
        "control_0_image": told["id"],
        "control_0_module": "canny",
        "control_0_threshold_a": "50",
        "control_0_end": "0.5",
        "control_0_mode": "control",
        "control_2_model": "edges",
        "control_2_resolution": "768",
        "init": told["id"],
    }
    first, second = form(alice, **fields).to_request().controlnet
    assert (first.module, first.threshold_a, first.threshold_b) == ("canny", 50, -1)
    assert (first.guidance_end, first.control_mode) == (0.5, ControlMode.CONTROL)
    assert first.pixel_perfect
    assert first.image is not None
    assert second.image is None  # the one to start from
    assert (second.pixel_perfect, second.processor_res) == (False, 768)


def test_faces_are_repaired(alice, able):
    asked = form(alice, detail_model="face.pt", detail_prompt="a smile").to_request()
    (unit,) = asked.adetailer
    assert (unit.model, unit.prompt, unit.denoising_strength) == ("face.pt", "a smile", 0.4)


def test_again_brings_everything_back(alice, sign_in, send, able, paint):
    client = sign_in(alice)
    init = send(client, small())
    mask = send(client, MASK, like=init["id"])
    fields = {"init": init["id"], "mask": mask["id"], "mask_blur": "9", "mask_side": "rest"}
    fields |= {"control_0_model": "edges", "control_0_weight": "1.5", "detail_model": "face.pt"}
    task = paint(alice, work=False, **fields)
    back = sources.again(alice.in_person, str(task))
    assert {name: str(back[name]) for name in fields} == fields
    page = client.get(f"/?again={task}").content.decode()
    assert f'value="{init["id"]}"' in page
    assert f'value="{mask["id"]}"' in page


def test_what_is_gone_is_left_out(alice, sign_in, send, paint):
    told = send(sign_in(alice), small())
    task = paint(alice, work=False, init=told["id"])
    storage.remove([Task.objects.get().image_request.init.image.stored])
    Upload.objects.all().delete()
    back = sources.again(alice.in_person, str(task))
    assert back["init"] == ""
    assert back["denoising_strength"] == 0.6


def test_the_page_says_what_no_server_can(alice, sign_in, house):
    Backend.objects.update(offers=[word for word in house.backend.offers if word != "img2img"])
    page = sign_in(alice).get("/").content.decode()
    assert "No drawing server here can start from a picture." in page
    assert "No drawing server here has ControlNet models." in page
    assert "No drawing server here has ADetailer." in page


def test_the_page_offers_what_the_servers_have(alice, sign_in, able):
    page = sign_in(alice).get("/").content.decode()
    assert '<option value="edges">' in page
    assert '<option value="canny">Edges</option>' in page
    assert '<option value="face.pt">face.pt</option>' in page
    assert "No drawing server here" not in page
    assert "0.05 credits" in page


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_a_picture_whose_time_is_over_is_named(alice, sign_in, send):
    told = send(sign_in(alice), small())
    Upload.objects.all().delete()
    assert form(alice, init=told["id"]).errors["init"] == [
        "This picture is not there any more. Choose it again."
    ]
    sent = {"prompt": "x", "init": told["id"]}
    answer = sign_in(alice).post("/", sent, headers=FRAGMENT).content.decode()
    assert "not there any more" in answer
    assert not Task.objects.exists()


def test_anothers_picture_is_not_there(alice, charlie, sign_in, send):
    told = send(sign_in(alice), small())
    stolen = form(charlie, init=told["id"], control_0_image=told["id"], control_0_model="x")
    never = form(charlie, init="nonsense")
    assert stolen.errors["init"] == never.errors["init"]
    assert "control_0_image" in stolen.errors


def test_a_mask_of_another_picture(alice, sign_in, send):
    client = sign_in(alice)
    init, other = send(client, small()), send(client, small(64, 64))
    assert "another picture" in form(alice, init=init["id"], mask=other["id"]).errors["mask"][0]
    assert "needs the picture" in form(alice, mask=other["id"]).errors["mask"][0]


@pytest.mark.parametrize(
    ("fields", "where", "said"),
    [
        ({"denoising_strength": "1.5"}, "denoising_strength", "A number from 0 to 1."),
        ({"mask_blur": "x"}, "mask_blur", "A number from 0 to 64."),
        ({"control_0_model": "edges"}, "control_0_image", "Choose a picture to steer by."),
        ({"control_1_weight": "3"}, "control_1_weight", "A number from 0 to 2."),
        (
            {"control_0_model": "edges", "control_0_start": "0.8", "control_0_end": "0.2"},
            "control_0_end",
            "It ends before it begins.",
        ),
    ],
)
def test_what_is_malformed(alice, house, fields, where, said):
    assert form(alice, **fields).errors[where] == [said]


def test_a_picture_that_steers_nothing(alice, sign_in, send, house):
    told = send(sign_in(alice), small())
    asked = form(alice, control_0_image=told["id"])
    assert asked.errors["control_0_model"] == ["Choose a model for this picture."]


def test_the_core_s_refusals_land_at_their_fields(alice, sign_in, send, house):
    told = send(sign_in(alice), small())
    sent = {"prompt": "x", "checkpoint": CHECKPOINT, "init": told["id"]}
    client = sign_in(alice)

    def quoted(**more: str) -> str:
        return client.post("/studio/quote", sent | more, headers=FRAGMENT).content.decode()

    page = quoted(control_1_model="gone")
    assert "gone" in page.partition('id="error-control_1_model"')[2].partition("</p>")[0]
    page = quoted(detail_model="face.pt")
    assert "adetailer" in page.partition('id="error-detail_model"')[2].partition("</p>")[0]
    page = quoted(hires="on")
    assert "second pass" in page.partition('id="error-hires"')[2].partition("</p>")[0]
