"""The owner's side of shared pictures: a link is made beside the picture, and revoked there or in
the list of all."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from generation import keyset
from generation.errors import EaselError, InvalidRequest, NotFound
from generation.models import Share
from generation.states import OutputState
from generation.storage import links
from generation.studio import quoting, sentences
from generation.studio.doors import member, wants_fragment
from generation.studio.results import sharing
from generation.studio.results.found import Found, visible
from generation.studio.results.panels import panel

PAGE = 48


class ShareForm(forms.Form):
    days = forms.TypedChoiceField(
        coerce=int,
        choices=[
            (1, gettext_lazy("a day")),
            (7, gettext_lazy("a week")),
            (30, gettext_lazy("a month")),
        ],
        initial=7,
    )
    with_parameters = forms.BooleanField(required=False)
    with_name = forms.BooleanField(required=False)


@dataclass(frozen=True)
class Link:
    """One share as its owner sees it. ``is_open`` False: its picture cannot be shown any more."""

    share: Share
    url: str
    views: str
    thumbnail_url: str
    picture_url: str
    is_open: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def share(request: HttpRequest, actor: Actor, task_id: UUID, index: int) -> HttpResponseBase:
    """The running links of one picture, and the form of a new one."""
    found = visible(actor, task_id, index)
    if not found.is_own:
        raise NotFound("no such picture")
    form, refusal = ShareForm(), ""
    if request.method == "POST":
        form = ShareForm(request.POST)
        refusal = _make(actor, found, form)
    context = {
        "form": form,
        "refusal": refusal,
        "links": links_of(request, sharing.running(actor).filter(output=found.output.id)),
    }
    answer = panel(request, actor, found, "share", context)
    answer.status_code = 422 if refusal else 200
    return answer


def _make(actor: Actor, found: Found, form: ShareForm) -> str:
    """Why not; "" when it was made."""
    try:
        if not form.is_valid():
            raise InvalidRequest(str(gettext_lazy("Choose how long the link is to work.")))
        sharing.make(actor, found, **form.cleaned_data)
    except EaselError as error:
        if isinstance(error, NotFound):
            raise
        return sentences.of_error(error)
    return ""


@require_safe
@never_cache
@member
def shares(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """All running links of the person, newest first."""
    try:
        page = keyset.newest_first(sharing.running(actor), request.GET.get("cursor"), PAGE)
    except InvalidRequest as error:
        raise NotFound("no such page") from error
    context = {
        "actor": actor,
        "balance": quoting.balance_of(actor),
        "links": links_of(request, page.items),
        "next_cursor": page.next_cursor,
    }
    return render(request, "studio/results/shares.html", context)


@require_POST
@member
def revoke(request: HttpRequest, actor: Actor, share_id: UUID) -> HttpResponseBase:
    sharing.revoke(actor, share_id)
    if wants_fragment(request):
        return render(request, "studio/results/_revoked.html")
    return redirect("studio:shares")


def links_of(request: HttpRequest, rows: object) -> list[Link]:
    """Each row with its address; one query for the pictures of all."""
    found = Share.objects.filter(pk__in=[row.pk for row in rows])  # type: ignore[attr-defined]
    joined = found.select_related("output__task").order_by("-created_at", "-id")
    return [_link(request, row) for row in joined]


def _link(request: HttpRequest, row: Share) -> Link:
    output = row.output
    shown = output.hidden_at is None and output.task.hidden_at is None
    is_open = shown and output.state == OutputState.VISIBLE
    thumbnail = ""
    if is_open and output.thumbnail:
        thumbnail = links.sign(output.pk, "thumbnail", output.expires_at, "webp")
    path = reverse("studio:shared", args=[sharing.token_of(row.pk)])
    return Link(
        share=row,
        url=request.build_absolute_uri(path),
        views=ngettext("seen %(count)d time", "seen %(count)d times", row.views)
        % {"count": row.views},
        thumbnail_url=thumbnail,
        picture_url=reverse("studio:picture", args=[output.task_id, output.index]),
        is_open=is_open,
    )
