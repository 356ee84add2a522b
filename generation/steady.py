"""Database work that outlives a restart of the database.

A worker that has a finished picture in its hands must not lose it because PostgreSQL was killed a
moment ago. Only for work that may be done twice: after a lost connection nobody knows whether the
last transaction was committed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
PATIENCE = 60.0  # seconds; an embedded server is back in about two
PAUSE = 0.25


def steadily(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of ``work``, tried again while the database is away, for up to PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return work(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > deadline:
                raise
            log.warning("database away, trying again: %s", error)
            connection.close()
            time.sleep(PAUSE)
