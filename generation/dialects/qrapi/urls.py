from __future__ import annotations

from django.urls import path

from generation.dialects.qrapi import views

urlpatterns = [
    path("QRapi/api/v1/QRcode/generate", views.generate),
    path("QRapi/api/v1/QRcode/queue-status", views.queue_status),
    path("QRapi/api/v1/test", views.test_token),
    path("test", views.test_token),
]
