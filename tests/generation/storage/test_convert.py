"""A picture in another format, or without what it was made with; the AI label always stays."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from generation import picture_file
from generation.errors import InvalidRequest
from generation.storage import AiLabel, bare, converted, metadata, read_label, read_parameters
from tests.generation.painting import encode, encoded, picture, pixels

PARAMETERS = "a red apple, 苹果\nSteps: 4, Seed: 7"
LABEL = AiLabel(producer="easel", produce_id="42")


def stored(fmt: str) -> bytes:
    return metadata.embed(encoded(fmt), parameters=PARAMETERS, label=LABEL)


@pytest.mark.parametrize("wanted", ["png", "webp", "jpg"])
@pytest.mark.parametrize("fmt", ["png", "webp", "jpg"])
def test_parameters_and_label_go_along(fmt: str, wanted: str) -> None:
    out = converted(stored(fmt), wanted, label=LABEL, with_parameters=True)
    assert picture_file.sniff(out) == wanted
    assert read_parameters(out) == PARAMETERS
    assert read_label(out) == LABEL


@pytest.mark.parametrize("wanted", ["png", "webp", "jpg"])
@pytest.mark.parametrize("fmt", ["png", "webp", "jpg"])
def test_only_the_label_is_left(fmt: str, wanted: str) -> None:
    out = converted(stored(fmt), wanted, label=LABEL, with_parameters=False)
    assert read_parameters(out) == ""
    assert b"apple" not in out
    assert read_label(out) == LABEL


@pytest.mark.parametrize("fmt", ["png", "webp", "jpg"])
def test_taking_the_words_out_changes_no_pixel(fmt: str) -> None:
    data = stored(fmt)
    assert np.array_equal(pixels(bare(data, LABEL)), pixels(data))


def test_what_a_workflow_wrote_goes_too() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", '{"prompt": "secret words"}', zip=True)
    info.add_text("Comment", "secret words")
    assert b"secret" not in bare(encode(picture(), pnginfo=info), LABEL)


def test_a_png_of_a_png_is_the_same_file() -> None:
    data = stored("png")
    assert converted(data, "png", label=LABEL, with_parameters=True) is data


def test_what_is_transparent_is_white_in_a_jpeg() -> None:
    clear = encode(Image.new("RGBA", (16, 16), (0, 0, 0, 0)))
    out = converted(clear, "jpg", label=LABEL, with_parameters=False)
    assert pixels(out).min() > 250


def test_what_is_transparent_stays_so_in_a_webp() -> None:
    clear = encode(Image.new("RGBA", (16, 16), (255, 0, 0, 0)))
    out = converted(clear, "webp", label=LABEL, with_parameters=False)
    assert Image.open(BytesIO(out)).convert("RGBA").getpixel((3, 3))[3] == 0


def moving() -> bytes:
    frames = [picture(seed=seed) for seed in (1, 2)]
    return encode(frames[0], "webp", save_all=True, append_images=frames[1:], duration=100)


def test_a_film_keeps_moving_without_its_words() -> None:
    assert Image.open(BytesIO(bare(moving(), LABEL))).n_frames == 2


def test_a_film_is_not_made_a_still() -> None:
    with pytest.raises(InvalidRequest):
        converted(moving(), "png", label=LABEL, with_parameters=True)
