from __future__ import annotations

from django.urls import path

from generation.studio.account import callbacks, data, keys, ledger, redeem, usage, webhooks

urlpatterns = [
    path("", keys.first, name="account"),
    path("keys", keys.keys, name="keys"),
    path("keys/<int:key_id>", keys.change, name="key"),
    path("keys/<int:key_id>/rotate", keys.rotate, name="key_rotate"),
    path("keys/<int:key_id>/revoke", keys.revoke, name="key_revoke"),
    path("usage", usage.usage, name="usage"),
    path("usage.csv", usage.download, name="usage_csv"),
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger.csv", ledger.download, name="ledger_csv"),
    path("redeem", redeem.redeem, name="redeem"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/<uuid:webhook_id>", webhooks.webhook, name="webhook"),
    path("webhooks/<uuid:webhook_id>/rotate", webhooks.rotate, name="webhook_rotate"),
    path("webhooks/<uuid:webhook_id>/delete", webhooks.delete, name="webhook_delete"),
    path("webhooks/<uuid:webhook_id>/switch", webhooks.switch, name="webhook_switch"),
    path("webhooks/<uuid:webhook_id>/test", webhooks.test, name="webhook_test"),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>",
        webhooks.delivery,
        name="webhook_delivery",
    ),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver",
        webhooks.redeliver,
        name="webhook_redeliver",
    ),
    path("callbacks", callbacks.callbacks, name="callbacks"),
    path("callbacks/<uuid:delivery_id>", callbacks.callback, name="callback"),
    path("callbacks/<uuid:delivery_id>/redeliver", callbacks.redeliver, name="callback_redeliver"),
    path("data", data.data, name="data"),
    path("data/export", data.export, name="export"),
    path("data/exports/<uuid:export_id>", data.download, name="export_download"),
    path("data/exports/<uuid:export_id>/delete", data.delete_export, name="export_delete"),
    path("data/keep", data.keep, name="data_keep"),
    path("data/delete-account", data.delete_account, name="delete_account"),
    path("data/delete-organisation", data.delete_organisation, name="delete_organisation"),
]
