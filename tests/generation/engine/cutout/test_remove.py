"""What is cut out: an apple on a table, a disc on noise; edges, colours, an operator's network."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from generation.engine.cutout import matte, networks, people, remove, things
from generation.engine.painter import PaintJob
from generation.engine.sketch.painter import SketchPainter


def disc(ground: str = "white", size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Red, 60 pixels across, in the middle; its edge is two pixels soft."""
    four = Image.new("RGB", (size[0] * 4, size[1] * 4), ground)
    middle = size[0] * 2, size[1] * 2
    box = middle[0] - 120, middle[1] - 120, middle[0] + 120, middle[1] + 120
    ImageDraw.Draw(four).ellipse(box, fill=(200, 30, 40))
    return four.resize(size, Image.Resampling.BOX)


def inside(size: tuple[int, int] = (160, 120), radius: float = 30) -> np.ndarray:
    y, x = np.indices(size[::-1])
    return np.hypot(x + 0.5 - size[0] / 2, y + 0.5 - size[1] / 2) < radius


def alpha(image: Image.Image, model: str = "object") -> np.ndarray:
    return np.asarray(remove.cut(image, remove.Asked(model=model), None).getchannel("A"))


@pytest.mark.parametrize("ground", ["white", "skyblue", "black"])
def test_a_disc_on_a_plain_ground(ground):
    found = alpha(disc(ground))
    assert found[inside(radius=26)].min() > 250
    assert found[~inside(radius=34)].max() < 5


def test_a_disc_on_noise():
    noise = np.random.default_rng(1).integers(120, 220, (120, 160, 1)).repeat(3, 2)
    noise = Image.fromarray(noise.astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    picture = Image.composite(disc(), noise, Image.fromarray(inside().astype(np.uint8) * 255))
    found = alpha(picture) > 127
    both = (found & inside()).sum() / (found | inside()).sum()
    assert both > 0.93


@pytest.mark.parametrize("prompt", ["a red apple", "a fox in a forest"])
def test_a_painted_thing_is_cut_from_its_scene(prompt):
    job = PaintJob(prompt=prompt, width=320, height=320, steps=1, seed=3)
    [picture] = SketchPainter().paint([job], lambda *_: None)
    found = alpha(picture, "auto")
    red, green, _ = np.asarray(picture).astype(int).transpose(2, 0, 1)
    assert (found[red > green + 90] > 200).mean() > 0.9
    assert (found[green > red + 20] > 50).mean() < 0.1
    assert found[[0, 0, -1, -1], [0, -1, 0, -1]].max() == 0


def test_the_edge_has_the_things_own_colour():
    """Half a pixel of red on blue is half a pixel of red, and not of violet."""
    cut = np.asarray(remove.cut(disc("blue"), remove.Asked(model="object"), None)).astype(int)
    edge = (cut[..., 3] > 60) & (cut[..., 3] < 200)
    assert edge.sum() > 20
    assert np.abs(cut[edge][:, :3] - (200, 30, 40)).mean() < 30


def test_what_is_cut_away_is_gone_not_hidden():
    cut = np.asarray(remove.cut(disc("lime"), remove.Asked(), None))
    assert not cut[cut[..., 3] == 0].any()


def test_what_was_transparent_stays_so():
    picture = disc().convert("RGBA")
    picture.putalpha(Image.fromarray((np.indices((120, 160))[1] < 80).astype(np.uint8) * 255))
    found = alpha(picture)
    assert found[:, 80:].max() == 0
    assert found[60, 70] > 250


def test_the_same_picture_is_cut_the_same_way():
    assert alpha(disc("gray")).tobytes() == alpha(disc("gray")).tobytes()


def test_matting_leaves_the_edge_alone_soft():
    whole = np.full((64, 64), 0.97, np.float32)
    whole[:, 32:] = 0.02
    whole[:, 30:34] = 0.5
    kept = matte.trimap_kept(whole, 240, 10, 3)
    assert (kept[:, 10], kept[:, 60]) == (pytest.approx(1), pytest.approx(0))
    assert kept[5, 32] == 0.5


def test_a_flat_picture_is_kept_whole():
    assert things.mask(np.full((80, 80, 3), 0.5, np.float32)).min() == 1


def test_a_disc_is_no_person():
    assert not people.is_person(people.mask(np.asarray(disc(), np.float32) / 255))


def test_an_operators_network_goes_before(tmp_path, monkeypatch):
    """Named as rembg names it; its values are those it was trained on."""
    (tmp_path / "rembg").mkdir()
    for name in ("u2netp", "isnet-general-use"):
        (tmp_path / "rembg" / f"{name}.onnx").touch()
    assert remove.offered(tmp_path)[:3] == ("auto", "person", "object")
    assert remove.named("ISNET-general-use.onnx", tmp_path) == "isnet-general-use"
    seen = []

    class Network:
        def __init__(self, file):
            self.file = file

        def get_inputs(self):
            return [type("Entry", (), {"name": "input", "shape": ["n", 3, 32, 32]})]

        def run(self, _, given):
            seen.append((self.file.stem, given["input"]))
            left = np.zeros((1, 1, 32, 32), np.float32)
            left[..., :16] = 7
            return [left]

    monkeypatch.setattr(networks, "_session", Network)
    cut = remove.cut(disc(), remove.Asked(model="isnet-general-use"), tmp_path)
    found = np.asarray(cut.getchannel("A"))
    assert (found[60, 20], found[60, 140]) == (255, 0)
    remove.cut(disc(), remove.Asked(model="auto"), tmp_path)
    assert seen[0][0] == "isnet-general-use"
    assert seen[0][1].shape == (1, 3, 32, 32) and seen[0][1].max() == pytest.approx(0.5)
    remove.cut(disc(), remove.Asked(model="u2netp"), tmp_path)
    assert seen[-1][1].max() == pytest.approx((1 - 0.406) / 0.225, abs=0.05)


def test_a_file_that_is_no_network_is_said_by_name(tmp_path):
    (tmp_path / "rembg").mkdir()
    (tmp_path / "rembg" / "u2net.onnx").write_bytes(b"no network")
    with pytest.raises(ValueError, match="u2net.onnx: no network"):
        remove.cut(disc(), remove.Asked(model="u2net"), tmp_path)
