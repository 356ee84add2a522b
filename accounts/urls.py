"""Pages of signing in and out: allauth's, under names of its own (``account_login``, …)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from accounts import oidc, sessions

urlpatterns: list[URLPattern | URLResolver] = [
    path("sessions/<int:session_id>/end", sessions.end, name="usersessions_end"),
    path("oidc/<str:provider_id>/login/", oidc.login),  # before allauth's own, which names it
    path("", include("allauth.urls")),
]
