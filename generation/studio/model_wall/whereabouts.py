"""Which servers have a thing of the catalog now, and which have a checkpoint loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.intake import FETCHES
from catalog.kinds import Kind, folded
from catalog.models import Entry, Presence
from generation.models import Backend


@dataclass(frozen=True)
class Whereabouts:
    """Numbers of servers; ``servers`` have it, ``warm`` have it loaded."""

    servers: int = 0
    warm: int = 0
    is_ours: bool = False  # a style: applied by us, whatever the server

    @property
    def is_there(self) -> bool:
        return self.is_ours or self.servers > 0

    @property
    def sentence(self) -> str:
        if self.is_ours:
            return _("Goes with every model")
        if self.warm:
            return ngettext(
                "Loaded on %(count)d server", "Loaded on %(count)d servers", self.warm
            ) % {"count": self.warm}
        if self.servers:
            return ngettext("On %(count)d server", "On %(count)d servers", self.servers) % {
                "count": self.servers
            }
        return _("No server has it")


def whereabouts(tenant_id: int, kind: Kind, entries: Collection[Entry]) -> dict[int, Whereabouts]:
    """By the entries' numbers. Three queries, however many entries."""
    if kind == Kind.STYLE:
        return {entry.pk: Whereabouts(is_ours=True) for entry in entries}
    reachable = Backend.objects.serving(tenant_id).reachable(timezone.now())
    loaded = dict(reachable.values_list("pk", "loaded_checkpoint"))
    refs = {str(pk) for pk in loaded}
    names = {folded(entry.name) for entry in entries}
    rows = list(
        Presence.objects.alias(folded=Lower("name"))
        .filter(Q(kind=kind, folded__in=names) | Q(kind=FETCHES), backend_ref__in=refs)
        .values_list("kind", "name", "backend_ref")
    )
    fetching = {ref for of_kind, _name, ref in rows if of_kind == FETCHES}
    having: dict[str, set[str]] = {name: set() for name in names}
    for of_kind, name, ref in rows:
        if of_kind == kind:
            having[folded(name)].add(ref)
    warm = Counter(folded(name) for name in loaded.values())
    return {
        entry.pk: Whereabouts(
            servers=len(
                having[folded(entry.name)] | (fetching if getattr(entry, "file", "") else set())
            ),
            warm=warm[folded(entry.name)] if kind == Kind.CHECKPOINT else 0,
        )
        for entry in entries
    }
