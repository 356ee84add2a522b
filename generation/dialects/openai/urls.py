from __future__ import annotations

from django.urls import path

from generation.dialects.openai import views

urlpatterns = [
    path("v1/images/generations", views.generations),
    path("v1/images/edits", views.edits),
    path("v1/images/variations", views.variations),
    path("v1/models", views.models),
    path("v1/models/<path:name>", views.model),
]
