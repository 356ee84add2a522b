"""The names that the published examples use, and the first price rules."""

from __future__ import annotations

from django.db import migrations

from catalog import examples


def install(apps, schema_editor):
    examples.install(apps)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop, elidable=False)]
