"""When a callback is tried again. Pure."""

from __future__ import annotations

# Seconds before retry n, counted from the end of the attempt before. Seven are published, with
# "at most 10 retries": the last one repeats.
WAITS = (3, 5, 15, 30, 60, 600, 3600, 3600, 3600, 3600)
MOST_REQUESTS = 1 + len(WAITS)


def wait_before_next(attempts: int, scale: float = 1.0) -> float | None:
    """Seconds to wait after ``attempts`` requests (1 or more); None: it was the last. ``scale``
    compresses time for tests and rehearsals."""
    return WAITS[attempts - 1] * scale if attempts < MOST_REQUESTS else None
