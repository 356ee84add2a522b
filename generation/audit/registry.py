"""The auditors of pictures: one literal table, imported on first use."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from django.conf import settings

from generation.audit.base import ImageAuditor
from generation.errors import InternalError

AUDITORS: dict[str, str] = {
    "nsfw": "generation.audit.nsfw.configured",
    "fake": "generation.audit.fake.configured",
}


def open_auditor(name: str = "") -> ImageAuditor:
    """The auditor of that name, or of EASEL_AUDITOR; one a process. InternalError: unknown."""
    return _made(name or settings.EASEL_AUDITOR)


@cache
def _made(name: str) -> ImageAuditor:
    if name not in AUDITORS:
        known = ", ".join(sorted(AUDITORS))
        raise InternalError(f"unknown auditor {name!r}; known: {known}")
    module, _, maker = AUDITORS[name].rpartition(".")
    made: ImageAuditor = getattr(import_module(module), maker)()
    return made
