"""Which AI label the pictures of a task carry."""

from __future__ import annotations

from django.conf import settings

from generation.models import Backend, Task
from generation.storage.labels import AiLabel, SourceType

SKETCH = "Sketch"  # the base model of the painter that draws by program, without a trained model


def label_of(task: Task) -> AiLabel:
    """The task's id is what we find a picture by, for as long as the row is there."""
    return AiLabel(
        producer=settings.EASEL_CONTENT_PRODUCER, produce_id=str(task.pk), source=_source(task)
    )


def _source(task: Task) -> SourceType:
    if task.backend and _base_model(task.backend, task.checkpoint) == SKETCH:
        return SourceType.ALGORITHMIC
    return SourceType.COMPOSITE if task.request.get("init") else SourceType.TRAINED


def _base_model(backend: Backend, checkpoint: str) -> str:
    """What the server said of its checkpoint, or ""."""
    for model in backend.capabilities.get("checkpoints", ()):
        if model.get("name", "").casefold() == checkpoint.casefold():
            return str(model.get("base_model", ""))
    return ""
