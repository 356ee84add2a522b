from __future__ import annotations

import os
import uuid
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Tenant, User
from generation.request import ImageRequest
from generation.states import FINAL, UNFINISHED, TaskState, sources


def random_id() -> uuid.UUID:
    """128 random bits: where an API lets the id alone open a task, it must not be guessed."""
    return uuid.UUID(bytes=os.urandom(16))


class TaskQuerySet(models.QuerySet["Task"]):
    def for_tenant(self, tenant_id: int) -> Self:
        return self.filter(tenant_id=tenant_id)

    def for_lineage(self, lineage: uuid.UUID) -> Self:
        """Tasks of one key and of the keys that it replaced."""
        return self.filter(lineage=lineage)

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def finished(self) -> Self:
        return self.filter(state__in=FINAL)

    def shown(self) -> Self:
        """What the history shows: not hidden by an undoable deletion."""
        return self.filter(hidden_at__isnull=True)

    def on_the_wall(self) -> Self:
        """Those whose results are pictures of their own: a preprocessor's map is looked at where
        it was asked for."""
        return self.exclude(kind="preprocess")

    def unstarted(self, at: datetime | Combinable) -> Self:
        """Claimed before ``at`` and never started: their cluster is dead or hung."""
        return self.filter(state=TaskState.CLAIMED, claimed_at__lt=at)

    def lapsed(self, at: datetime | Combinable) -> Self:
        """Running on a lease that ran out before ``at``."""
        return self.filter(state=TaskState.RUNNING, lease_until__lt=at)

    def move(self, target: TaskState, **changes: Any) -> int:
        """One conditional UPDATE to ``target`` from the states that allow it; rows hit."""
        return self.filter(state__in=sources(target)).update(state=target, **changes)


