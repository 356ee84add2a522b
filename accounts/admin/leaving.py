"""Who asked to be deleted, and when. For looking: the person, or an owner, takes it back."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.lists import ReadOnlyAdmin
from accounts.models import DeletionRequest


@admin.register(DeletionRequest)
class DeletionRequestAdmin(ReadOnlyAdmin):
    list_display = ("due_at", "user", "tenant", "requested_by", "created_at")
    list_select_related = ("user", "tenant", "requested_by")
    search_fields = ("user__email__exact", "tenant__slug__exact")
    ordering = ("due_at",)
