"""Codes woven into drawings: readers read them, and the scene stays."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image

from generation.engine.painter import Control, ControlMode
from generation.engine.sketch import grid
from tests.generation.engine.sketching import PAINTER, apart, luma, paint, refused

QRCODE, BRIGHTNESS = (extra.name for extra in PAINTER.stock().controlnets)
SCENES = (
    *("a castle on a hill at sunset", "a cat sitting on the moon", "三只鸭子在湖上"),
    *("a red car in the city at night", "一只熊猫在竹林里吃竹子", "whale in the sea"),
    *("雪山下的小木屋", "a rocket in space", "a bowl of noodles", "樱花树下的少女"),
)
TEXT = "https://easel.example/t/4711"


def code(text: str = TEXT, error: str = "H") -> Image.Image:
    file = io.BytesIO()
    segno.make(text, error=error).save(file, kind="png", scale=8, border=4)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def woven(prompt: str = SCENES[0], model: str = QRCODE, **values: Any) -> Image.Image:
    job = {name: values.pop(name) for name in ("seed", "checkpoint") if name in values}
    unit = Control(model=model, **({"image": code()} | values))
    return paint(prompt, width=384, height=384, controls=(unit,), **job)


def reads(image: Image.Image) -> bool:
    return any(found.text == TEXT for found in zxingcpp.read_barcodes(image))


def shared(image: Image.Image) -> Image.Image:
    """Half as large and as a JPEG of quality 70, as chat programs hand pictures on."""
    file = io.BytesIO()
    image.resize((image.width // 2, image.height // 2)).save(file, "JPEG", quality=70)
    return Image.open(io.BytesIO(file.getvalue()))


@pytest.mark.parametrize(("weight", "share"), [(1.1, 0.6), (1.6, 0.95)])
def test_codes_of_twenty_scenes_are_read(weight: float, share: float) -> None:
    """Also after they were shared."""
    read = [
        reads(image) and reads(shared(image))
        for seed in range(20)
        for image in [woven(SCENES[seed % 10], weight=weight, seed=seed)]
    ]
    assert sum(read) >= share * len(read)


@pytest.mark.parametrize("card", PAINTER.cards(), ids=lambda card: card.name)
def test_codes_are_read_in_every_style(card: Any) -> None:
    assert reads(woven(weight=1.2, checkpoint=card.name))


def test_the_scene_stays_recognisable() -> None:
    """Measure: the hue of large areas, at the weight that is asked for most."""
    plain, image = paint(SCENES[0], width=384, height=384), woven(weight=1.1)
    small = [
        np.asarray(one.resize((12, 12)).convert("HSV"))[..., 0] / 255 for one in (plain, image)
    ]
    turned = np.abs(small[0] - small[1])
    assert np.median(np.minimum(turned, 1 - turned)) < 0.06


def test_more_weight_is_more_code_and_none_is_none() -> None:
    """Measure: difference of brightness between dark and light modules."""
    assert woven(weight=0).tobytes() == paint(SCENES[0], width=384, height=384).tobytes()
    dark = np.asarray(code().convert("L").resize((384, 384))) < 128

    def contrast(weight: float) -> float:
        light = luma(woven(weight=weight))
        return float(light[~dark].mean() - light[dark].mean())

    steps = [contrast(weight) for weight in (0.3, 0.7, 1.1, 1.6, 2.0)]
    assert steps == sorted(steps)


def test_guidance_acts_in_its_steps_only() -> None:
    plain = paint(SCENES[0], width=384, height=384)
    away = [
        apart(woven(guidance_start=start, guidance_end=end), plain)
        for start, end in ((0.6, 0.6), (0.6, 1.0), (0.0, 0.6), (0.0, 1.0))
    ]
    assert away[0] == 0 and away == sorted(away)


def test_modes_say_who_is_more_important() -> None:
    plain = paint(SCENES[0], width=384, height=384)
    away = [
        apart(woven(mode=mode), plain)
        for mode in (ControlMode.PROMPT, ControlMode.BALANCED, ControlMode.CONTROL)
    ]
    assert away == sorted(away) and len(set(away)) == 3


@pytest.mark.parametrize("model", [QRCODE, BRIGHTNESS])
def test_any_picture_of_light_and_dark_can_be_woven(model: str) -> None:
    """Measure: correlation of brightness."""
    line = np.linspace(-1, 1, 96)
    disc = Image.fromarray(np.where(line[:, None] ** 2 + line**2 < 0.4, 20, 235).astype("u1"))
    image = woven("a forest", model, image=disc, weight=1.0)
    target = luma(disc.resize(image.size)).ravel()
    assert np.corrcoef(luma(image).ravel(), target)[0, 1] > 0.75


def test_the_init_image_controls_where_no_other_is_given() -> None:
    unit = Control(model=QRCODE, weight=1.6, module="inpaint_global_harmonious")
    image = paint("a cat", width=384, height=384, init_image=code(), controls=(unit,))
    assert reads(image)


def test_a_code_is_found_module_by_module() -> None:
    made = segno.make(TEXT, error="H")
    found = grid.find(luma(code()) < 128)
    assert found is not None
    assert found.dark.tolist() == [[bool(module) for module in row] for row in made.matrix]
    assert grid.find(np.zeros((64, 64), dtype=bool)) is None
    assert grid.find(np.ones((64, 64), dtype=bool)) is None


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("controls.model", {"model": "control_v11p_sd15_canny"}),
        ("controls.module", {"module": "openpose"}),
        ("controls.weight", {"weight": 2.5}),
        ("controls.guidance_start", {"guidance_start": -0.1}),
        ("controls.guidance_end", {"guidance_end": 1.1}),
        ("controls.image", {"image": None}),
    ],
)
def test_what_it_cannot_do_is_refused_by_name(field: str, values: dict[str, Any]) -> None:
    unit = Control(**({"model": QRCODE, "image": code()} | values))
    assert refused(controls=(unit,)).startswith(f"{field}:")
