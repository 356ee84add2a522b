"""Every list of the admin is fast over a million rows: the rules, and the plans."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import ForeignKey, QuerySet
from django.test import Client, RequestFactory

from accounts.admin import FastAdmin
from accounts.models import User
from tests.people import Person

NOT_OURS = {"auth.group", "socialaccount.socialapp"}  # a handful of rows each
OURS = {
    model._meta.label_lower: found
    for model, found in admin.site._registry.items()
    if model._meta.label_lower not in NOT_OURS
}
LARGE = {label: found for label, found in OURS.items() if not getattr(found, "is_small", False)}
TERMS = ("0b6f3f9e-52b3-4a51-9f5f-0a6f6a3c9f11", "studio", "alice@example.com", "lighthouse")


@pytest.fixture
def request_of_an_operator(rf: RequestFactory, db: None) -> Any:
    request = rf.get("/")
    request.user = User.objects.create_superuser("op@example.com")
    return request


def test_there_are_lists() -> None:
    assert len(OURS) > 25
    assert {"generation.task", "accounts.entry", "generation.output"} <= set(LARGE)


@pytest.mark.parametrize("label", sorted(OURS))
def test_the_rules(label: str) -> None:
    found = OURS[label]
    assert isinstance(found, FastAdmin)
    assert found.show_full_result_count is False
    assert found.show_facets is admin.ShowFacets.NEVER
    assert not found.date_hierarchy  # it reads the whole table to see which days there are
    assert found.list_per_page <= 50
    shown = {name for name in found.list_display if isinstance(name, str)}
    links = {each.name for each in found.model._meta.fields if isinstance(each, ForeignKey)}
    assert shown & links <= {name.split("__")[0] for name in found.list_select_related or ()}
    picked = {*found.raw_id_fields, *found.autocomplete_fields, *found.readonly_fields}
    if found.has_add_permission.__func__ is FastAdmin.has_add_permission:  # type: ignore[attr-defined]
        editable = {
            each.name
            for each in found.model._meta.fields
            if isinstance(each, ForeignKey) and each.editable
        }
        assert editable <= picked


@pytest.mark.parametrize("label", sorted(LARGE))
def test_filters_know_their_choices(label: str) -> None:
    """Django's own filter of a field without choices asks the table for its distinct values."""
    for each in LARGE[label].list_filter:
        if isinstance(each, str):
            field = LARGE[label].model._meta.get_field(each)
            assert field.choices or field.get_internal_type() == "BooleanField", each


def plan(rows: QuerySet[Any]) -> str:
    with connection.cursor() as cursor:
        for switch in ("seqscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{switch} = off")
    return rows.explain()


@pytest.mark.parametrize("label", sorted(LARGE))
def test_a_page_is_read_by_an_index(label: str, request_of_an_operator: Any) -> None:
    found = LARGE[label]
    rows = found.get_changelist_instance(request_of_an_operator).get_queryset(
        request_of_an_operator
    )
    said = plan(rows.select_related(None)[:51])
    assert not re.search(r"(?<!Incremental )Sort  \(", said), said
    assert f"Seq Scan on {found.model._meta.db_table}" not in said, said


def _choices(found: FastAdmin, request: Any) -> list[str]:
    changes = found.get_changelist_instance(request)
    return [
        str(choice["query_string"])
        for spec in changes.filter_specs
        for choice in spec.choices(changes)
        if choice.get("query_string", "?") != "?"
    ]


# What most rows are: fifty of them are soon found along the order of the list.
COMMON = {
    "generation.task": {"?state=done"},
    "generation.delivery": {"?state=delivered"},
    "generation.webhookendpoint": {"?disabled_at__isempty=1"},
    "accounts.tenant": {"?is_active__exact=1"},
    "accounts.user": {"?is_staff__exact=0", "?is_superuser__exact=0", "?is_active__exact=1"},
}


@pytest.mark.parametrize("label", sorted(LARGE))
def test_each_choice_of_a_filter_is_an_index(
    label: str, request_of_an_operator: Any, rf: RequestFactory
) -> None:
    """A rare value is not looked for row by row."""
    found = LARGE[label]
    choices = set(_choices(found, request_of_an_operator))
    assert COMMON.get(label, set()) <= choices
    for choice in choices - COMMON.get(label, set()):
        request = rf.get(f"/{choice}")
        request.user = request_of_an_operator.user
        rows = found.get_changelist_instance(request).get_queryset(request)
        said = plan(rows.select_related(None).order_by())
        assert f"Seq Scan on {found.model._meta.db_table}" not in said, (choice, said)
        assert "Cond:" in said or _is_of_some_rows(said), (choice, said)


def _is_of_some_rows(said: str) -> bool:
    """Whether the index that is read has an entry for some rows only."""
    read = re.search(r"Index (?:Only )?Scan (?:Backward )?using (\w+)", said)
    assert read, said
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indpred IS NOT NULL FROM pg_index WHERE indexrelid = %s::regclass", [read[1]]
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("label", sorted(LARGE))
def test_each_way_to_search_is_an_index(label: str, alice: Person) -> None:
    found = LARGE[label]
    ways = 0
    for term in TERMS if found.search_fields else ():
        for way in _ways(found, term):
            try:
                rows = found.model._default_manager.filter(way).order_by()
                said = plan(rows.values_list("pk", flat=True)[:500])
            except (ValidationError, ValueError):
                continue
            ways += 1
            assert "Cond:" in said, (way, said)
            assert f"Seq Scan on {found.model._meta.db_table}" not in said, (way, said)
    assert ways or not found.search_fields


def _ways(found: FastAdmin, term: str) -> list[Any]:
    try:
        return list(found.found_by(term))
    except ValueError:
        return []


@pytest.mark.parametrize("label", sorted(OURS))
def test_a_list_needs_few_queries(
    label: str, client: Client, alice: Person, bob: Person, django_assert_max_num_queries: Any
) -> None:
    client.force_login(
        User.objects.create_superuser("op@example.com"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    where = f"/admin/{label.replace('.', '/')}/"
    with django_assert_max_num_queries(14):
        assert client.get(where).status_code == 200
    with django_assert_max_num_queries(20):
        assert client.get(where, {"q": "studio"}).status_code == 200


def test_far_pages_count_no_further_than_they_must(alice: Person, client: Client) -> None:
    from accounts.admin.lists import UncountedPaginator

    rows = User.objects.order_by("pk")
    assert UncountedPaginator(rows, 1).count <= 11


@pytest.mark.parametrize("label", sorted(OURS))
def test_nothing_is_shown_that_only_the_database_knows(
    label: str, request_of_an_operator: Any
) -> None:
    """Of a row that is still to be made."""
    model, found = OURS[label].model, OURS[label]
    shown = {
        name
        for _title, part in found.get_fieldsets(request_of_an_operator)
        for name in part["fields"]
        if name in found.get_readonly_fields(request_of_an_operator)
    }
    assert not shown & {field.name for field in model._meta.fields if field.has_db_default()}
