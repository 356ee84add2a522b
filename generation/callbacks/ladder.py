"""When a callback is tried again. Pure."""

from __future__ import annotations

# Seconds before retry n, counted from the end of the attempt before. Seven are published, with
# "at most 10 retries": the last one repeats.
SAAS = (3, 5, 15, 30, 60, 600, 3600, 3600, 3600, 3600)


def wait_before_next(attempts: int, scale: float = 1.0) -> float | None:
    """Seconds to wait after ``attempts`` requests; None: it was the last."""
    return SAAS[attempts - 1] * scale if attempts <= len(SAAS) else None
