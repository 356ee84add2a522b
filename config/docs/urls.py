from __future__ import annotations

from django.urls import path

from config.docs import views

app_name = "docs"
urlpatterns = [
    path("", views.index, name="index"),
    path("errors", views.error_page, name="errors"),
    path("versioning", views.versioning, name="versioning"),
    path("openapi/<slug:name>.json", views.openapi, name="openapi"),
    path("guide/<slug:name>", views.guide, name="guide"),
    path("<slug:name>/", views.reference, name="reference"),
]
