"""The price before anything is sent, and why it cannot be sent when it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import ledger
from accounts.actor import Actor
from generation.errors import EaselError
from generation.models import Backend
from generation.request import ImageRequest
from generation.studio import offers, sentences
from generation.submit import Order, Quoted, quote

DIALECT = "native"
_NOTHING_YET = gettext_lazy("No drawing server is ready yet. This page looks again by itself.")


class RequestForm(Protocol):
    """A form of the studio: each asks for one request."""

    cleaned_data: dict[str, Any]

    def is_valid(self) -> bool: ...

    def to_request(self) -> ImageRequest: ...

    def refuse(self, error: EaselError) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Price:
    """``reason``: why there is no price, or why the button is off. ``waits``: what will have to
    be waited for if it is sent all the same."""

    price: str = ""
    balance: str = ""
    reason: str = ""
    waits: str = ""
    warnings: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()  # what the price is made of, where it is several things
    can_send: bool = True

    @property
    def known(self) -> bool:
        return bool(self.price)


def order_of(actor: Actor, form: RequestForm) -> Order:
    """Call it with a valid form. The studio's own words are kept with the task as ``raw``."""
    return Order(
        actor=actor, request=form.to_request(), dialect=DIALECT, raw=dict(form.cleaned_data)
    )


def price_of(actor: Actor, form: RequestForm) -> Price:
    """The price of what is in the form. Errors of the core are put at the form's fields."""
    waits = _servers(actor)
    if not actor.can("member"):
        return Price(reason=_("Your role may look, not create."), can_send=False)
    if not form.is_valid():
        return Price(reason=_("Correct what is marked to see the price."), waits=waits)
    try:
        quoted = quote(order_of(actor, form))
    except EaselError as error:
        if not offers.models(actor):
            known = Backend.objects.serving(actor.tenant_id).exists()
            return Price(reason=str(_NOTHING_YET), waits="" if known else waits, can_send=False)
        form.refuse(error)
        return Price(reason=sentences.of_error(error), can_send=False)
    short = quoted.balance < quoted.price
    return Price(
        price=sentences.credits(quoted.price),
        balance=_("balance %(amount)s") % {"amount": sentences.amount(quoted.balance)},
        reason=sentences.no_credit(price=quoted.price, balance=quoted.balance) if short else "",
        waits=waits,
        warnings=quoted.warnings,
        lines=_lines(quoted),
        can_send=not short,
    )


_LINES = {
    "base": gettext_lazy("Each task"),
    "pass": gettext_lazy("Painting"),
    "hires": gettext_lazy("Second pass"),
    "controlnet": gettext_lazy("Steering with pictures"),
    "adetailer": gettext_lazy("Repairing details"),
    "restore_faces": gettext_lazy("Restoring faces"),
    "minimum": gettext_lazy("Up to the minimum"),
    "tenant": gettext_lazy("Your organisation's terms"),
    "rounding": gettext_lazy("Rounding"),
}


def _lines(quoted: Quoted) -> tuple[tuple[str, str], ...]:
    if len(quoted.lines) < 2:
        return ()
    return tuple(
        (str(_LINES[line.code]), sentences.signed(line.millicredits)) for line in quoted.lines
    )


def balance_of(actor: Actor) -> str:
    return sentences.credits(ledger.balance(actor.tenant_id))


def _servers(actor: Actor) -> str:
    """What to say of the drawing servers; nothing while one of them can be given a task."""
    serving = Backend.objects.serving(actor.tenant_id)
    if serving.reachable(timezone.now()).exists():
        return ""
    if serving.exists():
        return _(
            "No drawing server can be reached just now. "
            "You may send all the same: the task waits until one is back."
        )
    return _("No drawing server is connected yet. An operator has to add one.")
