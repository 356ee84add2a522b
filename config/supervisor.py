"""A running supervisord, asked over its private Unix socket."""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from config import home

_GONE_OR_THERE = {"ALREADY_STARTED", "NOT_RUNNING"}


class Supervisor:
    """The calls that setup and fleet make. OSError where no supervisord answers."""

    def __init__(self, easel_home: Path) -> None:
        transport = SupervisorTransport(None, None, f"unix://{home.supervisor_socket(easel_home)}")
        self._rpc = cast(Any, ServerProxy("http://localhost", transport=transport)).supervisor

    def states(self) -> dict[str, str]:
        """Each program's state by name: RUNNING, STOPPED, EXITED…"""
        try:
            return {found["name"]: found["statename"] for found in self._rpc.getAllProcessInfo()}
        except HTTPException as error:
            raise OSError(f"supervisord does not answer: {error}") from error

    def pids(self) -> dict[str, int]:
        """The process ids of the programs that run."""
        found = self._rpc.getAllProcessInfo()
        return {each["name"]: each["pid"] for each in found if each["pid"]}

    def start(self, name: str) -> None:
        """Starts a program unless it runs."""
        try:
            self._rpc.startProcess(name, False)
        except Fault as fault:
            if fault.faultString.partition(":")[0] not in _GONE_OR_THERE:
                raise
