from __future__ import annotations

import http.client
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection

from accounts.sealing import seal
from config import demo, env, home
from config.supervisor import Supervisor
from generation import probes
from generation.errors import EaselError
from generation.models import Backend

ENGINE = "engine"  # the embedded GPU server's name
_REST = ("generation-0", "reaper", "fleet", "delivery-0")


class Command(BaseCommand):
    requires_system_checks = ()  # they want the database: handle() makes them when it is there
    help = "Prepares the database and the files, starts the rest, and says where Easel is."

    def handle(self, *args: Any, **options: Any) -> None:
        easel_home: Path = settings.EASEL_HOME
        wait_for_database()
        supervisor = Supervisor(easel_home)
        supervisor.start("engine")  # the slowest to be ready
        supervisor.start("audit")
        call_command("check")
        with ThreadPoolExecutor(1) as beside:  # compressing takes as long as the tables do
            files = beside.submit(call_command, "collectstatic", interactive=False, verbosity=0)
            call_command("migrate", interactive=False, verbosity=0)
            files.result()
        demo.make(easel_home)
        engine = register_engine(easel_home)
        supervisor.start("front")
        first_look(engine)  # before a cluster's sign of life makes us ready
        for name in _REST:
            supervisor.start(name)
        _wait_for_front()
        (easel_home / "run" / "ready").touch()
        _say(easel_home)


def wait_for_database(patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def register_engine(easel_home: Path) -> Backend:
    """The embedded engine is a backend like any other; only where it listens is ours to say.
    What an operator set (slots, enabled) stays."""
    port = (easel_home / "run" / "engine_port").read_text(encoding="ascii").strip()
    where = {
        "url": f"http://127.0.0.1:{port}",
        "token_sealed": seal(home.secret(easel_home, "engine_token")),
    }
    engine, _ = Backend.objects.update_or_create(
        name=ENGINE, defaults=where, create_defaults=where | {"kind": "sdwebui", "slots": 1}
    )
    return engine


def first_look(engine: Backend, patience: float = 60.0) -> None:
    """Asks the engine what it has before we are ready: whoever comes first finds a model. It
    started long before; where it does not come up, the reaper goes on asking."""
    deadline = time.monotonic() + patience
    while engine.enabled and time.monotonic() < deadline:
        try:
            probes.probe(engine)
            return
        except EaselError:
            time.sleep(0.1)


def _wait_for_front(patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while True:
        door = http.client.HTTPConnection("127.0.0.1", env.integer("PORT", 8000), timeout=5)
        try:
            door.request("GET", "/healthz")
            door.getresponse()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            door.close()


def _say(easel_home: Path) -> None:
    """To the terminal of ``serve``; to this program's log where that is none."""
    url = settings.EASEL_BASE_URL or f"http://localhost:{env.integer('PORT', 8000)}"
    lines = ["", f"Easel is ready: {url}"]
    for who, found in zip(("Studio", "Admin"), demo.sign_ins(easel_home), strict=True):
        if found is not None:
            lines.append(f"  {who + ':':8} {found.email}   password: {found.password}")
    lines += [f"  Logs:    {easel_home / 'run' / 'logs'}", ""]
    text = "\n".join(lines)
    try:
        with open(os.environ.get("EASEL_TERMINAL", os.devnull), "a", encoding="utf-8") as terminal:
            terminal.write(text + "\n")
    except OSError:
        print(text, flush=True)
