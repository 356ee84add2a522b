from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.engine.diffusion.controls.palette import ADE20K
from generation.engine.diffusion.controls.preprocessors import available, preprocess
from tests.generation.engine.diffusion.onnx_files import fixed, write

IMAGE = Image.new("RGB", (128, 64), (255, 0, 0))
SHAPE = (1, 3, "rows", "columns")


def drawn(module: str, models: Path, image: Image.Image = IMAGE) -> np.ndarray:
    return np.asarray(preprocess(module, image, 64, (-1, -1), models))


def test_depth_is_bright_where_it_is_near(tmp_path: Path) -> None:
    ramp = np.linspace(-3, 5, 128, dtype=np.float32)[None, None].repeat(64, 1)
    fixed(tmp_path / "annotators/depth_midas.onnx", SHAPE, depth=ramp)
    values = drawn("depth_midas", tmp_path)
    assert values.shape == (64, 128, 3) and values[:, 0].max() == 0 and values[:, -1].min() == 255


def test_a_flat_depth_is_black(tmp_path: Path) -> None:
    fixed(tmp_path / "annotators/depth_midas.onnx", SHAPE, depth=np.ones((1, 64, 128), np.float32))
    assert not drawn("depth_midas", tmp_path).any()


def test_a_network_is_fed_the_picture_as_documented(tmp_path: Path) -> None:
    write(
        tmp_path / "annotators/normal_bae.onnx",
        constants={},
        nodes=[("Identity", ["images"], ["out"])],
        outputs={"out": SHAPE},
        shape=SHAPE,
    )
    red = (np.array([1, 0, 0]) - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    expected = (red / np.linalg.norm(red) + 1) * 127.5
    assert np.abs(drawn("normal_bae", tmp_path)[30, 60] - expected).max() <= 1


def test_normals_are_of_length_one(tmp_path: Path) -> None:
    values = np.zeros((1, 4, 64, 128), np.float32)
    values[:, 2] = 40
    fixed(tmp_path / "annotators/normal_bae.onnx", SHAPE, normals=values)
    assert (drawn("normal_bae", tmp_path) == (127, 127, 255)).all()


@pytest.mark.parametrize("as_labels", [False, True])
def test_segments_have_their_colours(as_labels: bool, tmp_path: Path) -> None:
    labels = np.zeros((1, 16, 32), np.float32)
    labels[:, :, 16:] = 12
    classes = (np.arange(150)[None, :, None, None] == labels[:, None]).astype(np.float32)
    out = labels if as_labels else classes
    fixed(tmp_path / "annotators/seg_ufade20k.onnx", SHAPE, out=out)
    values = drawn("seg_ufade20k", tmp_path)
    assert tuple(values[30, 20]) == ADE20K[0] and tuple(values[30, 100]) == ADE20K[12]


def person(x: float, y: float, sure: float = 0.9) -> list[float]:
    """17 joints in a column below each other."""
    joints = [value for n in range(17) for value in (x, y + 2 * n, sure)]
    return [x, y + 17, 20, 40, 0.9, *joints]


def test_a_pose_is_drawn_where_it_was_seen(tmp_path: Path) -> None:
    rows = np.array([[person(16, 10), person(48, 10, sure=0.1)]], np.float32).transpose(0, 2, 1)
    fixed(tmp_path / "annotators/openpose.onnx", (1, 3, 64, 64), out=rows)
    values = drawn("openpose", tmp_path, Image.new("RGB", (64, 64), "white"))
    assert values[10:44, 14:19].any() and not values[:, 30:].any() and not values[50:].any()


def test_with_its_file_a_network_is_on_offer(tmp_path: Path) -> None:
    fixed(tmp_path / "annotators/depth_midas.onnx", depth=np.ones((1, 8, 8), np.float32))
    assert "depth_midas" in available(tmp_path) and "openpose" not in available(tmp_path)


def test_a_file_that_is_no_network_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "annotators/depth_midas.onnx"
    path.parent.mkdir()
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"depth_midas\.onnx"):
        drawn("depth_midas", tmp_path)
