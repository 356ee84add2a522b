"""The price of a whole grid before it is sent, and why it cannot be sent when it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from generation import grids
from generation.errors import EaselError
from generation.studio import sentences
from generation.studio.grid.form import GridForm


@dataclass(frozen=True, kw_only=True)
class GridPrice:
    """``cells``: how many pictures, once it is known."""

    cells: str = ""
    price: str = ""
    balance: str = ""
    reason: str = ""
    warnings: tuple[str, ...] = ()
    can_send: bool = True
    most: int = 0

    @property
    def known(self) -> bool:
        return bool(self.price)


def price_of(actor: Actor, form: GridForm) -> GridPrice:
    """Errors of the core are put at the form's fields."""
    most = settings.EASEL_MAX_GRID_CELLS
    if not actor.can("member"):
        return GridPrice(reason=_("Your role may look, not create."), can_send=False, most=most)
    if not form.is_valid():
        return GridPrice(reason=_("Correct what is marked to see the price."), most=most)
    try:
        quoted = grids.quote(form.to_wish(actor))
    except EaselError as error:
        form.refuse(error)
        return GridPrice(reason=sentences.of_error(error), can_send=False, most=most)
    short = quoted.balance < quoted.price
    return GridPrice(
        cells=ngettext("%(count)d picture", "%(count)d pictures", quoted.cells)
        % {"count": quoted.cells},
        price=sentences.credits(quoted.price),
        balance=_("balance %(amount)s") % {"amount": sentences.amount(quoted.balance)},
        reason=sentences.no_credit(price=quoted.price, balance=quoted.balance) if short else "",
        warnings=quoted.warnings,
        can_send=not short,
        most=most,
    )
