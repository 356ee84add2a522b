from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Progress is UNLOGGED: half the write cost, and a crash may forget it. The clock of fair
    share is the one row without a tenant."""

    dependencies = [("generation", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE generation_progress SET UNLOGGED",
            "ALTER TABLE generation_progress SET LOGGED",
        ),
        migrations.RunSQL(
            "INSERT INTO generation_fairshare (tenant_id, finish) VALUES (NULL, 0)",
            "DELETE FROM generation_fairshare WHERE tenant_id IS NULL",
        ),
    ]
