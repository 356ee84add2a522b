"""The heartbeat of one attempt: renews its lease from a thread of its own.

The main thread is in the backend's hands for seconds to minutes; this one asks the database four
times a lease. A database that does not answer is no reason to stop: the reaper lives on the same
one, and takes nothing back while it is away.
"""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Self
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection

from generation.errors import Interrupted
from generation.scheduling import leases

log = logging.getLogger(__name__)


class Heart:
    """``with Heart(task_id, token, seconds) as heart: … heart.check() …``

    ``check`` raises Interrupted once the lease is lost or the caller asked to cancel.
    """

    def __init__(self, task_id: UUID, token: UUID, seconds: float) -> None:
        self._task_id = task_id
        self._token = token
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self.began = False  # the backend has reported a first step
        self.lost = False
        self.cancelled = False

    def check(self) -> None:
        if self.lost:
            raise Interrupted("the lease of this attempt is another's now")
        if self.cancelled:
            raise Interrupted("cancelled by the caller")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=self._seconds)

    def _beat(self) -> None:
        try:
            while not self._stop.wait(self._seconds / 4):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            renewal = leases.renew(self._task_id, self._token, self._seconds)
        except DatabaseError as error:
            log.warning("lease not renewed, trying again: %s", error)
            connection.close()
            return
        if renewal is None:
            # finish() gives the token up a moment before this thread is told to stop.
            self.lost = not self._stop.is_set()
        elif renewal.cancel_requested:
            self.cancelled = True
