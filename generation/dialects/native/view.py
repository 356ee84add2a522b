"""What every view of the native API begins with: who asks, what he sent, how it is answered."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from django.core.exceptions import RequestDataTooBig
from django.http.request import UnreadablePostError
from pydantic import BaseModel
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import limits
from accounts.actor import Actor
from generation.dialects.door import BodyTooLarge
from generation.dialects.native import wire_calls
from generation.errors import InvalidRequest

T = TypeVar("T", bound=BaseModel)


class AnyAccept(BaseContentNegotiation):
    """An <img> or an EventSource accepts its own type alone; errors still go out as problems."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class NativeView(APIView):
    content_negotiation_class = AnyAccept


def actor_of(request: Request) -> Actor:
    return cast(Actor, request.auth)


def raw_body(request: Request) -> bytes:
    try:
        return request._request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge("the body is too large") from error
    except UnreadablePostError as error:
        raise InvalidRequest("the body broke off") from error


def idempotency_key(request: Request) -> str | None:
    """InvalidRequest for one that cannot be kept."""
    key = request.headers.get("Idempotency-Key") or None
    if key and (len(key) > 128 or "\x00" in key):
        raise InvalidRequest("Idempotency-Key: at most 128 characters", field="idempotency_key")
    return key


def read(kind: type[T], request: Request) -> T:
    """The body as one of ``wire_calls``; InvalidRequest."""
    return wire_calls.body(kind, raw_body(request))


def query(kind: type[T], request: Request) -> T:
    return wire_calls.query(kind, request.query_params)


def answer(shape: BaseModel, status: int = 200) -> Response:
    return Response(shape.model_dump(mode="json"), status=status)


def with_rate(response: Response, actor: Actor) -> Response:
    """The headers that say how the limit of requests stands, where there is one
    (draft-ietf-httpapi-ratelimit-headers)."""
    standing = limits.standing(actor)
    if standing is not None:
        response["RateLimit-Policy"] = f'"minute";q={standing.limit};w=60'
        response["RateLimit"] = f'"minute";r={standing.left};t={standing.seconds}'
    return response
