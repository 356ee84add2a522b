"""Who asks, for which tenant, and what they may still spend.

Amounts are whole millicredits (1 credit = 1000). The books (``Balance``, ``Entry``) are written by
``accounts.ledger`` only; a trigger refuses to change or delete an entry.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import LowerCaseEmailField, validate_network, validate_time_zone


class PreviewPolicy(models.TextChoices):
    """What happens to a preview before it is shown."""

    AUDIT = "audit", _("audited like an output")
    BLUR = "blur", _("always blurred")
    OFF = "off", _("no previews")


class TenantQuerySet(models.QuerySet["Tenant"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def of_user(self, user_id: int) -> Self:
        """The tenants that the user is a member of."""
        return self.filter(memberships__user_id=user_id)


class Tenant(models.Model):
    """An organisation: it owns every row, file, key and credit below it."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    is_active = models.BooleanField(
        default=True, help_text=_("Off: nobody acts for this tenant any more.")
    )
    weight = models.FloatField(
        default=1.0, help_text=_("Share of the backends, in relation to the other tenants.")
    )
    max_concurrent = models.PositiveIntegerField(
        default=16, help_text=_("Tasks that may run at the same time.")
    )
    max_queued = models.PositiveIntegerField(
        default=1000, help_text=_("Unfinished tasks; one more is refused.")
    )
    rate_per_minute = models.PositiveIntegerField(
        default=0, help_text=_("Requests that create something; 0: no limit.")
    )
    max_side = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Longest side in pixels; empty: no limit of its own.")
    )
    max_images = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Images of one task; empty: no limit of its own.")
    )
    price_percent = models.PositiveIntegerField(
        default=100, help_text=_("Of the list price: 80 is a discount of a fifth.")
    )
    default_checkpoint = models.CharField(max_length=255, blank=True)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Empty: the installation's."),
    )
    visible_mark = models.BooleanField(
        default=False, help_text=_("Stamp outputs as made by AI, visibly.")
    )
    preview_policy = models.CharField(
        max_length=8, choices=PreviewPolicy, default=PreviewPolicy.AUDIT
    )
    strict = models.BooleanField(default=False, help_text=_("No value is coerced: it is refused."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="tenant_weight_positive"),
            models.CheckConstraint(
                condition=Q(preview_policy__in=PreviewPolicy.values), name="tenant_preview_policy"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user; without a password they cannot sign in by one."""
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = User(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or the name in which a program acts. Signs in by e-mail."""

    email = LowerCaseEmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=16, blank=True, help_text=_("Empty: the browser's."))
    is_staff = models.BooleanField(default=False, help_text=_("May open the admin."))
    is_active = models.BooleanField(default=True)
    token_version = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=_("Raised by one to revoke all JWTs of this user."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case")
        ]

    def __str__(self) -> str:
        return str(self.email)

    def get_full_name(self) -> str:
        return str(self.name or self.email)

    def get_short_name(self) -> str:
        return self.get_full_name()


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    ADMIN = "admin", _("administrator")
    MEMBER = "member", _("member")
    VIEWER = "viewer", _("viewer")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def for_tenant(self, tenant: Tenant | int) -> Self:
        return self.filter(tenant=tenant)

    def for_user(self, user: User | int) -> Self:
        return self.filter(user=user)

    def active(self) -> Self:
        """Of users and tenants that are both active."""
        return self.filter(user__is_active=True, tenant__is_active=True)


class Membership(models.Model):
    """A user belongs to a tenant, with a role."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id}: {self.role}"


class KeyKind(models.TextChoices):
    ACCESS_KEY = "access_key", _("access key: id and secret")
    API_TOKEN = "api_token", _("API token")
    APPCODE = "appcode", _("AppCode")
    TEST_TOKEN = "test_token", _("the test user's tokens")


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
    kind = models.CharField(max_length=10, choices=KeyKind)
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
                | Q(kind=KeyKind.TEST_TOKEN, secret_hash=""),
                name="apikey_secret_is_hashed",
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
            )
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


class Balance(models.Model):
    """What a tenant has left: always the sum of its entries, never below zero."""

    tenant = models.OneToOneField(
        Tenant, models.CASCADE, primary_key=True, related_name="balance", db_index=False
    )
    amount = models.BigIntegerField(db_default=0, help_text=_("Millicredits."))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="balance_never_negative")
        ]

    def __str__(self) -> str:
        return f"{self.amount / 1000:g}"


class EntryKind(models.TextChoices):
    GRANT = "grant", _("grant")
    RESERVE = "reserve", _("reservation")
    SETTLE = "settle", _("settlement")
    REFUND = "refund", _("refund")
    ADJUST = "adjust", _("adjustment")


class EntryQuerySet(models.QuerySet["Entry"]):
    def for_tenant(self, tenant: Tenant | int) -> Self:
        return self.filter(tenant=tenant)

    def of_task(self, task_id: uuid.UUID) -> Self:
        return self.filter(task=task_id)


class Entry(models.Model):
    """One line of a tenant's books. Append-only: a trigger refuses UPDATE and DELETE.

    A task's money: ``reserve`` takes the price at submit; ``settle`` (amount 0, its unique
    constraint is the "exactly once") closes the reservation; what was not spent comes back in the
    same statement as one ``refund``.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=8, choices=EntryKind)
    amount = models.BigIntegerField(help_text=_("Millicredits; negative: taken."))
    task = models.UUIDField(null=True, blank=True)
    """The task's id. No foreign key: the books outlive a deleted task."""
    lineage = models.UUIDField(null=True, blank=True)
    """The key (by lineage) that spent it; null for a person in the browser."""
    reason = models.CharField(max_length=32, blank=True, db_default="")
    """Of a refund, a stable word: remainder, failed, cancelled, blocked, …"""
    note = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=EntryKind.GRANT, amount__gt=0, task=None)
                | Q(kind=EntryKind.ADJUST, task=None)
                | Q(kind=EntryKind.RESERVE, amount__lte=0, task__isnull=False)
                | Q(kind=EntryKind.SETTLE, amount=0, task__isnull=False)
                | Q(kind=EntryKind.REFUND, amount__gt=0, task__isnull=False),
                name="entry_amount_fits_kind",
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(kind=EntryKind.RESERVE), name="entry_one_reserve"
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(kind=EntryKind.SETTLE), name="entry_one_settle"
            ),
            models.UniqueConstraint(
                fields=["task", "reason"],
                condition=Q(kind=EntryKind.REFUND),
                name="entry_one_refund_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="entry_statement"),
            models.Index(fields=["task"], condition=Q(task__isnull=False), name="entry_of_task"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount / 1000:+g}"
