"""The axes of a grid: how values are typed, and what each changes."""

from __future__ import annotations

import pytest

from generation.axes import PARAMETERS, Axis, expand
from generation.axis_values import parse
from generation.errors import InvalidRequest
from generation.request import Hires, ImageRequest

ASKED = ImageRequest(prompt="a red apple <lora:ink:1>", negative_prompt="red", seed=7)


def values(name: str, text: str) -> list[str]:
    return list(parse(name, text).values)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("steps", "1, 2, 3", ["1", "2", "3"]),
        ("steps", "1，2", ["1", "2"]),
        ("steps", "1-5", ["1", "2", "3", "4", "5"]),
        ("steps", "1-5 (+2)", ["1", "3", "5"]),
        ("steps", "10-5 (-3)", ["10", "7"]),
        ("steps", "1-10 [5]", ["1", "3", "5", "7", "10"]),
        ("steps", "20, 30-32, 20", ["20", "30", "31", "32"]),
        ("cfg_scale", "7", ["7"]),
        ("cfg_scale", "1-2 (+0.25)", ["1", "1.25", "1.5", "1.75", "2"]),
        ("cfg_scale", "3-7 [3]", ["3", "5", "7"]),
        ("subseed_strength", "0-1 [4]", ["0", "0.3333", "0.6667", "1"]),
        ("seed", "-1, -1, 18446744073709551615", ["-1", "-1", "18446744073709551615"]),
        ("size", "512x768, 640×512, 64", ["512×768", "640×512", "64×64"]),
        ("sampler", "Euler a\nDPM++ 2M", ["Euler a", "DPM++ 2M"]),
        ("prompt", 'red, "blue, dark", 绿色', ["red", "blue, dark", "绿色"]),
        ("lora", "0-1 [3]", ["0", "0.5", "1"]),
    ],
)
def test_values_are_typed_as_in_webui(name: str, text: str, expected: list[str]) -> None:
    assert values(name, text) == expected


def test_a_lora_is_named_before_its_weights() -> None:
    for text in ("gold-leaf: 0.5, 1", "<lora:gold-leaf: 0.5, 1>"):
        axis = parse("lora", text)
        assert (axis.subject, axis.values) == ("gold-leaf", ("0.5", "1"))
    assert Axis.from_json(axis.to_json()) == axis


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("steps", "", "at least one value"),
        ("steps", " , ", "at least one value"),
        ("steps", "many", "neither a number nor a range"),
        ("steps", "1.5", "no whole number"),
        ("steps", "0", "not from 1 to 150"),
        ("steps", "1-1000000", "at most 100"),
        ("steps", "1-5 (+0)", "at most 100"),
        ("steps", "1-5 [999]", "at most 100"),
        ("steps", "1-5 [0]", "at most 100"),
        ("steps", "1e3", "neither a number"),
        ("cfg_scale", "31", "not from 1 to 30"),
        ("denoising", "nan", "neither a number"),
        ("seed", "18446744073709551616", "not from -1"),
        ("size", "511", "multiple of 8"),
        ("size", "512x9999", "multiple of 8"),
        ("size", "large", "no size"),
        ("prompt", "a\x00b", "character"),
        ("sampler", ",".join(map(str, range(101))), "at most 100"),
    ],
)
def test_what_cannot_be_is_named(name: str, text: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said) as refused:
        parse(name, text)
    assert refused.value.field == "values"


def cells(x: Axis, y: Axis | None = None, asked: ImageRequest = ASKED) -> list[ImageRequest]:
    return expand(asked, x, y)


def test_cells_come_row_by_row() -> None:
    found = cells(parse("steps", "10, 20"), parse("cfg_scale", "3, 7"))
    assert [(c.steps, c.cfg_scale) for c in found] == [(10, 3), (20, 3), (10, 7), (20, 7)]


def test_words_are_replaced_in_both_prompts() -> None:
    found = cells(parse("prompt", "red, green"))
    assert [c.prompt[:11] for c in found] == ["a red apple", "a green app"]
    assert [c.negative_prompt for c in found] == ["red", "green"]


def test_a_lora_is_weighed_in_its_place_or_added() -> None:
    assert [c.prompt for c in cells(parse("lora", "0.2"))] == ["a red apple <lora:ink:0.2>"]
    added = cells(parse("lora", "neon: 1"))[0].prompt
    assert added == "a red apple <lora:ink:1> <lora:neon:1>"


def test_two_loras_and_two_words_may_be_varied_together() -> None:
    found = cells(parse("lora", "ink: 0"), parse("lora", "neon: 1"))
    assert found[0].prompt == "a red apple <lora:ink:0> <lora:neon:1>"
    found = cells(parse("prompt", "red, blue"), parse("prompt", "apple, pear"))
    assert found[3].prompt.startswith("a blue pear")


def test_the_second_pass_is_there_before_its_denoising_is_set() -> None:
    [cell] = cells(parse("denoising", "0.3"), parse("hires_scale", "1.5"))
    assert cell.hires
    assert (cell.hires.scale, cell.hires.denoising_strength) == (1.5, 0.3)
    [cell] = cells(parse("hires_scale", "3"), asked=ASKED.model_copy(update={"hires": Hires()}))
    assert cell.hires
    assert cell.hires.scale == 3


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("seed", "5", "seed", 5),
        ("seed", "-1", "seed", None),
        ("sampler", "Heun", "sampler", "Heun"),
        ("checkpoint", "a.safetensors", "checkpoint", "a.safetensors"),
        ("vae", "v.pt", "vae", "v.pt"),
        ("style", "hanfu", "styles", ("hanfu",)),
        ("style", "None", "styles", ()),
        ("clip_skip", "2", "clip_skip", 2),
        ("size", "512x768", "height", 768),
        ("subseed_strength", "0.5", "subseed", 8),
    ],
)
def test_each_parameter_changes_its_field(name: str, text: str, field: str, value: object) -> None:
    assert getattr(cells(parse(name, text))[0], field) == value


def test_every_parameter_says_where_the_core_speaks_of_it() -> None:
    known = {"hires.scale", "loras", "denoising_strength", *ImageRequest.model_fields}
    assert {parameter.field for parameter in PARAMETERS.values()} <= known


def test_two_axes_of_the_same_are_refused() -> None:
    for x, y in (("steps", "1"), ("lora", "0.5")):
        with pytest.raises(InvalidRequest, match="both axes"):
            cells(parse(x, y), parse(x, y))


def test_a_word_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="pear"):
        cells(parse("prompt", "pear, plum"))


def test_a_weight_of_no_lora_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="say which LoRA"):
        cells(parse("lora", "1"), asked=ImageRequest(prompt="x"))


def test_denoising_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="denoising needs"):
        cells(parse("denoising", "0.5"))


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="does not go here"):
        cells(Axis(name="sampler", values=("x" * 300,)))
