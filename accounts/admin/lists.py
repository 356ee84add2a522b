"""Lists that are as fast over a million rows as over ten.

count      never of a table: only as far as a reader could click from here
search     each way to find a row is one query of its own by one index; a list of alternatives
           over several tables would make PostgreSQL read the whole table
filters    literal choices; Django's own would read a whole table to see which values there are
order      by an index, and by nothing else
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import FieldError, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from accounts.admin import words

LOOK_AHEAD = 10  # pages that the paginator offers beyond the one that is open
DEEPEST = 10_000  # rows: what is older is found by search or by its time
FOUND_AT_MOST = 500  # rows by each way to find one
Choices = Sequence[tuple[str, Any]]


class UncountedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts as far as LOOK_AHEAD pages from the open one, and never beyond DEEPEST rows."""

    page_asked = 1

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        far = min(DEEPEST, (self.page_asked + LOOK_AHEAD) * self.per_page)
        return len(rows[:far].values_list("pk", flat=True))


class FastAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """``search_fields`` are look-ups that an index serves, each asked for by itself. A list that
    holds what operators wrote by hand says ``is_small`` and may search in words."""

    is_small = False
    paginator = UncountedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50
    sortable_by: ClassVar[Any] = ()

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        words.name_all(model)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what the database fills in, until it has."""
        shown = super().get_fieldsets(request, obj)
        if obj is not None:
            return shown
        later = {field.name for field in self.opts.fields if field.has_db_default()}
        later &= {*self.get_readonly_fields(request, obj)}
        return [
            (
                title,
                {**options, "fields": [name for name in options["fields"] if name not in later]},
            )
            for title, options in shown
        ]

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        made = super().get_paginator(request, *args, **kwargs)
        asked = request.GET.get("p", "1")
        if isinstance(made, UncountedPaginator):
            made.page_asked = int(asked) if asked.isdecimal() else 1
        return made

    def found_by(self, term: str) -> Iterable[Q]:
        """The ways to find a row by what was typed."""
        return [Q(**{lookup: term}) for lookup in self.search_fields]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if self.is_small or not search_term.strip():
            return super().get_search_results(request, queryset, search_term)
        found: set[Any] = set()
        for way in self.found_by(search_term.strip()):
            try:
                rows = self.model._default_manager.filter(way).order_by()
                found.update(rows.values_list("pk", flat=True)[:FOUND_AT_MOST])
            except (ValidationError, ValueError, FieldError, OverflowError):
                continue  # no such id could be
        return queryset.filter(pk__in=found), False


class ReadOnlyAdmin(FastAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Since(admin.SimpleListFilter):
    """How far back, by a time that has an index (``created_at``)."""

    title = _("time")
    parameter_name = "since"
    by = "created_at"
    AGES: ClassVar[dict[str, timedelta]] = {
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=30),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            ("hour", _("the last hour")),
            ("day", _("the last 24 hours")),
            ("week", _("the last 7 days")),
            ("month", _("the last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        age = self.AGES.get(self.value() or "")
        return queryset.filter(**{f"{self.by}__gte": timezone.now() - age}) if age else queryset


def one_of(field: str, title: str | Promise, choices: Choices) -> type[admin.SimpleListFilter]:
    """A filter over literal choices of a field."""

    class OneOf(admin.SimpleListFilter):
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
            return choices

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    OneOf.title = title  # type: ignore[assignment]
    return OneOf


def all_fields(model: type[Model]) -> list[str]:
    """Names of the columns that may be shown: nothing sealed, no hash of a secret."""
    shown = (field.name for field in model._meta.fields)
    return [name for name in shown if not name.endswith(("_sealed", "_hash"))]
