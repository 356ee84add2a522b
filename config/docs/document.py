"""OpenAPI 3.1 from the table of a dialect: its routes as the URL map has them, its bodies and
answers as its pydantic wire types describe themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from pydantic import BaseModel, TypeAdapter

from config.docs import shapes
from config.docs.tables import DIALECTS, PICTURE, Call, Dialect

REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_APP = "X-Ca-Key and its signature: see the page of signatures in this API's documents."
SCHEMES: dict[str, dict[str, Any]] = {
    "accessKeyId": {"type": "apiKey", "in": "header", "name": "X-Request-req-accessKeyId"},
    "accessKeySecret": {"type": "apiKey", "in": "header", "name": "X-Request-req-accessKeySecret"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API token or a JWT."},
    "basic": {"type": "http", "scheme": "basic", "description": "Access key id and secret."},
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The bare token (tk).",
    },
    "appcode": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The word APPCODE, a blank, and the AppCode.",
    },
    "signature": {"type": "apiKey", "in": "header", "name": "X-Ca-Key", "description": _APP},
}


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every route of the product, as "a/<uuid:b>"."""
    for each in (resolver or get_resolver()).url_patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from routes(each, here)


def routes_of(dialect: Dialect) -> list[str]:
    """Its routes, as "a/{b}", each under one name."""
    found = [_PARAMETER.sub(r"{\1}", route) for route in routes()]
    mine = [route for route in found if route.startswith(dialect.prefixes)]
    return sorted({route for route in mine if not route.startswith(dialect.doubles or ("\x00",))})


@cache
def of(name: str) -> dict[str, Any]:
    return document(DIALECTS[name])


def document(dialect: Dialect) -> dict[str, Any]:
    maker = _Maker(dialect)
    paths = {f"/{route}": maker.path(route) for route in routes_of(dialect)}
    names = _scheme_names(dialect)
    return {
        "openapi": "3.1.1",
        "info": {"title": f"Easel: {dialect.title}", "version": "1"},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(maker.schemas.items())),
            "securitySchemes": {name: SCHEMES[name] for name in names},
        },
        "security": [_requirement(each) for each in dialect.security],
    }


def _scheme_names(dialect: Dialect) -> list[str]:
    return [name for each in dialect.security for name in _requirement(each)]


def _requirement(name: str) -> dict[str, list[str]]:
    if name == "accessKey":
        return {"accessKeyId": [], "accessKeySecret": []}
    return {name: []}


def resolved(dialect: str, named: Any) -> Any:
    """The type behind a name of the tables; a type itself stays."""
    if not isinstance(named, str):
        return named
    module, _, name = named.removesuffix("[]").rpartition(".")
    where = f"generation.dialects.{dialect}{module}" if module.startswith(".") else module
    kind: Any = getattr(import_module(where), name)
    return list[kind] if named.endswith("[]") else kind


class _Maker:
    """Collects the schemas that the paths refer to."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.schemas: dict[str, Any] = {}

    def path(self, route: str) -> dict[str, Any]:
        calls = self.dialect.calls.get(route)
        if calls is None:
            calls = (Call(summary=route.rpartition("/")[2], body=shapes.Free),)
        return {call.method: self.operation(route, call) for call in calls}

    def operation(self, route: str, call: Call) -> dict[str, Any]:
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", route)
        ]
        if call.query is not None:
            parameters += self.query(call.query)
        found: dict[str, Any] = {
            "operationId": re.sub(r"\W+", "_", f"{call.method}_{route}").strip("_"),
            "summary": call.summary,
            "parameters": parameters,
            "responses": self.responses(call),
        }
        if call.body is not None:
            schema = self.body(call)
            found["requestBody"] = {"content": {call.media: {"schema": schema}}}
        return found

    def responses(self, call: Call) -> dict[str, Any]:
        error = self.schema(self.dialect.error, "serialization")
        if call.answer == PICTURE:
            content: dict[str, Any] = {PICTURE: {"schema": {"type": "string", "format": "binary"}}}
        else:
            answer = self.schema(call.answer, "serialization")
            if self.dialect.refuses_with_200:
                answer = {"anyOf": [answer, error]}
            content = {"application/json": {"schema": answer}}
            if call.streams:
                content["text/event-stream"] = {"schema": {"type": "string"}}
        return {
            "200": {"description": "Done, or accepted.", "content": content},
            "default": {
                "description": "Refused, in this API's own form.",
                "content": {"application/json": {"schema": error}},
            },
        }

    def body(self, call: Call) -> dict[str, Any]:
        schema = self.schema(call.body, "validation")
        if not call.files:
            return schema
        files = {name: {"type": "string", "format": "binary"} for name in call.files}
        return {"allOf": [schema, {"type": "object", "properties": files}]}

    def query(self, kind: Any) -> list[dict[str, Any]]:
        schema = self._made(resolved(self.dialect.title, kind), "validation")
        required = schema.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in required, "schema": part}
            for name, part in schema.get("properties", {}).items()
        ]

    def schema(self, kind: Any, mode: Any) -> dict[str, Any]:
        """A reference to it; it itself goes to the components."""
        kind = resolved(self.dialect.title, kind)
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return self._made(kind, mode)
        name = kind.__name__ if mode == "serialization" else f"{kind.__name__}In"
        if name not in self.schemas:
            self.schemas[name] = {}  # while it is being made: it may contain itself
            self.schemas[name] = self._made(kind, mode)
        return {"$ref": REF.format(model=name)}

    def _made(self, kind: Any, mode: Any) -> dict[str, Any]:
        suffix = "" if mode == "serialization" else "In"
        made = TypeAdapter(kind).json_schema(ref_template=REF + suffix, mode=mode)
        for name, part in made.pop("$defs", {}).items():
            self.schemas.setdefault(f"{name}{suffix}", part)
        return made
