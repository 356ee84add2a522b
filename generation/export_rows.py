"""What belongs into an export: the rows, found by looking at the models as ``erasure`` does, so
that what is new is exported without a word here. Secrets never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet

from accounts.models import Entry, Tenant, User
from generation.models import DataExport, Output, Task, Upload
from generation.states import OutputState

_APPS = ("accounts", "catalog", "generation")
# Not the person's: how the house works.
_LEFT_OUT = {"generation.DataExport", "generation.FairShare", "generation.Backend"}
_SECRET = ("_sealed", "_hash", "_token", "password")
_OF_THE_HOUSE = {"cluster", "lease_until", "token_version", "is_staff", "is_superuser"}
# Rows that are somebody's by the row above them.
_BELOW = {
    "generation.Output": "task",
    "generation.Delivery": "task",
    "generation.AlbumEntry": "album",
}


@dataclass(frozen=True)
class Table:
    name: str
    rows: QuerySet[Any]

    def lines(self) -> Iterator[bytes]:
        """One JSON object a row."""
        names = [field.attname for field in self.rows.model._meta.concrete_fields]
        shown = [name for name in names if _may_be_shown(name)]
        for row in self.rows.order_by("pk").values(*shown).iterator(chunk_size=500):
            yield orjson.dumps(row, default=_plain) + b"\n"


def tables(export: DataExport) -> Iterator[Table]:
    for model in apps.get_models():
        meta = model._meta
        if meta.app_label not in _APPS or meta.label in _LEFT_OUT:
            continue
        which = _of_tenant(model, export) if export.whole_tenant else _of_user(model, export)
        if which is not None:
            rows = model._default_manager.filter(which)
            yield Table(f"{meta.app_label}.{meta.model_name}.jsonl", rows)


def pictures(export: DataExport) -> Iterator[tuple[str, str]]:
    """(name in the ZIP, key in the storage) of each picture that may be seen, and each upload."""
    which = _of_tenant(Output, export) if export.whole_tenant else _of_user(Output, export)
    outputs = Output.objects.visible().filter(which or Q()).exclude(file="")
    columns = ("task_id", "index", "format", "file", "created_at")
    rows = outputs.order_by("created_at", "id").values_list(*columns)
    for task, index, fmt, file, at in rows.iterator(chunk_size=500):
        yield f"pictures/{at:%Y-%m-%d}/{task}-{index}.{fmt}", file
    mine = _of_tenant(Upload, export) if export.whole_tenant else _of_user(Upload, export)
    uploads = Upload.objects.filter(mine or Q()).order_by("created_at")
    for pk, fmt, file in uploads.values_list("pk", "format", "file").iterator(chunk_size=500):
        yield f"uploads/{pk}.{fmt}", file


def count(export: DataExport) -> int:
    """Of pictures, for the progress bar."""
    which = _of_tenant(Output, export) if export.whole_tenant else _of_user(Output, export)
    return Output.objects.filter(which or Q(), state=OutputState.VISIBLE).count()


def _of_tenant(model: type[models.Model], export: DataExport) -> Q | None:
    if model is Tenant:
        return Q(pk=export.tenant_id)
    if name := _pointing(model, Tenant):
        return Q(**{name: export.tenant_id})
    above = _BELOW.get(model._meta.label)
    return Q(**{f"{above}__tenant": export.tenant_id}) if above else None


def _of_user(model: type[models.Model], export: DataExport) -> Q | None:
    """In this organisation alone: each has its own export."""
    if model is User:
        return Q(pk=export.user_id)
    if model is Entry:  # of his own tasks; the rest of the books is the organisation's
        own = Task.objects.filter(tenant=export.tenant_id, user=export.user_id)
        return Q(tenant=export.tenant_id, task__in=own.values("pk"))
    if above := _BELOW.get(model._meta.label):
        return Q(**{f"{above}__user": export.user_id, f"{above}__tenant": export.tenant_id})
    if not _pointing(model, User, "user"):
        return None
    tenant = _pointing(model, Tenant)
    return Q(user=export.user_id) & (Q(**{tenant: export.tenant_id}) if tenant else Q())


def _pointing(model: type[models.Model], target: type[models.Model], named: str = "") -> str:
    for field in model._meta.local_concrete_fields:
        points = field.is_relation and field.related_model is target
        if points and (not named or field.name == named):
            return field.name
    return ""


def _may_be_shown(name: str) -> bool:
    return name not in _OF_THE_HOUSE and not name.endswith(_SECRET)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | UUID | date | datetime):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return None
    return str(value)
