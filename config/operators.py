"""The operators' site: Django's admin, with the desk as its first page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _

# Other packages' pages: of a queue that holds nothing (the row is the queue here), and of rows
# that are secrets or lists that count whole tables.
_NOT_SHOWN = frozenset({"django_q", "account", "mfa", "usersessions"})
_NOT_SHOWN_ROWS = frozenset({"socialaccount.socialaccount", "socialaccount.socialtoken"})


class OperatorSite(AdminSite):
    site_header = _("Administration")
    site_title = "Easel"
    index_title = _("The desk")
    index_template = "admin/desk/index.html"
    final_catch_all_view = True
    _order: ClassVar[tuple[str, ...]] = ("generation", "catalog", "accounts", "auth")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models = model_or_iterable if isinstance(model_or_iterable, tuple | list) else None
        for model in models or [model_or_iterable]:
            if model._meta.app_label in _NOT_SHOWN:
                continue
            if model._meta.label_lower not in _NOT_SHOWN_ROWS:
                super().register(model, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from generation.admin.desk.urls import urls  # the rows must be loaded first

        return [*urls(self), *super().get_urls()]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from generation.admin.desk import looking

        return super().index(request, looking.context(request) | (extra_context or {}))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        found = super().get_app_list(request, app_label)
        place = {label: number for number, label in enumerate(self._order)}
        return sorted(found, key=lambda app: place.get(app["app_label"], len(place)))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Through the one door, which asks for the second factor; Django's own form does not."""
        if request.user.is_authenticated:
            return super().login(request, extra_context)
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
