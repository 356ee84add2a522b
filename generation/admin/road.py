"""Tasks, the attempts at them and what came of them. For looking, but for cancelling, giving back
to the queue, and deleting."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import trail
from accounts.admin import ReadOnlyAdmin, Since, one_of
from accounts.models import Deed, Tenant, User
from generation import channels, deletion, words
from generation.models import Attempt, Output, Task
from generation.scheduling import leases
from generation.states import FINAL, OutputState, TaskState, Verdict
from generation.storage import links

_DIALECTS = ("studio", "native", "saas", "qrapi", "sdtest", "sdwebui", "openai")

_STATES = {
    TaskState.UPLOADING: _("fetches its pictures"),
    TaskState.QUEUED: _("waiting"),
    TaskState.CLAIMED: _("claimed"),
    TaskState.RUNNING: _("at work"),
    TaskState.DONE: _("done"),
    TaskState.FAILED: _("failed"),
    TaskState.CANCELLED: _("cancelled"),
}
_SHOWN = {
    OutputState.VISIBLE: _("visible"),
    OutputState.BLOCKED: _("blocked"),
    OutputState.DELETED: _("deleted"),
}
_VERDICTS = {
    Verdict.ALLOW: _("allowed"),
    Verdict.FLAG: _("flagged"),
    Verdict.BLOCK: _("blocked"),
}

if TYPE_CHECKING:
    AttemptsOfTask = admin.TabularInline[Attempt, Task]
    OutputsOfTask = admin.TabularInline[Output, Task]
else:  # Django's own class takes no type argument
    AttemptsOfTask = OutputsOfTask = admin.TabularInline


class AttemptInline(AttemptsOfTask):
    """The timeline: who tried, when, and what came of it."""

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


class OutputInline(OutputsOfTask):
    model = Output
    fields = readonly_fields = ("index", "state", "verdict", "format", "width", "height", "size")
    ordering = ("index",)
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Dialect(admin.SimpleListFilter):
    """Of the last days alone, by the index of their time: one of their own would be written with
    every step of every task."""

    title = format_lazy("{} ({})", _("dialect"), _("the last 7 days"))
    parameter_name = "dialect"
    DAYS = 7

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in _DIALECTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        if self.value() not in _DIALECTS:
            return queryset
        oldest = timezone.now() - timedelta(days=self.DAYS)
        return queryset.filter(dialect=self.value(), created_at__gte=oldest)


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "created_at",
        "tenant",
        "user",
        "dialect",
        "in_words",
        "checkpoint",
        "images",
        "backend",
        "strikes",
        "price",
        "spent",
        "error_code",
    )
    list_filter = (
        one_of("state", _("state"), [(state.value, said) for state, said in _STATES.items()]),
        Dialect,
        Since,
    )
    list_select_related = ("tenant", "user", "backend")
    search_fields = (
        "id__exact",
        "client_id__exact",
        "tenant__slug__exact",
        "user__email__exact",
        "words",
    )
    search_help_text = _("Task id, caller's id, tenant, e-mail address, or words of the prompt")
    ordering = ("-created_at",)
    inlines = (AttemptInline, OutputInline)
    actions = ("cancel", "requeue", "erase")

    def found_by(self, term: str) -> list[Q]:
        tenant = Tenant.objects.filter(slug=term.lower()).first()
        user = User.objects.filter(email=term.lower()).first() if "@" in term else None
        if tenant or user:
            return [Q(tenant=tenant)] if tenant else [Q(user=user)]
        return [Q(pk=term), ~Q(client_id="") & Q(client_id=term), _in_words(term)]

    @admin.display(description=_("state"))
    def in_words(self, task: Task) -> str:
        return str(_STATES[TaskState(task.state)])

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_task")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.delete_task")

    @admin.action(description=_("Cancel, with a full refund"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """The heart of a running attempt and the reaper hear of it within a second or two."""
        chosen = Task.objects.unfinished().filter(pk__in=queryset.values("pk"))
        for task in chosen:
            self._written(request, task, "cancelled by hand")
        asked = chosen.update(cancel_requested_at=Now())
        text = ngettext("%d task is being cancelled.", "%d tasks are being cancelled.", asked)
        self.message_user(request, text % asked, messages.SUCCESS)

    @admin.action(
        description=_("Take from its worker, back into the queue"), permissions=["cancel"]
    )
    def requeue(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """Of what is claimed or running: its worker finds the lease lost and stops."""
        given = 0
        held = (TaskState.CLAIMED, TaskState.RUNNING)
        for task in queryset.filter(state__in=held, lease_token__isnull=False):
            state = TaskState(task.state)
            if task.lease_token and leases.give_back(
                task.pk, task.lease_token, state, strike=False, delay=1.0
            ):
                given += 1
                self._written(request, task, "given back to the queue by hand")
                channels.task_changed(task.pk, task.tenant_id)
        if given:
            channels.emit(channels.QUEUE)
        left = queryset.count() - given
        text = ngettext("%d task waits again.", "%d tasks wait again.", given) % given
        if left:
            text += " " + str(_("%d were not at work.") % left)
        self.message_user(request, text, messages.WARNING if left else messages.SUCCESS)

    @admin.action(description=_("Delete finished tasks with their pictures"), permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        chosen = Task.objects.finished().filter(pk__in=queryset.values("pk"))
        for task in chosen:
            self._written(request, task, "deleted by hand")
            self.log_deletions(request, chosen.filter(pk=task.pk))
        gone = deletion.erase(chosen)
        text = ngettext("%d task was deleted.", "%d tasks were deleted.", gone)
        self.message_user(request, text % gone, messages.SUCCESS)

    def _written(self, request: HttpRequest, task: Task, what: str) -> None:
        self.log_change(request, task, what)
        who = trail.author(request)
        before = {"state": task.state}
        trail.write(who, Deed.TASKS, task, tenant_id=task.tenant_id, reason=what, before=before)


def _in_words(term: str) -> Q:
    """By the words of the prompt, as the history finds them: of tasks that have ended."""
    asked = words.query(term)
    if not asked.terms:
        raise ValueError("no word to look for")
    ended = tuple(state.value for state in FINAL)
    return Q(words=SearchQuery(" & ".join(asked.terms), search_type="raw"), state__in=ended)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "task", "backend", "worker_pid", "ended_at", "outcome", "detail")
    list_select_related = ("task", "backend")
    search_fields = ("task__exact", "lease_token__exact")
    search_help_text = _("Id of a task or of a lease")
    ordering = ("-pk",)

    def found_by(self, term: str) -> list[Q]:
        return [Q(task=term), Q(lease_token=term)]


@admin.register(Output)
class OutputAdmin(ReadOnlyAdmin):
    """A blocked picture has no thumbnail here: it is seen in review, which is logged."""

    list_display = (
        "id",
        "created_at",
        "task",
        "index",
        "in_words",
        "found",
        "format",
        "width",
        "height",
        "size",
        "expires_at",
    )
    list_select_related = ("task",)
    search_fields = ("id__exact", "task__exact")
    search_help_text = _("Id of a picture or of a task")
    ordering = ("-expires_at",)  # by its index; a month after it was made
    readonly_fields = ("picture", "review")

    def found_by(self, term: str) -> list[Q]:
        return [Q(pk=term), Q(task=term)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Output]:
        found: QuerySet[Output] = super().get_queryset(request).exclude(state=OutputState.DELETED)
        return found

    @admin.display(description=_("state"))
    def in_words(self, output: Output) -> str:
        return str(_SHOWN[OutputState(output.state)])

    @admin.display(description=_("verdict"))
    def found(self, output: Output) -> str:
        return str(_VERDICTS[Verdict(output.verdict)])

    @admin.display(description=_("picture"))
    def picture(self, output: Output) -> str:
        if output.state != OutputState.VISIBLE:
            return str(_("not shown"))
        thumbnail = links.sign(output.pk, "thumbnail", output.expires_at, "webp")
        return format_html('<img src="{}" alt="" width="256">', thumbnail)

    @admin.display(description=_("review"))
    def review(self, output: Output) -> SafeString:
        where = reverse("admin:desk_picture", args=[output.pk])
        return format_html('<a href="{}">{}</a>', where, _("Review"))
