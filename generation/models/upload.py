from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generation.models.task import random_id


class UploadQuerySet(models.QuerySet["Upload"]):
    def for_tenant(self, tenant_id: int) -> Self:
        return self.filter(tenant_id=tenant_id)

    def live(self, at: datetime) -> Self:
        return self.filter(expires_at__gt=at)

    def expired(self, at: datetime) -> Self:
        return self.filter(expires_at__lte=at)


class Upload(models.Model):
    """A picture that a caller sent once, to name it in tasks by its id. A task takes a copy: it
    may go while tasks that used it stay."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    lineage = models.UUIDField(_("key lineage"))
    file = models.CharField(max_length=255)  # key in the default storage
    format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    expires_at = models.DateTimeField()

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="upload_list"),
            models.Index(fields=["expires_at"], name="upload_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.width} × {self.height}"
