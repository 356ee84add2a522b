"""The root of the one error tree, and its branch about who asks and what they may spend.

``generation.errors`` continues the tree and draws it whole; it is the place to import from above
this layer. Each error says three things that every dialect and the worker need:

    code         stable snake_case word; each dialect maps it to its own wire form
    permanent    True: the same request can never succeed; False: it may, later
    retry_after  seconds after which to try again, or None where nobody knows
    field        the name of our own field that is at fault ("" = none); a dialect translates it
"""

from __future__ import annotations


class EaselError(Exception):
    code = "internal"
    permanent = True
    retry_after: float | None = None

    def __init__(self, message: str, *, field: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if retry_after is not None:
            self.retry_after = retry_after


class Unauthenticated(EaselError):
    """No credential, or one that is unknown, revoked or expired."""

    code = "unauthenticated"


class Forbidden(EaselError):
    """A known actor, whose role or key policy does not allow this."""

    code = "forbidden"


class NotFound(EaselError):
    """Never existed, or is another tenant's: the two cannot be told apart."""

    code = "not_found"


class NotConfigured(EaselError):
    """This installation does not offer it: an operator has to configure it first."""

    code = "not_configured"


class RateLimited(EaselError):
    """Too many requests in a window."""

    code = "rate_limited"
    permanent = False
    retry_after = 1.0


class QueueFull(EaselError):
    """The tenant or key has as many unfinished tasks as it may have."""

    code = "queue_full"
    permanent = False
    retry_after = 5.0


class UnderMaintenance(EaselError):
    """An operator lets nothing new in for the moment."""

    code = "maintenance"
    permanent = False
    retry_after = 60.0


class InsufficientCredit(EaselError):
    """The balance does not cover the price; both in millicredits."""

    code = "insufficient_credit"

    def __init__(self, *, balance: int, price: int) -> None:
        super().__init__(
            f"insufficient credit: the price is {price / 1000:g}, the balance is {balance / 1000:g}"
        )
        self.balance = balance
        self.price = price
