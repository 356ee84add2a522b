"""A row that is everyone's or one tenant's."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=models.Model, covariant=True)


class OwnedQuerySet(models.QuerySet[M]):
    """Rows that are global (no tenant) or private to one."""

    def visible_to(self, tenant_id: int | None) -> Self:
        """Global rows and the tenant's own; ``None``: global rows only."""
        everyones = Q(tenant=None)
        return self.filter(everyones if tenant_id is None else everyones | Q(tenant=tenant_id))

    def owned_by(self, tenant_id: int | None) -> Self:
        """Only the rows of this one owner; ``None``: only the global rows."""
        return self.filter(tenant=tenant_id)


class Owned(models.Model):
    tenant = models.ForeignKey(
        "accounts.Tenant",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("tenant"),
        help_text=_("Empty: everyone may use it. Otherwise it is private to this tenant."),
    )
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True
