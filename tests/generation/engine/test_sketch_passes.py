"""Each field of a job changes the picture in the way that it promises, and at its default not at
all. The measure is named in each test.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.engine.painter import Detail, Hires, Mask, MaskFill, ResizeMode
from tests.generation.engine.sketching import PAINTER, apart, luma, paint, pixels, refused

RED = Image.new("RGB", (192, 192), (200, 40, 40))


def hole(box: tuple[int, int, int, int] = (64, 64, 128, 128), side: int = 192) -> Image.Image:
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    return mask


def inside(image: Image.Image) -> Image.Image:
    return image.crop((70, 70, 122, 122))


def test_strength_of_subseed_leads_from_one_picture_to_the_other() -> None:
    one, other = paint(seed=5), paint(seed=8)
    assert paint(seed=5, subseed=8, subseed_strength=0.0).tobytes() == one.tobytes()
    assert paint(seed=5, subseed=8, subseed_strength=1.0).tobytes() == other.tobytes()
    little = paint(seed=5, subseed=8, subseed_strength=0.1)
    assert 0 < apart(one, little) < apart(one, other)


def test_seed_resize_keeps_things_where_they_are_in_the_middle() -> None:
    """Measure: the middle is nearer to that of the other size than without the field."""
    small = paint("a car in the city", width=192, height=192)
    wide = paint("a car in the city", width=320, height=192)
    kept = paint("a car in the city", width=320, height=192, seed_resize_from=(192, 192))
    part = (96, 60, 224, 180)
    middle = small.crop((32, 60, 160, 180))
    assert apart(kept.crop(part), middle) < apart(wide.crop(part), middle)


def test_guidance_is_vividness() -> None:
    """Measure: mean saturation."""

    def vivid(scale: float) -> float:
        return float(np.ptp(pixels(paint(cfg_scale=scale)), axis=2).mean())

    assert vivid(2) < vivid(7) < vivid(15)


def test_a_stressed_thing_is_larger() -> None:
    """Measure: pixels of the apple's red."""

    def red(prompt: str) -> int:
        r, g, b = np.moveaxis(pixels(paint(prompt)), 2, 0)
        return int(((r > 150) & (g < 90) & (b < 110)).sum())

    assert red("a red apple and a tree") < red("(a red apple:1.8) and a tree")


def test_a_tile_wraps() -> None:
    """Measure: the step over the edge is no larger than between neighbours inside."""
    tile = luma(paint("two cats", width=256, height=256, tiling=True))
    for turned in (tile, tile.T):
        inner = np.abs(np.diff(turned, axis=1)).mean(axis=0)
        assert np.abs(turned[:, 0] - turned[:, -1]).mean() <= inner.max()
    plain = luma(paint("two cats", width=256, height=256))
    assert np.abs(plain[0] - plain[-1]).mean() > 3 * np.abs(tile[0] - tile[-1]).mean()


@pytest.mark.parametrize("style", ["sketch-watercolour", "sketch-ink", "sketch-poster"])
def test_a_style_does_not_break_a_tile(style: str) -> None:
    tile = luma(paint("cats", width=256, height=256, tiling=True, checkpoint=style))
    inner = np.abs(np.diff(tile, axis=1)).mean(axis=0)
    assert np.abs(tile[:, 0] - tile[:, -1]).mean() <= inner.max()


def test_hires_keeps_the_composition_and_adds_detail() -> None:
    """Measures: distance to the first pass at its size; the steepness of edges."""
    first = paint("a castle on a hill")
    hires = Hires(width=384, height=384, upscaler="Lanczos", denoising_strength=0.7)
    second = paint("a castle on a hill", hires=hires)
    assert second.size == (384, 384)
    assert apart(second.resize(first.size, Image.Resampling.BOX), first) < 6

    def sharp(image: Image.Image) -> float:
        return float((np.diff(luma(image), axis=1) ** 2).mean())

    assert sharp(second) > 1.15 * sharp(first.resize((384, 384), Image.Resampling.LANCZOS))


def test_hires_without_strength_is_the_enlarged_first_pass() -> None:
    for name, way in (("Nearest", Image.Resampling.NEAREST), ("Lanczos", Image.Resampling.LANCZOS)):
        hires = Hires(width=384, height=384, upscaler=name, denoising_strength=0)
        assert apart(paint(hires=hires), paint().resize((384, 384), way)) == 0


def test_hires_of_another_ratio_is_cut_and_takes_its_own_prompt() -> None:
    hires = Hires(width=384, height=256, denoising_strength=1.0, prompt="a whale in the sea")
    assert paint(hires=hires).size == (384, 256)
    r, _, b = pixels(paint(hires=hires)).mean(axis=(0, 1))
    assert b > r + 20


