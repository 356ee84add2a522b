"""Which static files are collected: what pages name, not what packages bring along."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedFiles(StaticFilesConfig):
    # Redoc and Swagger UI's source maps are 5 MB that no page names, compressed at a first start
    # (the style sheet's own map stays: it names that one).
    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "redoc",
        "swagger-ui-bundle.js.map",
        "swagger-ui-standalone-preset.js*",
    ]
