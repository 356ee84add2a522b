from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.engine.canvas import masks
from generation.engine.painter import Mask, MaskFill, PaintJob

ORANGE, TEAL = (255, 128, 0), (0, 128, 128)


def spot(size=(128, 128), box=(48, 48, 79, 79)) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    return mask


def job(mask: Image.Image, *, init=(128, 128), size=(64, 64), **fields) -> PaintJob:
    plain = {"blur_x": 0, "blur_y": 0, "fill": MaskFill.ORIGINAL}
    return PaintJob(
        prompt="",
        width=size[0],
        height=size[1],
        init_image=Image.new("RGB", init, TEAL),
        mask=Mask(image=mask, **plain | fields),
    )


# Reading


def test_a_mask_is_its_brightness():
    grey = Image.new("RGB", (8, 8), (100, 100, 100))
    assert masks.binary(Mask(image=grey)).getpixel((0, 0)) == 100


@pytest.mark.parametrize(("is_round", "value"), [(True, 255), (False, 150)])
def test_a_mask_with_transparency_is_its_alpha(is_round, value):
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 150))
    assert masks.binary(Mask(image=image, round=is_round)).getpixel((0, 0)) == value


def test_half_transparent_is_black_when_rounded():
    image = Image.new("RGBA", (8, 8), (255, 255, 255, 128))
    assert masks.binary(Mask(image=image)).getpixel((0, 0)) == 0


def test_invert():
    assert masks.binary(Mask(image=spot(), invert=True)).getpixel((60, 60)) == 0


# Blur


