"""Styles (checkpoints) and accents (LoRAs) of the sketch painter."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.generation.engine.sketching import PAINTER, apart, luma, paint, pixels

STYLES = [card.name for card in PAINTER.cards()]
ACCENTS = [extra.name for extra in PAINTER.stock().loras]


def saturation(image: Image.Image) -> float:
    return float(np.ptp(pixels(image), axis=2).mean())


def colours(image: Image.Image) -> int:
    return len(image.getcolors(1 << 20) or ())


@pytest.fixture(scope="module")
def drawn() -> dict[str, Image.Image]:
    return {
        name: paint("a red car in the forest", width=256, height=256, checkpoint=name)
        for name in STYLES
    }


def test_the_first_style_is_the_default() -> None:
    assert STYLES[0] == "sketch"
    assert paint(checkpoint="sketch").tobytes() == paint().tobytes()
    assert paint(checkpoint="Sketch Ink Wash").tobytes() == paint(checkpoint="sketch-ink").tobytes()


def test_each_style_is_its_own(drawn: dict[str, Image.Image]) -> None:
    for name in STYLES:
        assert all(apart(drawn[name], drawn[other]) > 6 for other in STYLES if other != name)


def test_each_style_has_its_own_hash() -> None:
    assert len({card.sha256 for card in PAINTER.cards()}) == len(STYLES)
    assert {card.base_model for card in PAINTER.cards()} == {"Sketch"}


def test_ink_has_little_colour_and_much_paper(drawn: dict[str, Image.Image]) -> None:
    assert saturation(drawn["sketch-ink"]) < 0.6 * saturation(drawn["sketch"])
    assert (luma(drawn["sketch-ink"]) > 190).mean() > 0.25


def test_pixel_has_few_colours_in_blocks(drawn: dict[str, Image.Image]) -> None:
    image = drawn["sketch-pixel"]
    assert colours(image) < 70
    blocks = pixels(image)
    assert (blocks[::2, ::2] == blocks[1::2, 1::2]).all()


def test_watercolour_leaves_a_margin_of_paper(drawn: dict[str, Image.Image]) -> None:
    light = luma(drawn["sketch-watercolour"])
    assert light[0].mean() > 220 > light[64:192, 64:192].mean()


def test_flat_is_not_modelled(drawn: dict[str, Image.Image]) -> None:
    """Measure: pixels that are like the one beside them."""

    def even(name: str) -> float:
        return float((np.abs(np.diff(pixels(drawn[name]), axis=1)).sum(axis=2) == 0).mean())

    assert even("sketch-flat") > 2 * even("sketch")


def test_a_prompt_may_speak_of_its_style() -> None:
    spoken = paint("a cat, watercolor painting")
    assert spoken.tobytes() == paint("a cat", checkpoint="sketch-watercolour").tobytes()
    chosen = paint("水墨画, 一只猫", checkpoint="sketch-pixel")
    assert chosen.tobytes() == paint("一只猫", checkpoint="sketch-pixel").tobytes()


def test_poster_is_printed_in_few_inks(drawn: dict[str, Image.Image]) -> None:
    inner = drawn["sketch-poster"].crop((40, 40, 216, 216))
    assert colours(inner.quantize(10).convert("RGB")) <= 10
    assert apart(inner, inner.quantize(14, kmeans=3).convert("RGB")) < 6


@pytest.mark.parametrize("name", ACCENTS)
def test_an_accent_grows_with_its_weight(name: str) -> None:
    """Measure: mean distance from the picture without it."""
    plain = paint()
    assert paint(f"a red apple on a table <lora:{name}:0>").tobytes() == plain.tobytes()
    away = [
        apart(paint(f"a red apple on a table <lora:{name}:{weight}>"), plain)
        for weight in (0.3, 0.7, 1.0, 1.5)
    ]
    assert away == sorted(away) and away[2] > 3


def test_accents_do_what_they_say() -> None:
    plain = paint()
    shown = {name: paint(f"a red apple on a table <lora:{name}:1>") for name in ACCENTS}
    assert saturation(shown["noir"]) < 3
    assert luma(shown["pastel"]).mean() > luma(plain).mean() + 10
    assert luma(shown["neon"]).mean() < luma(plain).mean() - 40
    warm = pixels(shown["sunset-glow"])[..., 0] - pixels(shown["sunset-glow"])[..., 2]
    cool = pixels(plain)[..., 0] - pixels(plain)[..., 2]
    assert warm.mean() > cool.mean() + 12
    assert saturation(shown["vintage-film"]) < saturation(plain)


def test_two_accents_add_up() -> None:
    both = paint("a cat <lora:noir:0.5> <lora:bokeh:1>")
    assert (
        apart(both, paint("a cat <lora:noir:0.5>")) > 1 < apart(both, paint("a cat <lora:bokeh>"))
    )


def test_accents_are_of_the_family_of_the_styles() -> None:
    assert {extra.base_model for extra in PAINTER.stock().loras} == {"Sketch"}
