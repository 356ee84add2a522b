"""Redemption codes, requests for deletion, and how an organisation's books outlive it.

Where an organisation is deleted its entries stay, as bookkeeping asks, under its bare number. The
one change that the trigger then lets through takes words and key lineages out of them; amounts,
kinds and times stay what they were. ``generation.erasure`` names the organisation in the setting
``easel.closing_tenant`` of its own transaction.
"""

from __future__ import annotations

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

REFUSE = """
CREATE OR REPLACE FUNCTION accounts_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
BEFORE = """
CREATE OR REPLACE FUNCTION accounts_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       AND current_setting('easel.deleting_tenant', true) = OLD.tenant_id::text THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the books are append-only: % of entry % refused', TG_OP, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_invitations"),
    ]

    operations = [
        migrations.RunSQL(REFUSE, BEFORE),
        migrations.CreateModel(
            name="DeletionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
            },
        ),
        migrations.AddField(
            model_name="tenant",
            name="closed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["created_at"], name="entry_time", pages_per_range=32
            ),
        ),
        migrations.AddField(
            model_name="deletionrequest",
            name="requested_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="deletionrequest",
            name="tenant",
            field=models.OneToOneField(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deletion_request",
                to="accounts.tenant",
            ),
        ),
        migrations.AddField(
            model_name="deletionrequest",
            name="user",
            field=models.OneToOneField(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deletion_request",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="entry",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.entry"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="tenant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.tenant"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="redemptioncode",
            name="made_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="code",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redemptions",
                to="accounts.redemptioncode",
            ),
        ),
        migrations.AddConstraint(
            model_name="deletionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tenant__isnull", False), ("user", None)),
                    models.Q(("tenant", None), ("user__isnull", False)),
                    _connector="OR",
                ),
                name="deletion_request_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemptioncode",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="redemption_code_gives"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemptioncode",
            constraint=models.CheckConstraint(
                condition=models.Q(("redeemed__lte", models.F("max_redemptions"))),
                name="redemption_code_not_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemptioncode",
            constraint=models.CheckConstraint(
                condition=models.Q(("code_hash__regex", "^[0-9a-f]{64}$")),
                name="redemption_code_is_hashed",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                fields=("code", "tenant"), name="redemption_once_a_tenant"
            ),
        ),
    ]
