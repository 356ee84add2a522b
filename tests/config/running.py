"""A whole Easel, run as ``make run`` runs it, in a home and on a port of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import psutil
import requests
from supervisor.xmlrpc import SupervisorTransport

from config.home import socket_folder, supervisor_socket
from tests.config.doors import free_port

START_SECONDS = 300  # two cores with other work; alone it takes 20
_MANAGE = [sys.executable, "manage.py"]


def until(condition: Callable[[], Any], seconds: float, what: str) -> float:
    """Seconds until the condition held; AssertionError after ``seconds``."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


class House:
    """One installation: started, asked, killed in part or whole."""

    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("EASEL_", "DJANGO_")) and name != "DATABASE_URL"
        } | {"EASEL_HOME": str(folder), "PORT": str(self.port)}
        self.process: subprocess.Popen[bytes] | None = None
        self._headers: dict[str, str] = {}

    def start(self) -> float:
        """Seconds until it was ready."""
        self.output = self.home.with_suffix(".out")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*_MANAGE, "serve"], env=self.environment, stdout=output, stderr=output
            )
        return until(self._started, START_SECONDS, "the start")

    def _started(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.output.read_text(encoding="utf-8")
        return "is ready" in self.output.read_text(encoding="utf-8") and self.is_ready()

    def run_manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*_MANAGE, *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def manage(self, *arguments: str) -> Any:
        """The JSON that a management command printed."""
        done = self.run_manage(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def make_tenant(self) -> None:
        made = self.manage(
            "create_tenant", "Kill", "--email", "kill@example.com", "--credits", "90000", "--json"
        )
        self.account: dict[str, Any] = made
        self._headers = {"Authorization": f"Bearer {made['api_token']}"}

    def submit(self, steps: int = 60) -> str:
        """A task's id. It takes about 2 s: the engine is given 30 ms a step."""
        body = {"prompt": "a boat on a lake", "steps": steps}
        answer = requests.post(
            f"{self.base}/api/v1/tasks", json=body, headers=self._headers, timeout=10
        )
        assert answer.status_code in (200, 201, 202), answer.text
        return str(answer.json()["id"])

    def task(self, task_id: str) -> dict[str, Any]:
        url = f"{self.base}/api/v1/tasks/{task_id}"
        found: dict[str, Any] = requests.get(url, headers=self._headers, timeout=10).json()
        return found

    def state(self, task_id: str) -> str:
        """The task's state, or "" while the house cannot say it."""
        try:
            return str(self.task(task_id).get("state", ""))
        except requests.RequestException:
            return ""

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.base}/readyz", timeout=3).status_code == 200
        except requests.RequestException:
            return False

    @property
    def supervisor(self) -> psutil.Process:
        assert self.process is not None
        return psutil.Process(self.process.pid)

    def program(self, name: str) -> psutil.Process:
        """A program of the supervisor by its name; LookupError while it does not run."""
        transport = SupervisorTransport(None, None, f"unix://{supervisor_socket(self.home)}")
        rpc: Any = ServerProxy("http://localhost", transport=transport)
        with closing(transport):
            programs = rpc.supervisor.getAllProcessInfo()
        for found in programs:
            if found["name"] == name and found["pid"]:
                return psutil.Process(found["pid"])
        raise LookupError(name)

    def has(self, name: str, children: int) -> bool:
        """Whether the program runs, with at least so many processes below it."""
        try:
            return len(self.program(name).children(recursive=True)) >= children
        except (LookupError, psutil.NoSuchProcess):
            return False

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, number: int = signal.SIGINT) -> float:
        """Seconds until it had ended."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - began

    def processes(self) -> list[psutil.Process]:
        return [self.supervisor, *self.supervisor.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        process
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[House]:
    house = House(folder)
    house.environment |= environment
    try:
        house.start()
        house.make_tenant()
        yield house
    finally:
        if house.is_running():
            house.stop()
        for remains in socket_folder(folder).parent.glob(f"{socket_folder(folder).name}*"):
            if remains.is_dir():
                for file in remains.iterdir():
                    file.unlink()
                remains.rmdir()
            else:
                remains.unlink()
