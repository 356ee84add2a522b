"""The product's settings with the doors of ``door_urls``."""

from __future__ import annotations

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.config.door_urls"
EASEL_API_PREFIXES = ("/api/",)
DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
EASEL_WEB_THREADS = 2
EASEL_TRUSTED_HOPS = 1
STORAGES = STORAGES | {  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
