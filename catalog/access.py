"""What a name means to a tenant, in a dialect: the one way from a client's words to the catalog.

The order, for every kind: an entry that a backend has (the tenant's own before a global one),
then an alias (the tenant's before a global one, the dialect's before one for every dialect), then
an entry that no backend has at present. What somebody took offline by hand is not there, whatever
an alias says. None: no such thing, and nobody can tell that from another tenant's private thing.
An empty name is the default of its kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, cast

from django.utils.translation import gettext as _

from catalog import snapshot
from catalog.examples import (
    BUILT_IN_UPSCALERS,
    DEFAULT_SAMPLER,
    NO_VAE,
    SAMPLERS,
    SKETCH_STYLES,
)
from catalog.kinds import Kind, folded, without_hash
from catalog.listing import Page, Rows, base_models, numbered, rows
from catalog.models import (
    BaseModel,
    Checkpoint,
    ControlNet,
    Embedding,
    Entry,
    Lora,
    Style,
    Upscaler,
    Vae,
)
from catalog.snapshot import invalidate
from catalog.tariff import price_rule

__all__ = [
    "Page",
    "Resolved",
    "Rows",
    "base_models",
    "choices",
    "default_checkpoint",
    "fits",
    "invalidate",
    "numbered",
    "price_rule",
    "resolve_checkpoint",
    "resolve_controlnet",
    "resolve_embedding",
    "resolve_lora",
    "resolve_many",
    "resolve_sampler",
    "resolve_style",
    "resolve_upscaler",
    "resolve_vae",
    "rows",
    "sampler_names",
]

E_co = TypeVar("E_co", bound=Entry, covariant=True)

# An alias may point to an alias. Nobody needs more hops; a circle ends here.
MAX_HOPS = 4


@dataclass(frozen=True)
class Resolved(Generic[E_co]):
    """What to ask a backend for.

    ``name`` is the backend's own name; "" leaves the choice to the checkpoint or the backend.
    ``entry`` is the catalog's row, None where there is none behind the name (a sampler, a
    built-in upscaler, a stand-in). It is shared between requests: read it, never write to it.
    ``alias_used`` is the alias that led here, "" without one. ``warning`` is a sentence for the
    caller when he is given something else than he named.
    """

    name: str
    entry: E_co | None = None
    alias_used: str = ""
    warning: str | None = None


def resolve_checkpoint(
    tenant_id: int | None, name: str, dialect: str = ""
) -> Resolved[Checkpoint] | None:
    """A checkpoint; "" is the tenant's default (None where no backend has any)."""
    if not name.strip():
        default = default_checkpoint(tenant_id)
        return Resolved(default.name, default) if default else None
    return cast("Resolved[Checkpoint] | None", _resolve(Kind.CHECKPOINT, tenant_id, name, dialect))


def resolve_vae(tenant_id: int | None, name: str, dialect: str = "") -> Resolved[Vae] | None:
    """A VAE; "", "None" and "Automatic" are the checkpoint's own."""
    if not name.strip() or _canonical(name, NO_VAE):
        return Resolved("")
    return cast("Resolved[Vae] | None", _resolve(Kind.VAE, tenant_id, name, dialect))


def resolve_lora(tenant_id: int | None, name: str, dialect: str = "") -> Resolved[Lora] | None:
    return cast("Resolved[Lora] | None", _resolve(Kind.LORA, tenant_id, name, dialect))


def resolve_embedding(
    tenant_id: int | None, name: str, dialect: str = ""
) -> Resolved[Embedding] | None:
    return cast("Resolved[Embedding] | None", _resolve(Kind.EMBEDDING, tenant_id, name, dialect))


def resolve_controlnet(
    tenant_id: int | None, name: str, dialect: str = ""
) -> Resolved[ControlNet] | None:
    return cast("Resolved[ControlNet] | None", _resolve(Kind.CONTROLNET, tenant_id, name, dialect))


def resolve_style(tenant_id: int | None, name: str, dialect: str = "") -> Resolved[Style] | None:
    return cast("Resolved[Style] | None", _resolve(Kind.STYLE, tenant_id, name, dialect))


def resolve_upscaler(
    tenant_id: int | None, name: str, dialect: str = ""
) -> Resolved[Upscaler] | None:
    """An upscaler; the ways that need no file ("Latent", "None", …) are always known."""
    found = _resolve(Kind.UPSCALER, tenant_id, name, dialect)
    if found is None and (built_in := _canonical(name, BUILT_IN_UPSCALERS)):
        return Resolved(built_in)
    return cast("Resolved[Upscaler] | None", found)


def resolve_sampler(tenant_id: int | None, name: str, dialect: str = "") -> Resolved[Entry] | None:
    """A sampler; "" is Euler a.

    Here the alias goes first: qrapi's "euler" is Euler a, though there is a sampler "Euler".
    """
    if not name.strip():
        return Resolved(DEFAULT_SAMPLER)
    target = _alias_target(Kind.SAMPLER, tenant_id, name, dialect)
    if target is not None:
        return Resolved(target or DEFAULT_SAMPLER, alias_used=name)
    known = _canonical(name, sampler_names(tenant_id))
    return Resolved(known) if known else None


_RESOLVERS = {
    Kind.CHECKPOINT: resolve_checkpoint,
    Kind.LORA: resolve_lora,
    Kind.VAE: resolve_vae,
    Kind.EMBEDDING: resolve_embedding,
    Kind.CONTROLNET: resolve_controlnet,
    Kind.UPSCALER: resolve_upscaler,
    Kind.STYLE: resolve_style,
    Kind.SAMPLER: resolve_sampler,
}


