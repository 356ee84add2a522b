"""Schemathesis makes calls from our OpenAPI documents, good and bad ones, against the running
product: none is answered with a fault of ours, and the native API answers what its document says.

``make full`` makes some fifty times as many, at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.docs import tables
from tests.generation.dialects.live import Live, door, live
from tests.people import Person

__all__ = ["door", "live"]
CHECKS: dict[str, list[Any]] = {
    "native": [
        not_a_server_error,
        response_schema_conformance,
        status_code_conformance,
        content_type_conformance,
    ]
}
ENDLESS = {"/api/v1/events"}  # answers for ten minutes
REFUSED_BY_NAME = 501  # sdwebui says so of what it will never do


def operations(live: Live, name: str) -> Iterator[Any]:
    raw = requests.get(f"{live.url}/docs/openapi/{name}.json", timeout=30).json()
    for found in schemathesis.openapi.from_dict(raw).get_all_operations():
        operation = found.ok()
        if operation.path not in ENDLESS:
            yield operation


def strategy_of(operation: Any) -> Any:
    """Calls that fit the document, and some that do not, where it says anything to break."""
    good = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    if operation.body or operation.query or operation.path_parameters:
        return good | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
    return good


def explore(live: Live, who: Person, name: str, examples: int, at_random: bool) -> int:
    """How many answers were looked at."""
    count = 0
    headers = {"Authorization": f"Bearer {who.api_token}"}
    for operation in operations(live, name):

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=not at_random,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy_of(operation))
        def calls(case: Any) -> None:
            nonlocal count
            answer = case.call(base_url=live.url, headers=headers, timeout=30)
            count += 1
            if answer.status_code != REFUSED_BY_NAME:
                case.validate_response(answer, checks=CHECKS.get(name, [not_a_server_error]))

        calls()
    return count


@pytest.mark.parametrize("name", tables.NAMES)
def test_no_call_of_a_document_is_answered_with_a_fault(
    live: Live, alice: Person, name: str
) -> None:
    assert explore(live, alice, name, examples=3, at_random=False) >= 5


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", tables.NAMES)
def test_many_calls_of_a_document(live: Live, alice: Person, name: str) -> None:
    assert explore(live, alice, name, examples=150, at_random=True) >= 100
