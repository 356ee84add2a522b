from __future__ import annotations

from django.urls import path

from generation.dialects.native import events, views

urlpatterns = [
    path("api/v1/tasks", views.TasksView.as_view()),
    path("api/v1/tasks/<uuid:task_id>", views.TaskView.as_view()),
    path("api/v1/tasks/<uuid:task_id>/cancel", views.CancelView.as_view()),
    path("api/v1/tasks/<uuid:task_id>/events", events.TaskEventsView.as_view()),
    path("api/v1/events", events.AllEventsView.as_view()),
    path("api/v1/quote", views.QuoteView.as_view()),
]
