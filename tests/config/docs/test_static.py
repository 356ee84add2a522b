"""What is collected of Swagger UI: what the pages name, and nothing that is large and unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command


@pytest.fixture
def collected(settings: LazySettings, tmp_path: Path) -> Path:
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": manifest}}
    call_command("collectstatic", "--noinput", verbosity=0)
    return tmp_path


def test_what_is_collected_of_swagger_ui(collected: Path) -> None:
    names = {path.name for path in (collected / "drf_spectacular_sidecar").rglob("*")}
    assert {"swagger-ui.css", "swagger-ui-bundle.js"} <= names
    assert not any("redoc" in name or name.endswith(".js.map") for name in names)
