"""Whatever a caller sends is a call or a refusal in WebUI's shape."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from generation.dialects.sdwebui import calls
from generation.dialects.sdwebui.errors import error_form
from generation.dialects.sdwebui.settings import ACTING, SHOWN, Chosen, judged, overrides
from generation.errors import EaselError
from generation.request import ImageRequest

# Values that some field takes, and values that none takes.
VALUES: list[Any] = [
    "", "0", "-1", "25", "NaN", "true", "\x00", "x" * 9000, "Euler a", "karras", "iVBORw0KGgo=",
    0, 1, -1, 8, 512, 515, 2**31, 2**64, 0.5, 1e308, True, False, None, [], {}, [[]], {"a": {}},
    ["iVBORw0KGgo="], {"sd_vae": "x"}, {"controlnet": {"args": [{"model": "m", "image": "AA=="}]}},
    {"ADetailer": {"args": [True, False, {"ad_model": "m", "ad_steps": 0}]}}, {"x": {"args": [1]}},
]  # fmt: skip


def bodies(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    values = st.sampled_from(VALUES) | st.integers() | st.floats() | st.text(max_size=20)
    return st.dictionaries(st.sampled_from(names), values, max_size=5)


@given(bodies(*calls.Txt2Img.model_fields))
@settings(max_examples=60, deadline=None)
def test_txt2img(body: dict[str, Any]) -> None:
    _call_or_refusal(calls.txt2img, body)


@given(bodies(*calls.Img2Img.model_fields))
@settings(max_examples=60, deadline=None)
def test_img2img(body: dict[str, Any]) -> None:
    _call_or_refusal(calls.img2img, {"init_images": ["iVBORw0KGgo="]} | body)


@given(bodies(*ACTING, *SHOWN, "forge_additional_modules", "their_own"))
@settings(max_examples=40, deadline=None)
def test_settings(given_settings: dict[str, Any]) -> None:
    for parse in (judged, overrides):
        try:
            assert parse(given_settings).keys() <= set(ACTING)
        except EaselError as error:
            _is_refusal(error)


def _call_or_refusal(parse: Any, body: dict[str, Any]) -> None:
    try:
        asked = parse(body, Chosen())
    except EaselError as error:
        _is_refusal(error)
        return
    request = asked.request
    assert ImageRequest.model_validate(request.model_dump()) == request
    assert request.width % 8 == request.height % 8 == 0


def _is_refusal(error: EaselError) -> None:
    status, said = error_form(error)
    assert status in (404, 422)
    assert said.keys() == {"error", "detail", "body", "errors"}
    assert said["errors"]
