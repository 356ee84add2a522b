"""Carries out a tool's task in a worker (``generation.executors``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generation.errors import BackendError, InternalError
from generation.picture_file import UnreadablePicture
from generation.request import ImageRequest
from tools import registry
from tools.tool import Ask, Made


def run(request: ImageRequest, inputs: Mapping[str, bytes], ask: Ask) -> Sequence[Made]:
    """The task's pictures. Raises BackendError also for what a server sent and nobody can read."""
    tool = registry.by_kind(request.kind)
    if tool is None:
        raise InternalError(f"no tool carries out {request.kind!r}")
    try:
        return tool.carry_out(request, inputs, ask)
    except UnreadablePicture as error:
        raise BackendError(f"the server sent no usable picture: {error}") from error
