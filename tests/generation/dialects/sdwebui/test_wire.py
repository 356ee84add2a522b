from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from generation.dialects.sdwebui import wire, wire_extras, wire_lists
from tests import samples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=8,
)
REQUESTS = [wire.Txt2ImgRequest, wire.Img2ImgRequest, wire.Options, wire.TaskProgressRequest]


def _field_or_noise(model: type[wire.Wire]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(sorted(model.model_fields)) | st.text(max_size=5), JSON)


def test_published_request_is_read():
    request = wire.Txt2ImgRequest.model_validate(samples.load("sdwebui", "txt2img.request.json"))
    assert (request.width, request.steps, request.seed, request.task) == (512, 30, -1, "")
    assert "badhandv4" in request.negative_prompt


def test_published_answer_is_read():
    answer = wire.GenerationResponse.model_validate(
        samples.load("sdwebui", "txt2img.filled.response.json")
    )
    assert wire.Info.from_wire(answer.info).task_id == "task-0001"


def test_published_progress_is_read():
    answer = wire.ProgressResponse.model_validate(samples.load("sdwebui", "progress.response.json"))
    assert answer.state.sampling_steps == 30


def test_a1111_info_survives_the_round_trip():
    recorded = samples.load("sdwebui", "a1111.info.json")
    info = wire.Info.from_wire(json.dumps(recorded))
    assert json.loads(info.to_wire()) == recorded | {"task_id": ""}


def test_defaults_are_webui_s():
    request = wire.Txt2ImgRequest()
    assert (request.steps, request.cfg_scale, request.width, request.hr_scale) == (50, 7, 512, 2)
    assert request.sampler == "Euler"


def test_null_is_absent():
    assert wire.Txt2ImgRequest.model_validate({"steps": None, "prompt": None}).steps == 50


def test_unknown_fields_are_ignored():
    assert wire.Txt2ImgRequest.model_validate({"artist": 1}).prompt == ""


def test_numeric_strings_are_numbers():
    request = wire.Txt2ImgRequest.model_validate({"seed": "12", "cfg_scale": "7.5"})
    assert (request.seed, request.cfg_scale) == (12, 7.5)


def test_sampler_name_goes_before_sampler_index():
    request = wire.Txt2ImgRequest(sampler_name="DDIM", sampler_index="Heun")
    assert request.sampler == "DDIM"


def test_forced_task_id_goes_before_task_id():
    assert wire.Txt2ImgRequest(force_task_id="a", task_id="b").task == "a"


def test_options_keep_what_they_do_not_know():
    options = wire.Options.model_validate({"live_previews_enable": True})
    assert options.model_dump()["live_previews_enable"] is True


def test_recorded_lists_are_read():
    lists = samples.load("sdwebui", "a1111.lists.json")
    models = [wire_lists.SdModel.model_validate(row) for row in lists["/sdapi/v1/sd-models"]]
    assert [model.hash for model in models] == ["ec41bd2a82", None]
    assert wire_lists.Embeddings.model_validate(lists["/sdapi/v1/embeddings"]).skipped
    assert wire_lists.Scheduler.model_validate(lists["/sdapi/v1/schedulers"][1]).default_rho == 7


@pytest.mark.parametrize("software", ["a1111", "forge"])
def test_extension_dates_are_texts_or_numbers(software):
    rows = samples.load("sdwebui", f"{software}.lists.json")["/sdapi/v1/extensions"]
    assert wire_lists.Extension.model_validate(rows[0]).commit_date == rows[0]["commit_date"]


def test_base64_image_with_and_without_data_prefix():
    encoded = base64.b64encode(b"picture").decode()
    assert wire.decode_base64_image(encoded) == b"picture"
    assert wire.decode_base64_image(f"data:image/png;base64,{encoded}") == b"picture"


def test_extras_defaults_are_webui_s():
    assert wire_extras.ExtrasSingleRequest().upscaling_resize == 2


@pytest.mark.parametrize("model", REQUESTS)
def test_anything_at_all_is_read_or_refused(model):
    @given(JSON | _field_or_noise(model))
    def holds(data: object) -> None:
        try:
            model.model_validate(data)
        except ValidationError as error:
            assert wire.invalid_fields(error).errors

    holds()


@given(st.text())
def test_any_text_is_an_image_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert wire.decode_base64_image(text)


# Refusals


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 63),
        ("height", 2049),
        ("steps", 0),
        ("steps", 151),
        ("cfg_scale", 31),
        ("cfg_scale", float("nan")),
        ("batch_size", 0),
        ("seed", -2),
        ("seed", 2**64),
        ("prompt", 5),
        ("styles", "one"),
        ("hr_scale", 5),
        ("denoising_strength", 1.1),
    ],
)
def test_out_of_range_names_the_field(field, value):
    with pytest.raises(ValidationError) as caught:
        wire.Txt2ImgRequest.model_validate({field: value})
    body = wire.invalid_fields(caught.value)
    assert body.errors.startswith(f"{field}: ")
    assert isinstance(body.detail, list)
    assert body.detail[0]["loc"] == ["body", field]


@pytest.mark.parametrize("text", ["", "data:image/png;base64", "data:text/plain,x", "!", "a"])
def test_no_base64_image(text):
    with pytest.raises(ValueError, match="Invalid encoded image"):
        wire.decode_base64_image(text)


def test_info_that_is_no_object():
    with pytest.raises(ValidationError):
        wire.Info.from_wire("[]")
