"""A whole Easel for the measurements: its own EASEL_HOME and port, started as by `make run`."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """``start`` returns the seconds from the command to a /readyz that says ready."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="easel-bench-"))
        self.port = free_port()
        ours = {"EASEL_HOME": str(self.home), "PORT": str(self.port)}
        ours |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "EASEL_LOG_LEVEL": "WARNING"}
        for name in [name for name in os.environ if name.startswith("EASEL_")]:
            del os.environ[name]
        os.environ.pop("DATABASE_URL", None)
        os.environ |= ours
        self._server: subprocess.Popen[bytes] | None = None

    def start(self, patience: float = 120.0) -> float:
        begin = time.monotonic()
        command = [sys.executable, str(BASE_DIR / "manage.py"), "serve"]
        with (self.home / "serve.log").open("ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log, cwd=BASE_DIR)
        while not self._is_ready():
            if self._server.poll() is not None or time.monotonic() - begin > patience:
                raise RuntimeError(f"Easel did not start:\n{self._last_words()}")
            time.sleep(0.05)
        return time.monotonic() - begin

    def _is_ready(self) -> bool:
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            door.request("GET", "/readyz")
            return door.getresponse().status == 200 and (self.home / "run" / "ready").exists()
        except OSError:
            return False
        finally:
            door.close()

    def _last_words(self) -> str:
        logs = [self.home / "serve.log", self.home / "run" / "logs" / "setup.log"]
        return "\n".join(log.read_text()[-2000:] for log in logs if log.exists())

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGTERM)
            self._server.wait(30)
            self._server = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
