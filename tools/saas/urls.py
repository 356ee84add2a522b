"""Served with and without the prefix, as the rest of saas. A code may have slashes."""

from __future__ import annotations

from django.urls import include, path

from tools.saas import views

_tools = [
    path("saas/tool/<path:tool>/queryTask", views.query_task),
    path("saas/tool/<path:tool>", views.submit),
]
urlpatterns = [path("AIGCImgOpenServ/", include(_tools)), *_tools]
