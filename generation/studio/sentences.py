"""What the studio says in words: why a task waits, what went wrong, amounts and times."""

from __future__ import annotations

from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.ledger import MILLICREDITS
from generation.errors import EaselError, InsufficientCredit

# The words of generation.waiting.REASONS.
REASONS = {
    "backend_down": gettext_lazy("The drawing servers cannot be reached just now."),
    "backend_draining": gettext_lazy("The drawing servers are being emptied for maintenance."),
    "no_worker": gettext_lazy("The painting service is starting; it goes on by itself."),
    "tenant_limit": gettext_lazy("Your organisation runs as many tasks as it may; those go first."),
    "key_limit": gettext_lazy("This key runs as many tasks as it may; those go first."),
    "retry": gettext_lazy("A first try failed; the next begins in a moment."),
    "behind_others": gettext_lazy("The servers are busy with tasks that came before it."),
    "next": gettext_lazy("It begins as soon as a server is free."),
}

# Codes of generation.errors: what a person can make of them.
ERRORS = {
    "rate_limited": gettext_lazy("That was too many at once. Wait a moment and send it again."),
    "queue_full": gettext_lazy("Your queue is full. Wait until some of your tasks have ended."),
    "content_refused": gettext_lazy("This prompt is not allowed here."),
    "backend_failed": gettext_lazy("The drawing server reported a fault. Nothing was charged."),
    "backend_unavailable": gettext_lazy(
        "The drawing server could not be reached. Nothing was charged."
    ),
    "backend_busy": gettext_lazy("The drawing server was busy. Nothing was charged."),
    "backend_refused": gettext_lazy(
        "The drawing server refused this request. Nothing was charged."
    ),
    "out_of_memory": gettext_lazy(
        "This was too large for the drawing server. Nothing was charged; try a smaller size."
    ),
    "timed_out": gettext_lazy("It took too long and was stopped. Nothing was charged."),
    "audit_unavailable": gettext_lazy(
        "The content check could not be reached, so the picture was not shown. Nothing was charged."
    ),
    "fetch_failed": gettext_lazy("Your picture could not be fetched. Nothing was charged."),
    "egress_refused": gettext_lazy(
        "Your picture's address cannot be reached from here. Nothing was charged."
    ),
    "input_unusable": gettext_lazy("Your picture cannot be used. Nothing was charged."),
    "face_not_found": gettext_lazy(
        "No face was found in one of the pictures. Nothing was charged."
    ),
    "storage_failed": gettext_lazy("The picture could not be stored. Nothing was charged."),
    "worker_lost": gettext_lazy("The work was interrupted repeatedly. Nothing was charged."),
    "internal": gettext_lazy("Something broke on our side. Nothing was charged."),
    "cancelled": gettext_lazy("You cancelled it. Nothing was charged."),
}


def of_error(error: EaselError) -> str:
    """The sentence for an error that a person caused or met."""
    if isinstance(error, InsufficientCredit):
        return no_credit(price=error.price, balance=error.balance)
    return of_code(error.code, error.message)


def of_code(code: str, message: str) -> str:
    known = ERRORS.get(code)
    if known:
        return str(known)
    return message[:1].upper() + message[1:]


def no_credit(*, price: int, balance: int) -> str:
    return _("Not enough credit: this costs %(price)s, the balance is %(balance)s.") % {
        "price": credits(price),
        "balance": credits(balance),
    }


def amount(millicredits: int) -> str:
    """Millicredits as credits, with as few decimals as are true: 1500 is "1.5"."""
    whole, rest = divmod(millicredits, MILLICREDITS)
    return f"{whole:,}" + (f".{rest:03}".rstrip("0") if rest else "")


def signed(millicredits: int) -> str:
    """As ``amount``, of what may be less than nothing: with a true minus sign."""
    return amount(millicredits) if millicredits >= 0 else f"\u2212{amount(-millicredits)}"


def credits(millicredits: int) -> str:
    singular = 1 if millicredits == MILLICREDITS else 2
    return ngettext("%(amount)s credit", "%(amount)s credits", singular) % {
        "amount": amount(millicredits)
    }


def duration(seconds: float) -> str:
    """Rounded up: who is told "about 3 s" must not wait for four."""
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": max(1, ceil(seconds))}
    if seconds < 3600:
        return _("%(minutes)d min") % {"minutes": ceil(seconds / 60)}
    return _("%(hours)d h") % {"hours": ceil(seconds / 3600)}


def time_left(seconds: float) -> str:
    return _("about %(time)s left") % {"time": duration(seconds)}


def between(low: float, high: float) -> str:
    """A range of seconds until something is there."""
    first, last = duration(low), duration(high)
    if first == last:
        return _("ready in about %(time)s") % {"time": last}
    return _("ready in %(first)s to %(last)s") % {"first": first, "last": last}
