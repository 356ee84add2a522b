"""The form of a new key: what a person typed, and the policy that it means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.fields import validate_network
from accounts.key_management import KINDS
from accounts.ledger import MILLICREDITS
from accounts.models import ApiKey, KeyKind
from generation.errors import EaselError
from generation.request import MAX_SIDE
from generation.studio import offers, sentences
from generation.studio.forms import MIN_SIDE

MOST_LINES = 100
MOST_COUNT = 1_000_000
MOST_CREDITS = 10**12
NUMBERS = ("max_side", "max_images", "budget", "rate_per_minute", "max_concurrent")
LISTS = ("ip_ranges", "callback_hosts")


def _host(text: str) -> None:
    if len(text) > 255 or any(letter in text for letter in "/:@ \\"):
        raise ValidationError(
            _("%(value)s: a host name, without scheme and port."), params={"value": text}
        )


class Lines(forms.CharField):
    """A list, one entry a line; ``check`` raises ValidationError for an entry that is none."""

    def __init__(self, check: Callable[[str], None], **given: Any) -> None:
        area = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
        super().__init__(required=False, widget=area, max_length=20_000, **given)
        self._check = check

    def clean(self, value: Any) -> list[str]:
        found = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(found) > MOST_LINES:
            raise ValidationError(_("At most %(most)d lines."), params={"most": MOST_LINES})
        for line in found:
            self._check(line)
        return found


def _count(most: int = MOST_COUNT, least: int = 1, **given: Any) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=least, max_value=most, **given)


def _typed(key: ApiKey) -> dict[str, Any]:
    """The key's limits as somebody would have typed them."""
    names = ("name", "expires_at", *NUMBERS, "checkpoints", "read_only", "strict", "act_as_member")
    typed = {name: getattr(key, name) for name in names}
    typed |= {name: "\n".join(getattr(key, name)) for name in LISTS}
    if key.budget is not None:
        typed["budget"] = f"{key.budget / MILLICREDITS:g}"
    return typed


class KeyForm(forms.Form):
    """Every limit may be left empty: then the organisation's alone holds."""

    name = forms.CharField(required=False, max_length=100, label=gettext_lazy("Name"))
    kind = forms.ChoiceField(
        choices=[(kind.value, capfirst(kind.label)) for kind in KINDS],
        initial=KeyKind.API_TOKEN.value,
        label=gettext_lazy("Kind"),
    )
    expires_at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        label=gettext_lazy("Expires"),
    )
    budget = forms.FloatField(
        required=False,
        min_value=0,
        max_value=MOST_CREDITS,
        label=gettext_lazy("Budget in credits, in all"),
    )
    max_side = _count(MAX_SIDE, MIN_SIDE, label=gettext_lazy("Longest side in pixels"))
    max_images = _count(label=gettext_lazy("Pictures a task"))
    rate_per_minute = _count(label=gettext_lazy("Calls a minute"))
    max_concurrent = _count(label=gettext_lazy("Tasks at once"))
    checkpoints = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Models; none chosen: all"),
    )
    ip_ranges = Lines(validate_network, label=gettext_lazy("Addresses or networks, one a line"))
    callback_hosts = Lines(_host, label=gettext_lazy("Hosts for callbacks, one a line"))
    read_only = forms.BooleanField(
        required=False, label=gettext_lazy("May look, not create, change or delete.")
    )
    strict = forms.BooleanField(
        required=False, label=gettext_lazy("No value is coerced: it is refused.")
    )
    act_as_member = forms.BooleanField(
        required=False,
        label=gettext_lazy("May name another member of the tenant, where an API can."),
    )

    def __init__(self, actor: Actor, data: Any = None, of: ApiKey | None = None) -> None:
        """``of``: the key that is changed; its kind stays."""
        super().__init__(data, initial=_typed(of) if of else None)
        self.time_zone = actor.time_zone
        if not actor.can("admin"):
            del self.fields["act_as_member"]
        models = [(each.name, each.title) for each in offers.models(actor)]
        if of is not None:
            del self.fields["kind"]
            there = {name for name, _title in models}
            models += [(name, name) for name in of.checkpoints if name not in there]
        self.fields["checkpoints"].choices = models  # type: ignore[attr-defined]
        for name in ("name", "kind", "expires_at", *NUMBERS, *LISTS):
            if name not in self.fields:
                continue
            self.fields[name].widget.attrs |= {
                "class": "input",
                "aria-describedby": f"error-{name}",
            }

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [self[name] for name in NUMBERS]

    @property
    def lists(self) -> list[forms.BoundField]:
        return [self[name] for name in LISTS]

    @property
    def switches(self) -> list[forms.BoundField]:
        return [
            self[name] for name in ("read_only", "strict", "act_as_member") if name in self.fields
        ]

    @property
    def has_limits(self) -> bool:
        """Whether a limit was typed: then the fold that holds them is open."""
        names = (*NUMBERS, *LISTS, "checkpoints", *(field.name for field in self.switches))
        there = [name for name in names if name in self.fields]
        return any(self[name].value() or self[name].errors for name in there)

    def clean_expires_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["expires_at"]
        if at is not None and at <= timezone.now():
            raise ValidationError(_("This lies in the past."))
        if at is not None and at.year >= 2200:
            raise ValidationError(_("A time before the year 2200."))
        return at

    def clean_callback_hosts(self) -> list[str]:
        return [host.lower() for host in self.cleaned_data["callback_hosts"]]

    def policy(self) -> dict[str, Any]:
        """The limits that were set, as the row has them. Call it on a valid form."""
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        policy = {
            name: value
            for name, value in given.items()
            if name not in ("name", "kind") and value not in (None, "", [], False)
        }
        if given["budget"] is not None:  # also 0: a key that may spend nothing
            policy["budget"] = round(given["budget"] * MILLICREDITS)
        return policy

    def changes(self) -> dict[str, Any]:
        """Name and every limit, also those that were taken away. Call it on a valid form."""
        empty: dict[str, Any] = {"checkpoints": [], "ip_ranges": [], "callback_hosts": []}
        asked = {name: self.cleaned_data[name] for name in self.fields}
        limits = self.policy()
        for name, value in asked.items():
            if name != "name" and name not in limits:
                limits[name] = False if value is False else empty.get(name)
        return limits | {"name": asked["name"]}

    def refuse(self, error: EaselError) -> None:
        """Shows an error of the core at the field that it names."""
        place = error.field if error.field in self.fields else None
        self.add_error(place, sentences.of_error(error))
