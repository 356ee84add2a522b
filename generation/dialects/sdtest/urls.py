from __future__ import annotations

from django.urls import path

from generation.dialects.sdtest import views

urlpatterns = [
    path("txt2img", views.txt2img),
    path("img2img", views.img2img),
    path("t2ihistory/<user>", views.t2ihistory),
    path("i2ihistory/<user>", views.i2ihistory),
    path("get_images/<user>/<kind>/<path:filename>", views.get_images),
    path("get_args/<user>/<kind>/<path:filename>", views.get_args),
    path("delete/<user>/<kind>/<path:filename>", views.delete),
]
