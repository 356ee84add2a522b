from __future__ import annotations

from django.urls import include, path

from generation.studio import deleting, events, prompting, qr, reporting, views
from generation.studio.grid import sheet_views
from generation.studio.grid import views as grid_views
from generation.studio.model_wall import views as model_wall
from generation.studio.model_wall.covering import make_cover

app_name = "studio"
urlpatterns = [
    path("", views.studio, name="studio"),
    path("studio/qr", qr.qr, name="qr"),
    path("studio/qr/quote", qr.quote, name="qr_quote"),
    path("studio/quote", views.quote, name="quote"),
    path("studio/models", views.models, name="models"),
    path("studio/suggest", prompting.suggestions, name="suggest"),
    path("studio/recent", prompting.recent_prompts, name="recent"),
    path("studio/read", prompting.read, name="read"),
    path("studio/models/", model_wall.wall, name="model_wall"),
    path("studio/models/<slug:kind>/<int:number>", model_wall.model, name="model"),
    path("studio/models/<slug:kind>/<int:number>/cover", make_cover, name="make_cover"),
    path("studio/grid", grid_views.page, name="grid"),
    path("studio/grid/quote", grid_views.quote, name="grid_quote"),
    path("studio/grid/<uuid:grid_id>", sheet_views.sheet, name="grid_sheet"),
    path("studio/grid/<uuid:grid_id>/status", sheet_views.status, name="grid_status"),
    path("studio/grid/<uuid:grid_id>/cells/<int:index>", sheet_views.cell, name="grid_cell"),
    path("studio/grid/<uuid:grid_id>/cancel", sheet_views.cancel, name="grid_cancel"),
    path("studio/grid/<uuid:grid_id>/again", sheet_views.again, name="grid_again"),
    path("studio/grid/<uuid:grid_id>/delete", sheet_views.delete, name="grid_delete"),
    path("studio/grid/<uuid:grid_id>/restore", sheet_views.restore, name="grid_restore"),
    path("studio/grid/<uuid:grid_id>/sheet.jpg", sheet_views.picture, name="grid_picture"),
    path("studio/tasks", views.active, name="active"),
    path("studio/tasks/<uuid:task_id>", views.task, name="task"),
    path("studio/tasks/<uuid:task_id>/cancel", views.cancel, name="cancel"),
    path("studio/tasks/<uuid:task_id>/<int:index>", views.picture, name="picture"),
    path("studio/tasks/<uuid:task_id>/<int:index>/report", reporting.report, name="report"),
    path("studio/tasks/<uuid:task_id>/<int:index>/appeal", reporting.appeal, name="appeal"),
    path("s/<str:token>/report", reporting.shared, name="shared_report"),
    path("studio/events", events.events, name="events"),
    path("studio/delete", deleting.delete, name="delete"),
    path("studio/restore", deleting.restore, name="restore"),
    path("studio/purge", deleting.purge, name="purge"),
    path("studio/delete-all", deleting.delete_all, name="delete_all"),
    path("", include("generation.studio.history.urls")),
    path("", include("generation.studio.people.urls")),
    path("studio/cancel-all", views.cancel_all, name="cancel_all"),
    path("", include("generation.studio.results.urls")),
    path("", include("generation.studio.sources.urls")),
    path("account/", include("generation.studio.account.urls")),
]
