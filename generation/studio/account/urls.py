from __future__ import annotations

from django.urls import path

from generation.studio.account import keys, ledger, usage

urlpatterns = [
    path("", keys.first, name="account"),
    path("keys", keys.keys, name="keys"),
    path("keys/<int:key_id>/rotate", keys.rotate, name="key_rotate"),
    path("keys/<int:key_id>/revoke", keys.revoke, name="key_revoke"),
    path("usage", usage.usage, name="usage"),
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger.csv", ledger.download, name="ledger_csv"),
]
