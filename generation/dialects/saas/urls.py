"""The guide's prose gives the paths without the /AIGCImgOpenServ prefix: both are served."""

from __future__ import annotations

from django.urls import include, path

from generation.dialects.saas import views, views_queries

_saas = [
    path("saas/sd/v2/text2image", views.text2image),
    path("saas/sd/v3/text2image", views.text2image_v3),
    path("saas/sd/v2/image2image", views.image2image),
    path("saas/sd/v3/image2image", views.image2image_v3),
    path("saas/sd/v1/inpaint", views.inpaint),
    path("saas/sd/v2/controlnet", views.controlnet),
    path("saas/sd/v1/train/submit", views.train),
    path("saas/sd/v1/train/callback", views.train),
    path("saas/sd/v2/queryModelList", views_queries.query_model_list),
    path("saas/sd/v2/queryLoraList", views_queries.query_lora_list),
    path("saas/sd/v2/queryVaeList", views_queries.query_vae_list),
    path("saas/sd/v2/queryEmbeddingList", views_queries.query_embedding_list),
    path("saas/sd/v2/queryTaskInfo", views_queries.query_task_info),
    path("saas/sd/v2/queryArchiveTaskInfo", views_queries.query_archive_task_info),
    path("saas/sd/v2/queryArchivedTaskInfo", views_queries.query_archive_task_info),
    path("saas/sd/v2/queryTaskDetail", views_queries.query_archive_task_info),
]
urlpatterns = [path("AIGCImgOpenServ/", include(_saas)), *_saas]