class Task(models.Model):
    """One accepted request: the row that is the truth about it. Money in millicredits."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    # No index of its own: those below begin with it, and the claim's planner would take it.
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    lineage = models.UUIDField(_("key lineage"))
    dialect = models.CharField(max_length=16)
    kind = models.CharField(max_length=48, default="image")

    client_id = models.CharField(_("caller's id"), max_length=128, blank=True)
    body_hash = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=128, null=True)
    request_id = models.CharField(max_length=64, blank=True)
    base_url = models.CharField(max_length=255, blank=True)
    callback_url = models.CharField(max_length=2048, blank=True)

    request = models.JSONField()  # ImageRequest, names resolved, seed drawn
    raw = models.JSONField(default=dict)  # what the caller sent, in his dialect
    warnings = ArrayField(models.TextField(), default=list)
    checkpoint = models.CharField(max_length=255, blank=True)
    needs = ArrayField(models.CharField(max_length=300), default=list)  # words, see Backend.offers
    images = models.PositiveSmallIntegerField(default=1)
    work = models.FloatField(default=1.0)  # megapixel-steps: what fair share counts
    words = SearchVectorField(null=True, editable=False)  # generation.words: how it is found

    state = models.CharField(
        max_length=12, choices=[(s, s) for s in TaskState], default=TaskState.QUEUED
    )
    priority = models.SmallIntegerField(default=0)
    strikes = models.PositiveSmallIntegerField(default=0)  # failed tries that count to the limit
    starts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    ready_at = models.DateTimeField(db_default=models.functions.Now())  # not to be claimed before
    claimed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    overtaken_at = models.DateTimeField(null=True)  # first passed over for a warm task
    cancel_requested_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)

    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    cluster = models.UUIDField(null=True)
    backend = models.ForeignKey(
        "generation.Backend", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    grid = models.ForeignKey(  # of which it is a cell; its index is below
        "generation.Grid",
        on_delete=models.SET_NULL,
        null=True,
        related_name="tasks",
        db_index=False,
    )
    cell = models.PositiveSmallIntegerField(null=True)  # row by row, from 0

    price = models.BigIntegerField(default=0)  # reserved at submit
    spent = models.BigIntegerField(null=True)  # settled at the end
    error_code = models.CharField(max_length=48, blank=True)
    error_message = models.TextField(blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [
            models.Index(
                fields=["tenant", "-priority", "created_at"],
                name="task_claim",  # scheduling.claim: the heads of each tenant's queue
                condition=Q(state="queued"),
            ),
            models.Index(
                fields=["backend", "cluster"],
                name="task_live",  # scheduling.claim: used slots; reaper: lapsed leases
                condition=Q(state__in=("claimed", "running")),
            ),
            models.Index(
                fields=["tenant"],
                name="task_unfinished",  # submit: may this tenant queue one more
                condition=Q(state__in=("uploading", "queued", "claimed", "running")),
            ),
            models.Index(
                fields=["ready_at"],
                name="task_uploading",  # scheduling.downloads: whose inputs next
                condition=Q(state="uploading"),
            ),
            models.Index(
                fields=["tenant", "-created_at", "-id"], name="task_history"
            ),  # watch.history of a tenant
            models.Index(
                fields=["tenant", "user", "-created_at", "-id"], name="task_member_history"
            ),
            models.Index(
                fields=["lineage", "client_id", "-created_at"],
                name="task_client_id",  # watch.by_client_id: the newest of a caller's id
                condition=~Q(client_id=""),
            ),
            models.Index(
                fields=["grid", "cell", "-created_at"],
                name="task_of_grid",  # grids: the newest of each cell
                condition=Q(grid__isnull=False),
            ),
            models.Index(fields=["created_at"], name="task_created"),  # retention
            # History, its search. Of final tasks alone: each state is a new version of the row,
            # and only the last one costs an entry for each of its words. Without fastupdate no
            # picture waits until another's words are filed.
            GinIndex(
                fields=["words"],
                name="task_words",
                condition=Q(state__in=("done", "failed", "cancelled")),
                fastupdate=False,
            ),
            models.Index(
                fields=["tenant", "user", "-created_at", "-id"],
                name="task_unpainted",  # history: what failed or was cancelled
                condition=Q(state__in=("failed", "cancelled")),
            ),
            models.Index(
                fields=["-created_at"],
                name="task_broken",  # the operators' lists and dashboard
                condition=Q(state__in=("failed", "cancelled")),
            ),
            models.Index(
                fields=["hidden_at"],
                name="task_hidden",  # deletion.purge_hidden
                condition=Q(hidden_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lineage", "idempotency_key"],
                name="task_idempotent",
                condition=Q(idempotency_key__isnull=False),
            ),
            # Two submits at once under one caller's id: the second finds the first.
            models.UniqueConstraint(
                fields=["lineage", "client_id"],
                name="task_client_id_unfinished",
                condition=Q(state__in=("uploading", "queued", "claimed", "running"))
                & ~Q(client_id=""),
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in TaskState]), name="task_state_known"
            ),
            models.CheckConstraint(
                # An upload has a lease while its inputs are downloaded, and none while it waits.
                condition=Q(state="uploading")
                | Q(state__in=("claimed", "running"), lease_token__isnull=False)
                | (~Q(state__in=("uploading", "claimed", "running")) & Q(lease_token__isnull=True)),
                name="task_leased_iff_live",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("done", "failed", "cancelled"), finished_at__isnull=False)
                | (~Q(state__in=("done", "failed", "cancelled")) & Q(finished_at__isnull=True)),
                name="task_finished_iff_final",
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0) & (Q(spent__isnull=True) | Q(spent__lte=F("price"))),
                name="task_never_overbilled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def image_request(self) -> ImageRequest:
        return ImageRequest.model_validate(self.request)


class Attempt(models.Model):
    """One try of one worker at a task; ``files`` are named before they are written, so that the
    reaper can remove what a killed worker left."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attempts")
    lease_token = models.UUIDField(unique=True)
    backend = models.ForeignKey(
        "generation.Backend", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    cluster = models.UUIDField(null=True)
    worker_pid = models.IntegerField(null=True)
    started_at = models.DateTimeField(db_default=models.functions.Now())
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=48, blank=True)  # "done", "lost" or an error code
    detail = models.TextField(blank=True)
    files = ArrayField(models.CharField(max_length=255), default=list)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [models.Index(fields=["task", "started_at"], name="attempt_of_task")]

    def __str__(self) -> str:
        return f"attempt at {self.task_id}"


class Progress(models.Model):
    """Where a running task is: an UNLOGGED table, at most two writes a second and task.

    No foreign key: rows are swept by the reaper, and a lost row costs a progress bar.
    """

    task_id = models.UUIDField(primary_key=True)
    seq = models.IntegerField(default=0)
    fraction = models.FloatField(default=0)
    step = models.IntegerField(default=0)
    steps = models.IntegerField(default=0)
    eta = models.FloatField(null=True)  # seconds
    preview = models.BinaryField(null=True)
    updated_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")

    def __str__(self) -> str:
        return f"{self.fraction:.0%} of {self.task_id}"
