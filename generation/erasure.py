"""Erasing a person or an organisation: every row and every file, once their days of grace are over.

The order lets a pass stop anywhere and the next one go on: first nobody can act any more, then the
tasks end, then files go before the rows that name them, and the request for it last.

What is deleted is found by looking at the models, so that a new one is erased without a word here:
every row that points to the tenant, and every row whose ``user`` is the person. What stays is named
in the two tables below. ``tests/generation/test_erasure.py`` walks every column of every table.

The books stay, as bookkeeping asks, and hold no personal data: amounts, times and numbers under the
bare number of an organisation whose name is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import leaving, verified
from accounts.models import DeletionRequest, Tenant, User
from catalog.models import Lora
from generation import channels, deletion, storage, traces
from generation.finish import finish
from generation.models import CallerOptions, DataExport, Task, Upload
from generation.models.task import TaskQuerySet
from generation.states import TaskState

log = logging.getLogger(__name__)
SLICE = 200  # tasks that are deleted together
PATIENCE = 5.0  # seconds of one pass: the reaper has other work
# Stay when their tenant goes: the books.
BOOKS = {"accounts.Entry", "accounts.Balance"}
# Stay when their user goes, without him: sums and bookings of the organisation.
NAMELESS = {"accounts.Redemption", "generation.UsageQuarter"}
FOLDERS = ("outputs/{tenant}", "exports/{tenant}")


def sweep(at: datetime) -> int:
    """Carries out what is due, for PATIENCE seconds; how many were finished. What is not finished
    goes on at the next call; a last owner whom others need waits until he has handed over."""
    done = 0
    end = time.monotonic() + PATIENCE
    for request in DeletionRequest.objects.due(at).select_related("user"):
        try:
            done += _carry_out(request, end)
        except Exception:  # the storage is away, say: others' turn, and the next pass tries again
            log.exception("erasure failed", extra={"request": request.pk})
        if time.monotonic() > end:
            break
    return done


def _carry_out(request: DeletionRequest, end: float) -> bool:
    if request.tenant_id is not None:
        return erase_tenant(request.tenant_id, end)
    if request.user is None or leaving.consequences(request.user).blocking:
        return False
    return erase_user(request.user, end)


def erase_user(user: User, end: float | None = None) -> bool:
    """False: not over yet (tasks still run, or ``end``, of the monotonic clock, is past)."""
    pk = user.pk
    User.objects.filter(pk=pk).update(is_active=False)
    leaving.silence(pk)
    for tenant in leaving.consequences(user).alone:
        if not erase_tenant(tenant.pk, end):
            return False
    # By a key of his in another's name: that is the other's.
    mine = Q(user=pk) | Q(user=None, lineage__in=leaving.lineages(user))
    if not _erase_tasks(Task.objects.filter(mine), end):
        return False
    _erase_files(Upload, mine)
    _erase_files(DataExport, Q(user=pk))
    with transaction.atomic():
        CallerOptions.objects.filter(lineage__in=leaving.lineages(user)).delete()
        traces.forget_counters(leaving.lineages(user))
        for model in _pointing(User, named="user"):
            if model._meta.label not in NAMELESS:
                model._default_manager.filter(user=pk).delete()
        traces.forget_person(user)
        leaving.end_sessions(pk)
        user.delete()
        traces.forget_labels()
    verified.forget()
    log.info("account erased", extra={"user": pk})
    return True


def erase_tenant(tenant_id: int, end: float | None = None) -> bool:
    """Leaves the books under the bare number. False: not over yet, see ``erase_user``."""
    tenant = Tenant.objects.get(pk=tenant_id)
    Tenant.objects.filter(pk=tenant_id).update(is_active=False)
    leaving.silence_tenant(tenant_id)
    if not _erase_tasks(Task.objects.for_tenant(tenant_id), end):
        return False
    _erase_files(Upload, Q(tenant=tenant_id))
    _erase_files(DataExport, Q(tenant=tenant_id))
    for folder in FOLDERS:
        clear_folder(folder.format(tenant=tenant_id))
    weights = set(Lora.objects.filter(tenant=tenant_id).exclude(file="").values_list("file"))
    with transaction.atomic():
        traces.forget_tenant(tenant)
        for model in _pointing(Tenant):
            _erase_of_tenant(model, tenant_id)
        traces.anonymise_books(tenant_id)
        _close(tenant)
        traces.forget_labels()
    shared = set(Lora.objects.filter(file__in=[name for (name,) in weights]).values_list("file"))
    storage.remove(name for (name,) in weights - shared)
    verified.forget()
    log.info("organisation erased", extra={"tenant": tenant_id})
    return True


def _erase_tasks(tasks: TaskQuerySet, end: float | None) -> bool:
    """Files, thumbnails, previews, inputs and rows; False: some are left."""
    for task in tasks.unfinished()[:SLICE]:
        _cancel(task)
    while ids := list(tasks.finished().values_list("pk", flat=True)[:SLICE]):
        deletion.erase(Task.objects.filter(pk__in=ids))
        if end is not None and time.monotonic() > end:
            return False
    return not tasks.exists()


def _cancel(task: Task) -> None:
    """At once where nobody holds it; a worker that runs it hears of it in a second."""
    Task.objects.filter(pk=task.pk).update(cancel_requested_at=timezone.now())
    finish(
        task, TaskState.CANCELLED, token=None, sources=[TaskState.UPLOADING, TaskState.QUEUED],
        error_code="cancelled", error_message="cancelled",
    )  # fmt: skip
    channels.task_changed(task.pk, task.tenant_id)


def _erase_files(model: type[Upload] | type[DataExport], which: Q) -> None:
    rows = model._default_manager.filter(which)
    storage.remove(rows.exclude(file="").values_list("file", flat=True).iterator())
    rows.delete()


def _pointing(target: type[models.Model], named: str = "") -> Iterator[type[models.Model]]:
    """Every model with a foreign key to ``target``; ``named``: in a field of this name."""
    for model in apps.get_models(include_auto_created=True):
        fields = [
            field
            for field in model._meta.local_concrete_fields
            if field.is_relation and field.related_model is target
        ]
        if any(not named or field.name == named for field in fields):
            yield model


def _erase_of_tenant(model: type[models.Model], tenant_id: int) -> None:
    if model._meta.label in BOOKS:
        return
    for field in model._meta.local_concrete_fields:
        if field.is_relation and field.related_model is Tenant:
            model._default_manager.filter(**{field.name: tenant_id}).delete()


def _close(tenant: Tenant) -> None:
    """Every field as a new row would have it: whatever was written there is gone."""
    kept = {"id", "slug", "created_at", "closed_at", "is_active"}
    values = {
        field.attname: field.get_default()
        for field in Tenant._meta.local_concrete_fields
        if field.name not in kept and not field.is_relation
    }
    values |= {"name": "", "slug": f"deleted-{tenant.pk}", "closed_at": timezone.now()}
    Tenant.objects.filter(pk=tenant.pk).update(**values, is_active=False)


def clear_folder(folder: str) -> None:
    """Removes whatever lies below a folder of the storage, known to a row or not."""
    try:
        folders, names = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    storage.remove(f"{folder}/{name}" for name in names)
    for each in folders:
        clear_folder(f"{folder}/{each}")
    storage.remove([folder])
