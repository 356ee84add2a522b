"""Operators' pages of this layer, one file a subject."""

from __future__ import annotations

from generation.admin import audit, delivery, fleet, reports, road, webhooks

__all__ = ["audit", "delivery", "fleet", "reports", "road", "webhooks"]
