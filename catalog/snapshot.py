"""The catalog in memory: per kind and owner one query, kept for a few seconds per process.

Submitting resolves five names and more; asking the database for each would cost more than the
insert. A change made in this process is seen at once by whoever calls ``invalidate``; one made in
another process within ``SECONDS``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from accounts.models import Tenant
from catalog.kinds import Kind, folded, stem, without_hash
from catalog.models import (
    Alias,
    Checkpoint,
    ControlNet,
    Embedding,
    Entry,
    Lora,
    Presence,
    Price,
    Style,
    Upscaler,
    Vae,
)

SECONDS = 5.0
# Private shelves of tenants who went away are dropped when there are this many shelves.
MANY = 2000

E = TypeVar("E", bound=Entry)
T = TypeVar("T")

MODELS: dict[Kind, type[Entry]] = {
    Kind.CHECKPOINT: Checkpoint,
    Kind.LORA: Lora,
    Kind.VAE: Vae,
    Kind.EMBEDDING: Embedding,
    Kind.CONTROLNET: ControlNet,
    Kind.UPSCALER: Upscaler,
    Kind.STYLE: Style,
}

_kept: dict[tuple[str, int | None], tuple[float, Any]] = {}


@dataclass
class Index(Generic[E]):
    """Entries by every form in which a client may write their name."""

    names: dict[str, E] = field(default_factory=dict)
    others: dict[str, E] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[E]) -> Index[E]:
        """In each form the oldest entry wins; the file name goes before every other form."""
        rows = list(entries)
        index = cls()
        for row in rows:
            index.names.setdefault(folded(row.name), row)
        for form in (_short_name, _title, _hash, _short_hash):
            for row in rows:
                if key := form(row):
                    index.others.setdefault(folded(key), row)
        return index

    def find(self, name: str) -> E | None:
        """By file name, short name, title or hash, with or without a trailing `` [hash]``."""
        for wanted in (folded(name), folded(without_hash(name))):
            if found := self.names.get(wanted) or self.others.get(wanted):
                return found
        # A1111 lists some kinds without their extension, clients send it: a bare file name
        # matches, one with another extension is another file.
        return self.names.get(folded(stem(without_hash(name))))


def _short_name(row: Entry) -> str:
    # WebUI's ControlNet lists "control_v11p_sd15_canny [d14c016b]"; callers leave the hash out.
    return stem(without_hash(row.name))


def _title(row: Entry) -> str:
    return without_hash(row.title)


def _hash(row: Entry) -> str:
    return row.sha256


def _short_hash(row: Entry) -> str:
    return row.sha256[:10]  # the length of A1111's short hash


@dataclass(frozen=True)
class Shelf(Generic[E]):
    """The entries of one kind that belong to one owner. ``entries`` are those online; ``barred``
    are those that somebody took offline by hand, which no alias may bring back."""

    entries: tuple[E, ...]
    present: Index[E]
    absent: Index[E]
    barred: Index[E]


@dataclass(frozen=True)
class Terms:
    default_checkpoint: str = ""
    price_percent: int = 100  # of the list price
    allows_adult: bool = True


def shelf(kind: Kind, owner: int | None, *, adult: bool = True) -> Shelf[Entry]:
    """``adult`` False: as if nothing that is marked as adult content were there."""
    if adult:
        return _keep(kind.value, owner, lambda: _shelf_of(_read(kind, owner)))
    return _keep(
        f"{kind.value} without adult",
        owner,
        lambda: _shelf_of([row for row in _read(kind, owner) if not row.is_adult]),
    )


def aliases(owner: int | None) -> dict[tuple[str, str, str], str]:
    """(kind, dialect, name) → target, of one owner."""
    return _keep("alias", owner, lambda: _read_aliases(owner))


def samplers(owner: int | None) -> tuple[str, ...]:
    """Samplers that the owner's backends say they have."""
    return _keep("sampler", owner, lambda: _read_samplers(owner))


def tenant(tenant_id: int | None) -> Terms:
    """What the tenant's own row says about names and prices."""
    if tenant_id is None:
        return Terms()
    return _keep("tenant", tenant_id, lambda: _read_terms(tenant_id))


def owners(tenant_id: int | None) -> tuple[int | None, ...]:
    """Whose rows a tenant sees, his own first."""
    return (None,) if tenant_id is None else (tenant_id, None)


def prices(owner: int | None) -> tuple[Price, ...]:
    return _keep("price", owner, lambda: tuple(Price.objects.owned_by(owner)))


def invalidate() -> None:
    """Forgets everything that this process keeps; for whoever has just changed the catalog."""
    _kept.clear()


def _keep(what: str, owner: int | None, read: Callable[[], T]) -> T:
    now = time.monotonic()
    kept = _kept.get((what, owner))
    if kept and now - kept[0] < SECONDS:
        value: T = kept[1]
        return value
    if len(_kept) > MANY:
        for key, (at, _value) in list(_kept.items()):
            if now - at >= SECONDS:
                _kept.pop(key, None)  # another thread may have been here
    value = read()
    _kept[what, owner] = (now, value)
    return value


def _read(kind: Kind, owner: int | None) -> list[Entry]:
    model: Any = MODELS[kind]
    return list(model.objects.owned_by(owner).order_by("id"))


def _shelf_of(every: list[Entry]) -> Shelf[Entry]:
    entries = tuple(entry for entry in every if entry.online)
    return Shelf(
        entries=entries,
        barred=Index.of(row for row in every if not row.online and not row.follows_backends),
        present=Index.of(entry for entry in entries if entry.present),
        absent=Index.of(entry for entry in entries if not entry.present),
    )


def _read_aliases(owner: int | None) -> dict[tuple[str, str, str], str]:
    rows = list(
        Alias.objects.owned_by(owner)
        .order_by("id")
        .values_list("kind", "dialect", "name", "target")
    )
    found = {(kind, dialect, folded(name)): target for kind, dialect, name, target in rows}
    for kind, dialect, name, target in rows:
        found.setdefault((kind, dialect, folded(stem(name))), target)
    return found


def _read_terms(tenant_id: int) -> Terms:
    fields = ("default_checkpoint", "price_percent", "allows_adult")
    row = Tenant.objects.filter(pk=tenant_id).values_list(*fields).first()
    return Terms(*row) if row else Terms()


def _read_samplers(owner: int | None) -> tuple[str, ...]:
    names = Presence.objects.owned_by(owner).filter(kind=Kind.SAMPLER).order_by("id")
    return tuple(dict.fromkeys(names.values_list("name", flat=True)))
