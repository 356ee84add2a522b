"""A new installation is made at once, an old one by its history: both have the same tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

OURS = ("accounts", "catalog", "generation")
TABLES = """
SELECT relname, relkind, relpersistence FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
       is_identity, collation_name FROM information_schema.columns WHERE table_schema = 'public'
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
FUNCTIONS = """
SELECT proname, prosrc, provolatile FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
ROWS = """
SELECT 'group', g.name, p.codename FROM auth_group g
    JOIN auth_group_permissions m ON m.group_id = g.id JOIN auth_permission p
    ON p.id = m.permission_id
UNION ALL SELECT 'alias', kind || dialect, name FROM catalog_alias
UNION ALL SELECT 'style', name, '' FROM catalog_style
UNION ALL SELECT 'rule', pattern, '' FROM generation_promptrule
UNION ALL SELECT 'share', tenant_id::text, finish::text FROM generation_fairshare
"""
LOOKS = (TABLES, COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, FUNCTIONS, ROWS)


@contextmanager
def database(name: str) -> Iterator[Any]:
    """A connection to an empty database, which is the default one meanwhile."""
    usual = connections["default"]
    with usual.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    other = usual.copy("default")
    other.settings_dict = {**usual.settings_dict, "NAME": name}
    connections["default"] = other
    try:
        yield other
    finally:
        connections["default"] = usual
        other.close()
        with usual.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def migrated(database: Any, *, at_once: bool) -> list[list[tuple[Any, ...]]]:
    """What the tables are after all migrations."""
    executor = MigrationExecutor(database)
    executor.loader = MigrationLoader(database, replace_migrations=at_once)
    disk = executor.loader.disk_migrations
    leaves = executor.loader.graph.leaf_nodes()
    executor.migrate([each for each in leaves if at_once or not disk[each].replaces])
    found = []
    with database.cursor() as cursor:
        for query in LOOKS:
            cursor.execute(query)
            found.append(sorted(cursor.fetchall(), key=repr))
    return found


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_the_history_leads_to_the_same_tables() -> None:
    with database("by_history") as other:
        by_history = migrated(other, at_once=False)
        later = MigrationExecutor(other)  # an old installation has nothing left to do
        later.loader.check_consistent_history(other)
        assert later.migration_plan(later.loader.graph.leaf_nodes()) == []
    with database("at_once") as other:
        at_once = migrated(other, at_once=True)
    for before, now in zip(by_history, at_once, strict=True):
        assert before == now


def test_each_app_is_made_at_once() -> None:
    loader = MigrationLoader(None)
    for app in OURS:
        first = loader.graph.root_nodes(app)[0]
        assert loader.disk_migrations[first].replaces, app
