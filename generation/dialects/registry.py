"""The dialects: one literal table of dotted paths, imported on first use. Only the pure ``wire``
is named here, never a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from generation.errors import InternalError
from generation.snapshot import TaskSnapshot

CALLBACK_BODIES: dict[str, str] = {
    "saas": "generation.dialects.saas.wire.callback_body",
    "native": "generation.dialects.native.wire.webhook_body",
}


@cache
def callback_body(dialect: str) -> Callable[[TaskSnapshot], dict[str, Any]]:
    """What a callback of this dialect carries. InternalError: the dialect has no callbacks."""
    if dialect not in CALLBACK_BODIES:
        raise InternalError(f"the dialect {dialect!r} has no callbacks")
    module, _, name = CALLBACK_BODIES[dialect].rpartition(".")
    found: Callable[[TaskSnapshot], dict[str, Any]] = getattr(import_module(module), name)
    return found
