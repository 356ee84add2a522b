from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.wording.prompt_schedule import schedule
from generation.wording.prompts import (
    CHUNK,
    MAX_WEIGHT,
    LoraTag,
    Piece,
    Weighted,
    chunks,
    extract_loras,
    weigh,
)

TEXT = st.text(alphabet="ab1.5:|()[]\\<>{}, \r\nBREAK", max_size=60)


@pytest.mark.parametrize(
    ("prompt", "spans"),
    [
        ("a house", [(10, "a house")]),
        ("a [dog:4]", [(4, "a "), (10, "a dog")]),
        ("a [dog: 4 ]", [(4, "a "), (10, "a dog")]),
        ("a [dog::4]", [(4, "a dog"), (10, "a ")]),
        ("a [cat:dog:0.5]!", [(5, "a cat!"), (10, "a dog!")]),
        ("a [cat:dog:.25]", [(2, "a cat"), (10, "a dog")]),
        ("a [cat : dog : 1] run", [(1, "a cat  run"), (10, "a  dog  run")]),
        ("a [cat:dog:1e9]", [(10, "a cat")]),
        ("a [cat:dog:0]", [(10, "a dog")]),
        ("a [cat:dog:-3]", [(10, "a dog")]),
        ("[(red:1.3):3]", [(3, ""), (10, "(red:1.3)")]),
        ("a [[[x]]:2]", [(2, "a "), (10, "a [[x]]")]),
        ("1[a:[b:c:4]:2]9", [(2, "1a9"), (4, "1b9"), (10, "1c9")]),
        ("a [b, c:d]", [(10, "a [b, c:d]")]),
        ("a [b:c:d:3]", [(10, "a [b:c:d:3]")]),
        ("a [open", [(10, "a [open")]),
        ("a ] b ) [c:", [(10, "a ] b ) [c:")]),
        ("((x][:y:z [w:3]", [(3, "((x][:y:z "), (10, "((x][:y:z w")]),
        ("a [{b|c}:5]", [(5, "a "), (10, "a {b|c}")]),
        (r"a \[b:c:3\]", [(10, r"a \[b:c:3\]")]),
        ("a\r\nb\nc", [(10, "a b c")]),
        ("a | b", [(10, "a | b")]),
    ],
)
def test_a_schedule_says_what_is_painted_up_to_which_step(
    prompt: str, spans: list[tuple[int, str]]
) -> None:
    assert schedule(prompt, 10) == spans


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("[cow|horse]", ["cow", "horse", "cow", "horse"]),
        ("[a|b|c]", ["a", "b", "c", "a"]),
        ("[fe|]male", ["female", "male", "female", "male"]),
        ("[fe|||]male", ["female", "male", "male", "male"]),
        ("[a|(b:1.1)]", ["a", "(b:1.1)", "a", "(b:1.1)"]),
        ("[a|[b|c]]", ["a", "c", "a", "c"]),
        ("[a|b] [c:2]", ["a ", "b ", "a c", "b c"]),
    ],
)
def test_alternation_takes_turns(prompt: str, texts: list[str]) -> None:
    spans = schedule(prompt, 4)
    assert [next(text for end, text in spans if step <= end) for step in range(1, 5)] == texts


@pytest.mark.parametrize(
    ("prompt", "spans"),
    [
        ("a [b:.5]", [(10, "a b")]),
        ("a [b:1.5]", [(5, "a "), (10, "a b")]),
        ("a [b:20]", [(10, "a b")]),
        ("a [b:23]", [(3, "a "), (10, "a b")]),
    ],
)
def test_the_second_pass_goes_on_counting(prompt: str, spans: list[tuple[int, str]]) -> None:
    assert schedule(prompt, 10, first_pass=20) == spans


def pieces(text: str) -> list[tuple[str, float]]:
    return [(piece.text, round(piece.weight, 4)) for piece in weigh(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [("plain", 1.0)]),
        ("an (important) word", [("an ", 1.0), ("important", 1.1), (" word", 1.0)]),
        ("(very (much))", [("very ", 1.1), ("much", 1.21)]),
        ("(sure:1.5) x", [("sure", 1.5), (" x", 1.0)]),
        ("(sure : 1.5 )", [("sure ", 1.5)]),
        ("(less:-0.5)", [("less", -0.5)]),
        ("(half:.5)", [("half", 0.5)]),
        ("[less]", [("less", 0.9091)]),
        ("[[less]]", [("less", 0.8264)]),
        ("(a [b) c]", [("a ", 1.1), ("b", 1.0), (" c", 0.9091)]),
        ("(a [b] c:2)", [("a ", 2.0), ("b", 1.8182), (" c", 2.0)]),
        ("(a (b:1.5):2)", [("a ", 2.0), ("b", 3.0)]),
        ("(un closed", [("un closed", 1.1)]),
        ("((un closed", [("un closed", 1.21)]),
        ("[un closed", [("un closed", 0.9091)]),
        ("un) opened]", [("un) opened]", 1.0)]),
        ("a:1.2) b", [("a:1.2) b", 1.0)]),
        ("[a:1.2]", [("a:1.2", 0.9091)]),
        ("(a:1.2.3)", [("a:1.2.3", 1.1)]),
        ("(a:b)", [("a:b", 1.1)]),
        (r"\(literal\] \[x\)", [("(literal] [x)", 1.0)]),
        (r"(smile \(happy\):1.3)", [("smile (happy)", 1.3)]),
        (r"back\\slash, lone\x", [("back\\slash, lonex", 1.0)]),
        ("{best quality}, {{x}}", [("{best quality}, {{x}}", 1.0)]),
        ("crossed,\r\n,", [("crossed, ,", 1.0)]),
        ("", [("", 1.0)]),
        ("()", [("", 1.0)]),
    ],
)
def test_brackets_weigh(text: str, expected: list[tuple[str, float]]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a BREAK b", [Piece("a"), Piece("b", opens_chunk=True)]),
        ("a BREAK", [Piece("a"), Piece("", opens_chunk=True)]),
        ("aBREAK b", [Piece("aBREAK b")]),
        ("(a BREAK b:2)", [Piece("a", 2), Piece("b", 2, opens_chunk=True)]),
        ("a BREAK (b:2)", [Piece("a"), Piece("", opens_chunk=True), Piece("b", 2)]),
    ],
)
def test_break_opens_a_chunk(text: str, expected: list[Piece]) -> None:
    assert weigh(text) == expected


