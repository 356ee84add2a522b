"""Runs the front door: ``python -m config.web --host H --port P --workers N``.

granian's own command loads the application in each worker, which takes seconds on a busy machine.
Here it is loaded once and inherited by fork: a killed worker is back in a tenth of a second, and
the workers share their memory.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing

from django.urls import get_resolver
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

import config.front  # noqa: F401

STOP_SECONDS = 3  # event streams are open for ever: a stop does not wait for them
BACKLOG = 4096  # granian's bound on requests at once is backlog ÷ workers; those who wait are many


def main() -> None:
    parser = argparse.ArgumentParser(prog="config.web", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    multiprocessing.set_start_method("fork", force=True)
    assert get_resolver().url_patterns  # imports every view, before the forks
    gc.freeze()
    Server(
        "config.front:app",
        address=given.host,
        port=given.port,
        interface=Interfaces.RSGI,
        loop=Loops.asyncio,
        workers=given.workers,
        websockets=False,
        backlog=BACKLOG,
        backpressure=BACKLOG,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
