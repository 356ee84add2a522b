"""What a task's end teaches about its backend.

Not there: marked down until a probe finds it. Faults in a row: the breaker opens for a time that
doubles, and its tasks go elsewhere. One success closes it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from generation.errors import BackendError, BackendRefused, BackendUnavailable
from generation.models import Backend

FAULTS_TO_OPEN = 3
OPEN_SECONDS = 15.0
LONGEST_OPEN = 600.0


def succeeded(backend_id: int, checkpoint: str) -> None:
    """The backend works, and has ``checkpoint`` loaded now."""
    Backend.objects.filter(pk=backend_id).update(
        failures=0, open_until=None, problem="", is_up=True, loaded_checkpoint=checkpoint
    )


def failed(backend_id: int, error: BackendError) -> None:
    if isinstance(error, BackendRefused):
        return  # the fault is the request's
    if isinstance(error, BackendUnavailable):
        Backend.objects.filter(pk=backend_id).update(is_up=False, problem=error.message[:500])
        return
    rows = Backend.objects.filter(pk=backend_id)
    rows.update(failures=F("failures") + 1, problem=error.message[:500])
    faults = rows.values_list("failures", flat=True).first() or 0
    if faults >= FAULTS_TO_OPEN:
        pause = min(OPEN_SECONDS * 2 ** (faults - FAULTS_TO_OPEN), LONGEST_OPEN)
        rows.update(open_until=timezone.now() + timedelta(seconds=pause))
