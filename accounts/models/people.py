"""User, and Membership: who belongs to a tenant, with which role."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import LowerCaseEmailField
from accounts.models.tenant import Tenant


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
        permissions = [("impersonate_user", _("Can act as a user"))]
        indexes = [
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="user_name_begins"),
            # The operators' list, by what few are.
            models.Index(fields=["email"], condition=Q(is_staff=True), name="user_staff"),
            models.Index(fields=["email"], condition=Q(is_superuser=True), name="user_super"),
            models.Index(fields=["email"], condition=Q(is_active=False), name="user_inactive"),
        ]
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
        indexes = [models.Index(fields=["role", "-id"], name="membership_of_role")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id}: {self.role}"
