from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from generation.reaper import Reaper


class Command(BaseCommand):
    help = "Gives back what dead workers held, and asks the GPU servers how they are."

    requires_system_checks = ()  # setup made them; back sooner

    def handle(self, *args: Any, **options: Any) -> None:
        reaper = Reaper()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: reaper.stop())
        reaper.run()
