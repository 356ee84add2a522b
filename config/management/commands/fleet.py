from __future__ import annotations

import logging
import signal
import threading
from math import ceil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Sum

from config.programs import MOST_CLUSTERS
from config.supervisor import Supervisor
from generation.models import Backend

log = logging.getLogger(__name__)
_SECONDS = 1.0


def clusters_needed(slots: int, workers_per_cluster: int) -> int:
    """As many as give each slot of a GPU server a worker: at least one, at most sixteen."""
    return min(max(1, ceil(slots / workers_per_cluster)), MOST_CLUSTERS)


class Command(BaseCommand):
    requires_system_checks = ()  # setup made them; back sooner
    help = "Keeps as many generation clusters as the GPU servers have slots. Never stops one."

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        supervisor = Supervisor(settings.EASEL_HOME)
        while not stopped.is_set():
            try:
                self._keep(supervisor)
            except (DatabaseError, OSError) as error:
                log.warning("clusters not counted, trying again: %s", error)
                connection.close()
            stopped.wait(_SECONDS)

    def _keep(self, supervisor: Supervisor) -> None:
        slots = Backend.objects.filter(enabled=True).aggregate(sum=Sum("slots"))["sum"] or 0
        states = supervisor.states()
        for number in range(clusters_needed(slots, settings.EASEL_WORKERS_PER_CLUSTER)):
            name = f"generation-{number}"
            if states.get(name) in ("STOPPED", "FATAL", "EXITED"):
                log.info("starting %s for %d slots", name, slots)
                supervisor.start(name)
