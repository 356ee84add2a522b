"""From what a backend says it has to catalog rows.

One call per backend and probe, in one transaction, safe to repeat: a second call with the same
listing writes nothing. What people entered by hand is never overwritten: reported titles,
descriptions and families only fill empty fields, and ``online`` moves only while it follows the
backends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Lower
from django.utils import timezone

from catalog.kinds import Kind, folded
from catalog.models import Checkpoint, Entry, Presence, Source, UploadStatus
from catalog.native_sizes import native_size
from catalog.snapshot import MODELS, invalidate

# Two backends that tell of the same new file at once would each insert it, or wait for each
# other's rows for ever: takers-in queue up here. Any constant will do; this one is "CATALOG".
INTAKE_LOCK = 0x434154414C4F47

FETCHES = "fetch"  # in Presence: not a thing that it has, but that it has any that we keep
LONGEST_NAME = 255  # of a column here and of a name in a request

# Filled from a report only where they are empty; each is an attribute of Reported, too.
FILLED = ("title", "base_model", "description", "trigger_words", "licence")


class Reported(Protocol):
    """One thing that a backend says it has; ``name`` is how requests to that backend name it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def base_model(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def trigger_words(self) -> str: ...
    @property
    def licence(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Listing:
    """All that one backend has. A kind that is left out is a kind of which it has nothing."""

    checkpoints: Sequence[Reported] = ()
    loras: Sequence[Reported] = ()
    vaes: Sequence[Reported] = ()
    embeddings: Sequence[Reported] = ()
    controlnets: Sequence[Reported] = ()
    upscalers: Sequence[Reported] = ()
    samplers: Sequence[str] = ()
    fetches: bool = False  # it has weights from us by their hash

    def by_kind(self) -> dict[Kind, dict[str, Reported]]:
        """Per kind of entry the reports by folded name; of two equal names the first counts."""
        lists = {
            Kind.CHECKPOINT: self.checkpoints,
            Kind.LORA: self.loras,
            Kind.VAE: self.vaes,
            Kind.EMBEDDING: self.embeddings,
            Kind.CONTROLNET: self.controlnets,
            Kind.UPSCALER: self.upscalers,
        }
        found: dict[Kind, dict[str, Reported]] = {kind: {} for kind in lists}
        for kind, reports in lists.items():
            for each in reports:
                if _usable(each.name):
                    found[kind].setdefault(folded(each.name), each)
        return found


@dataclass(frozen=True)
class Taken:
    """What an intake changed; ``created`` counts new entries."""

    created: int = 0
    filled: int = 0
    came: int = 0  # presences that are new
    went: int = 0  # presences that are gone


def take_in(backend_ref: int | str, tenant_id: int | None, listing: Listing) -> Taken:
    """Brings the catalog in line with what this backend has.

    ``tenant_id`` is the tenant that the backend belongs to: its files become that tenant's
    private entries. None: everyone's.
    """
    reports = listing.by_kind()
    with transaction.atomic():
        _lock()
        said = _said(reports, listing)
        came, went = _record_presence(str(backend_ref), tenant_id, said)
        created = filled = 0
        for kind, of_kind in reports.items():
            new, changed = _upsert(kind, tenant_id, of_kind)
            created += new
            filled += changed
            _settle(kind)
    invalidate()
    return Taken(created, filled, came, went)


def forget(backend_ref: int | str) -> None:
    """For a backend that is gone: what only it had goes offline, nothing is deleted."""
    with transaction.atomic():
        _lock()
        Presence.objects.filter(backend_ref=str(backend_ref)).delete()
        for kind in MODELS:
            _settle(kind)
    invalidate()


def settle(kind: Kind) -> None:
    """For whoever changed what Easel itself has of a kind."""
    with transaction.atomic():
        _lock()
        _settle(kind)
    invalidate()


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INTAKE_LOCK])


def _record_presence(
    backend_ref: str, tenant_id: int | None, now: dict[tuple[str, str], tuple[str, str]]
) -> tuple[int, int]:
    """Makes the backend's presence rows say exactly this listing; answers (new, gone)."""
    gone: list[int] = []
    changed: list[Presence] = []
    for row in Presence.objects.filter(backend_ref=backend_ref):
        said = now.pop((row.kind, folded(row.name)), None)
        if said is None:
            gone.append(row.pk)
        elif (row.name, row.sha256, row.tenant_id) != (*said, tenant_id):
            row.name, row.sha256 = said
            row.tenant_id = tenant_id
            changed.append(row)
    Presence.objects.filter(pk__in=gone).delete()
    Presence.objects.bulk_update(changed, ["name", "sha256", "tenant"], batch_size=1000)
    new = [
        Presence(backend_ref=backend_ref, tenant_id=tenant_id, kind=kind, name=name, sha256=sha)
        for (kind, _folded), (name, sha) in now.items()
    ]
    Presence.objects.bulk_create(new, batch_size=1000)
    return len(new), len(gone)


def _said(
    reports: dict[Kind, dict[str, Reported]], listing: Listing
) -> dict[tuple[str, str], tuple[str, str]]:
    """(kind, folded name) → (name, hash) of everything that was reported."""
    said = {
        (kind.value, name): (each.name.strip(), _sha256(each))
        for kind, of_kind in reports.items()
        for name, each in of_kind.items()
    }
    if listing.fetches:
        said[FETCHES, FETCHES] = (FETCHES, "")
    names = (name.strip() for name in listing.samplers if _usable(name))
    return said | {(Kind.SAMPLER.value, folded(name)): (name, "") for name in names}