@pytest.mark.parametrize(
    ("prompt", "rest", "tags"),
    [
        ("a <lora:ink>", "a ", [LoraTag("ink")]),
        ("<lora:ink:0.5>a", "a", [LoraTag("ink", 0.5, 0.5)]),
        ("<lora:ink:0.5:-1>", "", [LoraTag("ink", 0.5, -1.0)]),
        ("<lora:ink:unet=0.2>", "", [LoraTag("ink", 1.0, 0.2)]),
        ("<lora:ink:te=0:unet=0.2>", "", [LoraTag("ink", 0.0, 0.2)]),
        ("<LORA:a><lyco:b:2>", "", [LoraTag("a"), LoraTag("b", 2.0, 2.0)]),
        ("a < b > c <3", "a < b > c <3", []),
    ],
)
def test_tags_are_taken_out(prompt: str, rest: str, tags: list[LoraTag]) -> None:
    assert extract_loras(prompt) == (rest, tags)


@pytest.mark.parametrize("tag", ["<lora:ink:x>", "<lora:ink:nan>", "<hypernet:ink:1>"])
def test_a_tag_that_cannot_be_obeyed_says_why(tag: str) -> None:
    assert "ink" in extract_loras(tag)[1][0].fault


@given(TEXT, st.integers(0, 150), st.none() | st.integers(0, 50))
def test_every_text_has_a_schedule(prompt: str, steps: int, first: int | None) -> None:
    ends = [end for end, _ in schedule(prompt, steps, first)]
    assert ends == sorted(set(ends)) and ends[-1] == max(steps, 1)


@given(TEXT)
def test_every_text_has_finite_weights(text: str) -> None:
    assert all(abs(piece.weight) <= MAX_WEIGHT for piece in weigh(text))
    extract_loras(text)


@given(st.lists(st.floats(-3, 3).map(lambda weight: round(weight, 3)), max_size=6))
def test_nested_weights_multiply(weights: list[float]) -> None:
    text = "(" * len(weights) + "x" + "".join(f":{weight:f})" for weight in weights)
    assert weigh(text)[0].weight == pytest.approx(math.prod(weights))


@given(st.lists(st.tuples(st.integers(0, 99), st.booleans(), st.integers(1, 9)), max_size=300))
def test_chunks_keep_every_token_in_order(tokens: list[tuple[int, bool, int]]) -> None:
    line = [Weighted(token, comma=comma, length=size) for token, comma, size in tokens]
    parts = chunks(line)
    assert [item for part in parts for item in part] == line
    assert all(sum(item.length for item in part) <= CHUNK for part in parts)


def words(count: int, *commas: int) -> list[Weighted[int]]:
    return [Weighted(index, comma=index in commas) for index in range(count)]


@pytest.mark.parametrize(
    ("line", "sizes"),
    [
        ([], [0]),
        (words(75), [75]),
        (words(76), [75, 1]),
        (words(80, 60), [61, 19]),
        (words(80, 55), [56, 24]),
        (words(80, 54), [75, 5]),
        (words(80, 74), [75, 5]),
        (words(80, 75), [75, 5]),
        ([*words(3), "BREAK", *words(2)], [3, 2]),
        ([*words(3), "BREAK"], [3]),
        ([*words(3), "BREAK", "BREAK", *words(2)], [3, 0, 2]),
        ([*words(70, 69), Weighted(1, length=8)], [70, 8]),
    ],
)
def test_a_full_chunk_ends_at_a_comma_nearby(line: list[Weighted[int]], sizes: list[int]) -> None:
    assert [sum(item.length for item in part) for part in chunks(line)] == sizes


@pytest.mark.parametrize(
    "prompt", ["(a[" * 2600, "(a" * 2600 + ")" * 2600, "[a" * 2600 + "]" * 2600]
)
def test_thousands_of_brackets_are_read_at_once(prompt: str) -> None:
    start = time.process_time()
    assert "".join(piece.text for piece in weigh(prompt)) == "a" * 2600
    assert schedule(prompt, 150) == [(150, prompt)]
    assert time.process_time() - start < 3