@pytest.mark.parametrize("mode", list(ResizeMode))
def test_a_given_picture_is_fitted_by_its_mode(mode: ResizeMode) -> None:
    given = Image.new("RGB", (64, 128), (0, 200, 0))
    given.paste((200, 0, 0), (0, 0, 64, 32))
    shown = pixels(paint(init_image=given, denoising_strength=0, resize_mode=mode))
    top = shown[4, 96]
    assert (top[0] > 150) == (mode != ResizeMode.CROP_AND_RESIZE)


def test_the_noise_multiplier_is_how_much_of_the_ground_is_new() -> None:
    def away(multiplier: float | None) -> float:
        image = paint(init_image=RED, denoising_strength=0.5, noise_multiplier=multiplier)
        return apart(image, RED)

    assert away(0.5) < away(1.0) == away(None) < away(1.4)


def test_what_a_mask_leaves_stays_to_the_bit() -> None:
    given = paint("a forest")
    for only in (True, False):
        mask = Mask(image=hole(), blur_x=0, blur_y=0, only_masked=only, padding=8)
        shown = paint("a cat", init_image=given, mask=mask, denoising_strength=1.0)
        changed = np.abs(pixels(shown) - pixels(given)).sum(axis=2) > 0
        outside = np.asarray(hole()) == 0
        assert not changed[outside].any() and changed[~outside].mean() > 0.5


def test_an_inverted_mask_is_the_other_part() -> None:
    mask = Mask(image=hole(), blur_x=0, blur_y=0, invert=True, only_masked=False)
    shown = paint("a cat", init_image=RED, mask=mask, denoising_strength=1.0)
    assert apart(inside(shown), inside(RED)) == 0 < apart(shown, RED)


def test_a_blurred_mask_has_a_soft_edge() -> None:
    """Measure: pixels between old and new."""

    def soft(blur: int) -> int:
        mask = Mask(image=hole(), blur_x=blur, blur_y=blur, only_masked=False)
        shown = paint("snow", init_image=RED, mask=mask, denoising_strength=1.0)
        return int((np.abs(pixels(shown) - pixels(RED)).sum(axis=2) > 0).sum())

    assert soft(0) < soft(8)


def test_only_the_masked_part_is_drawn_in_full_size() -> None:
    """Measure: a thing drawn into the hole is whole there, so it has its red."""
    white = Image.new("RGB", (192, 192), "white")
    mask = Mask(image=hole(), blur_x=0, blur_y=0, only_masked=True)
    r, g, _ = np.moveaxis(
        pixels(inside(paint("a red apple", init_image=white, mask=mask, denoising_strength=1.0))),
        2,
        0,
    )
    assert ((r > 150) & (g < 90)).mean() > 0.1


def test_what_fills_the_hole_is_seen_at_low_strength() -> None:
    shown = {
        fill: inside(
            paint(
                init_image=RED,
                denoising_strength=0.1,
                mask=Mask(image=hole(), fill=fill, only_masked=False),
            )
        )
        for fill in MaskFill
    }
    assert apart(shown[MaskFill.ORIGINAL], inside(RED)) < 12
    assert apart(shown[MaskFill.LATENT_NOTHING], inside(RED)) > 60
    assert luma(shown[MaskFill.LATENT_NOISE]).std() > 10 > luma(shown[MaskFill.FILL]).std()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("vae", {"vae": "vae-ft-mse-840000-ema-pruned.ckpt"}),
        ("details", {"details": (Detail(model="face_yolov8n.pt"),)}),
        ("restore_faces", {"restore_faces": True}),
        ("mask", {"mask": Mask(image=hole())}),
        ("tiling", {"tiling": True, "init_image": RED}),
        ("subseed", {"subseed": -1}),
        ("subseed_strength", {"subseed_strength": 1.2}),
        ("noise_multiplier", {"noise_multiplier": 9.0}),
        ("seed_resize_from.width", {"seed_resize_from": (4096, 512)}),
        ("hires.width", {"hires": Hires(width=4096, height=512)}),
        ("hires.upscaler", {"hires": Hires(width=640, height=640, upscaler="ESRGAN_4x")}),
        ("hires.checkpoint", {"hires": Hires(width=640, height=640, checkpoint="sdxl")}),
        ("hires.steps", {"hires": Hires(width=640, height=640, steps=10_000)}),
        ("hires", {"hires": Hires(width=640, height=640), "init_image": RED}),
        ("frames", {"extra": {"frames": 16}}),
        ("prompt", {"prompt": "a cat <lora:hayasaka_ai:1>"}),
        ("prompt", {"prompt": "a cat <lora:noir:much>"}),
    ],
)
def test_what_it_cannot_do_is_refused_by_name(field: str, values: dict[str, object]) -> None:
    assert refused(**values).startswith(f"{field}:")


def test_what_it_says_it_can_is_what_the_backends_ask_for() -> None:
    from generation.backends.base import FEATURES

    assert PAINTER.stock().features <= FEATURES
