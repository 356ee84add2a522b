"""Whatever a caller sends is a request or a refusal: of the pure parsers, and through the views."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.dialects.coercion import Notes, read
from generation.dialects.native import wire as native
from generation.dialects.qrapi import wire as qrapi
from generation.dialects.qrapi.wire import Generate
from generation.dialects.saas import asking as saas
from generation.dialects.saas.fields import Drawing, Scripts
from generation.dialects.saas.queries import (
    ArchiveQuery,
    LoraQuery,
    ModelQuery,
    Paging,
    TaskQuery,
    VaeQuery,
)
from generation.dialects.saas.units import ADetailerArgs, ControlNetArgs
from generation.errors import InvalidRequest, NotServable
from generation.request import ImageRequest
from tests.generation.house import CHECKPOINT, House
from tests.people import Person

EDGES = [
    "", " ", "0", "-1", "1e9", "NaN", "Infinity", "25", "٣", "true", "\x00", "\ud800", "x" * 9000,
    0, -1, 2**31, 2**63, 2**64, 1e308, -0.0, 0.5, True, None, [], {}, [[]], {"a": {}},
]  # fmt: skip
scalars = st.sampled_from(EDGES) | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


def bodies(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects whose fields are mostly those that the API knows, with values of any kind."""
    field = st.sampled_from(names)
    return st.dictionaries(field | st.text(max_size=8), anything, max_size=8)


UNITS = st.builds(
    lambda unit: {
        "args": [{"module": "canny", "model": "m", "image_link": "https://a.b/c"} | unit]
    },
    bodies(*ControlNetArgs.model_fields),
)
DETECTORS = st.builds(
    lambda unit: {"args": [{"ad_model": "face"} | unit]}, bodies(*ADetailerArgs.model_fields)
)
SCRIPTS = st.builds(
    lambda scripts, units, detectors: (
        {"image_link": "https://a.b/c", "controlnet": units, "ADetailer": detectors} | scripts
    ),
    bodies(*Scripts.model_fields),
    UNITS,
    DETECTORS,
)
SAAS = st.builds(
    lambda body, scripts, valid: (
        ({"prompt": "x"} if valid else {})
        | {"always_on_scripts": {"sd_model_checkpoint": "a", "id_task": "b"} | scripts}
        | body
    ),
    bodies(*Drawing.model_fields, "alwayson_scripts", "callback_url", "init_images", "mask"),
    SCRIPTS,
    st.booleans(),
)
QRAPI = st.builds(
    lambda kind, body: {"type": kind, "prompt": "x", "str_message": "x"} | body,
    st.sampled_from(["upload_txt", "upload_file", "upload_cloth"]),
    bodies(*Generate.model_fields),
)
NATIVE = st.builds(lambda body: {"prompt": "x"} | body, bodies(*ImageRequest.model_fields))
# At random, so that each run looks elsewhere.
fuzzed = settings(max_examples=60, deadline=None)
through_views = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@fuzzed
@given(
    SAAS | bodies(*Drawing.model_fields),
    st.sampled_from(["text2image", "image2image", "inpaint", "controlnet"]),
    st.sampled_from([2, 3]),
    st.booleans(),
)
def test_saas_parses_or_refuses(
    body: dict[str, Any], call: saas.Call, version: int, strict: bool
) -> None:
    try:
        asked = saas.asked(body, call, default_format="jpg", version=version, strict=strict)
    except InvalidRequest:
        return
    assert ImageRequest.model_validate(asked.request.model_dump()) == asked.request


@fuzzed
@given(bodies(*ModelQuery.model_fields, "id_task", "taskId", "month", "sdLoraName", "vaeFileName"))
def test_saas_queries_parse_or_refuse(body: dict[str, Any]) -> None:
    for kind in (TaskQuery, ArchiveQuery, Paging, ModelQuery, LoraQuery, VaeQuery):
        try:
            read(kind, body, Notes())
        except InvalidRequest:
            continue


