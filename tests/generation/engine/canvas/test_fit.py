from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from generation.engine.canvas.fit import fit, inner_size
from generation.engine.painter import ResizeMode


def stripes(width: int, height: int) -> Image.Image:
    """Red at the left, blue at the right, green in between."""
    values = np.zeros((height, width, 3), np.uint8)
    values[:, : width // 4] = (255, 0, 0)
    values[:, width // 4 : -width // 4] = (0, 255, 0)
    values[:, -width // 4 :] = (0, 0, 255)
    return Image.fromarray(values)


@pytest.mark.parametrize("mode", list(ResizeMode))
@pytest.mark.parametrize("size", [(64, 64), (128, 64), (72, 136), (9, 200)])
def test_every_mode_has_the_asked_size(mode, size):
    assert fit(stripes(37, 53), *size, mode).size == size


def test_a_picture_of_the_size_is_left_as_it_is():
    image = stripes(64, 64)
    kept = fit(image, 64, 64, ResizeMode.RESIZE_AND_FILL)
    assert kept.tobytes() == image.tobytes()
    assert kept is not image


def test_just_resize_distorts():
    assert fit(stripes(64, 16), 64, 64, 0).getpixel((4, 32)) == (255, 0, 0)


def test_crop_cuts_the_sides_off():
    assert fit(stripes(64, 16), 64, 64, 1).getpixel((0, 32)) == (0, 255, 0)


def test_fill_stretches_the_edges():
    filled = fit(stripes(16, 64), 64, 64, 2)
    assert filled.getpixel((0, 32)) == (255, 0, 0)
    assert filled.getpixel((63, 32)) == (0, 0, 255)
    assert filled.getpixel((32, 32)) == (0, 255, 0)


def test_fill_stretches_top_and_bottom():
    filled = fit(stripes(64, 16).rotate(90, expand=True), 64, 128, 2)
    assert filled.getpixel((32, 0))[2] == 255  # blue lies on top once it is turned
    assert filled.getpixel((32, 127))[0] == 255


@pytest.mark.parametrize(
    ("mode", "size"),
    [(ResizeMode.CROP_AND_RESIZE, (96, 64)), (ResizeMode.RESIZE_AND_FILL, (64, 42))],
)
def test_the_other_side_is_rounded_down(mode, size):
    assert inner_size((300, 200), (64, 64), mode) == size


def test_a_mask_stays_a_mask():
    assert fit(Image.new("L", (10, 20), 200), 64, 64, 2).mode == "L"


def test_no_such_mode():
    with pytest.raises(ValueError):
        fit(stripes(8, 8), 64, 64, 7)
