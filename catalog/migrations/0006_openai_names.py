"""The names that OpenAI's clients send, where they are not there yet."""

from __future__ import annotations

from django.db import migrations

from catalog import examples


def install(apps, schema_editor):
    examples.install(apps)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_lora_file")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop, elidable=False)]
