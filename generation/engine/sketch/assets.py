"""The shipped illustrations and what is known about each: data/index.json and data/sprites.zip."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from PIL import Image

from .manner import FLAT, MODELLED

DATA = Path(__file__).parent / "data"
SIDE = 256
"""Sprites are SIDE × SIDE pixels."""

_reading = threading.Lock()
"""A ZipFile shares one file position; WebP decoding is done outside the lock."""


@dataclass(frozen=True)
class Sprite:
    """One illustration."""

    code: str
    """Code points in hex, as the set names its files."""
    en: tuple[str, ...]
    zh: tuple[str, ...]
    tags: tuple[str, ...]
    metres: float
    """How high the thing is in the world."""
    kind: str
    """"-" stands; head and bust get a body; air flies; sky hangs; swim; float; flat lies; climb
    hangs.
    """
    home: str
    """The place (see places.py) where it stands when the prompt names none."""
    box: tuple[int, int, int, int]
    """What is opaque: left, top, right, bottom in pixels of the square."""
    foot: tuple[int, int]
    """Left and right end of what touches the ground."""


@lru_cache(maxsize=1)
def sprites() -> dict[str, Sprite]:
    """Every sprite by code, in the order of the source table."""
    rows = json.loads((DATA / "index.json").read_text(encoding="utf-8"))["sprites"]
    return {
        row["code"]: Sprite(
            code=row["code"],
            en=tuple(row["en"]),
            zh=tuple(row["zh"]),
            tags=tuple(row["tags"]),
            metres=float(row["metres"]),
            kind=row["kind"],
            home=row["home"],
            box=(row["box"][0], row["box"][1], row["box"][2], row["box"][3]),
            foot=(row["foot"][0], row["foot"][1]),
        )
        for row in rows
    }


ARCHIVES = {MODELLED: "sprites.zip", FLAT: "flat.zip"}


@lru_cache(maxsize=2)
def _archive(manner: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(DATA / ARCHIVES[manner])


@lru_cache(maxsize=96)
def picture(code: str, manner: str = MODELLED) -> Image.Image:
    """The illustration as RGBA, cut to its box. Do not draw into it: it is shared."""
    archive = _archive(manner)
    with _reading:
        encoded = archive.read(f"{code}.webp")
    image = Image.open(io.BytesIO(encoded)).convert("RGBA")
    return image.crop(sprites()[code].box) if manner == MODELLED else image


@lru_cache(maxsize=2)
def fingerprint(manner: str = MODELLED) -> str:
    """SHA-256 over the shipped data: the checkpoint's hash."""
    digest = sha256()
    for name in ("index.json", ARCHIVES[manner], "vectors.npy"):
        digest.update((DATA / name).read_bytes())
    return digest.hexdigest()
