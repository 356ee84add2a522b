"""What the table of fields is made of: an engine on tiny models, pictures, and named metrics."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import requests
import torch
from PIL import Image

from generation.engine.diffusion.families import Family
from generation.engine.diffusion.painter import DiffusersPainter
from generation.engine.painter import PaintJob, Report
from scripts.tiny_models import components, write_file
from tests.generation.engine.diffusion.card import CardPainter
from tests.generation.engine.diffusion.onnx_files import fixed
from tests.generation.engine.reading import opened

SIDE = 64
Pictures = list[Image.Image]

# --- models -----------------------------------------------------------------------------------


def models_folder(tiny: Path, folder: Path) -> Path:
    """The tiny models, and beside them what the fields name: a model that edits by instruction, a
    detector that sees two objects everywhere, a face restorer's file.
    """
    for part in tiny.iterdir():
        if part.is_dir() and part.name != "Stable-diffusion":
            (folder / part.name).symlink_to(part)
    checkpoints = folder / "Stable-diffusion"
    checkpoints.mkdir()
    for name in ("tiny-sd1", "tiny-sd2"):
        file = f"{name}.safetensors"
        (checkpoints / file).symlink_to(tiny / "Stable-diffusion" / file)
    editor = components(Family.SD1, channels=8)
    write_file(Family.SD1, editor, checkpoints / "tiny-editor.safetensors")
    # Middle, width and height in 64 × 64; the second is larger and less sure.
    rows = [[16, 16, 16, 16, 0.9], [46, 46, 24, 24, 0.5]]
    fixed(folder / "adetailer/boxes.onnx", out=np.array([rows], np.float32).transpose(0, 2, 1))
    annotators(folder / "annotators")
    (folder / "GFPGAN").mkdir()
    (folder / "GFPGAN/GFPGANv1.4.pth").write_bytes(b"read by a fake")
    return folder


def annotators(folder: Path) -> None:
    """The preprocessors that are networks: each sees the same in every picture."""
    ramp = np.linspace(0, 1, SIDE, dtype=np.float32)[None].repeat(SIDE, 0)
    fixed(folder / "depth_midas.onnx", out=ramp[None, None])
    fixed(folder / "normal_bae.onnx", out=np.stack([ramp, ramp.T, np.ones_like(ramp)])[None])
    fixed(folder / "seg_ufade20k.onnx", out=(ramp[None] * 20).round())
    joints = [value for n in range(17) for value in (12 + 2 * n, 8 + 3 * n, 0.9)]
    row = np.array([[[32, 32, 50, 60, 0.9, *joints]]], np.float32)
    fixed(folder / "openpose.onnx", out=row.transpose(0, 2, 1))


SURE, UNSURE = (8, 8, 25, 25), (34, 34, 59, 59)
"""Where the detector's two objects are."""


class Negative:
    """A face restorer that turns colours round."""

    purpose = "FaceSR"
    architecture = SimpleNamespace(id="negative", name="Negative")
    input_channels, device, dtype = 3, torch.device("cpu"), torch.float32

    def __call__(self, crop: torch.Tensor) -> torch.Tensor:
        return 1 - crop


class Remembering(DiffusersPainter):
    """Paints a job once. That the same job gives the same pixels is tested elsewhere."""

    def paint(self, jobs: Sequence[PaintJob], report: Report) -> Pictures:
        known: dict[object, Pictures] = self.__dict__.setdefault("known", {})
        key = tuple(frozen(job) for job in jobs)
        if key not in known:
            known[key] = super().paint(jobs, report)
        return known[key]


class RememberingOnCard(Remembering, CardPainter):
    pass