def direct(line: np.ndarray, sigma: float) -> np.ndarray:
    """The published kernel, tap by tap."""
    size = 2 * int(2.5 * sigma + 0.5) + 1
    taps = np.exp(-0.5 * ((np.arange(size) - size // 2) / sigma) ** 2)
    padded = np.pad(line.astype(float), size // 2, mode="reflect")
    return np.convolve(padded, taps / taps.sum(), mode="valid")


@pytest.mark.parametrize("sigma", [1, 4, 9])
def test_blur_is_the_published_kernel(sigma):
    row = np.random.default_rng(1).integers(0, 256, 97).astype(np.uint8)
    mask = Image.fromarray(np.tile(row, (5, 1)))
    made = np.asarray(masks.blurred(mask, sigma, 0))[2].astype(float)
    assert np.abs(made - direct(row, sigma)).max() <= 0.51


def test_blur_has_no_seams(monkeypatch):
    row = np.random.default_rng(2).integers(0, 256, 97).astype(np.uint8)
    mask = Image.fromarray(np.tile(row, (5, 1)))
    whole = masks.blurred(mask, 4, 4)
    monkeypatch.setattr(masks, "BLOCK", 10)
    monkeypatch.setattr(masks, "ROWS", 3)
    assert np.abs(np.subtract(whole, masks.blurred(mask, 4, 4), dtype=np.int16)).max() <= 1


def test_a_very_long_mask_is_blurred_in_little_memory():
    assert masks.blurred(Image.new("L", (100_000, 4), 200), 64, 64).getextrema() == (200, 200)


def test_blur_goes_by_axis():
    across = np.asarray(masks.blurred(spot(), 6, 0))
    assert across[64, 44] > 0
    assert across[44, 64] == 0
    down = np.asarray(masks.blurred(spot(), 0, 6))
    assert np.array_equal(down, across.T)


def test_no_blur_is_no_change():
    assert masks.blurred(spot(), 0, 0).tobytes() == spot().tobytes()


def test_a_blur_wider_than_the_mask():
    assert np.ptp(np.asarray(masks.blurred(spot((8, 8), (0, 0, 3, 3)), 64, 64))) <= 1


# The box


def test_the_box_is_padded_within_the_picture():
    assert masks.crop_box(spot(), 8) == (40, 40, 88, 88)
    assert masks.crop_box(spot(), 500) == (0, 0, 128, 128)


def test_a_black_mask_has_no_box():
    assert masks.crop_box(Image.new("L", (8, 8))) is None


@pytest.mark.parametrize(
    ("box", "processing", "found"),
    [
        ((40, 40, 80, 80), (128, 64), (20, 40, 100, 80)),
        ((40, 40, 80, 80), (64, 128), (40, 20, 80, 100)),
        ((0, 40, 40, 80), (128, 64), (0, 40, 80, 80)),  # over the left edge: more at the right
        ((88, 40, 128, 80), (128, 64), (48, 40, 128, 80)),
        ((0, 0, 128, 20), (64, 128), (0, 0, 128, 128)),  # cannot be as high as asked
    ],
)
def test_the_box_grows_to_the_ratio(box, processing, found):
    assert masks.expanded(box, processing, (128, 128)) == found


# Fill


def test_fill_takes_the_colours_around():
    image = Image.new("RGB", (128, 128), TEAL)
    image.paste(ORANGE, (48, 48, 80, 80))
    filled = masks.fill(image, spot())
    assert np.abs(np.subtract(filled.getpixel((64, 64)), TEAL)).max() <= 3
    assert filled.getpixel((2, 2)) == TEAL


def test_the_canvas_is_filled_unless_the_original_stays():
    asked = job(spot())
    asked.init_image.paste(ORANGE, (48, 48, 80, 80))
    assert masks.prepare(asked).image.getpixel((32, 32)) == ORANGE
    filled = job(spot(), fill=MaskFill.FILL, padding=16)
    filled.init_image.paste(ORANGE, (48, 48, 80, 80))
    assert np.abs(np.subtract(masks.prepare(filled).image.getpixel((32, 32)), TEAL)).max() <= 3


# There and back


def test_only_masked_paints_the_cut_out_and_puts_it_back():
    asked = job(spot(), padding=16)
    canvas = masks.prepare(asked)
    assert canvas.paste_to == (32, 32, 96, 96)
    assert canvas.image.size == canvas.mask.size == (64, 64)
    done = canvas.finish(Image.new("RGB", (64, 64), ORANGE))
    assert done.size == asked.size == (128, 128)
    assert done.getpixel((64, 64)) == ORANGE
    assert done.getpixel((44, 64)) == TEAL  # in the cut-out, not under the mask
    assert done.getpixel((2, 2)) == TEAL


def test_the_whole_picture():
    asked = job(spot(), only_masked=False)
    canvas = masks.prepare(asked)
    assert canvas.paste_to is None
    done = canvas.finish(Image.new("RGB", (64, 64), ORANGE))
    assert done.size == asked.size == (64, 64)
    assert (done.getpixel((32, 32)), done.getpixel((2, 2))) == (ORANGE, TEAL)


def test_a_soft_edge_does_not_darken():
    white = job(spot(), blur_x=8, blur_y=8, only_masked=False, size=(128, 128))
    white.init_image.paste("white", (0, 0, 128, 128))
    done = masks.prepare(white).finish(Image.new("RGB", (128, 128), "white"))
    assert done.getextrema() == ((255, 255),) * 3


def test_a_latent_mask_is_what_is_repainted():
    corner = spot(box=(0, 0, 20, 20))
    canvas = masks.prepare(job(spot(), latent=corner, only_masked=False))
    assert canvas.mask.getpixel((4, 4)) == 255
    assert canvas.mask.getpixel((32, 32)) == 0


def test_a_mask_of_another_size_than_its_picture():
    canvas = masks.prepare(job(spot((64, 64), (24, 24, 39, 39)), padding=0))
    assert canvas.paste_to == (48, 48, 80, 80)


def test_no_mask_is_no_canvas():
    assert masks.prepare(PaintJob(prompt="")) is None


def test_a_blank_mask_is_plain_image_to_image():
    assert masks.prepare(job(Image.new("L", (128, 128)))) is None


def test_a_mask_without_a_picture():
    with pytest.raises(ValueError, match=r"^mask: "):
        masks.prepare(PaintJob(prompt="", mask=Mask(image=spot())))
