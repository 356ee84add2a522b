"""What Django's models cannot say: the books are append-only, the rate windows are UNLOGGED.

To delete a tenant with its books, ``accounts.tenancy.delete_tenant`` names it in the setting
``easel.deleting_tenant`` of its own transaction; no other entry can be touched meanwhile.
"""

from __future__ import annotations

from django.db import migrations

REFUSE = """
CREATE FUNCTION accounts_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       AND current_setting('easel.deleting_tenant', true) = OLD.tenant_id::text THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the books are append-only: % of entry % refused', TG_OP, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER accounts_entry_append_only BEFORE UPDATE OR DELETE ON accounts_entry
    FOR EACH ROW EXECUTE FUNCTION accounts_entry_is_append_only();
"""
ALLOW = """
DROP TRIGGER accounts_entry_append_only ON accounts_entry;
DROP FUNCTION accounts_entry_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, ALLOW),
        # Counting a request must not wait for the disk, and a crash may forget a minute.
        migrations.RunSQL(
            "ALTER TABLE accounts_ratewindow SET UNLOGGED",
            "ALTER TABLE accounts_ratewindow SET LOGGED",
        ),
    ]