def frozen(value: Any) -> Any:
    if isinstance(value, Image.Image):
        return value.size, hashlib.sha256(value.tobytes()).hexdigest()
    if is_dataclass(value):
        return tuple(frozen(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, dict):
        return tuple((name, frozen(one)) for name, one in sorted(value.items()))
    return tuple(map(frozen, value)) if isinstance(value, (tuple, list)) else value


# --- pictures ---------------------------------------------------------------------------------


def photo(width: int = SIDE, height: int = SIDE, seed: int = 1) -> Image.Image:
    """Soft colours, no two places alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def blocks(seed: int) -> Image.Image:
    """Hard edges of every contrast, 96 × 64."""
    tones = np.random.default_rng(seed).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    return Image.fromarray(tones).resize((96, 64), Image.Resampling.NEAREST)


def square(edges: tuple[int, int, int, int] = (16, 16, 48, 48)) -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE))
    mask.paste(255, edges)
    return mask


def coded(image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@dataclass
class Caller:
    """Sends requests to a running engine."""

    url: str
    painter: DiffusersPainter

    def send(self, body: dict[str, Any]) -> requests.Response:
        call = "img2img" if "init_images" in body else "txt2img"
        return requests.post(f"{self.url}/sdapi/v1/{call}", json=body, timeout=100)

    def __call__(self, body: dict[str, Any]) -> Pictures:
        answer = self.send(body)
        assert answer.status_code == 200, answer.text
        return [opened(image).convert("RGB") for image in answer.json()["images"]]


# --- metrics ----------------------------------------------------------------------------------


@dataclass
class Seen:
    """Pictures of three requests: with the field at its default, with another value, and, of a
    unit's fields, without the unit.
    """

    default: Pictures
    other: Pictures
    plain: Pictures


Metric = Callable[[Seen], bool]


def values(pictures: Pictures) -> np.ndarray:
    return np.asarray(pictures[0], np.int16)


def change(pictures: Pictures, plain: Pictures) -> np.ndarray:
    """Where a picture is another than the plain one: (rows, columns) of bool."""
    found: np.ndarray = (np.abs(values(pictures) - values(plain)) > 2).any(axis=2)
    return found


def other_picture(seen: Seen) -> bool:
    """The mean difference is more than one grey level in ten pixels."""
    if seen.default[0].size != seen.other[0].size:
        return False
    return float(np.abs(values(seen.default) - values(seen.other)).mean()) > 0.1


def same_picture(seen: Seen) -> bool:
    return [p.tobytes() for p in seen.default] == [p.tobytes() for p in seen.other]


def as_without(seen: Seen) -> bool:
    """As without the unit, and the default is not."""
    plain = values(seen.plain)
    return bool((values(seen.other) == plain).all() and (values(seen.default) != plain).any())


def sized(width: int, height: int) -> Metric:
    return lambda seen: seen.other[0].size == (width, height) != seen.default[0].size


def counted(number: int) -> Metric:
    """So many different pictures, of which the first is the default's, within 2 of 255: a batch
    is added up in another order.
    """

    def metric(seen: Seen) -> bool:
        near = np.abs(values(seen.other) - values(seen.default)).max() <= 2
        return len({p.tobytes() for p in seen.other}) == number and bool(near)

    return metric


def wider(seen: Seen) -> bool:
    """More pixels have changed."""
    return change(seen.other, seen.plain).sum() > change(seen.default, seen.plain).sum()


def narrower(seen: Seen) -> bool:
    return change(seen.other, seen.plain).sum() < change(seen.default, seen.plain).sum()


def only_in(*boxes: tuple[int, int, int, int], margin: int = 12) -> Metric:
    """Pixels have changed in these boxes, and nowhere further away than a margin (blur)."""

    def metric(seen: Seen) -> bool:
        changed = change(seen.other, seen.plain)
        outside = changed.copy()
        for left, top, right, bottom in boxes:
            if not changed[top:bottom, left:right].any():
                return False
            rows = slice(max(top - margin, 0), bottom + margin)
            outside[rows, max(left - margin, 0) : right + margin] = False
        return not outside.any()

    return metric


def moved(right: int, down: int) -> Metric:
    """The middle of what has changed lies there, seen from the default's, within 3 pixels."""

    def middle(changed: np.ndarray) -> np.ndarray:
        return np.argwhere(changed).mean(axis=0)

    def metric(seen: Seen) -> bool:
        way = middle(change(seen.other, seen.plain)) - middle(change(seen.default, seen.plain))
        return bool(np.abs(way - (down, right)).max() <= 3)

    return metric


def spread(across: bool, down: bool) -> Metric:
    """What has changed reaches further in these directions only."""

    def reach(changed: np.ndarray) -> tuple[int, int]:
        return int(changed.any(axis=0).sum()), int(changed.any(axis=1).sum())

    def metric(seen: Seen) -> bool:
        before = reach(change(seen.default, seen.plain))
        after = reach(change(seen.other, seen.plain))
        return (after[0] > before[0], after[1] > before[1]) == (across, down)

    return metric
