"""Other names, prices with an example, and where things are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin
from accounts.models import Tenant
from catalog import pricing, tariff
from catalog.admin.entries import CatalogAdmin
from catalog.kinds import Kind, folded
from catalog.models import Alias, Presence, Price

_EXAMPLES = (
    (_("one picture, 512 × 512, 20 steps"), pricing.Work(width=512, height=512, steps=20)),
    (_("one picture, 1024 × 1024, 30 steps"), pricing.Work(width=1024, height=1024, steps=30)),
    (
        _("four pictures, 768 × 512, 25 steps"),
        pricing.Work(images=4, width=768, height=512, steps=25),
    ),
    (
        _("512 × 512, 20 steps, then twice as large in 10 more"),
        pricing.Work(
            width=512, height=512, steps=20, hires_width=1024, hires_height=1024, hires_steps=10
        ),
    ),
    (
        _("512 × 512, 20 steps, with one ControlNet unit and better faces"),
        pricing.Work(width=512, height=512, steps=20, controlnet_units=1, restore_faces=True),
    ),
)


class DialectFilter(admin.SimpleListFilter):
    """Those that count in every dialect have no name of one to be listed by."""

    title = _("dialect")
    parameter_name = "dialect"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        named = Alias.objects.exclude(dialect="").values_list("dialect", flat=True)
        return [("-", _("every dialect")), *((name, name) for name in sorted(set(named)))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alias]) -> QuerySet[Alias]:
        wanted = self.value()
        return queryset.filter(dialect=wanted.strip("-")) if wanted else queryset


@admin.register(Alias)
class AliasAdmin(CatalogAdmin):
    list_display = ("name", "kind", "dialect", "target", "tenant", "updated")
    list_editable = ("target",)
    list_filter = ("kind", DialectFilter)
    search_fields = ("name", "target")


@admin.register(Price)
class PriceAdmin(CatalogAdmin):
    list_display = (
        "kind",
        "checkpoint",
        "tenant",
        "per_megapixel_step",
        "base_millicredits",
        "per_image",
        "valid_from",
    )
    list_filter = ("kind",)
    search_fields = ("kind", "checkpoint")
    readonly_fields = ("example",)

    @admin.display(description=_("What it comes to"))
    def example(self, price: Price) -> SafeString:
        """As it was saved last, in credits, before a tenant's discount."""
        rule = tariff.rule_of(price)
        rows = [(words, f"{pricing.price(rule, work).total / 1000:g}") for words, work in _EXAMPLES]
        lines = format_html_join("", "<tr><td>{}</td><td class='num'>{}</td></tr>", rows)
        head = format_html(
            "<tr><th>{}</th><th>{}</th></tr>", gettext("Request"), gettext("Credits")
        )
        return format_html("<table><thead>{}</thead><tbody>{}</tbody></table>", head, lines)


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin):
    """For looking: the backends write these."""

    list_display = ("name", "kind", "backend_ref", "tenant", "sha256")
    list_filter = ("kind",)
    list_select_related = ("tenant",)
    search_fields = ("name__exact", "tenant__slug__exact")
    search_help_text = _("A whole file name, or the short name of a tenant")
    ordering = ("pk",)

    def found_by(self, term: str) -> list[Q]:
        named = Presence.objects.alias(folded=Lower("name")).filter(
            kind__in=[kind.value for kind in Kind], folded=folded(term)
        )
        tenant = Tenant.objects.filter(slug=term.lower()).first()
        ways = [Q(pk__in=named.order_by().values("pk"))]
        return [*ways, Q(tenant=tenant)] if tenant else ways
