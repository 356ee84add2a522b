"""The kinds of GPU server that Easel can call: one literal table, imported on first use."""

from __future__ import annotations

from importlib import import_module

from generation.backends.base import Backend, Target
from generation.errors import InternalError

KINDS: dict[str, str] = {
    "sdwebui": "generation.backends.sdwebui.client.SDWebUI",
}


def open(kind: str, target: Target) -> Backend:
    """A client for one server; connects to nothing yet. Raises InternalError: unknown kind."""
    try:
        path = KINDS[kind]
    except KeyError:
        known = ", ".join(sorted(KINDS))
        message = f"unknown kind of backend {kind!r}; known: {known}"
        raise InternalError(message, field="kind") from None
    module, _, name = path.rpartition(".")
    backend: Backend = getattr(import_module(module), name)(target)
    return backend
