"""A running supervisord, asked over its private Unix socket."""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from config import home
from config.programs import GROUP


class Supervisor:
    """The calls that setup and fleet make. OSError where no supervisord answers."""

    def __init__(self, easel_home: Path) -> None:
        transport = SupervisorTransport(None, None, f"unix://{home.supervisor_socket(easel_home)}")
        self._rpc = cast(Any, ServerProxy("http://localhost", transport=transport)).supervisor

    def states(self) -> dict[str, str]:
        """Each program's state by name: RUNNING, STOPPED, EXITED…"""
        try:
            return {found["name"]: found["statename"] for found in self._rpc.getAllProcessInfo()}
        except (HTTPException, Fault) as error:  # it is being stopped
            raise OSError(f"supervisord does not answer: {error}") from error

    def start(self, name: str) -> None:
        """Starts a program unless it runs."""
        try:
            self._rpc.startProcess(f"{GROUP}:{name}", False)
        except Fault as fault:
            if not fault.faultString.startswith("ALREADY_STARTED"):
                raise OSError(f"supervisord: {fault.faultString}") from fault
