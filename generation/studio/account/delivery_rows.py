"""Deliveries as pages show them: of webhooks and of callbacks alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation import callback_log
from generation.errors import InvalidRequest, NotFound
from generation.keyset import Page
from generation.models import Delivery, DeliveryAttempt
from generation.models.delivery import DeliveryState
from generation.studio.account.event_words import event
from generation.studio.doors import wants_fragment

PAGE = 50
MOST_BODY = 50_000  # characters of a body that are shown
STATES = {
    DeliveryState.DUE: gettext_lazy("Due"),
    DeliveryState.SENDING: gettext_lazy("Being sent"),
    DeliveryState.DELIVERED: gettext_lazy("Delivered"),
    DeliveryState.GIVEN_UP: gettext_lazy("Given up"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """``tone``: of the badge; ``waits``: another request is to come."""

    delivery: Delivery
    what: str
    state: str
    tone: str
    waits: bool


def row(delivery: Delivery) -> Row:
    state = DeliveryState(delivery.state)
    failing = state == DeliveryState.DUE and delivery.attempt > 0
    tones = {DeliveryState.DELIVERED: "accent", DeliveryState.GIVEN_UP: "danger"}
    return Row(
        delivery=delivery,
        what=event(delivery.event) if delivery.event else delivery.dialect,
        state=_("Failed, due again") if failing else str(STATES[state]),
        tone="warn" if failing else tones.get(state, ""),
        waits=state == DeliveryState.DUE,
    )


def state_of(request: HttpRequest) -> DeliveryState | None:
    """The state that a page is filtered by; NotFound for what is none."""
    text = request.GET.get("state", "")
    if not text:
        return None
    try:
        return DeliveryState(text)
    except ValueError as error:
        raise NotFound("no such state") from error


def listed(request: HttpRequest, page: Page[Delivery], state: DeliveryState | None) -> Any:
    """What the list's template needs."""
    return {
        "rows": [row(each) for each in page.items],
        "cursor": page.next_cursor,
        "state": state.value if state else "",
        "states": [("", _("All")), *((each.value, words) for each, words in STATES.items())],
    }


def cursor_of(request: HttpRequest) -> str | None:
    return request.GET.get("cursor") or None


def checked(error: InvalidRequest) -> NotFound:
    """A cursor that is none of ours is a page that is not there."""
    return NotFound(error.message)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    attempt: DeliveryAttempt
    worked: bool


def shown(delivery: Delivery) -> dict[str, Any]:
    """One delivery with its requests, the body that is sent, and the last answer."""
    found = callback_log.attempts(delivery)
    return {
        "row": row(delivery),
        "delivery": delivery,
        "attempts": [Attempt(attempt=each, worked=not each.error) for each in found],
        "body": pretty(delivery.body),
        "ended": delivery.state in (DeliveryState.DELIVERED, DeliveryState.GIVEN_UP),
    }


def status(request: HttpRequest, delivery: Delivery) -> int:
    """286 ends htmx's asking again: nothing more will come of an ended delivery."""
    ended = delivery.state in (DeliveryState.DELIVERED, DeliveryState.GIVEN_UP)
    return 286 if ended and wants_fragment(request) else 200


def pretty(body: Any) -> str:
    """JSON, two blanks a level, clipped; "" where it is not written yet."""
    if body is None:
        return ""
    text = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
    return text if len(text) <= MOST_BODY else f"{text[:MOST_BODY]}\n…"