def resolve_many(
    kind: Kind, tenant_id: int | None, names: Iterable[str], dialect: str = ""
) -> dict[str, Resolved[Any] | None]:
    """Each name with what it means, in the order given."""
    return {name: _RESOLVERS[kind](tenant_id, name, dialect) for name in names}


def default_checkpoint(tenant_id: int | None) -> Checkpoint | None:
    """What a request that names no checkpoint is given; always one that a backend has.

    The one that the tenant's row names, else the one marked as default (the tenant's own before
    the global), else the oldest real model, the tenant's own first, else the oldest of any family
    (the sketch painter). None: no backend has told of any checkpoint yet.
    """
    shelves = _shelves(Kind.CHECKPOINT, tenant_id)
    if chosen := snapshot.tenant(tenant_id).default_checkpoint:
        for shelf in shelves:
            if found := shelf.present.find(chosen):
                return cast(Checkpoint, found)
    present = [cast(Checkpoint, row) for shelf in shelves for row in shelf.entries if row.present]
    return min(
        present,
        key=lambda row: (not row.is_default, row.base_model == BaseModel.SKETCH),
        default=None,
    )


def choices(kind: Kind, tenant_id: int | None) -> list[Entry]:
    """What a tenant can really have now: online, on a backend, in the order of age.

    The tenant's own comes first and hides a global entry of the same name.
    """
    found: dict[str, Entry] = {}
    for shelf in _shelves(kind, tenant_id):
        for entry in shelf.entries:
            if entry.present or kind == Kind.STYLE:  # a style needs no backend
                found.setdefault(folded(entry.name), entry)
    return list(found.values())


def sampler_names(tenant_id: int | None) -> list[str]:
    """The well-known samplers, then whatever else the backends have."""
    names = [*SAMPLERS]
    for owner in snapshot.owners(tenant_id):
        names += snapshot.samplers(owner)
    return list({folded(name): name for name in reversed(names)}.values())[::-1]


def fits(part: Entry, checkpoint: Entry) -> bool:
    """Whether a LoRA, VAE or ControlNet model is of the checkpoint's family; unknown fits all."""
    return (
        not part.base_model
        or not checkpoint.base_model
        or (folded(part.base_model) == folded(checkpoint.base_model))
    )


def _shelves(kind: Kind, tenant_id: int | None) -> list[snapshot.Shelf[Entry]]:
    """What the tenant may know of: adult content only where its row allows it."""
    adult = snapshot.tenant(tenant_id).allows_adult
    return [snapshot.shelf(kind, owner, adult=adult) for owner in snapshot.owners(tenant_id)]


def _canonical(name: str, known: Iterable[str]) -> str:
    """The spelling in ``known`` of a name in any letter case; "" where it is not there."""
    return next((each for each in known if folded(each) == folded(name)), "")


def _alias_target(kind: Kind, tenant_id: int | None, name: str, dialect: str) -> str | None:
    spellings = dict.fromkeys((folded(name), folded(without_hash(name))))
    for owner in snapshot.owners(tenant_id):
        table = snapshot.aliases(owner)
        for spoken in dict.fromkeys((dialect, "")):
            for spelling in spellings:
                target = table.get((kind.value, spoken, spelling))
                if target is not None:
                    return target
    return None


def _resolve(
    kind: Kind, tenant_id: int | None, name: str, dialect: str, hops: int = MAX_HOPS
) -> Resolved[Entry] | None:
    shelves = _shelves(kind, tenant_id)
    for shelf in shelves:
        if entry := shelf.present.find(name):
            return Resolved(entry.name, entry)
        if shelf.barred.find(name):
            return None
    absent = next((entry for shelf in shelves if (entry := shelf.absent.find(name))), None)
    target = _alias_target(kind, tenant_id, name, dialect)
    if target is None and absent:  # named by its title or hash: the alias has the file name
        target = _alias_target(kind, tenant_id, absent.name, dialect)
    if target == "":
        found = _stand_in(kind, tenant_id, name)
    else:
        found = _resolve(kind, tenant_id, target, dialect, hops - 1) if target and hops else None
    if found:
        return replace(found, alias_used=name)
    return Resolved(absent.name, absent) if absent else None


def _sketch_style(tenant_id: int | None, name: str) -> Entry | None:
    """The style of the sketch painter that is nearest to a published checkpoint, if it is there."""
    style = SKETCH_STYLES.get(folded(name), "")
    found = (shelf.present.find(style) for shelf in _shelves(Kind.CHECKPOINT, tenant_id) if style)
    return next((entry for entry in found if entry), None)


def _stand_in(kind: Kind, tenant_id: int | None, name: str) -> Resolved[Entry] | None:
    """What the alias target "" means, with the sentence that says so."""
    if kind == Kind.CHECKPOINT:
        default = default_checkpoint(tenant_id)
        if not default:
            return None
        if default.base_model == BaseModel.SKETCH and (style := _sketch_style(tenant_id, name)):
            text = _("No server has “%(name)s”: the checkpoint %(used)s is used.")
            return Resolved(style.name, style, warning=text % {"name": name, "used": style.name})
        text = _("No server has “%(name)s”: the default checkpoint %(used)s is used.")
        return Resolved(default.name, default, warning=text % {"name": name, "used": default.name})
    text = {
        Kind.VAE: _("No server has the VAE “%(name)s”: the checkpoint's own is used."),
        Kind.LORA: _("No server has the LoRA “%(name)s”: it has no effect."),
        Kind.EMBEDDING: _("No server has the embedding “%(name)s”: it has no effect."),
        Kind.UPSCALER: _("No server has the upscaler “%(name)s”: the server's own is used."),
    }.get(kind, "")
    return Resolved("", warning=text % {"name": name}) if text else None
