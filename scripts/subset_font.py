"""Cuts a font to what the labels of a sheet need: python scripts/subset_font.py SOURCE NUMBER

SOURCE is NotoSansCJK-Regular.ttc, NUMBER the face in it (2: SC). Needs fonttools and brotli, which
Easel itself does not. Keeps GB 2312 and the scripts of Europe.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

OUT = Path(__file__).resolve().parent.parent / "generation/studio/grid/data"
EUROPE = (range(0x20, 0x7F), range(0xA0, 0x180), range(0x370, 0x460))
SIGNS = "–—‘’“”…−×→←↑↓"


def characters() -> set[int]:
    found = {code for part in EUROPE for code in part} | set(map(ord, SIGNS))
    for row in range(0xA1, 0xF8):
        for column in range(0xA1, 0xFF):
            text = bytes([row, column]).decode("gb2312", "ignore")
            found.update(map(ord, text))
    return found


def main() -> None:
    options = subset.Options(layout_features=[], hinting=False, flavor="woff2", name_IDs=["*"])
    options.font_number = int(sys.argv[2])
    options.drop_tables += ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "BASE"]
    font = subset.load_font(sys.argv[1], options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=characters())
    cut.subset(font)
    subset.save_font(font, str(OUT / "NotoSansSC-GB2312.woff2"), options)


if __name__ == "__main__":
    main()
