"""``manage.py audit``: the process that looks at pictures for all workers."""

from __future__ import annotations

import logging
import os
import signal
from argparse import ArgumentParser
from pathlib import Path
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.audit.server import AuditServer, Scorer

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Looks at pictures for the workers, over a Unix socket, until it is told to stop."
    requires_system_checks = ()  # it knows no database and must be back quickly

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--socket", type=Path, default=settings.EASEL_AUDIT_SOCKET)
        parser.add_argument(
            "--parallel",
            type=int,
            default=max(1, (os.cpu_count() or 1) // 2),
            help="pictures looked at at once, a core each (default: half of the cores)",
        )

    def handle(self, *args: Any, socket: Path, parallel: int, **options: Any) -> None:
        try:
            server = AuditServer(socket, Scorer(parallel=parallel))
        except BlockingIOError as error:
            raise CommandError(f"another audit process listens at {socket}") from error
        # shutdown() waits for the loop that the signal interrupted: so from another thread.
        stop = Thread(target=server.shutdown)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None if stop.ident else stop.start())
        log.info("audit ready", extra={"socket": str(socket), "parallel": parallel})
        with server:
            server.serve_forever(poll_interval=0.2)
        socket.unlink(missing_ok=True)
