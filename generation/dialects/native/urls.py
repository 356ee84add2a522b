from __future__ import annotations

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import path, re_path

from generation.dialects.native import (
    events,
    views,
    views_account,
    views_catalog,
    views_grids,
    views_images,
    views_keys,
    views_uploads,
    views_webhooks,
)

_ENDPOINT = "webhooks/<uuid:webhook_id>"
_ROUTES: dict[str, Callable[..., HttpResponseBase]] = {
    "tasks": views.TasksView.as_view(),
    "tasks/<uuid:task_id>": views.polled_plainly(views.TaskView),
    "tasks/<uuid:task_id>/cancel": views.CancelView.as_view(),
    "tasks/<uuid:task_id>/waiting": views.WaitingView.as_view(),
    "tasks/<uuid:task_id>/events": events.TaskEventsView.as_view(),
    "events": events.AllEventsView.as_view(),
    "grids": views_grids.GridsView.as_view(),
    "grids/<uuid:grid_id>": views_grids.GridView.as_view(),
    "grids/<uuid:grid_id>/cancel": views_grids.CancelGridView.as_view(),
    "grids/<uuid:grid_id>/again": views_grids.RepeatGridView.as_view(),
    "quote": views.QuoteView.as_view(),
    "images": views_images.ImagesView.as_view(),
    "images/<uuid:image_id>": views_images.ImageView.as_view(),
    "images/<uuid:image_id>/content": views_images.ImageContentView.as_view(),
    "uploads": views_uploads.UploadsView.as_view(),
    "uploads/<uuid:upload_id>": views_uploads.UploadView.as_view(),
    "balance": views_account.BalanceView.as_view(),
    "ledger": views_account.LedgerView.as_view(),
    "usage": views_account.UsageView.as_view(),
    "keys": views_keys.KeysView.as_view(),
    "keys/<int:key_id>": views_keys.KeyView.as_view(),
    "keys/<int:key_id>/rotate": views_keys.RotateKeyView.as_view(),
    "webhooks": views_webhooks.WebhooksView.as_view(),
    _ENDPOINT: views_webhooks.WebhookView.as_view(),
    f"{_ENDPOINT}/rotate": views_webhooks.RotateWebhookView.as_view(),
    f"{_ENDPOINT}/deliveries": views_webhooks.DeliveriesView.as_view(),
    f"{_ENDPOINT}/deliveries/<uuid:delivery_id>": views_webhooks.DeliveryView.as_view(),
    f"{_ENDPOINT}/deliveries/<uuid:delivery_id>/redeliver": (
        views_webhooks.RedeliverView.as_view()
    ),
    **{
        f"catalog/{name}": views_catalog.CatalogView.as_view(kind=kind)
        for name, kind in views_catalog.KINDS.items()
    },
    "catalog/samplers": views_catalog.SamplersView.as_view(),
}
urlpatterns = [
    *(path(f"api/v1/{route}", view) for route, view in _ROUTES.items()),
    re_path(r"^api/v1/(?P<rest>[\s\S]*)\Z", views.nothing),  # in this API's words, not as a page
]
