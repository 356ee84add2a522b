from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils import timezone

from accounts import trial
from accounts.authentication import authenticate
from accounts.errors import NotConfigured, Unauthenticated
from generation import waiting, watch
from generation.dialects.door import BodyTooLarge, base_url, json_body, reply, speaks
from generation.dialects.qrapi import wire
from generation.errors import EaselError, InvalidRequest
from generation.submit import Order, submit


@speaks(wire.error_form, "POST")
def generate(request: HttpRequest) -> HttpResponse:
    actor = authenticate(request)
    body = _body(request)
    asked = wire.generate(body, strict=actor.strict)
    order = Order(
        actor=actor,
        request=asked.request,
        dialect="qrapi",
        raw=body,
        base_url=base_url(request),
        warnings=asked.warnings,
    )
    try:
        receipt = submit(order)
    except EaselError as error:
        error.field = asked.names.get(error.field, error.field)
        raise
    waits = waiting.why(receipt.task_id)
    answer = wire.accepted(receipt.task_id.hex, waits.position if waits else 0, asked.remark)
    return reply(answer, receipt.warnings)


@speaks(wire.error_form, "GET", "HEAD")
def queue_status(request: HttpRequest) -> HttpResponse:
    """The id is the credential, for its five minutes; a token that is sent must be the owner's."""
    now = timezone.now()
    task_id, url = request.GET.get("id", ""), base_url(request)
    found = watch.by_id_alone(task_id, "qrapi", finished_since=now - wire.KEPT, base_url=url)
    if "Authorization" in request.headers:
        watch.task(authenticate(request), found.id, base_url=url)
    return reply(wire.queue_status(found, now))


@speaks(wire.error_form, "GET", "HEAD")
def test_token(request: HttpRequest) -> HttpResponse:
    try:
        return reply(wire.envelope(trial.issue_test_token(request.GET.get("key", ""))))
    except Unauthenticated:
        return reply(wire.envelope(None, code=401, message="key错误"), status=401)
    except NotConfigured:
        return reply(wire.envelope(None, code=404, message="接口未启用"), status=404)


def _body(request: HttpRequest) -> dict[str, Any]:
    """JSON, or a form: the published sample reads as either."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return json_body(request)
    try:
        return {name: value for name, value in request.POST.items() if isinstance(value, str)}
    except RequestDataTooBig as error:
        raise BodyTooLarge("the body is too large") from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise InvalidRequest("the form cannot be read") from error
