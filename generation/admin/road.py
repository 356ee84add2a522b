"""Tasks, the attempts at them and what came of them. For looking, but for cancelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin import UncountedPaginator
from generation import deletion
from generation.models import Attempt, Output, Task
from generation.states import OutputState
from generation.storage import links

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    AttemptsOfTask = admin.TabularInline[Attempt, Task]
else:  # Django's own classes take no type argument
    ModelAdmin = admin.ModelAdmin
    AttemptsOfTask = admin.TabularInline


class LookingAdmin(ModelAdmin):
    """Written by the road alone; read here, by id or newest first, without counting the table."""

    paginator = UncountedPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AttemptInline(AttemptsOfTask):
    model = Attempt
    fields = readonly_fields = (
        "started_at",
        "ended_at",
        "backend",
        "worker_pid",
        "outcome",
        "detail",
    )
    ordering = ("started_at",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Task)
class TaskAdmin(LookingAdmin):
    list_display = (
        "id",
        "created_at",
        "tenant",
        "user",
        "dialect",
        "state",
        "checkpoint",
        "images",
        "backend",
        "strikes",
        "price",
        "spent",
        "error_code",
    )
    list_filter = ("state", "dialect", "kind")
    list_select_related = ("tenant", "user", "backend")
    search_fields = (
        "id__exact",
        "client_id__exact",
        "request_id__exact",
        "tenant__slug__exact",
        "user__email__exact",
    )
    search_help_text = _("Task id, caller's id, request id, tenant or e-mail address")
    ordering = ("-created_at",)
    inlines = (AttemptInline,)
    actions = ("cancel", "erase")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_task")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.delete_task")

    @admin.action(description=_("Cancel, with a full refund"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """The heart of a running attempt and the reaper hear of it within a second or two."""
        chosen = Task.objects.unfinished().filter(pk__in=queryset.values("pk"))
        for task in chosen:
            self.log_change(request, task, "cancelled by hand")
        asked = chosen.update(cancel_requested_at=Now())
        text = ngettext("%d task is being cancelled.", "%d tasks are being cancelled.", asked)
        self.message_user(request, text % asked, messages.SUCCESS)

    @admin.action(description=_("Delete finished tasks with their pictures"), permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        chosen = Task.objects.finished().filter(pk__in=queryset.values("pk"))
        for task in chosen:
            self.log_deletions(request, chosen.filter(pk=task.pk))
        gone = deletion.erase(chosen)
        text = ngettext("%d task was deleted.", "%d tasks were deleted.", gone)
        self.message_user(request, text % gone, messages.SUCCESS)


@admin.register(Attempt)
class AttemptAdmin(LookingAdmin):
    list_display = ("started_at", "task", "backend", "worker_pid", "ended_at", "outcome", "detail")
    list_filter = ("outcome",)
    list_select_related = ("task", "backend")
    search_fields = ("task__id__exact", "lease_token__exact", "backend__name__exact")
    ordering = ("-pk",)


@admin.register(Output)
class OutputAdmin(LookingAdmin):
    """A blocked picture has no thumbnail here: it is seen in review, which is logged."""

    list_display = (
        "id",
        "created_at",
        "task",
        "index",
        "state",
        "verdict",
        "format",
        "width",
        "height",
        "size",
        "expires_at",
    )
    list_filter = ("state", "verdict")
    list_select_related = ("task",)
    search_fields = ("id__exact", "task__id__exact", "sha256__exact")
    ordering = ("-expires_at",)  # by its index; a month after it was made
    readonly_fields = ("picture",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Output]:
        found: QuerySet[Output] = super().get_queryset(request).exclude(state=OutputState.DELETED)
        return found

    @admin.display(description=_("picture"))
    def picture(self, output: Output) -> str:
        if output.state != OutputState.VISIBLE:
            return str(_("not shown"))
        thumbnail = links.sign(output.pk, "thumbnail", output.expires_at, "webp")
        return format_html('<img src="{}" alt="" width="256">', thumbnail)
