from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generation.models.output import Output
from generation.models.task import random_id
from generation.states import OutputState


class ShareQuerySet(models.QuerySet["Share"]):
    def of(self, tenant_id: int, user_id: int | None) -> Self:
        """Those that this person made in this tenant."""
        return self.filter(tenant_id=tenant_id, user_id=user_id)

    def running(self, at: datetime) -> Self:
        """Neither revoked nor over."""
        return self.filter(revoked_at=None, expires_at__gt=at)

    def open(self, at: datetime) -> Self:
        """Those whose picture may be shown now: a picture that is blocked, hidden, over or gone
        takes its shares with it, and so does a tenant that was switched off."""
        return self.running(at).filter(
            output__state=OutputState.VISIBLE,
            output__expires_at__gt=at,
            output__hidden_at=None,
            output__task__hidden_at=None,
            tenant__is_active=True,
        )

    def ended(self, before: datetime) -> Self:
        return self.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))


class Share(models.Model):
    """One picture that whoever has the link may see without signing in. The link's secret is not
    stored: it is a signature of the id (``studio.results.sharing``)."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="shares")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    with_parameters = models.BooleanField(default=False)
    with_name = models.BooleanField(default=False)
    views = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        indexes = [
            models.Index(fields=["tenant", "user", "-created_at", "-id"], name="share_list"),
            models.Index(fields=["expires_at"], name="share_expiry"),
        ]

    def __str__(self) -> str:
        return f"share of {self.output_id}"
