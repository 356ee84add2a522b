"""Tokens as CLIP counts them; the fast tokenizer that the engine uses is the witness."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.engine.diffusion.tokenizers import clip_tokenizer
from generation.wording import clip
from generation.wording.clip import Count

TEXT = st.text(alphabet="abcdeHst 12'é½²Ⅷ一只猫글😀🏽,.!?()-_#\n\u0300\u3000", max_size=40)


@settings(deadline=None)  # the first call imports the witness
@given(TEXT)
def test_as_the_models_own_tokenizer(text: str) -> None:
    assert clip.tokens(text) == clip_tokenizer().tokenize(text)


@pytest.mark.parametrize(
    ("prompt", "tokens", "chunks"),
    [
        ("", 0, 1),
        ("a red apple on a table", 6, 1),
        ("a (red:1.3) ((apple)) [on] a table", 6, 1),
        ("a red apple on a table <lora:some_name:0.8>", 6, 1),
        ("a cat BREAK a dog", 4, 2),
        ("[a:a red apple on a table:0.5]", 6, 1),
        ("cat, " * 37, 74, 1),
        ("cat, " * 38, 76, 2),
        ("一只猫", 7, 1),
    ],
)
def test_what_counts(prompt: str, tokens: int, chunks: int) -> None:
    assert clip.count(prompt) == Count(tokens, chunks)


def test_room_grows_by_chunks() -> None:
    assert (clip.count("cat").room, clip.count("cat " * 100).room) == (75, 150)


@pytest.mark.parametrize("prompt", ["a" * 8000, "(" * 8000, "'s" * 4000, "[a|b]" * 1600])
def test_the_longest_prompt_is_counted_at_once(prompt: str) -> None:
    clip.count("warm")
    start = time.process_time()
    clip.count(prompt)
    assert time.process_time() - start < 5  # the square of it would be minutes
