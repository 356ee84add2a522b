"""How prompts are cut into words, and what a person types into terms."""

from __future__ import annotations

import pytest

from generation import words
from generation.request import Extras, ImageRef, ImageRequest, Init, LoraUse, Mask, QrArt


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A red Apple", {"a", "red", "apple"}),
        ("photo-realistic, 8k", {"photo", "realistic", "8k"}),
        ("café Ünïted", {"cafe", "united"}),
        ("ＡＢＣ １２", {"abc", "12"}),
        ("一只猫", {"一", "只", "猫", "一只", "只猫"}),
        ("cat猫cat", {"cat", "猫"}),
        ("<lora:ink:0.8>", {"lora", "ink", "0", "8"}),
        ("\x00 … \ud800", set()),
        ("x" * 200, {"x" * 64}),
    ],
)
def test_a_text_is_cut(text: str, found: set[str]) -> None:
    assert set(words.of_text(text)) == found


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("cat", ("'cat':*",)),
        ("red cat", ("'red':*", "'cat':*")),
        ("a", ("'a'",)),
        ("月亮", ("'月亮'",)),
        ("猫", ("'猫'",)),
        ("月亮上", ("'月亮'", "'亮上'")),
        ('"red cat"', ("'red'", "'cat'")),
        ("-dog", ("!('dog':*)",)),
        ("o'neil\\", ("'o'", "'neil':*")),
        ('!!! - ""', ()),
    ],
)
def test_what_is_typed_becomes_terms(typed: str, terms: tuple[str, ...]) -> None:
    assert words.query(typed).terms == terms


def test_a_quotation_is_looked_for_as_it_stands() -> None:
    assert words.query('boat "Red  Cat"').phrases == ("red  cat",)


def test_a_query_has_an_end() -> None:
    assert len(words.query(" ".join(f"w{n}" for n in range(500))).terms) == 24


def test_a_task_is_found_by_whose_it_is_and_what_it_is() -> None:
    request = ImageRequest(
        prompt="a cat a cat", checkpoint="Ink.safetensors", seed=42, loras=(LoraUse(name="moss"),)
    )
    found = words.of_task(request, 3, 7)
    assert found[:4] == ["a", "cat", "moss", "42"]
    assert set(found[4:]) == {"@t3", "@t3u7", "@k:text", "@s:square", "@m:ink.safetensors"}
    assert "@t3u7" not in words.of_task(request, 3, None)


PICTURE = Init(image=ImageRef(stored="inputs/x"))


@pytest.mark.parametrize(
    ("fields", "genre"),
    [
        ({}, "text"),
        ({"init": PICTURE}, "image"),
        ({"init": PICTURE, "mask": Mask(image=PICTURE.image)}, "inpaint"),
        ({"init": PICTURE, "extras": Extras()}, "upscale"),
        ({"init": PICTURE, "caption": "clip"}, "other"),
        ({"qr": QrArt(content="x")}, "qr"),
    ],
)
def test_what_was_done(fields: dict[str, object], genre: str) -> None:
    assert words.genre_of(ImageRequest.model_validate(fields)) == genre


def test_the_longest_prompt_has_an_end() -> None:
    prompt = " ".join(f"w{n}" for n in range(1600))[:8000]
    assert len(words.of_task(ImageRequest(prompt=prompt), 1, 1)) < words.MOST + 6


def test_a_mark_cannot_be_typed() -> None:
    assert words.query("@t1u2").terms == ("'t1u2':*",)
