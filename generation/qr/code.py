"""Making a code, and where it lies in a picture.

Always error correction level H (30 % of the code may be hidden) and the full quiet zone of four
modules (ISO/IEC 18004, §5.3.8), whatever is painted over it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image

QUIET = 4  # modules on each side
MIN_MODULE = 8  # pixels: four are left at half size; OpenCV reads no smaller ones
GOOD_MODULE = 16
MAX_BYTES = 1273  # version 40 at level H
SIDES = (512, 1024)  # what ``good_side`` chooses from
SURROUND = 128  # grey around the quiet zone: neither dark nor light


class Unencodable(ValueError):
    """No code can hold this text, or none in a picture of this size: ``least_side`` pixels are
    needed, 0 where no size helps."""

    def __init__(self, message: str, least_side: int = 0) -> None:
        super().__init__(message)
        self.least_side = least_side


@dataclass(frozen=True, eq=False)
class Code:
    """``modules``: square, True is dark, without the quiet zone."""

    content: str
    modules: NDArray[np.bool_]

    @property
    def across(self) -> int:
        """Modules of a side, quiet zone included."""
        return int(self.modules.shape[0]) + 2 * QUIET


@dataclass(frozen=True)
class Place:
    """Where a code lies in a picture, in pixels. ``left`` and ``top`` are those of the first
    module; the quiet zone is outside of them."""

    module: int
    left: int
    top: int


def make(content: str) -> Code:
    """Unencodable: too long, or no text."""
    # ASCII reads the same everywhere; for anything else the code itself must name the encoding.
    try:
        found = segno.make_qr(
            content,
            error="h",
            boost_error=False,
            encoding="utf-8",
            eci=not content.isascii(),
        )
    except segno.DataOverflowError as error:
        raise Unencodable(f"at most {MAX_BYTES} bytes fit into a code") from error
    except (UnicodeEncodeError, ValueError) as error:
        raise Unencodable("no text that a code can hold") from error
    return Code(content, np.array([list(row) for row in found.matrix], dtype=bool))


def place(code: Code, width: int, height: int) -> Place:
    """In the middle, as large as whole pixels allow. Unencodable where modules get too small."""
    module = min(width, height) // code.across
    if module < MIN_MODULE:
        least = -(-code.across * MIN_MODULE // 8) * 8
        raise Unencodable(f"this text needs a picture of {least} x {least} pixels", least)
    inner = module * (code.across - 2 * QUIET)
    return Place(module, (width - inner) // 2, (height - inner) // 2)


def good_side(code: Code) -> int:
    """The side of a picture that shows the code well: 16 pixels a module, 512 to 1024."""
    asked = code.across * GOOD_MODULE
    return min(max(-(-asked // 8) * 8, SIDES[0]), SIDES[1])


def draw(code: Code, width: int, height: int) -> Image.Image:
    """The code in black and white, RGB: what a picture is conditioned on."""
    at = place(code, width, height)
    pixels = np.full((height, width), SURROUND, dtype=np.uint8)
    quiet = QUIET * at.module
    inner = at.module * code.modules.shape[0]
    pixels[
        max(0, at.top - quiet) : at.top + inner + quiet,
        max(0, at.left - quiet) : at.left + inner + quiet,
    ] = 255
    dark = np.kron(code.modules, np.ones((at.module, at.module), dtype=bool))
    pixels[at.top : at.top + inner, at.left : at.left + inner][dark] = 0
    return Image.fromarray(pixels).convert("RGB")
