"""Exports of everything: asked for, looked at, downloaded, deleted. (actor, …) → row, or refused.

A member exports what is his in the organisation; an owner may export the whole of it. Rows only:
the file is written by short work (``generation.exporting``).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import channels, storage
from generation.access import parse_id
from generation.errors import Forbidden, NotFound, TaskConflict, TooMany
from generation.models import DataExport
from generation.models.export import DataExportQuerySet, ExportState
from generation.scheduling import exports as leases

MOST_A_DAY = 5
SHOWN = 10
_BATCH = 50


def ask(actor: Actor, *, whole_tenant: bool = False) -> DataExport:
    """Forbidden: a program, or the whole asked for by somebody who is no owner. TaskConflict: one
    is being written. TooMany: MOST_A_DAY."""
    if actor.user_id is None or actor.key_id is not None:
        raise Forbidden(_("only people export data"))
    if whole_tenant and not actor.can("owner"):
        raise Forbidden(_("only an owner may export the whole organisation"))
    mine = DataExport.objects.for_tenant(actor.tenant_id).filter(user_id=actor.user_id)
    if mine.filter(created_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooMany(_("at most %(most)d exports a day") % {"most": MOST_A_DAY})
    try:
        with transaction.atomic():
            made = DataExport.objects.create(
                tenant_id=actor.tenant_id, user_id=actor.user_id, whole_tenant=whole_tenant
            )
            channels.emit(channels.DELIVERY)
    except IntegrityError as error:
        raise TaskConflict(_("an export is being written already")) from error
    made.refresh_from_db()
    return made


def visible(actor: Actor) -> DataExportQuerySet:
    """One's own; of the whole organisation only while one owns it."""
    rows = DataExport.objects.for_tenant(actor.tenant_id).filter(user_id=actor.user_id or 0)
    return rows if actor.can("owner") else rows.filter(whole_tenant=False)


def newest(actor: Actor) -> list[DataExport]:
    return list(visible(actor).order_by("-created_at")[:SHOWN])


def find(actor: Actor, export_id: str | UUID) -> DataExport:
    found = visible(actor).filter(pk=parse_id(export_id)).first()
    if found is None:
        raise NotFound(_("no such export"))
    return found


def ready(actor: Actor, export_id: str | UUID) -> DataExport:
    """One that can be downloaded; NotFound where it is not written yet, or its days are over.
    Notes that its owner has seen it."""
    found = find(actor, export_id)
    now = timezone.now()
    if found.state != ExportState.READY or found.expires_at is None or found.expires_at <= now:
        raise NotFound(_("no such export"))
    DataExport.objects.filter(pk=found.pk, seen_at=None).update(seen_at=now)
    return found


def delete(actor: Actor, export_id: str | UUID) -> None:
    """Also one that is being written: its writer notices, and leaves nothing."""
    found = find(actor, export_id)
    storage.remove([found.file])
    found.delete()


def sweep(at: datetime) -> int:
    """Removes the files of up to a batch of those whose days are over, and gives back what dead
    writers held. StorageFailed: the next call goes on."""
    if leases.give_back_lapsed(at):
        channels.emit(channels.DELIVERY)
    rows = list(DataExport.objects.expired(at).values_list("pk", "file")[:_BATCH])
    storage.remove(name for _pk, name in rows)
    ended = DataExport.objects.filter(pk__in=[pk for pk, _name in rows])
    return ended.update(state=ExportState.EXPIRED, file="", size=0)
