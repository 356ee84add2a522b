"""Operators' pages of this layer, one file a subject."""

from __future__ import annotations

from generation.admin import audit, delivery, fleet, road, webhooks

__all__ = ["audit", "delivery", "fleet", "road", "webhooks"]
