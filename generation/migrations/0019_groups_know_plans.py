"""The groups of staff, with the permissions for plans."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import migrations

from accounts import groups


def install(apps: Any, schema_editor: Any) -> None:
    config = apps.get_app_config("accounts")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    groups.install(apps)


class Migration(migrations.Migration):
    dependencies = [("generation", "0018_operator_groups"), ("accounts", "0010_plans")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
