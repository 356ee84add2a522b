"""DRF's exception handler for the native API: every error is a problem document (RFC 9457)."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from generation.dialects.door import BodyTooLarge, with_mismatch
from generation.dialects.native import wire
from generation.errors import EaselError, InternalError, InvalidRequest, NotFound

log = logging.getLogger(__name__)


def handle(error: Exception, context: dict[str, Any]) -> Response:
    ours = _ours(error)
    status, body = wire.problem(ours)
    if isinstance(error, exceptions.MethodNotAllowed):
        body["status"] = status = 405
    response = Response(body, status=status, content_type="application/problem+json")
    if ours.retry_after is not None and status in (429, 503):
        response["Retry-After"] = str(max(1, round(ours.retry_after)))
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return with_mismatch(response, ours)


def _ours(error: Exception) -> EaselError:
    if isinstance(error, EaselError):
        return error
    if isinstance(error, Http404):
        return NotFound("not found")
    if isinstance(error, exceptions.UnsupportedMediaType | exceptions.ParseError):
        return InvalidRequest(str(error.detail))
    if isinstance(error, exceptions.APIException) and error.status_code == 413:
        return BodyTooLarge("the body is too large")
    if isinstance(error, exceptions.APIException) and error.status_code < 500:
        return InvalidRequest(str(error.detail))
    log.error("view failed", exc_info=error)
    return InternalError("internal error")
