from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_signed_requests_and_open_doors")]

    operations = [
        migrations.AddField(
            "tenant",
            "allows_adult",
            models.BooleanField(
                default=True,
                help_text=(
                    "Off: models that are marked as adult content do not exist for this tenant."
                ),
            ),
        ),
    ]
