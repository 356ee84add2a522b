"""The operators' log stays when a person or an organisation is erased, without their names: the one
change that its trigger lets through (``generation.traces``) takes words out, and leaves what was
done, when, by which number and to which."""

from __future__ import annotations

from django.db import migrations

FORGET = """
CREATE OR REPLACE FUNCTION accounts_trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('easel.erasing', true) = 'yes'
       AND NEW.operator IN ('', OLD.operator) AND NEW.label IN ('', OLD.label)
       AND NEW.reason IN ('', OLD.reason) AND NEW.address IN ('', OLD.address)
       AND NEW.before IN ('{}'::jsonb, OLD.before) AND NEW.after IN ('{}'::jsonb, OLD.after)
       AND (NEW.id, NEW.at, NEW.operator_id, NEW.acted_as, NEW.deed, NEW.kind, NEW.object_id,
            NEW.tenant_id, NEW.request_id)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.at, OLD.operator_id, OLD.acted_as, OLD.deed, OLD.kind, OLD.object_id,
            OLD.tenant_id, OLD.request_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the operators'' log is append-only: % of entry % refused', TG_OP, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION accounts_trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the operators'' log is append-only: % of entry % refused', TG_OP, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_trail")]

    operations = [migrations.RunSQL(FORGET, BEFORE)]
