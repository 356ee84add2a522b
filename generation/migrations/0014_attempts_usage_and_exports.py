from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import generation.models.task


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_codes_and_leaving"),
        ("generation", "0013_grids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ("at", models.DateTimeField()),
                ("lineage", models.UUIDField(null=True, verbose_name="key lineage")),
                ("model", models.CharField(blank=True, max_length=255)),
                ("tasks", models.IntegerField()),
                ("images", models.IntegerField()),
                ("spent", models.BigIntegerField(help_text="Millicredits.")),
            ],
            options={
                "verbose_name": "usage",
                "verbose_name_plural": "usage",
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.tenant",
            ),
        ),
        migrations.RunSQL(
            "UPDATE generation_delivery d SET tenant_id = t.tenant_id"
            " FROM generation_task t WHERE t.id = d.task_id;"
            # the foreign key is checked now: ALTER TABLE refuses while it is still to be
            " SET CONSTRAINTS ALL IMMEDIATE",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="delivery",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="task",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="generation.task",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("endpoint__isnull", True)),
                fields=["tenant", "-created_at", "-id"],
                name="delivery_callbacks",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["tenant"], name="delivery_of_tenant"),
        ),
        migrations.AddField(
            model_name="dataexport",
            name="tenant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.tenant"
            ),
        ),
        migrations.AddField(
            model_name="dataexport",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="deliveryattempt",
            name="delivery",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attempts",
                to="generation.delivery",
            ),
        ),
        migrations.AddField(
            model_name="usagequarter",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.tenant",
            ),
        ),
        migrations.AddField(
            model_name="usagequarter",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="dataexport",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "running"))),
                fields=["created_at"],
                name="export_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataexport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("waiting", "running"))),
                fields=("tenant", "user"),
                name="export_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataexport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expires_at__isnull", False), ("state", "ready")),
                    models.Q(("state", "ready"), _negated=True),
                    _connector="OR",
                ),
                name="export_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="deliveryattempt",
            index=models.Index(fields=["delivery", "-id"], name="delivery_attempt_log"),
        ),
        migrations.AddIndex(
            model_name="usagequarter",
            index=models.Index(fields=["tenant", "at"], name="usage_quarter_of_tenant"),
        ),
        migrations.AddIndex(
            model_name="usagequarter",
            index=models.Index(fields=["at"], name="usage_quarter_at"),
        ),
    ]
