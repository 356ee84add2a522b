"""Other houses where people may sign in (OpenID Connect): allauth's form, in both languages."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.admin import SocialAppAdmin, SocialAppForm
from allauth.socialaccount.models import SocialApp
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

LABELS = {"provider": _("Provider"), "settings": _("Settings")}


class NamedForm(SocialAppForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name].label = label


admin.site.unregister(SocialApp)


@admin.register(SocialApp)
class NamedSocialAppAdmin(SocialAppAdmin):  # type: ignore[misc]
    form = NamedForm
