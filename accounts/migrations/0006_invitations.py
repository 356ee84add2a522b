import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.fields

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
    dependencies = [
        ("accounts", "0005_allows_adult"),
    ]

    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE easel_cache"),
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
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("accepted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
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
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
    ]
