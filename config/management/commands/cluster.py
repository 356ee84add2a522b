from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand
from django_q.cluster import Cluster

from config.bind import bind_forks
from generation.scheduling.broker import QUEUES


class Command(BaseCommand):
    requires_system_checks = ()  # setup made them; back sooner
    help = "Works for one queue: the workers, and the process that claims for them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(QUEUES))

    def handle(self, *args: Any, kind: str, **options: Any) -> None:
        """Ends with 1 when the sentinel died: django-q2's own command would end with 0, and leave
        the sentinel's children at work."""
        if os.environ.get("Q_CLUSTER_NAME") != kind:  # django_q reads it at its import
            os.environ["Q_CLUSTER_NAME"] = kind
            os.execv(sys.executable, [sys.executable, *sys.argv])
        os.environ["EASEL_CLUSTER_ID"] = str(uuid4())
        os.environ["EASEL_CLUSTER_PID"] = str(os.getpid())
        bind_forks()
        cluster = Cluster()
        cluster.start()
        cluster.sentinel.join()
        if cluster.sentinel.exitcode != 0:
            raise SystemExit(1)
