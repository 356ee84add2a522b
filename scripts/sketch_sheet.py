"""A contact sheet of sketches: python scripts/sketch_sheet.py -o sheet.png
--seed 1 "a cat" "一只狗" …

Without prompts the sheet shows PROMPTS.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generation.engine.painter import PaintJob
from generation.engine.sketch import SketchPainter

PROMPTS = (
    "一只猫坐在月亮上",
    "a cat sitting on the moon",
    "a red apple on a table",
    "two cats by a tree",
    "一只熊猫在竹林里吃竹子",
    "a lighthouse at dusk",
    "汉服少女立于竹林",
    "a blue car in the city at night",
    "三只鸭子在湖上",
    "a rocket in space",
    "雪山下的小木屋",
    "a dog under an umbrella in the rain",
    "a bowl of noodles",
    "1girl, sitting, red dress, garden",
    "a castle on a hill at sunset",
    "whale in the sea",
    "robot reading a book",
    "happiness",
    "抽象",
    "桌子上有三个苹果和一杯咖啡",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompts", nargs="*", default=PROMPTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--columns", type=int, default=5)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--cell", type=int, default=320)
    parser.add_argument("-o", "--output", default="sheet.png")
    given = parser.parse_args()
    width, height = (int(side) for side in given.size.split("x"))
    painter, times, pictures = SketchPainter(), [], []
    painter.warm()
    for place, prompt in enumerate(given.prompts):
        job = PaintJob(prompt=prompt, seed=given.seed + place, width=width, height=height)
        started = time.perf_counter()
        pictures.append(painter.paint([job], lambda step, steps, preview: None)[0])
        times.append(time.perf_counter() - started)
    tall = round(given.cell * height / width)
    rows = -(-len(pictures) // given.columns)
    sheet = Image.new("RGB", (given.columns * given.cell, rows * tall), "white")
    for place, picture in enumerate(pictures):
        small = picture.resize((given.cell - 4, tall - 4), Image.Resampling.LANCZOS)
        sheet.paste(
            small, (place % given.columns * given.cell + 2, place // given.columns * tall + 2)
        )
    sheet.save(given.output)
    times.sort()
    middle, most = times[len(times) // 2], times[-1]
    print(f"{given.output}: {len(times)} pictures, median {middle:.2f} s, most {most:.2f} s")


if __name__ == "__main__":
    main()
