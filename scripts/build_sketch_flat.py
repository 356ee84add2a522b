"""Builds generation/engine/sketch/data/flat.zip: the flat style's illustrations.

    pip install resvg-py
    python -m scripts.build_sketch_flat FLUENTUI_EMOJI EMOJIBASE_DATA

FLUENTUI_EMOJI is the folder of npm `fluentui-emoji` 1.3.0, EMOJIBASE_DATA that of `emojibase-data`
17. The drawings are SVG, named by meaning; they are drawn at SIDE pixels and cut to what is
opaque. The few that the package lacks are made from their 3-D sisters in few colours.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import unicodedata
import zipfile
from importlib import import_module
from pathlib import Path

from PIL import Image, ImageFilter

from scripts.build_sketch_assets import DATA, OPAQUE, plain, rows

SIDE = 512
OTHERS = {
    "1f426-200d-2b1b": "blackbird",
    "1f9b8": "person-superhero-default",
    "1f9d9": "person-mage-default",
    "1f9da": "person-fairy-default",
    "1f9db": "person-vampire-default",
    "1f9dd": "person-elf-default",
    "1f9de": "person-genie",
    "1f9df": "person-zombie",
}
"""Drawings whose name is not their label."""


def slug(label: str) -> str:
    """ "piñata" → "pinata": as the package names its files."""
    bare = unicodedata.normalize("NFKD", re.sub("['’“”!.]", "", label.lower()))
    return re.sub("[^a-z0-9]+", "-", bare.encode("ascii", "ignore").decode()).strip("-")


def drawing(code: str, label: str, folder: Path) -> Path | None:
    name = OTHERS.get(code) or slug(label)
    for known in (name, f"{name}-default"):
        if (folder / f"{known}.svg").exists():
            return folder / f"{known}.svg"
    return None


def rendered(path: Path) -> Image.Image:
    data = import_module("resvg_py").svg_to_bytes(svg_path=str(path), width=SIDE, height=SIDE)
    return Image.open(io.BytesIO(bytes(data))).convert("RGBA")


def reduced(code: str) -> Image.Image:
    """The 3-D illustration, smoothed and in eight colours."""
    with zipfile.ZipFile(DATA / "sprites.zip") as archive:
        image = Image.open(io.BytesIO(archive.read(f"{code}.webp"))).convert("RGBA")
    image = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    alpha = image.getchannel("A").point(lambda value: min(255, max(0, (value - 112) * 8)))
    flat = image.convert("RGB").filter(ImageFilter.MedianFilter(13)).quantize(9, kmeans=3)
    image = flat.convert("RGB").filter(ImageFilter.ModeFilter(9)).convert("RGBA")
    image.putalpha(alpha)
    return image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fluent", type=Path)
    parser.add_argument("emojibase", type=Path)
    given = parser.parse_args()
    entries = json.loads((given.emojibase / "en" / "data.json").read_text(encoding="utf-8"))
    labels = {plain(entry["hexcode"]): entry["label"] for entry in entries}
    missing = []
    with zipfile.ZipFile(DATA / "flat.zip", "w", zipfile.ZIP_STORED) as archive:
        for code in (row["code"] for row in rows()):
            path = drawing(code, labels.get(plain(code), ""), given.fluent / "icons" / "flat")
            image = rendered(path) if path else reduced(code)
            if path is None:
                missing.append(code)
            box = image.getchannel("A").point(lambda value: 255 * (value >= OPAQUE)).getbbox()
            file = io.BytesIO()
            image.crop(box).save(file, "WEBP", lossless=True, quality=90, method=6)
            archive.writestr(zipfile.ZipInfo(f"{code}.webp"), file.getvalue())
    size = (DATA / "flat.zip").stat().st_size / 1e6
    print(f"flat.zip: {size:.1f} MB; from the 3-D set: {' '.join(missing)}")


if __name__ == "__main__":
    main()
