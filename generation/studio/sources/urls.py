from __future__ import annotations

from django.urls import path

from generation.studio.sources import preview, views

urlpatterns = [
    path("studio/sources", views.sources, name="sources"),
    path("studio/sources/history", views.history, name="source_history"),
    path("studio/sources/preview", preview.ask, name="preview"),
    path("studio/sources/preview/<uuid:task_id>", preview.look, name="preview_task"),
    path("studio/sources/<uuid:upload_id>/<str:variant>", views.picture, name="source"),
]
