"""The sketch painter's preprocessors: what a map shows, and what steers a drawing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.engine.painter import Control
from generation.engine.sketch import maps
from generation.engine.sketch.painter import SketchPainter
from tests.generation.engine.sketching import PAINTER, apart, paint, refused

BRIGHTNESS = "control_v1p_sd15_brightness"


def disc(size: int = 256) -> Image.Image:
    """Black on white, in the middle."""
    image = Image.new("RGB", (size, size), "white")
    ImageDraw.Draw(image).ellipse((size // 4, size // 4, size * 3 // 4, size * 3 // 4), "black")
    return image


def drawn(module: str, **values: float) -> np.ndarray:
    unit = Control(model="", module=module, image=disc(), processor_res=256, **values)
    return np.asarray(PAINTER.preprocess(unit).convert("L"))


def test_canny_draws_the_outline_in_one_pixel():
    edges = drawn("canny")
    assert set(np.unique(edges)) == {0, 255}
    assert 3 < np.count_nonzero(edges[128]) + 2 < 9  # the two sides of the disc
    assert edges[128, 60:68].any()
    assert not edges[100:156, 100:156].any()


def test_a_high_threshold_leaves_fewer_edges():
    image = disc().convert("L").point(lambda value: 110 + value // 16).convert("RGB")
    pale = Control(model="", module="canny", image=image, threshold_a=200, threshold_b=250)
    assert not np.asarray(PAINTER.preprocess(pale)).any()


def test_the_others():
    assert drawn("invert")[128, 128] == 255
    assert drawn("invert")[0, 0] == 0
    assert drawn("threshold")[0, 0] == 255
    assert drawn("threshold", threshold_a=255).max() == 0
    assert 40 < drawn("blur_gaussian")[128, 64] < 215
    assert drawn("scribble_xdog")[128, 70] == 255
    assert drawn("scribble_xdog")[0, 0] == 0
    assert drawn("lineart_standard")[128, 68] > 60


def test_a_map_has_the_resolution_that_was_asked_for():
    image = Image.new("RGB", (400, 200))
    unit = Control(model="", module="canny", image=image, processor_res=128)
    assert PAINTER.preprocess(unit).size == (256, 128)
    assert maps.draw(unit, image, (512, 512)).size == (256, 128)
    perfect = Control(model="", module="canny", image=image, pixel_perfect=True)
    assert maps.draw(perfect, image, (512, 512)).size == (1024, 512)


def test_the_map_steers_the_drawing_not_the_picture():
    def with_module(module: str) -> Image.Image:
        unit = Control(model=BRIGHTNESS, module=module, image=disc())
        return paint("a meadow", width=256, height=256, controls=(unit,))

    plain, inverted = with_module("none"), with_module("invert")
    assert apart(plain, inverted) > 10
    light = [np.asarray(image.convert("L"))[112:144, 112:144].mean() for image in (plain, inverted)]
    assert light[0] < light[1]


def test_a_module_that_is_not_there_is_refused_by_name():
    unit = Control(model=BRIGHTNESS, module="depth_midas", image=disc())
    assert refused(controls=(unit,)).startswith("controls.module: no 'depth_midas'")
    with pytest.raises(ValueError, match="module: no 'depth_midas'"):
        SketchPainter().preprocess(unit)
    with pytest.raises(ValueError, match="image: there is none"):
        SketchPainter().preprocess(Control(model="", module="canny"))
