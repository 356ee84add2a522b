"""Django's admin with a site of ours in place of its own."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class OperatorsConfig(AdminConfig):
    default_site = "config.operators.OperatorSite"
