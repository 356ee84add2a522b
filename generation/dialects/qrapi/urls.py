from __future__ import annotations

from django.urls import path, re_path

from generation.dialects.door import nothing
from generation.dialects.qrapi import views, wire

urlpatterns = [
    path("QRapi/api/v1/QRcode/generate", views.generate),
    path("QRapi/api/v1/QRcode/queue-status", views.queue_status),
    path("QRapi/api/v1/test", views.test_token),
    path("test", views.test_token),
    re_path(r"^QRapi/(?P<rest>[\s\S]*)\Z", nothing(wire.error_form)),
]
