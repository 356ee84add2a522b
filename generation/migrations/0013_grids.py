from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import generation.models.task


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_signed_requests_and_open_doors"),
        ("generation", "0012_share"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            ],
            options={
                "verbose_name": "grid",
                "verbose_name_plural": "grids",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="grid_history"),
                    models.Index(
                        fields=["hidden_at"],
                        name="grid_hidden",
                        condition=models.Q(hidden_at__isnull=False),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["lineage", "idempotency_key"],
                        name="grid_idempotent",
                        condition=models.Q(idempotency_key__isnull=False),
                    ),
                ],
            },
        ),
        migrations.AddField("task", "cell", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField(
            "task",
            "grid",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="tasks",
                to="generation.grid",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                fields=["grid", "cell", "-created_at"],
                name="task_of_grid",
                condition=models.Q(grid__isnull=False),
            ),
        ),
    ]
