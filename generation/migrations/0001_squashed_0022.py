"""Everything of generation at once, with the first rules for prompts and the groups that staff are
put into."""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

import generation.models.task
import generation.states
from accounts import groups
from generation.audit import default_rules, prompt

# Whether a tenant may have one more unfinished task, asked under its balance's lock. A VOLATILE
# function looks at what is committed at the moment of the call, where the parts of one statement
# look at what was when it began: submits that waited for the lock would all see the same room.
ROOM = """
CREATE FUNCTION easel_has_room(tenant bigint, most integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM generation_task
    WHERE tenant_id = tenant AND state IN ('uploading', 'queued', 'claimed', 'running')
    OFFSET GREATEST(most - 1, 0) LIMIT 1;
    RETURN NOT FOUND;
END $$
"""


def install_rules(apps: Any, schema_editor: Any) -> None:
    prompt.install(apps, default_rules.RULES)


def install_groups(apps: Any, schema_editor: Any) -> None:
    """Permissions are otherwise made after the last migration: too late for a group."""
    for label in ("accounts", "catalog", "generation"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    groups.install(apps)


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("generation", "0001_initial"),
        ("generation", "0002_unlogged_progress"),
        ("generation", "0003_prompt_rules"),
        ("generation", "0004_default_rules"),
        ("generation", "0005_task_hidden"),
        ("generation", "0006_tenant_by_its_own_indexes"),
        ("generation", "0007_caller_options"),
        ("generation", "0008_unfinished_of_a_tenant"),
        ("generation", "0009_uploads_and_webhooks"),
        ("generation", "0010_uploading"),
        ("generation", "0011_output_qr"),
        ("generation", "0012_share"),
        ("generation", "0013_grids"),
        ("generation", "0014_attempts_usage_and_exports"),
        ("generation", "0015_review"),
        ("generation", "0016_history"),
        ("generation", "0017_words"),
        ("generation", "0018_operator_groups"),
        ("generation", "0019_groups_know_plans"),
        ("generation", "0020_room_in_the_queue"),
        ("generation", "0021_told_again"),
        ("generation", "0022_operators_filters"),
    ]
    dependencies = [
        ("accounts", "0001_squashed_0012"),
        ("catalog", "0001_squashed_0006"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Backend",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("url", models.CharField(max_length=512)),
                ("username", models.CharField(blank=True, max_length=128)),
                ("password_sealed", models.TextField(blank=True, editable=False)),
                ("token_sealed", models.TextField(blank=True, editable=False)),
                ("slots", models.PositiveSmallIntegerField(default=1)),
                ("enabled", models.BooleanField(default=True)),
                ("draining", models.BooleanField(default=False)),
                ("is_up", models.BooleanField(default=False)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("open_until", models.DateTimeField(blank=True, null=True)),
                ("problem", models.TextField(blank=True)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("loaded_checkpoint", models.CharField(blank=True, max_length=255)),
                (
                    "offers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("max_side", models.PositiveIntegerField(default=2048)),
                ("capabilities", models.JSONField(blank=True, default=dict)),
                ("read_asked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("read_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("read_result", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "backend",
                "verbose_name_plural": "backends",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slots__gte", 1)), name="backend_has_a_slot"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditThresholds",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.tenant",
                    ),
                ),
                (
                    "flag_at",
                    models.FloatField(
                        default=0.6,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="flagged from",
                    ),
                ),
                (
                    "block_at",
                    models.FloatField(
                        default=0.85,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="blocked from",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit thresholds",
                "verbose_name_plural": "audit thresholds",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("block_at__gte", models.F("flag_at")), ("flag_at__gte", 0)
                        ),
                        name="audit_thresholds_in_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CallerOptions",
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
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                ("lineage", models.UUIDField(verbose_name="key lineage")),
                ("values", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "options of a caller",
                "verbose_name_plural": "options of callers",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "lineage"), name="caller_options_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClusterBeat",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("host", models.CharField(max_length=255)),
                ("pid", models.IntegerField()),
                ("workers", models.PositiveSmallIntegerField()),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "beat_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "cluster",
                "verbose_name_plural": "clusters",
            },
        ),
        migrations.CreateModel(
            name="DataExport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("whole_tenant", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "being written"),
                            ("ready", "ready"),
                            ("failed", "failed"),
                            ("expired", "deleted"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("done", models.IntegerField(default=0)),
                ("total", models.IntegerField(default=0)),
                ("file", models.CharField(blank=True, max_length=255)),
                ("size", models.BigIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=255)),
                ("strikes", models.PositiveSmallIntegerField(default=0)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("cluster", models.UUIDField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "data export",
                "verbose_name_plural": "data exports",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "running"))),
                        fields=["created_at"],
                        name="export_unfinished",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "running"))),
                        fields=("tenant", "user"),
                        name="export_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at__isnull", False), ("state", "ready")),
                            models.Q(("state", "ready"), _negated=True),
                            _connector="OR",
                        ),
                        name="export_ends",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhooks",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "whole_tenant",
                    models.BooleanField(
                        default=False,
                        help_text="Tasks of all members; else those of its owner alone.",
                    ),
                ),
                ("url", models.CharField(max_length=2048)),
                ("description", models.CharField(blank=True, max_length=200)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("secret_sealed", models.TextField(editable=False)),
                ("previous_sealed", models.TextField(blank=True, editable=False)),
                ("previous_until", models.DateTimeField(editable=False, null=True)),
                ("disabled_at", models.DateTimeField(blank=True, null=True)),
                ("disabled_reason", models.CharField(blank=True, max_length=200)),
                ("failures", models.PositiveIntegerField(default=0, editable=False)),
                ("failing_since", models.DateTimeField(editable=False, null=True)),
                ("last_success_at", models.DateTimeField(editable=False, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "webhook endpoint",
                "verbose_name_plural": "webhook endpoints",
                "indexes": [
                    models.Index(
                        condition=models.Q(("disabled_at__isnull", False)),
                        fields=["id"],
                        name="webhook_disabled",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FairShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                ("finish", models.FloatField(default=0)),
            ],
            options={
                "verbose_name": "fair share",
                "verbose_name_plural": "fair shares",
            },
        ),
        migrations.CreateModel(
            name="Grid",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
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
                ("lineage", models.UUIDField(verbose_name="key lineage")),
                ("idempotency_key", models.CharField(max_length=128, null=True)),
                ("request", models.JSONField()),
                ("x", models.JSONField()),
                ("y", models.JSONField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("hidden_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "grid",
                "verbose_name_plural": "grids",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="grid_history"),
                    models.Index(
                        condition=models.Q(("hidden_at__isnull", False)),
                        fields=["hidden_at"],
                        name="grid_hidden",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("lineage", "idempotency_key"),
                        name="grid_idempotent",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "message",
                    models.CharField(
                        blank=True,
                        help_text="What callers are told. Empty: that new tasks are refused for the moment.",
                        max_length=300,
                        verbose_name="message",
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "maintenance",
                "verbose_name_plural": "maintenance",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="maintenance_is_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("task_id", models.UUIDField(primary_key=True, serialize=False)),
                ("seq", models.IntegerField(default=0)),
                ("fraction", models.FloatField(default=0)),
                ("step", models.IntegerField(default=0)),
                ("steps", models.IntegerField(default=0)),
                ("eta", models.FloatField(null=True)),
                ("preview", models.BinaryField(null=True)),
                (
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "progress",
                "verbose_name_plural": "progress",
            },
        ),
        migrations.CreateModel(
            name="PromptRule",
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
                        blank=True,
                        help_text="Empty: for every tenant.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("word", "word"), ("phrase", "phrase"), ("pair", "two words")],
                        default="word",
                        max_length=8,
                    ),
                ),
                ("pattern", models.CharField(max_length=800)),
                (
                    "verdict",
                    models.CharField(
                        choices=[("block", "block"), ("flag", "flag")],
                        default="block",
                        max_length=8,
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        help_text="A stable word: sexual_minors, gore, …", max_length=40
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "prompt rule",
                "verbose_name_plural": "prompt rules",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "kind", "pattern"),
                        name="prompt_rule_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
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
                ("lineage", models.UUIDField(verbose_name="key lineage")),
                ("file", models.CharField(max_length=255)),
                ("format", models.CharField(max_length=8)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "upload",
                "verbose_name_plural": "uploads",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="upload_list"),
                    models.Index(fields=["expires_at"], name="upload_expiry"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageMark",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "usage mark",
                "verbose_name_plural": "usage marks",
            },
        ),
        migrations.CreateModel(
            name="UsageQuarter",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("lineage", models.UUIDField(null=True, verbose_name="key lineage")),
                ("model", models.CharField(blank=True, max_length=255)),
                ("tasks", models.IntegerField()),
                ("images", models.IntegerField()),
                ("spent", models.BigIntegerField(help_text="Millicredits.")),
            ],
            options={
                "verbose_name": "usage",
                "verbose_name_plural": "usage",
                "indexes": [
                    models.Index(fields=["tenant", "at"], name="usage_quarter_of_tenant"),
                    models.Index(fields=["at"], name="usage_quarter_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
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
                    "key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.apikey",
                    ),
                ),
                ("lineage", models.UUIDField(verbose_name="key lineage")),
                ("dialect", models.CharField(max_length=16)),
                ("kind", models.CharField(default="image", max_length=48)),
                (
                    "client_id",
                    models.CharField(blank=True, max_length=128, verbose_name="caller's id"),
                ),
                ("body_hash", models.CharField(blank=True, max_length=64)),
                ("idempotency_key", models.CharField(max_length=128, null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("base_url", models.CharField(blank=True, max_length=255)),
                ("callback_url", models.CharField(blank=True, max_length=2048)),
                ("request", models.JSONField()),
                ("raw", models.JSONField(default=dict)),
                (
                    "warnings",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("checkpoint", models.CharField(blank=True, max_length=255)),
                (
                    "needs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), default=list, size=None
                    ),
                ),
                ("images", models.PositiveSmallIntegerField(default=1)),
                ("work", models.FloatField(default=1.0)),
                (
                    "words",
                    django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                generation.states.TaskState["UPLOADING"],
                                generation.states.TaskState["UPLOADING"],
                            ),
                            (
                                generation.states.TaskState["QUEUED"],
                                generation.states.TaskState["QUEUED"],
                            ),
                            (
                                generation.states.TaskState["CLAIMED"],
                                generation.states.TaskState["CLAIMED"],
                            ),
                            (
                                generation.states.TaskState["RUNNING"],
                                generation.states.TaskState["RUNNING"],
                            ),
                            (
                                generation.states.TaskState["DONE"],
                                generation.states.TaskState["DONE"],
                            ),
                            (
                                generation.states.TaskState["FAILED"],
                                generation.states.TaskState["FAILED"],
                            ),
                            (
                                generation.states.TaskState["CANCELLED"],
                                generation.states.TaskState["CANCELLED"],
                            ),
                        ],
                        default=generation.states.TaskState["QUEUED"],
                        max_length=12,
                    ),
                ),
                ("priority", models.SmallIntegerField(default=0)),
                ("strikes", models.PositiveSmallIntegerField(default=0)),
                ("starts", models.PositiveSmallIntegerField(default=0)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "ready_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("claimed_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("overtaken_at", models.DateTimeField(null=True)),
                ("cancel_requested_at", models.DateTimeField(null=True)),
                ("hidden_at", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("cluster", models.UUIDField(null=True)),
                (
                    "backend",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="generation.backend",
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="generation.grid",
                    ),
                ),
                ("cell", models.PositiveSmallIntegerField(null=True)),
                ("price", models.BigIntegerField(default=0)),
                ("spent", models.BigIntegerField(null=True)),
                ("error_code", models.CharField(blank=True, max_length=48)),
                ("error_message", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["tenant", "-priority", "created_at"],
                        name="task_claim",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("claimed", "running"))),
                        fields=["backend", "cluster"],
                        name="task_live",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("uploading", "queued", "claimed", "running"))
                        ),
                        fields=["tenant"],
                        name="task_unfinished",
                    ),
                    models.Index(
                        condition=models.Q(("state", "uploading")),
                        fields=["ready_at"],
                        name="task_uploading",
                    ),
                    models.Index(fields=["tenant", "-created_at", "-id"], name="task_history"),
                    models.Index(
                        fields=["tenant", "user", "-created_at", "-id"], name="task_member_history"
                    ),
                    models.Index(
                        condition=models.Q(("client_id", ""), _negated=True),
                        fields=["lineage", "client_id", "-created_at"],
                        name="task_client_id",
                    ),
                    models.Index(
                        condition=models.Q(("grid__isnull", False)),
                        fields=["grid", "cell", "-created_at"],
                        name="task_of_grid",
                    ),
                    models.Index(fields=["created_at"], name="task_created"),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("state__in", ("done", "failed", "cancelled"))),
                        fastupdate=False,
                        fields=["words"],
                        name="task_words",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("failed", "cancelled"))),
                        fields=["tenant", "user", "-created_at", "-id"],
                        name="task_unpainted",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("failed", "cancelled"))),
                        fields=["-created_at"],
                        name="task_broken",
                    ),
                    models.Index(
                        condition=models.Q(("hidden_at__isnull", False)),
                        fields=["hidden_at"],
                        name="task_hidden",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("lineage", "idempotency_key"),
                        name="task_idempotent",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ("uploading", "queued", "claimed", "running")),
                            models.Q(("client_id", ""), _negated=True),
                        ),
                        fields=("lineage", "client_id"),
                        name="task_client_id_unfinished",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "uploading",
                                    "queued",
                                    "claimed",
                                    "running",
                                    "done",
                                    "failed",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="task_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "uploading"),
                            models.Q(
                                ("lease_token__isnull", False),
                                ("state__in", ("claimed", "running")),
                            ),
                            models.Q(
                                models.Q(
                                    ("state__in", ("uploading", "claimed", "running")),
                                    _negated=True,
                                ),
                                ("lease_token__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="task_leased_iff_live",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", False),
                                ("state__in", ("done", "failed", "cancelled")),
                            ),
                            models.Q(
                                models.Q(
                                    ("state__in", ("done", "failed", "cancelled")), _negated=True
                                ),
                                ("finished_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="task_finished_iff_final",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("price__gte", 0),
                            models.Q(
                                ("spent__isnull", True),
                                ("spent__lte", models.F("price")),
                                _connector="OR",
                            ),
                        ),
                        name="task_never_overbilled",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="generation.task",
                    ),
                ),
                ("lease_token", models.UUIDField(unique=True)),
                (
                    "backend",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="generation.backend",
                    ),
                ),
                ("cluster", models.UUIDField(null=True)),
                ("worker_pid", models.IntegerField(null=True)),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=48)),
                ("detail", models.TextField(blank=True)),
                (
                    "files",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), default=list, size=None
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
                "indexes": [models.Index(fields=["task", "started_at"], name="attempt_of_task")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="generation.task",
                    ),
                ),
                ("dialect", models.CharField(max_length=16)),
                (
                    "endpoint",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="generation.webhookendpoint",
                    ),
                ),
                ("event", models.CharField(blank=True, db_default="", max_length=32)),
                ("url", models.CharField(max_length=2048)),
                ("body", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "due"),
                            ("sending", "sending"),
                            ("delivered", "delivered"),
                            ("given_up", "given up"),
                        ],
                        default="due",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                (
                    "due_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("cluster", models.UUIDField(null=True)),
                ("last_status", models.PositiveSmallIntegerField(null=True)),
                ("last_answer", models.TextField(blank=True)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                ("lateness_ms", models.IntegerField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "due")), fields=["due_at"], name="delivery_due"
                    ),
                    models.Index(
                        condition=models.Q(("state", "sending")),
                        fields=["lease_until"],
                        name="delivery_sending",
                    ),
                    models.Index(
                        condition=models.Q(("endpoint__isnull", False)),
                        fields=["endpoint", "-created_at", "-id"],
                        name="delivery_log",
                    ),
                    models.Index(
                        condition=models.Q(("endpoint__isnull", True)),
                        fields=["tenant", "-created_at", "-id"],
                        name="delivery_callbacks",
                    ),
                    models.Index(fields=["tenant"], name="delivery_of_tenant"),
                    models.Index(fields=["-created_at"], name="delivery_newest"),
                    models.Index(
                        condition=models.Q(("state", "given_up")),
                        fields=["-created_at"],
                        name="delivery_given_up",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("endpoint__isnull", False), ("event__startswith", "task.")
                        ),
                        fields=("endpoint", "task", "event"),
                        name="delivery_once_an_endpoint",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Output",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outputs",
                        to="generation.task",
                    ),
                ),
                ("index", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(default="image", max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                generation.states.OutputState["VISIBLE"],
                                generation.states.OutputState["VISIBLE"],
                            ),
                            (
                                generation.states.OutputState["BLOCKED"],
                                generation.states.OutputState["BLOCKED"],
                            ),
                            (
                                generation.states.OutputState["DELETED"],
                                generation.states.OutputState["DELETED"],
                            ),
                        ],
                        default=generation.states.OutputState["VISIBLE"],
                        max_length=8,
                    ),
                ),
                ("file", models.CharField(blank=True, max_length=255)),
                ("thumbnail", models.CharField(blank=True, max_length=255)),
                ("placeholder", models.TextField(blank=True)),
                ("format", models.CharField(max_length=8)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("seed", models.DecimalField(decimal_places=0, max_digits=20)),
                ("infotext", models.TextField(blank=True)),
                ("qr", models.JSONField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            (
                                generation.states.Verdict["ALLOW"],
                                generation.states.Verdict["ALLOW"],
                            ),
                            (generation.states.Verdict["FLAG"], generation.states.Verdict["FLAG"]),
                            (
                                generation.states.Verdict["BLOCK"],
                                generation.states.Verdict["BLOCK"],
                            ),
                        ],
                        max_length=8,
                    ),
                ),
                ("labels", models.JSONField(default=list)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("expires_at", models.DateTimeField()),
                ("quarantine_until", models.DateTimeField(null=True)),
                ("hidden_at", models.DateTimeField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "output",
                "verbose_name_plural": "outputs",
                "permissions": [("review_output", "Can review blocked and flagged pictures")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "deleted"), _negated=True),
                        fields=["expires_at"],
                        name="output_expiry",
                    ),
                    models.Index(
                        condition=models.Q(("state", "blocked")),
                        fields=["quarantine_until"],
                        name="output_quarantine",
                    ),
                    models.Index(
                        condition=models.Q(("hidden_at__isnull", False)),
                        fields=["hidden_at"],
                        name="output_hidden",
                    ),
                    models.Index(
                        condition=models.Q(("verdict__in", ("flag", "block"))),
                        fields=["verdict", "task"],
                        name="output_not_fine",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("reviewed_at__isnull", True),
                            ("verdict__in", ("flag", "block")),
                            models.Q(("state", "deleted"), _negated=True),
                        ),
                        fields=["-created_at", "-id"],
                        name="output_to_review",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("task", "index"), name="output_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quarantine_until__isnull", False), ("state", "blocked")),
                            models.Q(("state", "blocked"), _negated=True),
                            _connector="OR",
                        ),
                        name="output_quarantine_ends",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="generation.delivery",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "sent_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("duration_ms", models.IntegerField(null=True)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("answer", models.TextField(blank=True)),
                ("error", models.CharField(blank=True, max_length=255)),
            ],
            options={
                "verbose_name": "request of a delivery",
                "verbose_name_plural": "requests of deliveries",
                "indexes": [models.Index(fields=["delivery", "-id"], name="delivery_attempt_log")],
            },
        ),
        migrations.CreateModel(
            name="Album",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="generation.output",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "album",
                "verbose_name_plural": "albums",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("user"),
                        django.db.models.functions.text.Lower("name"),
                        name="album_name_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "output",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="appeal",
                        serialize=False,
                        to="generation.output",
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
                    "text",
                    models.CharField(
                        blank=True, max_length=2000, verbose_name="why it should be shown"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("granted", "granted"), ("denied", "denied")],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=1000, verbose_name="answer")),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "appeal",
                "verbose_name_plural": "appeals",
                "indexes": [
                    models.Index(fields=["-created_at"], name="appeal_newest"),
                    models.Index(fields=["state", "-created_at"], name="appeal_of_state"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["created_at"],
                        name="appeal_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="appeal_decided_iff_closed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Favourite",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="favourites",
                        to="generation.output",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("task_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "favourite",
                "verbose_name_plural": "favourites",
                "indexes": [
                    models.Index(
                        fields=["tenant", "user", "-made_at", "-task_id"], name="favourite_list"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("output", "user"), name="favourite_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="generation.output",
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
                ("reporter", models.CharField(max_length=64)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("minors", "Minors in a sexual context"),
                            ("sexual", "Nudity or sexual content"),
                            ("violence", "Violence or gore"),
                            ("hate", "Hate or harassment"),
                            ("likeness", "A real person, without consent"),
                            ("rights", "Copyright or trademark"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                        verbose_name="category",
                    ),
                ),
                (
                    "text",
                    models.CharField(blank=True, max_length=2000, verbose_name="what is wrong"),
                ),
                ("times", models.PositiveIntegerField(default=1, verbose_name="times")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("upheld", "upheld"), ("rejected", "rejected")],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=1000, verbose_name="answer")),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "abuse report",
                "verbose_name_plural": "abuse reports",
                "indexes": [
                    models.Index(fields=["-created_at"], name="report_newest"),
                    models.Index(fields=["state", "-created_at"], name="report_of_state"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["created_at"],
                        name="report_open",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["reporter"],
                        name="report_open_of",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("output", "reporter"), name="report_once_a_reporter"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="report_decided_iff_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=generation.models.task.random_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="generation.output",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("with_parameters", models.BooleanField(default=False)),
                ("with_name", models.BooleanField(default=False)),
                ("views", models.PositiveIntegerField(default=0)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "share",
                "verbose_name_plural": "shares",
                "indexes": [
                    models.Index(
                        fields=["tenant", "user", "-created_at", "-id"], name="share_list"
                    ),
                    models.Index(fields=["expires_at"], name="share_expiry"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AlbumEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "album",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="generation.album",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="generation.output",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("task_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "picture in an album",
                "verbose_name_plural": "pictures in albums",
                "indexes": [
                    models.Index(fields=["album", "-made_at", "-task_id"], name="album_entry_list")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("album", "output"), name="album_entry_once")
                ],
            },
        ),
        # Progress is UNLOGGED: half the write cost, and a crash may forget it.
        migrations.RunSQL(
            "ALTER TABLE generation_progress SET UNLOGGED",
            "ALTER TABLE generation_progress SET LOGGED",
        ),
        migrations.RunSQL(ROOM, "DROP FUNCTION easel_has_room(bigint, integer)"),
        # The clock of fair share is the one row without a tenant.
        migrations.RunSQL(
            "INSERT INTO generation_fairshare (tenant_id, finish) VALUES (NULL, 0)",
            "DELETE FROM generation_fairshare WHERE tenant_id IS NULL",
        ),
        migrations.RunPython(install_rules, migrations.RunPython.noop),
        migrations.RunPython(install_groups, migrations.RunPython.noop),
    ]
