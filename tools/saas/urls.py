"""Served with and without the prefix, as the rest of saas. A code may have slashes.

They come last of saas: a path that is none of its routes is answered here.
"""

from __future__ import annotations

from django.urls import include, path, re_path

from generation.dialects.door import nothing
from tools.saas import views, wire

_tools = [
    path("saas/tool/<path:tool>/queryTask", views.query_task),
    path("saas/tool/<path:tool>", views.submit),
]
urlpatterns = [
    path("AIGCImgOpenServ/", include(_tools)),
    *_tools,
    re_path(r"^(?:AIGCImgOpenServ|saas)/(?P<rest>[\s\S]*)\Z", nothing(wire.error_form)),
]
