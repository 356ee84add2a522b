"""The operators' log, which is append-only; entries of reviews in the books; names by their
beginning."""

from __future__ import annotations

import django.contrib.postgres.indexes
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

REFUSE = """
CREATE FUNCTION accounts_trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the operators'' log is append-only: % of entry % refused', TG_OP, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_trail_append_only BEFORE UPDATE OR DELETE ON accounts_trailentry
    FOR EACH ROW EXECUTE FUNCTION accounts_trail_is_append_only();
"""
ALLOW = """
DROP TRIGGER accounts_trail_append_only ON accounts_trailentry;
DROP FUNCTION accounts_trail_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("accounts", "0007_codes_and_leaving"),
    ]

    operations = [
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
            },
        ),
        migrations.AlterModelOptions(
            name="user",
            options={
                "ordering": ["email"],
                "permissions": [("impersonate_user", "Can act as a user")],
            },
        ),
        migrations.RemoveConstraint(
            model_name="entry",
            name="entry_amount_fits_kind",
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
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
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("kind__in", ("grant", "adjust", "review"))),
                fields=["-id"],
                name="entry_by_hand",
            ),
        ),
        migrations.AddIndex(
            model_name="tenant",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), "text_pattern_ops"
                ),
                name="tenant_name_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), "text_pattern_ops"
                ),
                name="user_name_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("kind", "grant"), ("task", None)),
                    models.Q(("kind", "adjust"), ("task", None)),
                    models.Q(("amount__lte", 0), ("kind", "reserve"), ("task__isnull", False)),
                    models.Q(("amount", 0), ("kind", "settle"), ("task__isnull", False)),
                    models.Q(("amount__gt", 0), ("kind", "refund"), ("task__isnull", False)),
                    models.Q(("kind", "review"), ("task__isnull", False)),
                    _connector="OR",
                ),
                name="entry_amount_fits_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="trailentry",
            index=models.Index(fields=["kind", "object_id", "-id"], name="trail_about"),
        ),
        migrations.AddIndex(
            model_name="trailentry",
            index=models.Index(fields=["operator", "-id"], name="trail_of_operator"),
        ),
        migrations.AddIndex(
            model_name="trailentry",
            index=models.Index(
                condition=models.Q(("acted_as__isnull", False)),
                fields=["acted_as", "-id"],
                name="trail_acted_as",
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
