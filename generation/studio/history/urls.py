from __future__ import annotations

from django.urls import path

from generation.studio.history import album_pages, views

urlpatterns = [
    path("studio/history", views.history, name="history"),
    path("studio/favourite", views.favourite, name="favourite"),
    path("studio/albums", album_pages.albums, name="albums"),
    path("studio/albums/choose", album_pages.choose, name="album_choose"),
    path("studio/albums/<int:album_id>", album_pages.album, name="album"),
    path("studio/albums/<int:album_id>/delete", album_pages.delete, name="album_delete"),
    path("studio/albums/<int:album_id>/remove", album_pages.remove, name="album_remove"),
    path("studio/albums/<int:album_id>/cover", album_pages.cover, name="album_cover"),
]
