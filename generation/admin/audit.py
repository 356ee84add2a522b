"""What may be asked for and what may be seen: prompt rules, and thresholds of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import CharField, ModelForm, Textarea
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import FastAdmin
from accounts.models import Tenant
from generation.audit import prompt
from generation.models import AuditThresholds, CallerOptions, PromptRule

if TYPE_CHECKING:
    RuleModelForm = ModelForm[PromptRule]
else:  # Django's own classes take no type argument
    RuleModelForm = ModelForm


class RuleForm(RuleModelForm):
    pattern = CharField(
        label=_("Pattern"),
        max_length=800,
        widget=Textarea(attrs={"rows": 5, "cols": 80}),
        help_text=_(
            "A | stands between words of which one is enough; two words: a | b + c | d. "
            "Width, case and blanks do not matter."
        ),
    )

    class Meta:
        model = PromptRule
        fields = ("tenant", "kind", "pattern", "verdict", "label", "enabled", "note")


@admin.register(PromptRule)
class PromptRuleAdmin(FastAdmin):
    """A change holds in this process at once, in others within ``prompt.SECONDS``."""

    is_small = True
    form = RuleForm
    list_display = ("label", "verdict", "kind", "shortened", "tenant", "enabled", "note")
    list_filter = ("verdict", "kind", "enabled")
    search_fields = ("pattern", "label", "note")
    autocomplete_fields = ("tenant",)
    list_select_related = ("tenant",)
    ordering = ("-pk",)
    actions = ("enable", "disable")

    @admin.display(description=_("pattern"))
    def shortened(self, rule: PromptRule) -> str:
        return rule.pattern if len(rule.pattern) <= 80 else f"{rule.pattern[:79]}…"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        prompt.invalidate()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        prompt.invalidate()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        prompt.invalidate()

    @admin.action(description=_("Enable"))
    def enable(self, request: HttpRequest, queryset: QuerySet[PromptRule]) -> None:
        self._set(request, queryset, enabled=True)

    @admin.action(description=_("Disable"))
    def disable(self, request: HttpRequest, queryset: QuerySet[PromptRule]) -> None:
        self._set(request, queryset, enabled=False)

    def _set(self, request: HttpRequest, queryset: QuerySet[PromptRule], *, enabled: bool) -> None:
        for rule in queryset.exclude(enabled=enabled):
            rule.enabled = enabled
            rule.save(update_fields=["enabled"])
            self.log_change(request, rule, [{"changed": {"fields": ["enabled"]}}])
        prompt.invalidate()


@admin.register(AuditThresholds)
class AuditThresholdsAdmin(FastAdmin):
    """A tenant without a row has the installation's."""

    list_display = ("tenant", "flag_at", "block_at")
    autocomplete_fields = ("tenant",)
    list_select_related = ("tenant",)
    search_fields = ("tenant__slug__exact",)
    search_help_text = _("The short name of a tenant")
    ordering = ("pk",)

    def found_by(self, term: str) -> list[Q]:
        return [Q(tenant=Tenant.objects.filter(slug=term.lower()).first() or -1)]


@admin.register(CallerOptions)
class CallerOptionsAdmin(FastAdmin):
    """What a caller set for his own calls through WebUI's /options. Deleting a row forgets it."""

    list_display = ("lineage", "tenant", "names", "updated_at")
    list_select_related = ("tenant",)
    search_fields = ("lineage__exact", "tenant__slug__exact")
    search_help_text = _("Key lineage, or the short name of a tenant")
    ordering = ("-pk",)
    readonly_fields = ("tenant", "lineage", "updated_at")

    def found_by(self, term: str) -> list[Q]:
        tenant = Tenant.objects.filter(slug=term.lower()).first()
        return [Q(tenant=tenant)] if tenant else [Q(lineage=term)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("options"))
    def names(self, options: CallerOptions) -> str:
        return ", ".join(sorted(options.values))[:200]
