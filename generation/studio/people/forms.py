"""What people type about themselves, their organisation and each other."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import invitations
from accounts.actor import Actor
from accounts.models import Membership, Role, Tenant, User
from generation.errors import EaselError
from generation.studio import offers, sentences

LANGUAGES = (("en", "English"), ("zh-hans", "简体中文"))
"""Each by its own name: whoever sits before the wrong one must find the right one."""


class Dressed(forms.Form):
    """Fields in the house's clothes; an error of the core is shown at the field it names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def refuse(self, error: EaselError) -> None:
        place = error.field if error.field in self.fields else None
        self.add_error(place, sentences.of_error(error))


def dress(form: forms.BaseForm) -> None:
    for name, field in form.fields.items():
        if not isinstance(field, forms.BooleanField):
            field.widget.attrs |= {"class": "input", "aria-describedby": f"error-{name}"}


def role_choices(roles: Iterable[Role]) -> list[tuple[str, str]]:
    return [(role.value, str(capfirst(role.label))) for role in roles]


class InviteForm(Dressed):
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["role"].choices = role_choices(  # type: ignore[attr-defined]
            invitations.ROLES
        )


class RoleForm(Dressed):
    """``label``: whose role, for whoever does not see the row."""

    role = forms.ChoiceField()

    def __init__(self, roles: Iterable[Role], membership: Membership, data: Any = None) -> None:
        super().__init__(data, initial={"role": membership.role}, auto_id=False)
        self.fields["role"].choices = role_choices(roles)  # type: ignore[attr-defined]
        name = {"name": membership.user.get_full_name()}
        self.fields["role"].widget.attrs = {
            "class": "input",
            "aria-label": _("Role of %(name)s") % name,
        }


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("name", "language")
        labels = {"name": gettext_lazy("Name"), "language": gettext_lazy("Language")}
        help_texts = {"language": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        choices = [("", _("As the browser")), *LANGUAGES]
        self.fields["language"] = forms.ChoiceField(
            choices=choices, required=False, label=_("Language")
        )
        dress(self)


class NewOrganisationForm(Dressed):
    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an owner or administrator sets; the operator's limits are not among it."""

    class Meta:
        model = Tenant
        fields = (
            "name",
            "time_zone",
            "default_checkpoint",
            "preview_policy",
            "visible_mark",
            "strict",
            "allows_adult",
        )
        labels = {
            "name": gettext_lazy("Name"),
            "preview_policy": gettext_lazy("Previews"),
            "visible_mark": gettext_lazy("Stamp outputs as made by AI, visibly."),
            "strict": gettext_lazy("No value is coerced: it is refused."),
            "allows_adult": gettext_lazy("Adult models are offered."),
        }
        help_texts = {"visible_mark": "", "strict": "", "allows_adult": ""}

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            required=False, choices=_zones, label=_("Time zone")
        )
        kept = self.instance.default_checkpoint
        models = {each.name: each.title for each in offers.models(actor)}
        self.fields["default_checkpoint"] = forms.ChoiceField(
            required=False,
            label=_("Model, where none is named"),
            choices=[("", _("The installation's")), *({kept: kept} | models).items()]
            if kept
            else [("", _("The installation's")), *models.items()],
        )
        previews = self.fields["preview_policy"].choices  # type: ignore[attr-defined]
        choices = [(value, capfirst(label)) for value, label in previews]
        self.fields["preview_policy"].choices = choices  # type: ignore[attr-defined]
        dress(self)

    @property
    def texts(self) -> list[forms.BoundField]:
        return [
            self[name] for name in ("name", "time_zone", "default_checkpoint", "preview_policy")
        ]

    @property
    def switches(self) -> list[forms.BoundField]:
        return [self[name] for name in ("visible_mark", "strict", "allows_adult")]


def _zones() -> list[tuple[str, str]]:
    usual = (_("The installation's: %(zone)s")) % {"zone": settings.TIME_ZONE}
    return [("", usual), *((name, name) for name in sorted(zoneinfo.available_timezones()))]
