from __future__ import annotations

from django.urls import re_path

from generation.files.views import cover, serve, weights

# One pattern for all: whatever is wrong with an address, the view gives one and the same answer.
urlpatterns = [
    re_path(r"^covers/(?P<digest>[0-9a-f]{64})\.webp$", cover, name="cover"),
    re_path(r"^weights/(?P<path>.*)$", weights, name="weights"),
    re_path(r"^(?P<path>.*)$", serve, name="file"),
]
