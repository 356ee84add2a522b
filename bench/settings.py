"""Easel's own settings, and the reference views beside it."""

from __future__ import annotations

from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework.authtoken", "bench.apps.BenchConfig"]  # noqa: F405
ROOT_URLCONF = "bench.urls"
# Without session, CSRF and messages, as Easel's own API: the references are given every advantage.
EASEL_API_PREFIXES = (*EASEL_API_PREFIXES, "/bench/")  # noqa: F405
