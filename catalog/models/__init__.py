"""What can be asked for, where it is loaded, what it costs.

A row without a tenant is global; a row with one is private to it, and goes before a global row of
the same name. Names are unique per tenant without regard to letter case. Nothing here computes:
look-up is ``access``, arithmetic is ``pricing``, filling from the backends is ``intake``.
"""

from __future__ import annotations

from catalog.models.entries import (
    BaseModel,
    Checkpoint,
    ControlNet,
    Embedding,
    Entry,
    EntryQuerySet,
    Lora,
    Source,
    Style,
    UploadStatus,
    Upscaler,
    Vae,
)
from catalog.models.owned import Owned, OwnedQuerySet
from catalog.models.rules import Alias, Presence, Price

__all__ = [
    "Alias",
    "BaseModel",
    "Checkpoint",
    "ControlNet",
    "Embedding",
    "Entry",
    "EntryQuerySet",
    "Lora",
    "Owned",
    "OwnedQuerySet",
    "Presence",
    "Price",
    "Source",
    "Style",
    "UploadStatus",
    "Upscaler",
    "Vae",
]
