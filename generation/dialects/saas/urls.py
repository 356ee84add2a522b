"""The guide's prose gives the paths without the /AIGCImgOpenServ prefix: both are served."""

from __future__ import annotations

from django.urls import include, path

from generation.dialects.saas import views

_saas = [
    path("saas/sd/v2/text2image", views.text2image),
    path("saas/sd/v2/queryModelList", views.query_model_list),
    path("saas/sd/v2/queryTaskInfo", views.query_task_info),
]
urlpatterns = [path("AIGCImgOpenServ/", include(_saas)), *_saas]
