from __future__ import annotations

import pytest

from generation import needs
from generation.request import (
    ADetailerUnit,
    ControlNetUnit,
    Hires,
    ImageRef,
    ImageRequest,
    Init,
    LoraUse,
    Mask,
)

PICTURE = ImageRef(stored="inputs/x.png")
PLAIN = ImageRequest(checkpoint="Photon.safetensors")


def of(**changes: object) -> set[str]:
    return set(needs.of_request(PLAIN.model_copy(update=changes)))


def test_a_plain_request_needs_its_checkpoint_and_its_size() -> None:
    assert of() == {"checkpoint:photon.safetensors", "txt2img", "side:512"}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"init": Init(image=PICTURE)}, "img2img"),
        ({"init": Init(image=PICTURE), "mask": Mask(image=PICTURE)}, "inpaint"),
        ({"hires": Hires()}, "hires"),
        ({"restore_faces": True}, "restore_faces"),
        ({"tiling": True}, "tiling"),
        ({"subseed_strength": 0.1}, "subseed"),
        ({"vae": "Clear.vae.pt"}, "vae:clear.vae.pt"),
        ({"loras": (LoraUse(name="Ink"),)}, "lora:ink"),
        ({"prompt": "a <lora:Ink:0.5> b"}, "lora:ink"),
        ({"controlnet": (ControlNetUnit(model="Canny"),)}, "controlnet:canny"),
        ({"adetailer": (ADetailerUnit(model="face"),)}, "adetailer"),
        ({"width": 520}, "side:768"),
        ({"hires": Hires(scale=2)}, "side:1024"),
        ({"hires": Hires(scale=4), "width": 1024}, "side:4096"),
    ],
)
def test_each_wish_is_a_word(changes: dict[str, object], word: str) -> None:
    assert word in of(**changes)


def test_image_to_image_needs_no_text_to_image() -> None:
    assert "txt2img" not in of(init=Init(image=PICTURE))


def test_a_unit_that_is_off_needs_no_model() -> None:
    unit = ControlNetUnit(model="Canny", enabled=False)
    assert "controlnet:canny" not in of(controlnet=(unit,))


def test_each_lora_is_named_once() -> None:
    request = PLAIN.model_copy(
        update={"prompt": "<lora:a:1> <LORA:b>", "loras": (LoraUse(name="a"),)}
    )
    assert needs.loras_of(request) == ["a", "b"]


def test_offers_hold_every_need_up_to_the_largest_side() -> None:
    offers = needs.offers_of(
        features=["txt2img", "hires"],
        checkpoints=["Photon.safetensors"],
        loras=["Ink"],
        vaes=[],
        controlnets=[],
        max_side=1024,
    )
    assert of(hires=Hires(), loras=(LoraUse(name="INK"),)) <= set(offers)
    assert not of(hires=Hires(scale=3)) <= set(offers)
