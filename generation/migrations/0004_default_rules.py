from __future__ import annotations

from typing import Any

from django.db import migrations

from generation.audit import default_rules, prompt


def install(apps: Any, schema_editor: Any) -> None:
    prompt.install(apps, default_rules.RULES)


class Migration(migrations.Migration):
    dependencies = [("generation", "0003_prompt_rules")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
