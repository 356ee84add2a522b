"""Paints the covers of the sketch painter's styles and accents: python -m scripts.sketch_covers

They are committed, so that the studio shows them without asking any engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from generation.engine.painter import PaintJob
from generation.engine.sketch import SketchPainter
from generation.engine.sketch.accents import ACCENTS

COVERS = Path(__file__).resolve().parent.parent / "static" / "easel" / "covers"
PROMPT, SEED, SIDE = "一只熊猫在竹林里", 12, 320
UNDER_ACCENT, ACCENT_SEED = "a castle on a hill", 4


def jobs(painter: SketchPainter) -> Iterator[tuple[str, PaintJob]]:
    """The file's name without its ending, and what is painted for it."""
    for card in painter.cards():
        yield card.name, PaintJob(prompt=PROMPT, seed=SEED, checkpoint=card.name)
    for name in ACCENTS:
        prompt = f"{UNDER_ACCENT} <lora:{name}:1>"
        yield f"lora-{name}", PaintJob(prompt=prompt, seed=ACCENT_SEED, checkpoint="sketch")


def main() -> None:
    painter = SketchPainter()
    COVERS.mkdir(exist_ok=True)
    for name, job in jobs(painter):
        [picture] = painter.paint([job], lambda step, steps, preview: None)
        # Without the margin of paper that some styles leave.
        middle = picture.crop((64, 64, 448, 448)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        middle.save(COVERS / f"{name}.webp", quality=78, method=6)


if __name__ == "__main__":
    main()
