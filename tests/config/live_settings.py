"""The product's settings; its pictures lie where EASEL_TEST_FILES says."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403

STORAGES = STORAGES | {  # noqa: F405
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": os.environ["EASEL_TEST_FILES"], "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # nothing is collected for a test
