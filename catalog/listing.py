"""The catalog as clients page through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from catalog.kinds import Kind, folded
from catalog.models import Entry, EntryQuerySet
from catalog.snapshot import MODELS, tenant

DEFAULT_SIZE = 10
MAX_SIZE = 200


@dataclass(frozen=True)
class Page:
    """Which page, counted from 1. Build it with ``of``: clients leave things out."""

    number: int = 1
    size: int = DEFAULT_SIZE

    @classmethod
    def of(cls, number: int | None = None, size: int | None = None) -> Page:
        """0 and None are the first page and the default size. ValueError beyond the limits."""
        if number and number < 0:
            raise ValueError("the page number counts from 1")
        if size and not 0 < size <= MAX_SIZE:
            raise ValueError(f"the page size is 1 to {MAX_SIZE}")
        return cls(number or 1, size or DEFAULT_SIZE)


@dataclass(frozen=True)
class Rows:
    """One page of entries; ``total`` counts all that match. Beyond the end: no rows."""

    rows: list[Entry]
    total: int
    page: Page


# The words a caller may filter by. Partial for what people read, exact for codes; letter case
# never counts.
FILTERS: dict[str, Any] = {
    "title_contains": lambda text: Q(title__icontains=text) | Q(title="", name__icontains=text),
    "name_contains": lambda text: Q(name__icontains=text),
    "name": lambda text: Q(name__iexact=text),
    "says": lambda text: (
        Q(name__icontains=text)
        | Q(title__icontains=text)
        | Q(trigger_words__icontains=text)
        | Q(description__icontains=text)
    ),
    "base_model": lambda text: Q(base_model__iexact=text),
}


def rows(
    kind: Kind,
    tenant_id: int | None,
    filters: Mapping[str, str] | None = None,
    page: Page | None = None,
    *,
    online_only: bool = False,
    present_only: bool = False,
    present_first: bool = False,
) -> Rows:
    """The entries that the tenant may see, online first, then by age; with ``present_first`` those
    before that some backend has.

    ``filters`` are words of ``FILTERS``; an empty value filters nothing, another word is a
    KeyError. ``present_only``: what some backend has; a style needs none.
    """
    page = page or Page()
    found = _visible(kind, tenant_id)
    if present_only and kind != Kind.STYLE:
        found = found.present()
    for word, text in (filters or {}).items():
        condition = FILTERS[word]
        if "\x00" in text:  # PostgreSQL refuses it in a text; no name has one
            found = found.none()
        elif text:
            found = found.filter(condition(text))
    if online_only:
        found = found.online()
    start = (page.number - 1) * page.size
    total = found.count()
    if start >= total:
        return Rows([], total, page)
    order = ("-present", "-online", "id") if present_first else ("-online", "id")
    return Rows(list(found.order_by(*order)[start : start + page.size]), total, page)


def base_models(kind: Kind, tenant_id: int | None) -> list[str]:
    """The families of what the tenant may see, each once, in the order of the alphabet."""
    families = _visible(kind, tenant_id).exclude(base_model="").values_list("base_model", flat=True)
    return sorted({folded(name): name for name in families}.values(), key=folded)


def numbered(kind: Kind, tenant_id: int | None, number: int) -> Entry | None:
    """One entry by its number, online or not; None where the tenant may see none such."""
    return _visible(kind, tenant_id).filter(pk=number).first()


def _visible(kind: Kind, tenant_id: int | None) -> EntryQuerySet[Entry]:
    model: Any = MODELS[kind]
    found: EntryQuerySet[Entry] = model.objects.visible_to(tenant_id)
    return found if tenant(tenant_id).allows_adult else found.filter(is_adult=False)
