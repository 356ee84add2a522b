"""Builds generation/engine/sketch/data from unpacked npm packages and scripts/sketch_sprites.tsv.

    python scripts/build_sketch_assets.py FLUENT_EMOJI_3D EMOJIBASE_DATA

FLUENT_EMOJI_3D is the folder of `@lobehub/fluent-emoji-3d` 1.1.0, EMOJIBASE_DATA that of
`emojibase-data` 17 (`npm pack` and `tar xf`). The result is committed, so nobody needs npm to run
Easel.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TABLE = ROOT / "scripts" / "sketch_sprites.tsv"
DATA = ROOT / "generation" / "engine" / "sketch" / "data"
OPAQUE = 40
"""Alpha from which a pixel belongs to the thing; below it is the renderer's own soft edge."""


def rows() -> list[dict[str, Any]]:
    """The table as dictionaries; a duplicate code is an error."""
    found: dict[str, dict[str, Any]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        code, metres, kind, home, en, zh = line.split("|")
        if code in found:
            raise SystemExit(f"{TABLE.name}: {code} twice")
        found[code] = {
            "code": code,
            "metres": float(metres),
            "kind": kind,
            "home": home,
            "en": en.split(","),
            "zh": zh.split(","),
        }
    return list(found.values())


def tags(emojibase: Path) -> dict[str, list[str]]:
    """Labels and tags of en and zh by code without variation selectors."""
    found: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        for entry in json.loads((emojibase / language / "data.json").read_text(encoding="utf-8")):
            words = found.setdefault(plain(entry["hexcode"]), [])
            words += [entry["label"].lower(), *(tag.lower() for tag in entry.get("tags", []))]
    return found


def plain(code: str) -> str:
    """The code without U+FE0F, which the two packages write differently."""
    return code.lower().replace("-fe0f", "")


def measure(image: Image.Image) -> dict[str, Any]:
    """The opaque box of a sprite, and what of it touches the ground."""
    solid = np.asarray(image.getchannel("A")) >= OPAQUE
    columns, lines = np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))
    left, right = int(columns[0]), int(columns[-1]) + 1
    top, bottom = int(lines[0]), int(lines[-1]) + 1
    sole = solid[bottom - max(2, (bottom - top) // 16) : bottom]
    feet = np.flatnonzero(sole.any(axis=0))
    return {"box": [left, top, right, bottom], "foot": [int(feet[0]), int(feet[-1]) + 1]}


def pack(table: list[dict[str, Any]], pictures: Path) -> None:
    """Writes sprites.zip: stored, since WebP does not shrink, with a fixed date, so that a
    rebuild is equal.
    """
    with zipfile.ZipFile(DATA / "sprites.zip", "w", zipfile.ZIP_STORED) as archive:
        for row in table:
            encoded = (pictures / f"{row['code']}.webp").read_bytes()
            row |= measure(Image.open(io.BytesIO(encoded)).convert("RGBA"))
            archive.writestr(zipfile.ZipInfo(f"{row['code']}.webp"), encoded)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fluent", type=Path)
    parser.add_argument("emojibase", type=Path)
    given = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    table, known = rows(), tags(given.emojibase)
    pack(table, given.fluent / "assets")
    from generation.engine.sketch import meaning

    for row in table:
        own = {*row["en"], *row["zh"]}
        row["tags"] = meaning.kin(
            row["en"][:3] + row["zh"][:2], sorted(set(known.get(plain(row["code"]), [])) - own)
        )
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in table)
    (DATA / "index.json").write_text('{"sprites": [\n' + lines + "\n]}\n", encoding="utf-8")
    meaning.build()
    size = sum(path.stat().st_size for path in DATA.iterdir())
    print(f"{len(table)} sprites, {size / 1e6:.1f} MB in {DATA.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
