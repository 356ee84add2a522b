"""Pages of signing in and out: allauth's, under names of its own (``account_login``, …)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from accounts import sessions

urlpatterns: list[URLPattern | URLResolver] = [
    path("sessions/<int:session_id>/end", sessions.end, name="usersessions_end"),
    path("", include("allauth.urls")),
]
