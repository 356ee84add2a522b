"""One HTTP call, and what every route does with it: read its body, wait with its caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from generation.dialects.sdwebui.wire import invalid_fields
from generation.engine.engine import Engine
from generation.engine.jobs import Job
from generation.engine.refusal import Refusal

T = TypeVar("T", bound=BaseModel)

LOOK_SECONDS = 0.25  # how often a waiting call looks whether its caller is still there


@dataclass(frozen=True, kw_only=True)
class Call:
    """``is_connected`` tells whether the caller still waits."""

    engine: Engine
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    is_connected: Callable[[], bool] = lambda: True

    def read(self, model: type[T]) -> T:
        """The body. Raises Refusal 422 in WebUI's shape, naming each field."""
        return validated(model, self.body)

    def run(self, job: Job) -> None:
        """Answers when the job has ended. A caller that goes away takes its job with it: nobody
        would ever read the pictures."""
        queue = self.engine.queue
        queue.submit(job)
        while not job.done.wait(LOOK_SECONDS):
            if not self.is_connected():
                queue.interrupt(job.id)
        if queue.is_closed and job.interrupted.is_set():
            # No answer: an empty one would read as a job that somebody interrupted.
            raise ConnectionAbortedError("the engine ends")


@dataclass(frozen=True)
class Plain:
    """An answer that is no JSON."""

    text: str
    content_type: str


def validated(model: type[T], data: object) -> T:
    """Raises Refusal 422."""
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        refusal = Refusal(422, "invalid")
        refusal.body = invalid_fields(error)
        raise refusal from error
