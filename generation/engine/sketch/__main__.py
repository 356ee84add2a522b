"""python -m generation.engine.sketch "two cats by a tree" --seed 1 --size 512x512 -o out.png"""

from __future__ import annotations

import argparse
import time

from generation.engine.painter import PaintJob

from . import SketchPainter


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m generation.engine.sketch", description=__doc__)
    parser.add_argument("prompt")
    parser.add_argument("--negative", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", default="512x512", help="WIDTHxHEIGHT")
    parser.add_argument("-o", "--output", default="sketch.png")
    given = parser.parse_args()
    width, height = (int(side) for side in given.size.split("x"))
    job = PaintJob(
        prompt=given.prompt,
        negative_prompt=given.negative,
        seed=given.seed,
        width=width,
        height=height,
    )
    painter = SketchPainter()
    if reason := painter.refuse(job):
        parser.error(reason)
    started = time.perf_counter()
    painter.paint([job], lambda step, steps, preview: None)[0].save(given.output)
    print(f"{given.output}: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
