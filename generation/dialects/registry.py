"""The dialects: one literal table of dotted paths, imported on first use. Only the pure ``wire``
is named here, never a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from generation.errors import InternalError
from generation.request import TOOLS
from generation.snapshot import TaskSnapshot

CALLBACK_BODIES: dict[str, str] = {
    "saas": "generation.dialects.saas.wire.callback_body",
    "native": "generation.dialects.native.wire.webhook_body",
}
# Where a tool's task is told otherwise than a picture's.
TOOL_CALLBACK_BODIES: dict[str, str] = {"saas": "tools.saas.wire.callback_body"}


@cache
def callback_body(dialect: str, kind: str = "image") -> Callable[[TaskSnapshot], dict[str, Any]]:
    """What a callback of this dialect carries for a task of this kind. InternalError: the dialect
    has no callbacks."""
    bodies = CALLBACK_BODIES | TOOL_CALLBACK_BODIES if kind in TOOLS else CALLBACK_BODIES
    if dialect not in bodies:
        raise InternalError(f"the dialect {dialect!r} has no callbacks")
    module, _, name = bodies[dialect].rpartition(".")
    found: Callable[[TaskSnapshot], dict[str, Any]] = getattr(import_module(module), name)
    return found
