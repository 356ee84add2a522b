"""A contact sheet of sketches from docs/gallery-prompts.txt, or of the prompts given.

python -m scripts.sketch_sheet -o sheet.webp            40 prompts, drawn by a new seed
python -m scripts.sketch_sheet --seed 7 --style sketch-ink -o ink.webp "a cat" "一只狗"
"""

from __future__ import annotations

import argparse
import io
import random
import time
from collections.abc import Sequence
from pathlib import Path

import segno
from PIL import Image

from generation.engine.painter import Control, PaintJob
from generation.engine.sketch import SketchPainter

ROOT = Path(__file__).resolve().parent.parent
PROMPTS = ROOT / "docs" / "gallery-prompts.txt"
GAP = 4
QRCODE = "control_v1p_sd15_qrcode"


def drawn(seed: int, count: int) -> list[str]:
    """So many different prompts of the list."""
    known = PROMPTS.read_text(encoding="utf-8").split("\n")
    return random.Random(seed).sample([line for line in known if line], count)


def paint(jobs: Sequence[PaintJob]) -> tuple[list[Image.Image], list[float]]:
    """The pictures, and the seconds that each took."""
    painter, pictures, seconds = SketchPainter(), [], []
    painter.warm()
    for job in jobs:
        started = time.perf_counter()
        pictures += painter.paint([job], lambda step, steps, preview: None)
        seconds.append(time.perf_counter() - started)
    return pictures, seconds


def sheet(pictures: Sequence[Image.Image], columns: int, cell: int) -> Image.Image:
    """All of them in rows, each `cell` pixels wide."""
    tall = round(cell * pictures[0].height / pictures[0].width)
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * (cell + GAP), rows * (tall + GAP)), "white")
    for place, picture in enumerate(pictures):
        at = place % columns * (cell + GAP), place // columns * (tall + GAP)
        whole.paste(picture.resize((cell, tall), Image.Resampling.LANCZOS), at)
    return whole


def jobs(given: argparse.Namespace, seed: int) -> list[PaintJob]:
    """What the sheet shows, row by row."""
    width, height = (int(side) for side in given.size.split("x"))
    prompts = given.prompts or drawn(seed, given.count)
    styles = [given.style]
    if given.styles:
        styles = [card.name for card in SketchPainter().cards()]
    accents = [""]
    if given.accents:
        accents += [f" <lora:{extra.name}:1>" for extra in SketchPainter().stock().loras]
    controls = (Control(model=QRCODE, image=code(given.code), weight=1.2),) if given.code else ()
    return [
        PaintJob(
            prompt=prompt + accent,
            seed=seed + place,
            width=width,
            height=height,
            checkpoint=style,
            controls=controls,
        )
        for style in styles
        for place, prompt in enumerate(prompts)
        for accent in accents
    ]


def code(text: str) -> Image.Image:
    """A QR code with its quiet zone."""
    file = io.BytesIO()
    segno.make(text, error="H").save(file, kind="png", scale=8, border=4)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("prompts", nargs="*")
    parser.add_argument("--seed", type=int, default=None, help="new by default; it is printed")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--style", default="", help="a checkpoint of the painter")
    parser.add_argument("--styles", action="store_true", help="every prompt in every style")
    parser.add_argument("--accents", action="store_true", help="every prompt under every accent")
    parser.add_argument("--code", default="", help="text of a QR code that is woven in")
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--cell", type=int, default=200)
    parser.add_argument("-o", "--output", default="sheet.webp")
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    wanted = jobs(given, seed)
    pictures, seconds = paint(wanted)
    whole = sheet(pictures, given.columns, given.cell)
    # Pillow takes no quality for PNG and ignores it there.
    whole.save(given.output, quality=84)
    for place, job in enumerate(wanted):
        at = f"{place // given.columns + 1}.{place % given.columns + 1}"
        print(f"{at} {job.prompt} {job.checkpoint}".rstrip())
    seconds.sort()
    middle, most = seconds[len(seconds) // 2], seconds[-1]
    print(f"{given.output}: seed {seed}, median {middle:.2f} s, most {most:.2f} s a picture")


if __name__ == "__main__":
    main()
