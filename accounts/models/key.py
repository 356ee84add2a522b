"""ApiKey, and what else is kept about credentials: revoked tokens, rates."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import validate_network
from accounts.models.people import User
from accounts.models.tenant import Tenant


class KeyKind(models.TextChoices):
    ACCESS_KEY = "access_key", _("access key: id and secret")
    API_TOKEN = "api_token", _("API token")
    APPCODE = "appcode", _("AppCode")
    APP_KEY = "app_key", _("AppKey: signs its requests (X-Ca)")
    OPEN_SDWEBUI = "open_sdwebui", _("open door: sdwebui without a credential")
    OPEN_SDTEST = "open_sdtest", _("open door: sdtest without a credential")
    TEST_TOKEN = "test_token", _("the test user's tokens")


OPEN_DOORS = (KeyKind.OPEN_SDWEBUI, KeyKind.OPEN_SDTEST)
"""Kinds without a secret: whoever calls this dialect from the key's addresses acts by the key."""


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def for_tenant(self, tenant: Tenant | int) -> Self:
        return self.filter(tenant=tenant)

    def live(self, at: datetime) -> Self:
        """Neither revoked nor expired at the given moment."""
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=at))


class ApiKey(models.Model):
    """A credential of a program, with the policy that narrows what it may do.

    The secret is random (256 bits), so one SHA-256 is enough to keep it: there is nothing to guess
    from a dictionary, and argon2 (50 ms) would stand on the hot path.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="keys")
    user = models.ForeignKey(
        User, models.CASCADE, related_name="keys", help_text=_("In whose name the key acts.")
    )
    name = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=16, choices=KeyKind)
    public_id = models.CharField(max_length=64, unique=True)
    secret_hash = models.CharField(max_length=64, blank=True, editable=False)
    secret_sealed = models.TextField(blank=True, editable=False)
    """By ``accounts.sealing``, only for a scheme that needs the secret itself: a signature."""
    lineage = models.UUIDField(default=uuid.uuid4, editable=False)
    """A rotated key keeps it: callers' ids belong to the tenant and the lineage."""

    # Policy. Empty, or null: no limit of the key's own; the tenant's holds.
    checkpoints = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    max_side = models.PositiveIntegerField(null=True, blank=True)
    max_images = models.PositiveIntegerField(null=True, blank=True)
    budget = models.BigIntegerField(
        null=True, blank=True, help_text=_("Millicredits that the key may spend in all.")
    )
    spent = models.BigIntegerField(
        default=0, editable=False, help_text=_("Millicredits of the budget; kept only with one.")
    )
    rate_per_minute = models.PositiveIntegerField(null=True, blank=True)
    max_concurrent = models.PositiveIntegerField(null=True, blank=True)
    ip_ranges = ArrayField(
        models.CharField(max_length=64, validators=[validate_network]), default=list, blank=True
    )
    callback_hosts = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    strict = models.BooleanField(default=False, help_text=_("No value is coerced: it is refused."))
    read_only = models.BooleanField(
        default=False, db_default=False, help_text=_("May look, not create, change or delete.")
    )
    act_as_member = models.BooleanField(
        default=False, help_text=_("May name another member of the tenant, where an API can.")
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API key")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KeyKind.values), name="apikey_kind"),
            models.CheckConstraint(
                condition=Q(secret_hash__regex=r"^[0-9a-f]{64}$")
                | Q(kind=KeyKind.APP_KEY, secret_hash="") & ~Q(secret_sealed="")
                | Q(kind__in=[KeyKind.TEST_TOKEN, *OPEN_DOORS], secret_hash=""),
                name="apikey_secret_is_hashed",
            ),
            # An open door without addresses would let everyone in.
            models.CheckConstraint(
                condition=~Q(kind__in=OPEN_DOORS) | Q(ip_ranges__len__gt=0),
                name="apikey_open_door_has_addresses",
                violation_error_message=_("An open door needs the IP ranges that it is open to."),
            ),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gte=0), name="apikey_budget"
            ),
            models.CheckConstraint(condition=Q(spent__gte=0), name="apikey_spent"),
            # A budget is one number a lineage: rotation revokes the old key in the same breath.
            models.UniqueConstraint(
                fields=["lineage"], condition=Q(revoked_at=None), name="apikey_live_of_lineage"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-id"], condition=Q(revoked_at=None), name="apikey_live_of_tenant"
            ),
            models.Index(fields=["kind", "-id"], name="apikey_of_kind"),  # the operators' list
        ]

    def __str__(self) -> str:
        return self.name or self.public_id


class RevokedToken(models.Model):
    """A JWT that was revoked before it expires; the row may go when the token has expired."""

    jti = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.jti


class RateWindow(models.Model):
    """Requests that one subject made in its current minute. UNLOGGED: a crash forgets it."""

    subject = models.CharField(max_length=64, primary_key=True)
    """``tenant:<id>`` or ``key:<lineage>``."""
    minute = models.BigIntegerField()
    """Minutes since 1970."""
    requests = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.subject}: {self.requests}"


class UsedNonce(models.Model):
    """A nonce that a signed request brought. Logged: a crash must not open a replay."""

    key = models.ForeignKey(ApiKey, models.CASCADE, db_index=False)
    nonce = models.CharField(max_length=64)
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="usednonce_once")]

    def __str__(self) -> str:
        return self.nonce
