"""Mails to pass on: for superusers alone, for their links open other people's accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.lists import FastAdmin
from accounts.models import HeldMail, OutgoingMail


class MailAdmin(FastAdmin):
    """Looked at and deleted by superusers alone: permissions of staff do not count here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HeldMail)
class HeldMailAdmin(MailAdmin):
    is_small = True  # gone after some days
    list_display = ("created_at", "recipients", "subject", "problem", "expires_at")
    search_fields = ("recipients", "subject")
    fields = ("recipients", "subject", "problem", "created_at", "expires_at", "text")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldMail]:
        rows: QuerySet[HeldMail] = super().get_queryset(request)
        return rows.filter(expires_at__gt=timezone.now())

    @admin.display(description=_("text"))
    def text(self, mail: HeldMail) -> SafeString:
        try:
            body = mail.body
        except ValueError:
            return format_html("{}", _("Sealed under another key: it cannot be read any more."))
        return format_html('<div class="held-mail">{}</div>', SafeString(urlize_lines(body)))


@admin.register(OutgoingMail)
class OutgoingMailAdmin(MailAdmin):
    """What the mail server has not taken yet, and why; not its text, which comes to be read only
    when nobody else can send it."""

    is_small = True  # accounts.mail.MOST_OUTGOING
    list_display = ("created_at", "recipients", "subject", "attempt", "due_at", "last_error")
    search_fields = ("recipients", "subject")
    fields = list_display
    readonly_fields = fields
    ordering = ("-created_at",)


def urlize_lines(text: str) -> str:
    """Escaped, with links and line breaks."""
    return "<br>".join(urlize(line, nofollow=True, autoescape=True) for line in text.splitlines())


def _may(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))
