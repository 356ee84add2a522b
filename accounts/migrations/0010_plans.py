"""Plans: limits and factors under one name."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_trail_forgets_names"),
    ]

    operations = [
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
        migrations.AddField(
            model_name="tenant",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.plan",
            ),
        ),
    ]
