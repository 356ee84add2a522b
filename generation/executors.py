"""Who carries out a task: its server alone, or for some kinds an executor that asks the server.

One literal table of dotted paths, imported on first use: executors of tools lie above generation.
An executor knows no backend. It is given the request, its input pictures by their keys, and a way
to ask the task's server for one picture; it answers (bytes, format) for each picture of the task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module

from generation.backends.base import Backend, Job, OnProgress, Picture
from generation.request import ImageRequest

EXECUTORS: dict[str, str] = dict.fromkeys(("cutout", "extras", "swap"), "tools.runner.run")
Ask = Callable[[ImageRequest], bytes]
Executor = Callable[[ImageRequest, Mapping[str, bytes], Ask], Sequence[tuple[bytes, str]]]


def generate(server: Backend, job: Job, on_progress: OnProgress) -> list[Picture]:
    """As ``Backend.generate``."""
    path = EXECUTORS.get(job.request.kind)
    if path is None:
        return server.generate(job, on_progress)

    def ask(request: ImageRequest) -> bytes:
        (picture,) = server.generate(replace(job, request=request), on_progress)
        return picture.data

    made = _executor(path)(job.request, job.images, ask)
    return [Picture(data=data, format=kind, seed=0) for data, kind in made]


@cache
def _executor(path: str) -> Executor:
    module, _, name = path.rpartition(".")
    found: Executor = getattr(import_module(module), name)
    return found
