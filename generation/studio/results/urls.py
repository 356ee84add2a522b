from __future__ import annotations

from django.urls import path

from generation.studio.results import files, making, shared, shares, zipping

_TASK = "studio/tasks/<uuid:task_id>"
_PICTURE = f"{_TASK}/<int:index>"

urlpatterns = [
    path(f"{_TASK}/again", making.rerun, name="rerun"),
    path(f"{_TASK}/input/<str:name>", files.input_picture, name="input"),
    path(f"{_PICTURE}/vary", making.vary, name="vary"),
    path(f"{_PICTURE}/upscale", making.upscale, name="upscale"),
    path(f"{_PICTURE}/cutout", making.cutout, name="cutout"),
    path(f"{_PICTURE}/file", files.download, name="download"),
    path(f"{_PICTURE}/code", files.code, name="code"),
    path(f"{_PICTURE}/share", shares.share, name="share"),
    path("studio/zip", zipping.zip_file, name="zip"),
    path("studio/shares", shares.shares, name="shares"),
    path("studio/shares/<uuid:share_id>/revoke", shares.revoke, name="revoke_share"),
    path("s/<str:token>", shared.shared, name="shared"),
    path("s/<str:token>/picture", shared.shared_picture, name="shared_picture"),
]
