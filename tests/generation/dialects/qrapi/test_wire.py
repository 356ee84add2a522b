"""Bodies to requests, without a house."""

from __future__ import annotations

from typing import Any

import pytest

from generation.dialects.qrapi import wire
from generation.errors import InvalidRequest
from generation.request import LoraUse
from tests.samples import load

DRAWN = {"type": "upload_txt", "prompt": "x"}
CODE = {"type": "upload_file", "str_message": "x"}


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("soft", [("soft", 0.8)]),
        ("soft:0.5", [("soft", 0.5)]),
        ("soft:-1，bold, ", [("soft", -1), ("bold", 0.8)]),
        ("", []),
    ],
)
def test_forms_of_a_lora(text: str, uses: list[tuple[str, float]]) -> None:
    asked = wire.generate(DRAWN | {"lora": text}).request
    assert asked.loras == tuple(LoraUse(name=name, weight=weight) for name, weight in uses)


@pytest.mark.parametrize(
    ("sent", "style", "checkpoint"),
    [
        ({}, "default", ""),
        ({"modelType": "Ink"}, "ink", ""),
        ({"modelType": "scifi", "model": "anime"}, "scifi", ""),
        ({"model": "anime"}, "anime", ""),
        ({"model": "rockColor"}, "default", "rockColor"),
        ({"sdmodelcheckpoint": "has no effect here"}, "default", ""),
    ],
)
def test_the_style_of_a_code(sent: dict[str, str], style: str, checkpoint: str) -> None:
    asked = wire.generate(CODE | sent).request
    assert asked.qr
    assert (asked.qr.style, asked.checkpoint) == (style, checkpoint)


def test_the_address_goes_before_the_message() -> None:
    asked = wire.generate(CODE | {"url": "HTTPS://example.com/"}).request
    assert asked.qr
    assert (asked.qr.content, asked.qr.source) == ("HTTPS://example.com/", "HTTPS://example.com/")


def test_what_is_no_address_is_text() -> None:
    asked = wire.generate(CODE | {"url": "tel:+123"}).request
    assert asked.qr
    assert (asked.qr.content, asked.qr.source) == ("tel:+123", "")


def test_a_code_has_the_size_that_it_needs_or_that_was_asked_for() -> None:
    assert wire.generate(CODE | {"str_message": "x" * 300}).request.width == 1024
    wide = wire.generate(CODE | {"width": 800, "height": 600}).request
    assert (wide.width, wide.height) == (800, 600)


@pytest.mark.parametrize(
    ("model", "found"),
    [({}, "real"), ({"model": "lux"}, "lux"), ({"model": "a", "sdmodelcheckpoint": "b"}, "b")],
)
def test_the_checkpoint_of_a_picture(model: dict[str, str], found: str) -> None:
    assert wire.generate(DRAWN | model).request.checkpoint == found


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({}, "type is required"),
        (load("qrapi", "qrapi.generate.request.schema-example.json"), "type"),
        ({"type": "upload_txt"}, "prompt"),
        ({"type": "upload_cloth", "prompt": " "}, "prompt"),
        (DRAWN | {"lora": "a:heavy"}, "lora"),
        (DRAWN | {"lora": "a:nan"}, "lora"),
        (DRAWN | {"lora": "a:9"}, "lora"),
        (DRAWN | {"lora": ":0.5"}, "lora"),
        (DRAWN | {"width": 4096}, "width"),
        (DRAWN | {"steps": 151}, "steps"),
        (DRAWN | {"seed": 2**64}, "seed"),
        ({"type": "upload_file"}, "url or str_message"),
        ({"type": "upload_file", "prompt": "x", "url": " "}, "url or str_message"),
        (CODE | {"modelType": "baroque"}, "modelType"),
        (CODE | {"url": "u" * 600}, "url"),
        (CODE | {"url": "\ud800"}, "url"),
        (CODE | {"str_message": "u" * 1300}, "str_message"),
        (CODE | {"str_message": "u" * 100, "width": 256}, "str_message"),
    ],
)
def test_what_does_not_fit_is_named(sent: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequest, match=named):
        wire.generate(sent)
