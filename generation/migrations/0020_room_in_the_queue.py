"""Whether a tenant may have one more unfinished task, asked under its balance's lock.

A VOLATILE function looks at what is committed at the moment of the call, where the parts of one
statement look at what was when it began: submits that waited for the lock would all see the same
room. The UPDATE that waits for the row asks again once it has it.
"""

from __future__ import annotations

from django.db import migrations

CREATE = """
CREATE FUNCTION easel_has_room(tenant bigint, most integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM generation_task
    WHERE tenant_id = tenant AND state IN ('uploading', 'queued', 'claimed', 'running')
    OFFSET GREATEST(most - 1, 0) LIMIT 1;
    RETURN NOT FOUND;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("generation", "0019_groups_know_plans")]
    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION easel_has_room(bigint, integer)"),
    ]
