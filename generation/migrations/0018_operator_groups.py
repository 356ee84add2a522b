"""The groups that staff are put into; and open reports by who made them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

from accounts import groups


def install(apps: Any, schema_editor: Any) -> None:
    """Permissions are otherwise made after the last migration: too late for a group."""
    for label in ("accounts", "catalog", "generation"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    groups.install(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0017_words"),
        ("accounts", "0008_trail"),
        ("catalog", "0005_lora_file"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                fields=["reporter"],
                name="report_open_of",
                condition=models.Q(state="open"),
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
