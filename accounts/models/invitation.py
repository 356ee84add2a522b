"""Invitation: somebody is asked into a tenant, by e-mail address, with a role."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import LowerCaseEmailField
from accounts.models.people import Role, User
from accounts.models.tenant import Tenant


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def for_tenant(self, tenant: Tenant | int) -> Self:
        return self.filter(tenant=tenant)

    def unanswered(self) -> Self:
        """Neither accepted nor revoked; it may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open(self, at: datetime) -> Self:
        """Those that may be accepted at the given moment."""
        return self.unanswered().filter(expires_at__gt=at, tenant__is_active=True)


class Invitation(models.Model):
    """Single use: accepting it is one conditional UPDATE.

    The token is random (256 bits), so one SHA-256 finds it; it is sealed too, for whoever invited
    can be shown the link again.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="invitations")
    email = LowerCaseEmailField()
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    token_sealed = models.TextField(editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(default=timezone.now)
    accepted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("invitation")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[Role.ADMIN, Role.MEMBER, Role.VIEWER]),
                name="invitation_role",
            ),
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_one_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.role}"
