from __future__ import annotations

import fcntl
import os
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import demo, env, home, postgres, programs

_LOCK = 3  # supervisord closes every inherited descriptor from 5 on, and its children from 3 on


class Command(BaseCommand):
    help = "Makes EASEL_HOME where there is none, and runs everything until Ctrl-C."
    requires_system_checks = ()  # setup makes them, with the database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.text("EASEL_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=env.integer("PORT", 8000, minimum=1))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        easel_home: Path = settings.EASEL_HOME
        for name in ("run/logs", "models", "files"):
            (easel_home / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock(easel_home)
        _must_be_free(host, port)
        (easel_home / "run" / "ready").unlink(missing_ok=True)
        home.secret(easel_home, "engine_token")
        if postgres.is_embedded() and not (postgres.data_folder(easel_home)).exists():
            self.stdout.write("Making a database …")
            demo.announce(easel_home)
        if postgres.is_embedded():
            postgres.initialise(easel_home)
        config = self._configuration(easel_home, host, port)
        os.environ |= {"EASEL_HOME": str(easel_home), "EASEL_HOST": host, "PORT": str(port)}
        os.environ["EASEL_TERMINAL"] = f"/proc/{os.getpid()}/fd/1"
        os.chdir(programs.BASE_DIR)
        self.stdout.write("Starting … (Ctrl-C stops everything)")
        self.stdout.flush()
        arguments = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(config)]
        os.execv(sys.executable, arguments)

    def _lock(self, easel_home: Path) -> None:
        """Held by supervisord until it ends, however it ends."""
        handle = os.open(easel_home / "run" / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"Easel runs already from {easel_home}") from error
        os.dup2(handle, _LOCK)
        os.set_inheritable(_LOCK, True)  # dup2 does not where the two are one

    def _configuration(self, easel_home: Path, host: str, port: int) -> Path:
        engine_port = _free_port()
        (easel_home / "run" / "engine_port").write_text(str(engine_port), encoding="ascii")
        found = programs.all_programs(
            easel_home,
            embedded=postgres.is_embedded(),
            engine_port=engine_port,
            host=host,
            port=port,
            workers=settings.EASEL_WEB_WORKERS,
        )
        path = easel_home / "run" / "supervisord.conf"
        path.write_text(programs.configuration(easel_home, found), encoding="utf-8")
        return path


def _must_be_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"port {port}: {error.strerror}. PORT=… names another") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
