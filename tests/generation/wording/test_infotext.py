from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generation.wording import infotext
from tests import samples

# What WebUI's own form can carry: see the module's docstring.
WORDS = st.text(st.sampled_from("ab猫,.:()<>\"'\\1 "), max_size=30).map(str.strip)
PROMPTS = st.lists(WORDS, max_size=3).map("\n".join).map(str.strip)
KEYS = st.from_regex(r"[A-Z][a-z]{2,8}( [a-z]{2,8})?", fullmatch=True)
VALUES = st.text(st.sampled_from('ab猫,:"\\{}\n1.x '), min_size=1, max_size=20).map(str.strip)


def test_recorded_text_is_read():
    read = infotext.parse(samples.text("sdwebui", "a1111.infotext.txt"))
    assert read.prompt.endswith("<lora:exampleStyle:0.5>\nsecond line")
    assert read.negative_prompt == "lowres, bad hands,\nwatermark"
    assert read.parameters["Seed"] == "2874652113"
    assert read.parameters["ControlNet 0"].endswith("[d14c016b], Weight: 1.0")


def test_recorded_text_is_written_again():
    recorded = samples.text("sdwebui", "a1111.infotext.txt")
    read = infotext.parse(recorded)
    written = infotext.write(read.prompt, read.negative_prompt, read.parameters)
    assert written == recorded.strip()


def test_no_negative_prompt_no_line():
    assert infotext.write("cat", "", {"Steps": 20}) == "cat\nSteps: 20"


def test_none_is_left_out():
    assert infotext.write("", "", {"Steps": 20, "Clip skip": None}) == "Steps: 20"


def test_values_with_marks_are_quoted():
    assert infotext.quote("a, b") == '"a, b"'
    assert infotext.quote("猫: 1") == '"猫: 1"'
    assert infotext.quote("512x512") == "512x512"


def test_a_prompt_alone_is_a_prompt():
    read = infotext.parse("a cat: on a mat")
    assert read.prompt == "a cat: on a mat"
    assert not read.parameters


def test_two_parameters_are_still_a_prompt():
    assert infotext.parse("cat\nSteps: 20, Seed: 1").prompt == "cat\nSteps: 20, Seed: 1"


def test_a_long_line_is_read_in_linear_time():
    assert infotext.parse("a b-" * 200_000).parameters == {}


@given(PROMPTS, PROMPTS, st.dictionaries(KEYS, VALUES, min_size=3, max_size=8))
def test_round_trip(prompt, negative, parameters):
    values = {key: value or "1" for key, value in parameters.items()}
    # WebUI reads a value that looks quoted as quoted; only what quote() quoted is.
    values = {key: value for key, value in values.items() if not value.startswith('"')}
    while len(values) < 3:
        values[f"Filler {'x' * len(values)}"] = "1"
    read = infotext.parse(infotext.write(prompt, negative, values))
    assert read.parameters == values
    assert read.prompt.split("\n") == [line.strip() for line in prompt.split("\n")]
    assert read.negative_prompt.split("\n") == [line.strip() for line in negative.split("\n")]


# Refusals: there are none, any text is read


@given(st.text())
def test_anything_is_read(text):
    assert isinstance(infotext.parse(text), infotext.Infotext)


def test_a_broken_quote_stays_as_it_is():
    read = infotext.parse('Steps: 1, Seed: 2, Model: "half\\q", Size: 8x8')
    assert read.parameters["Model"] == '"half\\q"'
