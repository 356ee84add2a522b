"""The operators' log. Read only: a trigger refuses anything else."""

from __future__ import annotations

import json

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin.lists import ReadOnlyAdmin
from accounts.models import TrailEntry, User


@admin.register(TrailEntry)
class TrailEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "operator", "as_whom", "deed", "label", "reason", "address")
    search_fields = ("operator__exact", "object_id__exact", "acted_as__exact")
    search_help_text = _("An operator's e-mail address, the id of what it is about, or of a user")
    ordering = ("-id",)
    fields = (
        "at",
        "operator",
        "as_whom",
        "deed",
        "kind",
        "object_id",
        "label",
        "tenant_id",
        "reason",
        "was",
        "became",
        "address",
        "request_id",
    )
    readonly_fields = ("as_whom", "was", "became")

    def found_by(self, term: str) -> list[Q]:
        kinds = ("generation.output", "generation.backend", "accounts.tenant", "accounts.user")
        ways = [Q(operator=term.lower()), Q(kind__in=kinds, object_id=term)]
        user = User.objects.filter(email=term.lower()).first()
        return [*ways, Q(acted_as=user.pk)] if user else ways

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrailEntry]:
        """With the name of whom somebody acted as, while there is one: the log keeps the number."""
        names = User.objects.filter(pk=OuterRef("acted_as")).values("email")[:1]
        rows: QuerySet[TrailEntry] = super().get_queryset(request)
        return rows.annotate(name_of_whom=Subquery(names))

    @admin.display(description=_("acting as"))
    def as_whom(self, entry: TrailEntry) -> str:
        if entry.acted_as is None:
            return ""
        return getattr(entry, "name_of_whom", None) or str(_("user %d")) % entry.acted_as

    @admin.display(description=_("before"))
    def was(self, entry: TrailEntry) -> str:
        return _shown(entry.before)

    @admin.display(description=_("after"))
    def became(self, entry: TrailEntry) -> str:
        return _shown(entry.after)


def _shown(values: object) -> str:
    text = json.dumps(values, ensure_ascii=False, indent=2, default=str)
    return format_html("<pre>{}</pre>", text)
