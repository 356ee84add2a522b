from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.engine.canvas import networks, upscale
from generation.engine.painter import Extra, OutOfMemory

ROOT = Path(__file__).parents[4]


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(3).integers(0, 256, (height, width, 3))
    return Image.fromarray(values.astype(np.uint8))


def offer(path: Path) -> Extra:
    return Extra(path.stem, path=str(path), scale=2)


def test_nearest_repeats_pixels():
    made = upscale.upscale(noise(4, 4), "Nearest", (8, 8))
    assert np.array_equal(np.asarray(made)[::2, ::2], np.asarray(noise(4, 4)))


@pytest.mark.parametrize("name", ["Lanczos", "lanczos", "None", ""])
def test_the_rest_is_lanczos(name):
    expected = noise(8, 8).resize((24, 16), Image.Resampling.LANCZOS)
    assert upscale.upscale(noise(8, 8), name, (24, 16)).tobytes() == expected.tobytes()


def test_a_network(network):
    made = upscale.upscale(noise(32, 32), "2x_small", (64, 64), [offer(network)])
    plain = upscale.upscale(noise(32, 32), "Lanczos", (64, 64))
    assert made.size == (64, 64)
    assert made.tobytes() != plain.tobytes()


def test_a_network_runs_until_it_is_large_enough(network):
    done: list[tuple[int, int]] = []
    upscale.upscale(
        noise(32, 32), "2x_small", (128, 100), [offer(network)], report=lambda *n: done.append(n)
    )
    assert done == [(1, 1), (1, 1)]


def test_tiles_leave_no_seam(network, monkeypatch):
    image = noise(100, 70)
    whole = upscale.upscale(image, "2x_small", (200, 140), [offer(network)])
    monkeypatch.setattr(upscale, "TILE", 24)
    tiled = upscale.upscale(image, "2x_small", (200, 140), [offer(network)])
    assert np.abs(np.subtract(whole, tiled, dtype=np.int16)).max() <= 1


def test_a_pickle_with_tensors_only(compact, network, tmp_path):
    import torch

    path = tmp_path / "2x_pickled.pth"
    torch.save({"params": compact}, path)
    made = upscale.upscale(noise(16, 16), "2x_pickled", (32, 32), [offer(path)])
    same = upscale.upscale(noise(16, 16), "2x_small", (32, 32), [offer(network)])
    assert made.tobytes() == same.tobytes()


def test_networks_are_kept_and_let_go(network):
    assert networks.load(network, "cpu") is networks.load(network, "cpu")
    kept = networks.load(network, "cpu")
    networks.free()
    assert networks.load(network, "cpu") is not kept


def test_pixels_need_no_torch():
    look = "import sys, generation.engine.canvas.upscale; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, timeout=60).returncode == 0


def test_torchvision_is_not_believed_to_be_there(network):
    networks.load(network, "cpu")
    assert "torchvision.transforms.functional" not in sys.modules


# Refusals


def test_no_such_upscaler(network):
    with pytest.raises(ValueError, match="no 'Kettle'; there is None, Lanczos, Nearest, 2x_small"):
        upscale.upscale(noise(8, 8), "Kettle", (16, 16), [offer(network)])


@pytest.mark.parametrize("content", [b"", b"garbage" * 99, b"\xff" * 16])
@pytest.mark.parametrize("name", ["a.safetensors", "a.pth"])
def test_a_damaged_file_is_named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=name):
        upscale.upscale(noise(8, 8), "a", (16, 16), [offer(path)])


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_pickle_that_would_run_something_is_refused(tmp_path):
    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps({"params": Evil(tmp_path / "ran")}))
    with pytest.raises(ValueError, match=r"evil\.pth"):
        upscale.upscale(noise(8, 8), "evil", (16, 16), [offer(path)])
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(ValueError, match=r"gone\.pth"):
        upscale.upscale(noise(8, 8), "gone", (16, 16), [offer(tmp_path / "gone.pth")])


def test_a_restorer_is_no_upscaler(restorer):
    with pytest.raises(ValueError, match="not an upscaler"):
        upscale.upscale(noise(8, 8), restorer.stem, (16, 16), [offer(restorer)])


def test_out_of_memory_is_tried_in_smaller_tiles(network, monkeypatch):
    import torch

    tiles = []

    def run(image, network, tile, report):
        tiles.append(tile)
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(upscale, "_run", run)
    with pytest.raises(OutOfMemory, match="out of memory"):
        upscale.upscale(noise(8, 8), "2x_small", (16, 16), [offer(network)])
    assert tiles == [256, 128, 64]