@fuzzed
@given(QRAPI | bodies(*Generate.model_fields), st.booleans())
def test_qrapi_parses_or_refuses(body: dict[str, Any], strict: bool) -> None:
    try:
        asked = qrapi.generate(body, strict=strict)
    except (InvalidRequest, NotServable):
        return
    assert ImageRequest.model_validate(asked.request.model_dump()) == asked.request


@fuzzed
@given(NATIVE.map(json.dumps).map(str.encode) | st.binary(max_size=60))
def test_native_parses_or_refuses(body: bytes) -> None:
    try:
        native.create(body)
    except InvalidRequest:
        return


@pytest.mark.parametrize("deep", [{"a": 1}, [1]])
def test_a_deep_body_is_refused(deep: Any) -> None:
    for _ in range(400):
        deep = [deep]
    with pytest.raises(InvalidRequest):
        read(Drawing, {"prompt": deep}, Notes())


SAAS_PATHS = [
    "sd/v2/text2image", "sd/v3/image2image", "sd/v1/inpaint", "sd/v2/controlnet",
    "sd/v2/queryTaskInfo", "sd/v2/queryArchiveTaskInfo", "sd/v2/queryModelList",
    "sd/v2/queryLoraList", "sd/v2/queryVaeList", "sd/v2/queryEmbeddingList",
    "tool/hair/change/queryTask", "tool/background/remove",
]  # fmt: skip


# ── Through the views: never a 500 ───────────────────────────────────────────────────────────
def storable(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=True).encode()


@through_views
@given(body=SAAS.map(storable) | st.binary(max_size=40))
def test_saas_views_never_break(house: House, alice: Person, body: bytes) -> None:
    body = body.replace(
        b'"sd_model_checkpoint": "a"', f'"sd_model_checkpoint": "{CHECKPOINT}"'.encode()
    )
    for path in SAAS_PATHS:
        answered("POST", f"/saas/{path}", body, alice.headers)


@through_views
@given(
    body=QRAPI.map(storable) | st.binary(max_size=40),
    kind=st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data",
         "multipart/form-data; boundary=x", "text/plain", ""]
    ),
)  # fmt: skip
def test_qrapi_views_never_break(house: House, alice: Person, body: bytes, kind: str) -> None:
    headers = {"Authorization": alice.jwt}
    answered("POST", "/QRapi/api/v1/QRcode/generate", body, headers, kind)


@through_views
@given(body=NATIVE.map(storable) | st.binary(max_size=40))
def test_native_views_never_break(house: House, alice: Person, body: bytes) -> None:
    body = body.replace(b'"prompt": "x"', f'"prompt": "x", "checkpoint": "{CHECKPOINT}"'.encode())
    for path in ("tasks", "quote"):
        answered("POST", f"/api/v1/{path}", body, alice.headers)
    answered("DELETE", "/api/v1/tasks", body, alice.headers)


@through_views
@given(query=st.text(max_size=40))
def test_queries_never_break(house: House, alice: Person, query: str) -> None:
    client = Client()
    for name in ("cursor", "limit", "state"):
        shown = client.get("/api/v1/tasks", {name: query}, headers=alice.headers)
        assert shown.status_code < 500
    assert client.get("/QRapi/api/v1/QRcode/queue-status", {"id": query}).status_code < 500
    assert client.get("/test", {"key": query}).status_code < 500


@pytest.mark.parametrize("host", ["x" * 300, "[::1"])
def test_an_odd_host(house: House, alice: Person, host: str) -> None:
    body = storable({"prompt": "x", "checkpoint": CHECKPOINT})
    headers = alice.headers | {"Host": host}
    kind = "application/json"
    answer = Client().generic("POST", "/api/v1/tasks", body, content_type=kind, headers=headers)
    assert 400 <= answer.status_code < 500


def answered(
    method: str, path: str, body: bytes, headers: dict[str, str], kind: str = "application/json"
) -> None:
    answer = Client().generic(method, path, body, content_type=kind, headers=headers)
    assert answer.status_code < 500, (body, answer.content)
    assert isinstance(orjson.loads(answer.content), dict)
