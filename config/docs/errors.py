"""What each error means and what to do about it: one entry for each code of the error tree, and for
the few that only ever stand on a task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import EaselError
from generation.dialects.native import wire


@dataclass(frozen=True, kw_only=True)
class Explained:
    code: str
    status: int | None  # of the native API; None: never an answer, only a task's error
    permanent: bool
    means: str | Promise


MEANINGS: dict[str, str | Promise] = {
    "unauthenticated": _("No credential, or one that is unknown, revoked or expired."),
    "forbidden": _("You are known, but your role or the key's policy does not allow this."),
    "not_found": _("It never existed, or belongs to somebody else: the two cannot be told apart."),
    "not_configured": _("This installation does not offer it: an operator has to configure it."),
    "rate_limited": _("Too many requests in a minute. Try again after Retry-After seconds."),
    "already_member": _("This person is a member of the organisation already."),
    "last_owner": _("The organisation would be left without an owner: make another one first."),
    "code_refused": _("The redemption code is spent, expired or used by you already."),
    "queue_full": _("Your organisation has as many unfinished tasks as it may have."),
    "maintenance": _("An operator lets nothing new in for the moment. Nothing was charged."),
    "too_many": _("There is room for no more of these: delete some first."),
    "insufficient_credit": _("The balance, or the key's budget, does not cover the price."),
    "invalid": _("A field is missing, of the wrong type or out of range; field names it."),
    "too_large": _("The body of the request is larger than the server takes."),
    "unknown_parameter": _("There is no field of this name; field names it."),
    "missing_required_parameter": _("A field that is needed was not sent; field names it."),
    "unknown_model": _("The catalog has nothing of this name for you; field names it."),
    "not_servable": _("No server could ever do this; the message says what is missing."),
    "content_refused": _("The audit of the prompt refused it. Nothing was charged."),
    "task_conflict": _("The id or key is in use by another request, or the task is unfinished."),
    "ambiguous": _("More than one thing has this name: say it more precisely."),
    "backend_failed": _("The GPU server answered with a fault, several times. Refunded."),
    "backend_unavailable": _("The GPU server could not be reached, several times. Refunded."),
    "backend_busy": _("The GPU server was always taken by another job. Refunded."),
    "backend_refused": _("The GPU server will never do this request. Refunded."),
    "out_of_memory": _("No GPU server had enough memory. Try a smaller size. Refunded."),
    "timed_out": _("The task outran its time limit. Refunded."),
    "interrupted": _("The task was cancelled while it ran. Refunded."),
    "cancelled": _("The task was cancelled. Refunded."),
    "worker_lost": _("The process that worked on the task died repeatedly. Refunded."),
    "egress_refused": _("The address leads to a place that the server does not connect to."),
    "fetch_failed": _("A picture could not be fetched from its address; the message says why."),
    "input_unusable": _(
        "What was fetched is no picture that can be used; the message says why. Refunded."
    ),
    "face_not_found": _("No face was found in one of the two pictures. Refunded."),
    "audit_unavailable": _("The audit did not answer. Try again."),
    "storage_failed": _("A file could not be stored or deleted. Try again."),
    "database_away": _("The database was away for a moment. Try again."),
    "internal": _("A defect of ours; the log has the details under the X-Request-Id."),
}
_NEVER_ANSWERED = (
    "backend_failed",
    "backend_unavailable",
    "backend_busy",
    "backend_refused",
    "out_of_memory",
    "timed_out",
    "interrupted",
    "input_unusable",
    "face_not_found",
)


def tree(root: type[EaselError] = EaselError) -> Iterator[type[EaselError]]:
    """Every error class of ours that there is in this process."""
    for each in root.__subclasses__():
        yield each
        yield from tree(each)


def explained() -> list[Explained]:
    """In the order of MEANINGS, then what a dialect added."""
    classes: dict[str, type[EaselError]] = {"internal": EaselError}
    for each in tree():
        classes.setdefault(each.code, each)
    rows = [_row(code, classes.get(code)) for code in MEANINGS]
    rest = sorted(set(classes) - set(MEANINGS))
    return rows + [_row(code, classes[code]) for code in rest]


def _row(code: str, kind: type[EaselError] | None) -> Explained:
    answered = kind is not None and code not in _NEVER_ANSWERED
    return Explained(
        code=code,
        status=wire.STATUS.get(code, 422) if answered else None,
        permanent=kind is None or kind.permanent,
        means=MEANINGS.get(code) or (kind.__doc__ if kind else "") or "",
    )
