"""One line a door."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config.health import healthz, readyz
from config.metrics import metrics

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("", include("generation.dialects.saas.urls")),
    path("", include("tools.saas.urls")),
    path("", include("generation.dialects.qrapi.urls")),
    path("", include("generation.dialects.sdwebui.urls")),
    path("", include("generation.dialects.sdtest.urls")),
    path("", include("generation.dialects.openai.urls")),
    path("", include("generation.dialects.native.urls")),
    path("docs/", include("config.docs.urls")),
    path("files/", include("generation.files.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("language/", include("django.conf.urls.i18n")),
    path("", include("generation.studio.urls")),
]
