"""Codes: made, laid into pictures, drawn plain, and read again."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from generation.qr import code, plain, reading
from tests.generation.painting import encode, picture
from tests.generation.qr.second_reader import texts_after_harm

LANDING = "https://example.com/landing"


@pytest.mark.parametrize(
    "content", [LANDING, "1234567", "HELLO", "你好，世界", "naïve café", "a\nb", "x" * 500]
)
def test_what_is_drawn_can_be_read(content: str) -> None:
    made = code.make(content)
    side = code.good_side(made)
    reads = reading.judge(code.draw(made, side, side), made)
    assert (reads.text, reads.is_sure) == (content, True)


def test_the_quiet_zone_is_four_modules() -> None:
    made = code.make(LANDING)
    drawn = np.asarray(code.draw(made, 640, 512).convert("L"))
    at = code.place(made, 640, 512)
    assert (drawn[at.top - 4 * at.module, at.left :] == 255)[: at.module * 20].all()
    assert drawn[at.top, at.left] == 0  # a finder pattern's corner
    assert drawn[256, 4] == code.SURROUND


def test_sizes_fit_the_content() -> None:
    assert code.good_side(code.make("a")) == 512
    assert code.good_side(code.make(LANDING)) == 656
    assert code.good_side(code.make("x" * 500)) == 1024


@pytest.mark.parametrize("content", [LANDING, "https://example.com/" + "y" * 80])
def test_a_dressed_code_is_read_by_both(content: str) -> None:
    made = code.make(content)
    side = code.good_side(made)
    shown = plain.dressed(made, picture(64, 64), side, side)
    assert reading.judge(shown, made).is_sure
    assert texts_after_harm(encode(shown)) == [content] * 4


def test_a_dressed_code_has_the_colours_of_the_picture() -> None:
    made = code.make(LANDING)
    red = plain.dressed(made, Image.new("RGB", (64, 64), (200, 30, 30)), 656, 656)
    at = code.place(made, 656, 656)
    ink = red.getpixel((at.left + 2, at.top + 2))
    assert isinstance(ink, tuple)
    assert ink[0] > 2 * ink[2]


# ── What cannot be read, or made ─────────────────────────────────────────────────────────────
def test_a_faint_code_is_not_sure() -> None:
    made = code.make(LANDING)
    faint = Image.blend(code.draw(made, 656, 656), Image.new("RGB", (656, 656), "grey"), 0.8)
    reads = reading.judge(faint, made)
    assert reads.text == LANDING
    assert not reads.is_sure


def test_a_blurred_code_is_not_steady() -> None:
    made = code.make(LANDING)
    blurred = code.draw(made, 656, 656).filter(ImageFilter.GaussianBlur(16))
    assert not reading.judge(blurred, made).is_steady


def test_another_text_is_not_the_text() -> None:
    drawn = code.draw(code.make("https://example.com/landinG"), 656, 656)
    reads = reading.judge(drawn, code.make(LANDING))
    assert (reads.text, reads.is_steady) == ("https://example.com/landinG", False)


def test_a_picture_without_a_code_says_nothing() -> None:
    assert reading.read(Image.open(io.BytesIO(encode(picture())))) == []


@pytest.mark.parametrize("content", ["x" * 1274, "\ud800"])
def test_what_no_code_can_hold(content: str) -> None:
    with pytest.raises(code.Unencodable):
        code.make(content)


def test_modules_do_not_get_too_small() -> None:
    with pytest.raises(code.Unencodable, match="680 x 680"):
        code.place(code.make("x" * 200), 512, 512)
