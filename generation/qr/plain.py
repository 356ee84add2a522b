"""The code itself as the picture, dressed in the colours of a picture: round modules on a light
ground. What is handed out where no painting could be read."""

from __future__ import annotations

import colorsys

import numpy as np
from PIL import Image, ImageDraw

from generation.qr.code import QUIET, Code, Place, place

Colour = tuple[int, int, int]
FINDER = 7  # modules of a finder pattern's side
INK_LIGHT, PAPER_LIGHT = 0.22, 0.95  # HLS lightness: far apart in any hue
_FINE = 4  # drawn so many times larger, then brought down: soft edges


def dressed(code: Code, art: Image.Image | None, width: int, height: int) -> Image.Image:
    """RGB. ``art``: whose two main colours it takes; None: black on white."""
    ink, paper = _colours(art) if art else ((0, 0, 0), (255, 255, 255))
    at = place(code, width, height)
    fine = Place(at.module * _FINE, at.left * _FINE, at.top * _FINE)
    sheet = Image.new("L", (width * _FINE, height * _FINE), 255)
    pen = ImageDraw.Draw(sheet)
    across = code.modules.shape[0]
    for row, column in np.argwhere(code.modules):
        if not _in_finder(int(row), int(column), across):
            _module(pen, code, fine, int(row), int(column))
    for row, column in ((0, 0), (0, across - FINDER), (across - FINDER, 0)):
        _finder(pen, fine, row, column)
    shape = sheet.resize((width, height), Image.Resampling.BOX)
    picture = Image.new("RGB", (width, height), ink)
    picture.paste(paper, (0, 0, width, height), shape)
    if art:
        _frame(picture, art, at, across)
    return picture


def _module(pen: ImageDraw.ImageDraw, code: Code, at: Place, row: int, column: int) -> None:
    """A dot; joined to its dark neighbours on the right and below, so that lines stay lines."""
    left, top = at.left + column * at.module, at.top + row * at.module
    end = at.module - 1
    pen.rounded_rectangle((left, top, left + end, top + end), at.module * 0.4, fill=0)
    half = at.module // 2
    across = code.modules.shape[0]
    if column + 1 < across and code.modules[row, column + 1]:
        pen.rectangle((left + half, top, left + half + at.module, top + end), fill=0)
    if row + 1 < across and code.modules[row + 1, column]:
        pen.rectangle((left, top + half, left + end, top + half + at.module), fill=0)


def _in_finder(row: int, column: int, across: int) -> bool:
    far = across - FINDER
    return (row < FINDER and (column < FINDER or column >= far)) or (row >= far and column < FINDER)


def _finder(pen: ImageDraw.ImageDraw, at: Place, row: int, column: int) -> None:
    left, top = at.left + column * at.module, at.top + row * at.module
    for inset, fill in ((0, 0), (1, 255), (2, 0)):  # square: OpenCV looks for the corners
        skip, side = inset * at.module, (FINDER - inset) * at.module - 1
        pen.rectangle((left + skip, top + skip, left + side, top + side), fill=fill)


def _frame(picture: Image.Image, art: Image.Image, at: Place, across: int) -> None:
    """What lies outside of the quiet zone shows the painting."""
    quiet = QUIET * at.module
    side = at.module * across
    box = (at.left - quiet, at.top - quiet, at.left + side + quiet, at.top + side + quiet)
    ground = art.convert("RGB").resize(picture.size)
    ground.paste(picture.crop(box), (box[0], box[1]))
    picture.paste(ground)


def _colours(art: Image.Image) -> tuple[Colour, Colour]:
    """Ink and paper: the two commonest colourful hues of the picture, far apart in lightness."""
    few = art.convert("RGB").resize((64, 64)).quantize(8)
    palette = few.getpalette() or []
    counts = few.histogram()
    hues = []
    for index in range(len(palette) // 3):
        count = counts[index]
        red, green, blue = (each / 255 for each in palette[3 * index : 3 * index + 3])
        hue, _light, saturation = colorsys.rgb_to_hls(red, green, blue)
        hues.append((count * (saturation + 0.05), hue, min(saturation, 0.75)))
    hues.sort(reverse=True)
    first, second = hues[0], hues[min(1, len(hues) - 1)]
    return _colour(first[1], INK_LIGHT, first[2]), _colour(second[1], PAPER_LIGHT, second[2])


def _colour(hue: float, light: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
