"""What a person asks the history for: the address says all of it, so a page can be shared and gone
back to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.actor import Actor
from accounts.models import Membership
from catalog import access as catalog
from catalog.kinds import Kind
from generation import access
from generation.history import Filters

KINDS = [
    ("", gettext_lazy("Every kind")),
    ("text", gettext_lazy("Text to image")),
    ("image", gettext_lazy("Image to image")),
    ("inpaint", gettext_lazy("Inpainting")),
    ("control", gettext_lazy("ControlNet")),
    ("qr", gettext_lazy("QR art")),
    ("upscale", gettext_lazy("Enlarged or restored")),
    ("grid", gettext_lazy("Cells of grids")),
]
STATES = [
    ("", gettext_lazy("Every result")),
    ("fine", pgettext_lazy("content check", "Fine")),
    ("flagged", gettext_lazy("Flagged")),
    ("blocked", gettext_lazy("Blocked")),
    ("unpainted", gettext_lazy("Failed or cancelled")),
]
SHAPES = [
    ("", gettext_lazy("Every shape")),
    ("square", gettext_lazy("Square")),
    ("tall", gettext_lazy("Tall")),
    ("wide", gettext_lazy("Wide")),
]
SORTS = [("", gettext_lazy("Newest first")), ("oldest", gettext_lazy("Oldest first"))]
_NO_DATE = {"invalid": gettext_lazy("Write a date as 2026-11-21.")}


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter that is on, and the address of the page without it."""

    text: str
    url: str


class FilterForm(forms.Form):
    """A filter that cannot be understood filters nothing and says why at its field."""

    q = forms.CharField(required=False, max_length=400, strip=True)
    model = forms.CharField(required=False, max_length=255)
    kind = forms.ChoiceField(required=False, choices=KINDS)
    state = forms.ChoiceField(required=False, choices=STATES)
    shape = forms.ChoiceField(required=False, choices=SHAPES)
    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"], error_messages=_NO_DATE)
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"], error_messages=_NO_DATE)
    favourites = forms.BooleanField(required=False)
    whose = forms.CharField(required=False)
    sort = forms.ChoiceField(required=False, choices=SORTS)

    def __init__(self, actor: Actor, data: QueryDict, *, albums: bool = False) -> None:
        """``albums``: pictures of an album, which are asked for by no person."""
        super().__init__(data)
        self._actor, self._data = actor, data
        self.models = _models(actor)
        self.members = [] if albums else _members(actor)
        self.full_clean()

    def value(self, name: str) -> str:
        """As it stands in the address, understood or not."""
        return str(self._data.get(name, "")).strip()

    def filters(self, album: int | None = None) -> Filters:
        found = self.cleaned_data
        return Filters(
            text=found.get("q", ""),
            checkpoint=found.get("model", ""),
            genre=found.get("kind", ""),
            shape=found.get("shape", ""),
            state=found.get("state", ""),
            since=_midnight(found.get("since")),
            before=_midnight(found.get("until"), days=1),
            favourites=bool(found.get("favourites")),
            album=album,
            oldest_first=found.get("sort") == "oldest",
        )

    def looked_at(self) -> access.Whose:
        """NotFound for another's pictures where they are not the actor's to see."""
        return access.whose(self._actor, self.cleaned_data.get("whose", ""))

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered out."""
        return bool(self.chips(""))

    def chips(self, path: str) -> list[Chip]:
        return [Chip(text=text, url=self._without(path, name)) for name, text in self._said()]

    def address(self, path: str, **changes: str) -> str:
        """The same page with other values; "" takes one away. A cursor is never kept."""
        kept = self._data.copy()
        kept.pop("cursor", None)
        for name, value in changes.items():
            if value:
                kept[name] = value
            else:
                kept.pop(name, None)
        for name in [name for name in kept if not kept[name]]:
            del kept[name]
        return f"{path}?{kept.urlencode()}" if kept else path

    def _without(self, path: str, name: str) -> str:
        return self.address(path, **{name: ""})

    def _said(self) -> Iterator[tuple[str, str]]:
        found = self.cleaned_data
        if text := found.get("q"):
            yield "q", _("“%(text)s”") % {"text": text}
        if model := found.get("model"):
            yield "model", dict(self.models).get(model, model)
        for name, choices in (("kind", KINDS), ("state", STATES), ("shape", SHAPES)):
            if value := found.get(name):
                yield name, str(dict(choices)[value])
        if day := found.get("since"):
            yield "since", _("From %(day)s") % {"day": date_format(day)}
        if day := found.get("until"):
            yield "until", _("Until %(day)s") % {"day": date_format(day)}
        if found.get("favourites"):
            yield "favourites", _("Favourites")
        if whose := found.get("whose"):
            yield "whose", dict(self.members).get(whose, whose)


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    """The beginning of a day, or of one ``days`` later, in the time zone of the page."""
    if day is None or day >= date.max - timedelta(days=2):
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))


def _models(actor: Actor) -> list[tuple[str, str]]:
    found = catalog.choices(Kind.CHECKPOINT, actor.tenant_id)
    return sorted(
        ((entry.name, str(entry.display_title)) for entry in found), key=lambda one: one[1].lower()
    )


def _members(actor: Actor) -> list[tuple[str, str]]:
    """Whose pictures may be chosen: nobody's but one's own, for most."""
    if actor.role not in access.SUPERVISORS:
        return []
    rows = Membership.objects.for_tenant(actor.tenant_id).select_related("user")
    others = [row.user for row in rows if row.user_id != actor.user_id]
    if not others:
        return []
    named: list[tuple[str, Any]] = [(str(user.pk), user.get_full_name()) for user in others]
    return [("all", _("Everybody")), *sorted(named, key=lambda one: one[1].lower())]
