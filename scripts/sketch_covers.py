"""Paints the covers of the sketch painter's styles: python -m scripts.sketch_covers

They are committed, so that the studio shows them without asking any engine.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from generation.engine.painter import PaintJob
from generation.engine.sketch import SketchPainter

COVERS = Path(__file__).resolve().parent.parent / "static" / "easel" / "covers"
PROMPT, SEED, SIDE = "一只熊猫在竹林里", 12, 160


def main() -> None:
    painter = SketchPainter()
    COVERS.mkdir(exist_ok=True)
    for card in painter.cards():
        job = PaintJob(prompt=PROMPT, seed=SEED, checkpoint=card.name)
        [picture] = painter.paint([job], lambda step, steps, preview: None)
        # Without the margin of paper that some styles leave.
        middle = picture.crop((64, 64, 448, 448)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        middle.save(COVERS / f"{card.name}.webp", quality=82)


if __name__ == "__main__":
    main()
