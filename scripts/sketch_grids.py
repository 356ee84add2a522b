"""Paints the pictures of the grid page's examples: python -m scripts.sketch_grids

They are committed, so that a first visitor sees what a grid is without asking any engine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from generation.engine.painter import PaintJob
from generation.engine.sketch import SketchPainter

EXAMPLES = Path(__file__).resolve().parent.parent / "static" / "easel" / "examples"
CELL, GAP, SIDE = 156, 6, 3
Cell = Callable[[int, int], PaintJob]


def words(column: int, row: int) -> PaintJob:
    animal, place = ("cat", "fox", "panda")[column], ("forest", "snow", "city")[row]
    return PaintJob(prompt=f"a {animal} in the {place}", seed=3, checkpoint="sketch")


def styles(column: int, row: int) -> PaintJob:
    style = ("sketch", "sketch-ink", "sketch-poster")[column]
    return PaintJob(prompt="a lighthouse by the sea", seed=row + 1, checkpoint=style)


def weights(column: int, row: int) -> PaintJob:
    weight = ("0", "0.6", "1.2")[column]
    prompt = f"a castle on a hill <lora:gold-leaf:{weight}>"
    return PaintJob(prompt=prompt, seed=row + 4, checkpoint="sketch")


def main() -> None:
    painter = SketchPainter()
    for name, cell in {"words": words, "styles": styles, "weights": weights}.items():
        side = SIDE * CELL + (SIDE - 1) * GAP
        sheet = Image.new("RGB", (side, side), (255, 255, 255))
        for place in range(SIDE * SIDE):
            column, row = place % SIDE, place // SIDE
            [picture] = painter.paint([cell(column, row)], lambda step, steps, preview: None)
            small = picture.convert("RGB").resize((CELL, CELL), Image.Resampling.LANCZOS)
            sheet.paste(small, (column * (CELL + GAP), row * (CELL + GAP)))
        sheet.save(EXAMPLES / f"grid-{name}.webp", quality=78, method=6)


if __name__ == "__main__":
    main()
