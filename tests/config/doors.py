"""A real front door on a free port, with the session's database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import psycopg
import requests
from django.conf import settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """The test database as a DATABASE_URL, for processes that are no tests."""
    found = settings.DATABASES["default"]
    who = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    query = urlencode({"host": found["HOST"]})
    return f"postgresql://{who}@/{found['NAME']}?{query}"


def notify(payload: str) -> None:
    with psycopg.connect(database_url(), autocommit=True) as connection:
        connection.execute("SELECT pg_notify('easel_task', %s)", [payload])


@contextmanager
def front_door(
    settings_module: str = "tests.config.door_settings", **variables: str
) -> Iterator[str]:
    """The door's base URL, while it is open. ``variables`` are its environment's."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--port", str(port)]
    command += ["--no-ws", "--log-level", "warning", "config.front:app"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": settings_module,
        "DATABASE_URL": database_url(),
    }
    environment |= variables
    process = subprocess.Popen(command, env=environment)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(15)


def _wait_for(base: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "granian ended"
        try:
            requests.get(f"{base}/running", timeout=5)
            return
        except (requests.ConnectionError, requests.Timeout):  # a machine under load is slow
            time.sleep(0.05)
    raise TimeoutError("granian did not open its port")
