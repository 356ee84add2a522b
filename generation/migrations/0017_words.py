"""The words of the tasks that were there before, and their index.

In batches, each committed by itself: nothing waits for it but this migration. The index is built at
the end, once, without a lock that stops a task from being written.
"""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from generation import words_backfill


def fill(apps: Any, schema_editor: Any) -> None:
    words_backfill.fill(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("generation", "0016_history")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        AddIndexConcurrently(
            model_name="task",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("state__in", ("done", "failed", "cancelled"))),
                fastupdate=False,
                fields=["words"],
                name="task_words",
            ),
        ),
    ]