def _upsert(kind: Kind, tenant_id: int | None, reports: dict[str, Reported]) -> tuple[int, int]:
    """Creates the entries that are missing and fills what is empty; answers (created, filled)."""
    manager: Any = MODELS[kind].objects  # type: ignore[attr-defined]
    known: dict[str, Entry] = {folded(row.name): row for row in manager.owned_by(tenant_id)}
    unknown = {name: each for name, each in reports.items() if name not in known}
    if tenant_id is None:
        unknown = _without_private(manager, unknown)
    fresh = [_new_entry(kind, tenant_id, each) for each in unknown.values()]
    manager.bulk_create(fresh, batch_size=500)
    touched = [
        known[name] for name, each in reports.items() if name in known and _fill(known[name], each)
    ]
    manager.bulk_update(touched, [*FILLED, "sha256", "updated"], batch_size=500)
    return len(fresh), len(touched)


def _without_private(manager: Any, reports: dict[str, Reported]) -> dict[str, Reported]:
    """The reports of a shared backend without the files that are private to some tenant.

    A tenant's own LoRA lies on the shared engines that draw with it: what those list must not
    make it everyone's. The hash decides; where a server tells none, the name of a file that a
    tenant brought is enough to keep it back (an operator can still enter it by hand).
    """
    private = manager.filter(tenant__isnull=False)
    hashes = set(private.exclude(sha256="").values_list("sha256", flat=True))
    brought = private.exclude(source=Source.BACKEND).values_list("name", flat=True)
    names = {folded(name) for name in brought}
    return {
        name: each
        for name, each in reports.items()
        if (_sha256(each) not in hashes if _sha256(each) else name not in names)
    }


def _new_entry(kind: Kind, tenant_id: int | None, each: Reported) -> Entry:
    entry = MODELS[kind](
        tenant_id=tenant_id,
        name=each.name.strip(),
        sha256=_sha256(each),
        source=Source.BACKEND,
        online=False,  # _settle puts it online, as it does with one that comes back
        **{field: _cut(kind, field, getattr(each, field)) for field in FILLED},
    )
    if isinstance(entry, Checkpoint):
        size = native_size(entry.base_model, entry.name)
        entry.default_width, entry.default_height = size
    return entry


def _fill(row: Entry, each: Reported) -> bool:
    """Takes over what the backend knows and the row does not; whether anything was."""
    before = [getattr(row, field) for field in (*FILLED, "sha256")]
    for field in FILLED:
        if not getattr(row, field):
            setattr(row, field, _cut(Kind(row.KIND), field, getattr(each, field)))
    if row.source != Source.ADMIN or not row.sha256:
        row.sha256 = _sha256(each) or row.sha256  # the file may be replaced under its name
    if before == [getattr(row, field) for field in (*FILLED, "sha256")]:
        return False
    row.updated = timezone.now()
    return True


def _settle(kind: Kind) -> None:
    """Brings ``present``, and ``online`` where it follows, in line with the presences.

    Only rows whose presence changed are written: an entry that somebody entered for a file still
    to come is left alone until a backend has had it.
    """
    manager: Any = MODELS[kind].objects  # type: ignore[attr-defined]
    for is_held in (True, False):
        manager.alias(held=_held(kind)).filter(held=is_held, present=not is_held).update(
            present=is_held,
            online=Case(When(follows_backends=True, then=Value(is_held)), default=F("online")),
            upload_status=UploadStatus.UPLOADED if is_held else UploadStatus.NOT_UPLOADED,
            updated=timezone.now(),
        )


def _held(kind: Kind) -> Any:
    """Whether a backend has the entry: one of its owner, or a shared one that has a private file
    under the same hash."""
    same_name = Presence.objects.annotate(folded=Lower("name")).filter(
        kind=kind, folded=Lower(OuterRef("name"))
    )
    shared = same_name.filter(tenant__isnull=True)
    brought = Q(_fetched(), ~Q(file="")) if kind == Kind.LORA else Q()
    return (
        brought
        | Exists(same_name.filter(tenant=OuterRef("tenant")))
        | Q(Exists(shared), tenant__isnull=True)
        | Q(Exists(shared.filter(sha256=OuterRef("sha256")).exclude(sha256="")))
    )


def _fetched() -> Exists:
    """Whether some backend that may serve the entry's owner has what Easel keeps."""
    fetching = Presence.objects.filter(kind=FETCHES)
    return Exists(fetching.filter(Q(tenant=None) | Q(tenant=OuterRef("tenant"))))


def _sha256(each: Reported) -> str:
    return each.sha256.strip().lower() if len(each.sha256.strip()) == 64 else ""


def _usable(name: str) -> bool:
    """Whether a request could ever name it."""
    return 0 < len(name.strip()) <= LONGEST_NAME and "\x00" not in name


def _cut(kind: Kind, field: str, text: str) -> str:
    """A foreign server's text, no longer than the column and without what PostgreSQL refuses."""
    limit: int | None = getattr(MODELS[kind]._meta.get_field(field), "max_length", None)
    return text.replace("\x00", "")[:limit]
