"""Whether a picture still says what its code says: to a reader, after harm, and with what margin.

Phones differ, so one reader in one setting proves little. zxing-cpp must read the exact text four
times (as it is, as a JPEG of quality 70, at half size, both), each time under several ways to tell
dark from light. Besides, each module, measured where we know it to lie, must stand off from the
middle, and few of the pixels may be on its wrong side. Measured on 290 painted codes with OpenCV's
classic detector, the weakest reader we found, after each of these harms: of the 125 whose margin
is 66 it failed on 2, of the 165 with a grain of 0.04 on 8, of the 100 that meet both bounds on
none. (Of 300 flawless codes in black and white it fails on 4. zbar reads all that meet both.)
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from generation.qr.code import Code, place

MARGIN = 68 / 255
GRAIN = 0.04
ENOUGH = 2  # of the ways, in each view: one of them fails now and then on a flawless code
JPEG_QUALITY = 70
_WAYS = (
    zxingcpp.Binarizer.LocalAverage,
    zxingcpp.Binarizer.GlobalHistogram,
    zxingcpp.Binarizer.FixedThreshold,
)
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Reading:
    """``text``: what the picture says as it is, "" for nothing. ``is_steady``: the exact text is
    read whatever was done to the picture. ``margin``: of the weakest module, -1 to 1; ``grain``:
    the share of pixels on the wrong side, of the dark or of the light ones, whichever is more."""

    text: str
    is_steady: bool
    margin: float
    grain: float

    @property
    def is_sure(self) -> bool:
        return self.is_steady and self.margin >= MARGIN and self.grain <= GRAIN


def read(image: Image.Image) -> list[str]:
    """The texts of all QR codes that are found, with every effort."""
    found = zxingcpp.read_barcodes(
        np.asarray(image.convert("L")),
        formats=_QR,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [each.text for each in found]


def judge(image: Image.Image, code: Code) -> Reading:
    """Reads a picture that ``code`` was laid over (``code.place``)."""
    grey = image.convert("L")
    texts = read(grey)
    steady = code.content in texts and all(
        sum(_reads(np.asarray(view), code.content, way) for way in _WAYS) >= ENOUGH
        for view in _views(grey)
    )
    said = code.content if code.content in texts else next(iter(texts), "")
    return Reading(said, steady, *_measure(np.asarray(grey), code))


def _reads(grey: Grey, content: str, way: zxingcpp.Binarizer) -> bool:
    """Without zxing's own extra efforts: what only they find, weaker readers do not."""
    found = zxingcpp.read_barcodes(
        grey,
        formats=_QR,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        binarizer=way,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return content in [each.text for each in found]


def _views(grey: Image.Image) -> Iterator[Image.Image]:
    half = grey.resize((grey.width // 2, grey.height // 2), Image.Resampling.LANCZOS)
    for view in (grey, half):
        yield view
        yield _as_jpeg(view)


def _as_jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return Image.open(file)


def _measure(grey: Grey, code: Code) -> tuple[float, float]:
    """Margin and grain. A module is the mean of its inner half; the middle is that between the
    dark and the light modules."""
    at = place(code, grey.shape[1], grey.shape[0])
    across = code.modules.shape[0]
    side = at.module * across
    inner = grey[at.top : at.top + side, at.left : at.left + side]
    cells = inner.reshape(across, at.module, across, at.module)
    skip = at.module // 4
    means = cells[:, skip : at.module - skip, :, skip : at.module - skip].mean(axis=(1, 3))
    middle = (means[code.modules].mean() + means[~code.modules].mean()) / 2
    off = np.where(code.modules, middle - means, means - middle)
    dark = cells.transpose(0, 2, 1, 3)[code.modules]
    light = cells.transpose(0, 2, 1, 3)[~code.modules]
    grain = max((dark > middle).mean(), (light <= middle).mean())
    return float(off.min()) / 255, float(grain)
