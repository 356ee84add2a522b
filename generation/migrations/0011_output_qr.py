"""How the code in a QR picture reads."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0010_uploading")]
    operations = [
        migrations.AddField(model_name="output", name="qr", field=models.JSONField(null=True)),
    ]
