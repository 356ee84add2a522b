"""How the views of the native API say what they take and answer, for its OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import BaseModel
from pydantic.json_schema import model_json_schema

from generation.dialects.native.wire_calls import DeleteTasks
from generation.dialects.native.wire_shapes import Problem

F = TypeVar("F", bound=Callable[..., Any])
REF = "#/components/schemas/{model}"
PROBLEMS = {
    400: "Not HTTP as we understand it",
    401: "Nobody, or an unknown, revoked or expired credential",
    402: "Too little credit",
    403: "This role or key may not",
    404: "Never existed, or is another tenant's",
    405: "Another method, please",
    409: "In use by another request, or still under way",
    413: "The body is too large",
    422: "A field is wrong; `field` names it",
    429: "Too many requests, or too many tasks in the queue",
    503: "Temporarily unable",
}
SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token (easel_…) or a JWT.",
    },
    "accessKeyId": {"type": "apiKey", "in": "header", "name": "X-Request-req-accessKeyId"},
    "accessKeySecret": {"type": "apiKey", "in": "header", "name": "X-Request-req-accessKeySecret"},
    "basic": {"type": "http", "scheme": "basic", "description": "Access key id and secret."},
    "appcode": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The word APPCODE, a blank, and the AppCode.",
    },
}
REQUIREMENTS: list[dict[str, list[str]]] = [
    {"bearer": []},
    {"accessKeyId": [], "accessKeySecret": []},
    {"basic": []},
    {"appcode": []},
]


class WireTypes(PydanticExtension):  # type: ignore[no-untyped-call]
    """A body is described as it is read, an answer as it is written: what has a default is
    optional in the one and always there in the other."""

    priority = 1

    def get_name(self, auto_schema: Any, direction: str) -> str:
        set_override(self.target, "suppress_collision_warning", True)
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        mode: Any = "validation" if direction == "request" else "serialization"
        schema = model_json_schema(self.target, ref_template=REF, mode=mode)
        if mode == "serialization":
            schema = _open(schema)
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part
            )
            auto_schema.registry.register_on_missing(component)
        return schema


def _open(schema: Any) -> Any:
    """An answer may get further fields within a version: a generated client must stand them."""
    if isinstance(schema, list):
        return [_open(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _open(part)
        for name, part in schema.items()
        if (name, part) != ("additionalProperties", False)
    }


class Verifier(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The credentials that the one verifier reads."""

    target_class = "accounts.authentication.ActorAuthentication"
    name = list(SECURITY)

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return list(SECURITY.values())

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return REQUIREMENTS


def describes(
    summary: str,
    answer: Any = None,
    *,
    body: Any = None,
    query: type[BaseModel] | None = None,
    status: int = 200,
    also: Mapping[Any, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    tag: str = "",
) -> Callable[[F], F]:
    """``answer``: a shape, OpenApiTypes.BINARY or None (no body); ``also``: further statuses."""
    responses: dict[Any, Any] = {} if answer is None and status == 200 else {status: answer}
    responses |= also or {}
    for code, meaning in PROBLEMS.items():
        responses[(code, "application/problem+json")] = OpenApiResponse(Problem, meaning)
    parameters = [*_parameters(query), *_headers(headers or {})]
    return extend_schema(
        operation_id=None if tag == "catalog" else re.sub(r"\W+", "_", summary.lower()),
        summary=summary,
        request=body,
        responses=responses,
        parameters=parameters,
        tags=[tag] if tag else None,
    )


def with_body_of_delete(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """A hook of drf-spectacular, which leaves out the body of every DELETE: ours has one, which
    names what is to be deleted."""
    schema = model_json_schema(DeleteTasks, ref_template=REF)
    content = {"application/json": {"schema": schema}}
    result["paths"]["/api/v1/tasks"]["delete"]["requestBody"] = {"content": content}
    return result


def _parameters(query: type[BaseModel] | None) -> list[OpenApiParameter]:
    if query is None:
        return []
    fields = model_json_schema(query, by_alias=True)["properties"]
    return [
        OpenApiParameter(
            name,
            {key: value for key, value in schema.items() if key not in ("title", "description")},
            OpenApiParameter.QUERY,
            description=schema.get("description", ""),
        )
        for name, schema in fields.items()
    ]


def _headers(headers: Mapping[str, str]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=text)
        for name, text in headers.items()
    ]
