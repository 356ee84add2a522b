from __future__ import annotations

from django.urls import path, re_path

from generation.dialects.door import nothing
from generation.dialects.openai import answers, views

urlpatterns = [
    path("v1/images/generations", views.generations),
    path("v1/images/edits", views.edits),
    path("v1/images/variations", views.variations),
    path("v1/models", views.models),
    path("v1/models/<path:name>", views.model),
    re_path(r"^v1/(?P<rest>[\s\S]*)\Z", nothing(answers.error_form)),
]
