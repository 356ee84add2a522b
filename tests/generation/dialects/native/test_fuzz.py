"""Whatever is sent to the native API's other calls is an answer or a refusal, never a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.dialects.native import wire_calls as calls
from generation.errors import InvalidRequest
from tests.generation.dialects.native.client import Api
from tests.generation.dialects.test_fuzz import anything
from tests.generation.house import House

BODIES = [
    calls.CreateKey,
    calls.ChangeKey,
    calls.CreateWebhook,
    calls.ChangeWebhook,
    calls.UploadBody,
    calls.DeleteTasks,
]
QUERIES = [
    calls.TaskQuery,
    calls.ImageQuery,
    calls.CatalogQuery,
    calls.UsageQuery,
    calls.LedgerQuery,
    calls.KeyQuery,
    calls.DeliveryQuery,
    calls.ContentQuery,
]
EXAMPLES = settings(deadline=None, max_examples=60)
texts = st.text(max_size=30) | st.sampled_from(
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-16:00", "9999-12-31", "1", "-1", "٣", "\x00"]
)


@pytest.mark.parametrize("kind", BODIES)
@EXAMPLES
@given(data=st.data())
def test_a_body_is_read_or_refused(kind: Any, data: st.DataObject) -> None:
    names = st.sampled_from([*kind.model_fields, "x"])
    sent = data.draw(st.dictionaries(names, anything, max_size=5))
    try:
        found = calls.body(kind, json.dumps(sent).encode())
    except InvalidRequest:
        return
    assert found == kind.model_validate(found.model_dump())


@pytest.mark.parametrize("kind", QUERIES)
@EXAMPLES
@given(data=st.data())
def test_a_query_is_read_or_refused(kind: Any, data: st.DataObject) -> None:
    known = [field.alias or name for name, field in kind.model_fields.items()]
    sent = data.draw(st.dictionaries(st.sampled_from([*known, "x"]), texts, max_size=4))
    try:
        calls.query(kind, sent)
    except InvalidRequest as error:
        assert error.field


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    path=st.sampled_from(["tasks", "images", "catalog/loras", "ledger", "usage", "keys"]),
    name=st.sampled_from(["cursor", "limit", "created_after", "from", "q", "prompt", "checkpoint"]),
    value=texts,
)
def test_a_query_never_ends_in_a_fault(
    house: House, api: Api, path: str, name: str, value: str
) -> None:
    answer = api.client.get(f"/api/v1/{path}", {name: value}, headers=api.headers)
    assert answer.status_code in (200, 422)
