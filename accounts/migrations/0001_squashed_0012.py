"""Everything of accounts at once: a first start takes a third of the time that the history of its
tables took.

What Django's models cannot say stands at the end: the books and the operators' log are
append-only, the rate windows and the cache are UNLOGGED."""

from __future__ import annotations

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.fields

# ``accounts.tenancy.delete_tenant`` names the tenant in easel.deleting_tenant of its own transaction,
# ``generation.erasure`` the organisation that leaves in easel.closing_tenant: words and key lineages
# are taken out then, amounts, kinds and times stay what they were.
BOOKS = """
CREATE FUNCTION accounts_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       AND current_setting('easel.deleting_tenant', true) = OLD.tenant_id::text THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE'
       AND current_setting('easel.closing_tenant', true) = OLD.tenant_id::text
       AND NEW.note = '' AND NEW.lineage IS NULL
       AND (NEW.id, NEW.tenant_id, NEW.kind, NEW.amount, NEW.task, NEW.reason, NEW.created_at)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.tenant_id, OLD.kind, OLD.amount, OLD.task, OLD.reason, OLD.created_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the books are append-only: % of entry % refused', TG_OP, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_entry_append_only BEFORE UPDATE OR DELETE ON accounts_entry
    FOR EACH ROW EXECUTE FUNCTION accounts_entry_is_append_only();
"""
# Who is erased (``generation.traces``) leaves what was done, when, by which number and to which.
TRAIL = """
CREATE FUNCTION accounts_trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('easel.erasing', true) = 'yes'
       AND NEW.operator IN ('', OLD.operator) AND NEW.label IN ('', OLD.label)
       AND NEW.reason IN ('', OLD.reason) AND NEW.address IN ('', OLD.address)
       AND NEW.before IN ('{}'::jsonb, OLD.before) AND NEW.after IN ('{}'::jsonb, OLD.after)
       AND (NEW.id, NEW.at, NEW.operator_id, NEW.acted_as, NEW.deed, NEW.kind, NEW.object_id,
            NEW.tenant_id, NEW.request_id)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.at, OLD.operator_id, OLD.acted_as, OLD.deed, OLD.kind, OLD.object_id,
            OLD.tenant_id, OLD.request_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the operators'' log is append-only: % of entry % refused', TG_OP, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_trail_append_only BEFORE UPDATE OR DELETE ON accounts_trailentry
    FOR EACH ROW EXECUTE FUNCTION accounts_trail_is_append_only();
"""
# Of django.core.cache.backends.db, UNLOGGED: what it holds (counters of the rate limits, codes
# used once) may go in a crash, and no write waits for the disk.
CACHE = """
CREATE UNLOGGED TABLE easel_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX easel_cache_expires ON easel_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_append_only"),
        ("accounts", "0003_read_only_keys"),
        ("accounts", "0004_signed_requests_and_open_doors"),
        ("accounts", "0005_allows_adult"),
        ("accounts", "0006_invitations"),
        ("accounts", "0007_codes_and_leaving"),
        ("accounts", "0008_trail"),
        ("accounts", "0009_trail_forgets_names"),
        ("accounts", "0010_plans"),
        ("accounts", "0011_outgoing_mail"),
        ("accounts", "0012_operators_filters"),
    ]
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("email", accounts.fields.LowerCaseEmailField(max_length=254, unique=True)),
                ("name", models.CharField(blank=True, max_length=100)),
                (
                    "language",
                    models.CharField(blank=True, help_text="Empty: the browser's.", max_length=16),
                ),
                ("is_staff", models.BooleanField(default=False, help_text="May open the admin.")),
                ("is_active", models.BooleanField(default=True)),
                (
                    "token_version",
                    models.PositiveIntegerField(
                        default=0,
                        editable=False,
                        help_text="Raised by one to revoke all JWTs of this user.",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "ordering": ["email"],
                "permissions": [("impersonate_user", "Can act as a user")],
                "indexes": [
                    models.Index(
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Upper("name"), "text_pattern_ops"
                        ),
                        name="user_name_begins",
                    ),
                    models.Index(
                        condition=models.Q(("is_staff", True)), fields=["email"], name="user_staff"
                    ),
                    models.Index(
                        condition=models.Q(("is_superuser", True)),
                        fields=["email"],
                        name="user_super",
                    ),
                    models.Index(
                        condition=models.Q(("is_active", False)),
                        fields=["email"],
                        name="user_inactive",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email"))
                        ),
                        name="user_email_lower_case",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HeldMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recipients", models.CharField(max_length=500)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("body_sealed", models.TextField(editable=False)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "verbose_name": "mail to pass on",
                "verbose_name_plural": "mails to pass on",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("recipients", models.CharField(max_length=500)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("message_sealed", models.TextField(editable=False)),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_token", models.UUIDField(editable=False, null=True)),
                ("lease_until", models.DateTimeField(editable=False, null=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "verbose_name": "mail on its way",
                "verbose_name_plural": "mails on their way",
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                (
                    "weight",
                    models.FloatField(
                        default=1.0,
                        help_text="Share of the backends, in relation to the other tenants.",
                        verbose_name="weight",
                    ),
                ),
                (
                    "max_concurrent",
                    models.PositiveIntegerField(
                        default=16,
                        help_text="Tasks that may run at the same time.",
                        verbose_name="tasks at once",
                    ),
                ),
                (
                    "max_queued",
                    models.PositiveIntegerField(
                        default=1000,
                        help_text="Unfinished tasks; one more is refused.",
                        verbose_name="unfinished tasks",
                    ),
                ),
                (
                    "rate_per_minute",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Requests that create something; 0: no limit.",
                        verbose_name="requests a minute",
                    ),
                ),
                (
                    "max_side",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Longest side in pixels; empty: no limit of its own.",
                        null=True,
                        verbose_name="longest side",
                    ),
                ),
                (
                    "max_images",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Images of one task; empty: no limit of its own.",
                        null=True,
                        verbose_name="pictures of one task",
                    ),
                ),
                (
                    "price_percent",
                    models.PositiveIntegerField(
                        default=100,
                        help_text="Of the list price: 80 is a discount of a fifth.",
                        verbose_name="price, %",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan",
                "verbose_name_plural": "plans",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weight__gt", 0)), name="plan_weight_positive"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RateWindow",
            fields=[
                ("subject", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("minute", models.BigIntegerField()),
                ("requests", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RevokedToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jti", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrailEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="when",
                    ),
                ),
                ("operator_id", models.BigIntegerField(null=True, verbose_name="operator")),
                ("operator", models.CharField(max_length=254, verbose_name="who")),
                ("acted_as", models.BigIntegerField(null=True, verbose_name="acting as user")),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("looked", "looked at a blocked picture"),
                            ("allowed", "allowed a picture"),
                            ("blocked", "blocked a picture"),
                            ("upheld", "upheld a report"),
                            ("rejected", "rejected a report"),
                            ("granted", "granted an appeal"),
                            ("denied", "denied an appeal"),
                            ("credited", "changed credits"),
                            ("switched", "switched"),
                            ("tasks", "changed a task"),
                            ("acted_as", "began to act as somebody"),
                            ("requested", "did something as somebody"),
                            ("ended", "stopped acting as somebody"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=64, verbose_name="about")),
                ("object_id", models.CharField(blank=True, max_length=64, verbose_name="id")),
                ("label", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("tenant_id", models.BigIntegerField(null=True, verbose_name="tenant")),
                ("reason", models.CharField(blank=True, max_length=1000, verbose_name="why")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                ("address", models.CharField(blank=True, max_length=64, verbose_name="address")),
                (
                    "request_id",
                    models.CharField(blank=True, max_length=64, verbose_name="request id"),
                ),
            ],
            options={
                "verbose_name": "operators' log entry",
                "verbose_name_plural": "operators' log",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["kind", "object_id", "-id"], name="trail_about"),
                    models.Index(fields=["operator", "-id"], name="trail_of_operator"),
                    models.Index(
                        condition=models.Q(("acted_as__isnull", False)),
                        fields=["acted_as", "-id"],
                        name="trail_acted_as",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RedemptionCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("hint", models.CharField(editable=False, max_length=4, verbose_name="ends in")),
                (
                    "batch",
                    models.CharField(
                        blank=True, db_index=True, max_length=100, verbose_name="batch"
                    ),
                ),
                (
                    "amount",
                    models.BigIntegerField(help_text="Millicredits.", verbose_name="amount"),
                ),
                (
                    "max_redemptions",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="By different organisations.",
                        verbose_name="redemptions allowed",
                    ),
                ),
                (
                    "redeemed",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="redeemed"),
                ),
                (
                    "valid_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                ),
                (
                    "disabled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="withdrawn"),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name": "redemption code",
                "verbose_name_plural": "redemption codes",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="redemption_code_gives"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("redeemed__lte", models.F("max_redemptions"))),
                        name="redemption_code_not_over",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code_hash__regex", "^[0-9a-f]{64}$")),
                        name="redemption_code_is_hashed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Off: nobody acts for this tenant any more."
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.plan",
                    ),
                ),
                (
                    "weight",
                    models.FloatField(
                        default=1.0,
                        help_text="Share of the backends, in relation to the other tenants.",
                    ),
                ),
                (
                    "max_concurrent",
                    models.PositiveIntegerField(
                        default=16, help_text="Tasks that may run at the same time."
                    ),
                ),
                (
                    "max_queued",
                    models.PositiveIntegerField(
                        default=1000, help_text="Unfinished tasks; one more is refused."
                    ),
                ),
                (
                    "rate_per_minute",
                    models.PositiveIntegerField(
                        default=0, help_text="Requests that create something; 0: no limit."
                    ),
                ),
                (
                    "max_side",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Longest side in pixels; empty: no limit of its own.",
                        null=True,
                    ),
                ),
                (
                    "max_images",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Images of one task; empty: no limit of its own.",
                        null=True,
                    ),
                ),
                (
                    "price_percent",
                    models.PositiveIntegerField(
                        default=100, help_text="Of the list price: 80 is a discount of a fifth."
                    ),
                ),
                ("default_checkpoint", models.CharField(blank=True, max_length=255)),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the installation's.",
                        max_length=64,
                        validators=[accounts.fields.validate_time_zone],
                    ),
                ),
                (
                    "visible_mark",
                    models.BooleanField(
                        default=False, help_text="Stamp outputs as made by AI, visibly."
                    ),
                ),
                (
                    "preview_policy",
                    models.CharField(
                        choices=[
                            ("audit", "audited like an output"),
                            ("blur", "always blurred"),
                            ("off", "no previews"),
                        ],
                        default="audit",
                        max_length=8,
                    ),
                ),
                (
                    "allows_adult",
                    models.BooleanField(
                        default=True,
                        help_text="Off: models that are marked as adult content do not exist for this tenant.",
                    ),
                ),
                (
                    "strict",
                    models.BooleanField(
                        default=False, help_text="No value is coerced: it is refused."
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "ordering": ["slug"],
                "indexes": [
                    models.Index(
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Upper("name"), "text_pattern_ops"
                        ),
                        name="tenant_name_begins",
                    ),
                    models.Index(
                        condition=models.Q(("is_active", False)),
                        fields=["slug"],
                        name="tenant_inactive",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weight__gt", 0)), name="tenant_weight_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("preview_policy__in", ["audit", "blur", "off"])),
                        name="tenant_preview_policy",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        help_text="In whose name the key acts.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access_key", "access key: id and secret"),
                            ("api_token", "API token"),
                            ("appcode", "AppCode"),
                            ("app_key", "AppKey: signs its requests (X-Ca)"),
                            ("open_sdwebui", "open door: sdwebui without a credential"),
                            ("open_sdtest", "open door: sdtest without a credential"),
                            ("test_token", "the test user's tokens"),
                        ],
                        max_length=16,
                    ),
                ),
                ("public_id", models.CharField(max_length=64, unique=True)),
                ("secret_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("secret_sealed", models.TextField(blank=True, editable=False)),
                ("lineage", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "checkpoints",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("max_side", models.PositiveIntegerField(blank=True, null=True)),
                ("max_images", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "budget",
                    models.BigIntegerField(
                        blank=True,
                        help_text="Millicredits that the key may spend in all.",
                        null=True,
                    ),
                ),
                (
                    "spent",
                    models.BigIntegerField(
                        default=0,
                        editable=False,
                        help_text="Millicredits of the budget; kept only with one.",
                    ),
                ),
                ("rate_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("max_concurrent", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "ip_ranges",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            max_length=64, validators=[accounts.fields.validate_network]
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "callback_hosts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "strict",
                    models.BooleanField(
                        default=False, help_text="No value is coerced: it is refused."
                    ),
                ),
                (
                    "read_only",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="May look, not create, change or delete.",
                    ),
                ),
                (
                    "act_as_member",
                    models.BooleanField(
                        default=False,
                        help_text="May name another member of the tenant, where an API can.",
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "verbose_name": "API key",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("revoked_at", None)),
                        fields=["tenant", "-id"],
                        name="apikey_live_of_tenant",
                    ),
                    models.Index(fields=["kind", "-id"], name="apikey_of_kind"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "access_key",
                                    "api_token",
                                    "appcode",
                                    "app_key",
                                    "open_sdwebui",
                                    "open_sdtest",
                                    "test_token",
                                ],
                            )
                        ),
                        name="apikey_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("secret_hash__regex", "^[0-9a-f]{64}$"),
                            models.Q(
                                ("kind", "app_key"),
                                ("secret_hash", ""),
                                models.Q(("secret_sealed", ""), _negated=True),
                            ),
                            models.Q(
                                ("kind__in", ["test_token", "open_sdwebui", "open_sdtest"]),
                                ("secret_hash", ""),
                            ),
                            _connector="OR",
                        ),
                        name="apikey_secret_is_hashed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ("open_sdwebui", "open_sdtest")), _negated=True),
                            ("ip_ranges__len__gt", 0),
                            _connector="OR",
                        ),
                        name="apikey_open_door_has_addresses",
                        violation_error_message="An open door needs the IP ranges that it is open to.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("budget", None), ("budget__gte", 0), _connector="OR"),
                        name="apikey_budget",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("spent__gte", 0)), name="apikey_spent"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("lineage",),
                        name="apikey_live_of_lineage",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Balance",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="balance",
                        serialize=False,
                        to="accounts.tenant",
                    ),
                ),
                ("amount", models.BigIntegerField(db_default=0, help_text="Millicredits.")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="balance_never_negative"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeletionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deletion_request",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.OneToOneField(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deletion_request",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("due_at", models.DateTimeField(db_index=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name": "deletion request",
                "verbose_name_plural": "deletion requests",
                "ordering": ["due_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("tenant__isnull", False), ("user", None)),
                            models.Q(("tenant", None), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="deletion_request_of_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant", "grant"),
                            ("reserve", "reservation"),
                            ("settle", "settlement"),
                            ("refund", "refund"),
                            ("adjust", "adjustment"),
                            ("review", "review"),
                        ],
                        max_length=8,
                    ),
                ),
                ("amount", models.BigIntegerField(help_text="Millicredits; negative: taken.")),
                ("task", models.UUIDField(blank=True, null=True)),
                ("lineage", models.UUIDField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=32)),
                ("note", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "entries",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["tenant", "-id"], name="entry_statement"),
                    models.Index(
                        condition=models.Q(("task__isnull", False)),
                        fields=["task"],
                        name="entry_of_task",
                    ),
                    models.Index(
                        condition=models.Q(("kind__in", ("grant", "adjust", "review"))),
                        fields=["-id"],
                        name="entry_by_hand",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["created_at"],
                        name="entry_time",
                        pages_per_range=32,
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("kind", "grant"), ("task", None)),
                            models.Q(("kind", "adjust"), ("task", None)),
                            models.Q(
                                ("amount__lte", 0), ("kind", "reserve"), ("task__isnull", False)
                            ),
                            models.Q(("amount", 0), ("kind", "settle"), ("task__isnull", False)),
                            models.Q(
                                ("amount__gt", 0), ("kind", "refund"), ("task__isnull", False)
                            ),
                            models.Q(("kind", "review"), ("task__isnull", False)),
                            _connector="OR",
                        ),
                        name="entry_amount_fits_kind",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "reserve")),
                        fields=("task",),
                        name="entry_one_reserve",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "settle")),
                        fields=("task",),
                        name="entry_one_settle",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "refund")),
                        fields=("task", "reason"),
                        name="entry_one_refund_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="accounts.tenant",
                    ),
                ),
                ("email", accounts.fields.LowerCaseEmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("admin", "administrator"),
                            ("member", "member"),
                            ("viewer", "viewer"),
                        ],
                        default="member",
                        max_length=8,
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("token_sealed", models.TextField(editable=False)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("accepted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["admin", "member", "viewer"])),
                        name="invitation_role",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=("tenant", "email"),
                        name="invitation_one_unanswered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("admin", "administrator"),
                            ("member", "member"),
                            ("viewer", "viewer"),
                        ],
                        default="member",
                        max_length=8,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["role", "-id"], name="membership_of_role")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "user"), name="membership_once"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "admin", "member", "viewer"])),
                        name="membership_role",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsedNonce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.apikey",
                    ),
                ),
                ("nonce", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key", "nonce"), name="usednonce_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="accounts.redemptioncode",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.entry",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name": "redemption",
                "verbose_name_plural": "redemptions",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "tenant"), name="redemption_once_a_tenant"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            BOOKS,
            "DROP TRIGGER accounts_entry_append_only ON accounts_entry;"
            " DROP FUNCTION accounts_entry_is_append_only()",
        ),
        migrations.RunSQL(
            TRAIL,
            "DROP TRIGGER accounts_trail_append_only ON accounts_trailentry;"
            " DROP FUNCTION accounts_trail_is_append_only()",
        ),
        # Counting a request must not wait for the disk, and a crash may forget a minute.
        migrations.RunSQL(
            "ALTER TABLE accounts_ratewindow SET UNLOGGED",
            "ALTER TABLE accounts_ratewindow SET LOGGED",
        ),
        migrations.RunSQL(CACHE, "DROP TABLE easel_cache"),
    ]
