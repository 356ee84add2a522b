"""Pages of signing in and out: allauth's, under names of its own (``account_login``, …)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("allauth.urls"))]
