from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.engine.diffusion.controls import lines
from generation.engine.diffusion.controls.fitting import at_size, perfect_resolution
from generation.engine.diffusion.controls.palette import ADE20K
from generation.engine.diffusion.controls.preprocessors import (
    TABLE,
    available,
    known,
    preprocess,
)
from generation.engine.painter import ResizeMode


def scene(size: int = 256) -> Image.Image:
    """A house: a dark square with a diagonal over it on a light ground, some noise."""
    image = Image.new("RGB", (size, size), (200, 190, 180))
    draw = ImageDraw.Draw(image)
    draw.rectangle((size // 4, size // 3, 3 * size // 4, 7 * size // 8), fill=(60, 40, 40))
    draw.line((size // 8, size // 3, size // 2, size // 10), fill=(20, 20, 20), width=3)
    noise = np.random.default_rng(1).normal(0, 2, (size, size, 3))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def drawn(module: str, a: float = -1, b: float = -1, res: int = 256) -> np.ndarray:
    return np.asarray(preprocess(module, scene(), res, (a, b), Path("/nowhere")))


def white(module: str, a: float = -1, b: float = -1) -> float:
    """Share of white."""
    return float(drawn(module, a, b).mean() / 255)


@pytest.mark.parametrize("module", ["canny", "scribble_xdog", "lineart_realistic", "mlsd"])
def test_lines_are_white_where_the_picture_changes(module: str) -> None:
    values = drawn(module).max(axis=2)
    edge = values[80:92, 80:180].max()  # the upper side of the square
    assert edge > 200 and values[130:200, 90:160].mean() < 3 and values[:20].mean() < 3
    assert values.shape == (256, 256) and (drawn(module)[..., 0] == values).all()


@pytest.mark.parametrize(
    ("module", "less", "more"),
    [
        ("canny", (250, 255), (5, 20)),
        ("scribble_xdog", (64, -1), (1, -1)),
        ("mlsd", (2, -1), (0.05, -1)),
        ("mlsd", (-1, 20), (-1, 0.1)),
    ],
)
def test_thresholds_choose(
    module: str, less: tuple[float, float], more: tuple[float, float]
) -> None:
    assert white(module, *less) <= white(module, -1, -1) <= white(module, *more)
    assert white(module, *less) < white(module, *more) or less[1] == 20


def test_a_threshold_below_zero_is_the_preprocessors_own() -> None:
    assert (drawn("canny") == drawn("canny", 100, 200)).all()


def test_a_threshold_out_of_range_is_brought_to_its_end() -> None:
    assert (drawn("scribble_xdog", 1000) == drawn("scribble_xdog", 64)).all()


def test_short_segments_are_left_out() -> None:
    image = np.zeros((256, 256, 3), np.uint8)
    image[100:110, 100:110] = 255
    assert not lines.mlsd(image, 0.1, 20).any()


@pytest.mark.parametrize("module", ["none", "inpaint_global_harmonious"])
def test_some_take_the_picture_itself(module: str) -> None:
    image = scene()
    assert preprocess(module, image, 64, (-1, -1), Path()).tobytes() == image.tobytes()


@pytest.mark.parametrize(("res", "size"), [(64, (64, 64)), (512, (512, 512)), (9, (64, 64))])
def test_the_resolution_is_the_smaller_side(res: int, size: tuple[int, int]) -> None:
    assert drawn("canny", res=res).shape[:2] == size


def test_without_their_files_networks_are_not_on_offer(tmp_path: Path) -> None:
    assert available(tmp_path) == (
        "none",
        "canny",
        "scribble_xdog",
        "lineart_realistic",
        "mlsd",
        "inpaint_global_harmonious",
    )


def test_the_contracts_nine_are_known() -> None:
    nine = (
        "canny depth_midas lineart_realistic mlsd normal_bae openpose scribble_xdog "
        "seg_ufade20k inpaint_global_harmonious None"
    )
    assert [known(name) for name in nine.split()] and len(TABLE) == 10


@pytest.mark.parametrize(
    ("size", "target", "mode", "resolution"),
    [
        ((512, 512), (768, 512), ResizeMode.CROP_AND_RESIZE, 768),
        ((512, 512), (768, 512), ResizeMode.RESIZE_AND_FILL, 512),
        ((1000, 500), (512, 512), ResizeMode.JUST_RESIZE, 512),
    ],
)
def test_the_perfect_resolution(
    size: tuple[int, int], target: tuple[int, int], mode: ResizeMode, resolution: int
) -> None:
    assert perfect_resolution(size, target, mode) == resolution


def test_fitting_crops_fills_or_stretches() -> None:
    image = Image.new("RGB", (40, 20), (9, 9, 9))
    image.paste((250, 0, 0), (15, 5, 25, 15))
    crop, fill, stretch = (
        np.asarray(at_size(image, 40, 40, mode))
        for mode in (ResizeMode.CROP_AND_RESIZE, ResizeMode.RESIZE_AND_FILL, ResizeMode.JUST_RESIZE)
    )
    assert (crop[20, 20] == (250, 0, 0)).all() and (crop[20, 5] == 9).all()
    assert (fill[:10] == 9).all() and (fill[20, 20] == (250, 0, 0)).all()
    red = [int((picture[..., 0] > 100).sum()) for picture in (crop, fill, stretch)]
    assert red[1] < red[2] < red[0]


def test_the_palette_is_of_150_colours() -> None:
    assert len(ADE20K) == 150 and ADE20K[0] == (120, 120, 120) and ADE20K[149] == (92, 0, 255)
