from __future__ import annotations

from django.urls import path

from bench import drf, plain
from config.urls import urlpatterns as doors

urlpatterns = [
    path("bench/plain", plain.submit),
    path("bench/plain/<uuid:job_id>", plain.poll),
    path("bench/drf", drf.Submit.as_view()),
    path("bench/drf/<uuid:pk>", drf.Poll.as_view()),
    *doors,
]
