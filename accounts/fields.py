"""Field types and validators of this layer's models."""

from __future__ import annotations

import zoneinfo
from ipaddress import ip_network
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class LowerCaseEmailField(models.EmailField):  # type: ignore[type-arg]
    """An e-mail address that is written, and looked up, in lower case.

    Every road to the database passes through ``get_prep_value``: forms, allauth, ``filter()``.
    """

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.strip().lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.strip().lower() if isinstance(value, str) else value


def validate_network(value: str) -> None:
    """An address or a network in CIDR form, IPv4 or IPv6."""
    try:
        ip_network(value, strict=False)
    except ValueError as error:
        raise ValidationError(
            _("%(value)s is not an IP address or network"), params={"value": value}
        ) from error


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(value)s is not a time zone"), params={"value": value})
