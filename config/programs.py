"""The programs of one installation, and supervisord's configuration for them.

supervisord starts ``postgres`` and ``setup``; setup starts the rest when the database is ready,
and ``fleet`` as many generation clusters as the GPU servers have slots. Every program dies with
supervisord (``config.bind``); what dies alone is started again within a second: ``startsecs=0``,
because supervisord's back-off grows by a second with each attempt.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

from config import home

BASE_DIR = Path(__file__).resolve().parent.parent
MOST_CLUSTERS = 16
GROUP = "easel"
DATABASE = "postgres"  # a group of its own: the last to be stopped


@dataclass(frozen=True)
class Program:
    """One process that supervisord watches. ``patience``: seconds from the signal to the kill."""

    name: str
    command: list[str]
    starts: bool = False  # with supervisord; else setup or fleet starts it
    restart: str = "true"
    signal: str = "TERM"
    patience: int = 5
    priority: int = 100  # a lower one is stopped later
    environment: dict[str, str] = field(default_factory=dict)


def manage(*arguments: str) -> list[str]:
    """A management command, tied to the life of supervisord."""
    return [*_bound(), sys.executable, str(BASE_DIR / "manage.py"), *arguments]


def cluster(kind: str, number: int) -> Program:
    return Program(
        f"{kind}-{number}", manage("cluster", kind), environment={"Q_CLUSTER_NAME": kind}
    )


def all_programs(
    easel_home: Path, *, embedded: bool, engine_port: int, host: str, port: int, workers: int
) -> list[Program]:
    """Those of this installation. ``embedded``: with a PostgreSQL of its own."""
    database = Program(
        DATABASE,
        [sys.executable, "-m", "config.postgres"],
        starts=True,
        signal="INT",  # "fast": ends its clients instead of waiting for them
        patience=10,
        priority=1,
    )
    engine = ["engine", "--port", str(engine_port), "--models", str(easel_home / "models")]
    engine += ["--token-file", str(easel_home / "secrets" / "engine_token")]
    # A sketch of 20 steps takes 0.1 s: too quick to be watched. A step is given 30 ms.
    engine += ["--pace", "0.03"]
    engine += ["--fetch-from", f"http://{_reached_at(host)}:{port}/files/weights/"]
    return [
        *([database] if embedded else []),
        Program("setup", manage("setup"), starts=True, restart="unexpected", priority=10),
        Program("engine", manage(*engine), priority=20),
        Program("audit", manage("audit"), priority=20),
        Program("reaper", manage("reaper"), priority=30),
        Program("front", _front(host, port, workers), priority=90),
        Program("fleet", manage("fleet"), priority=90),
        cluster("delivery", 0),
        *(cluster("generation", number) for number in range(MOST_CLUSTERS)),
    ]


def _reached_at(host: str) -> str:
    """Where our own engine finds a front door that listens there."""
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else f"[{host}]" if ":" in host else host


def _front(host: str, port: int, workers: int) -> list[str]:
    door = ["--host", host, "--port", str(port), "--workers", str(workers)]
    return [*_bound(), sys.executable, "-m", "config.web", *door]


def _bound() -> list[str]:
    return [sys.executable, "-I", "-S", str(BASE_DIR / "config" / "bind.py")]


def configuration(easel_home: Path, programs: list[Program]) -> str:
    """supervisord.conf: its socket private, a log file of 10 MB for each program."""
    run, logs = easel_home / "run", easel_home / "run" / "logs"
    head: dict[str, dict[str, object]] = {
        "unix_http_server": {"file": home.supervisor_socket(easel_home), "chmod": "0700"},
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "directory": BASE_DIR,
            "logfile": logs / "supervisord.log",
            "pidfile": run / "supervisord.pid",
            "childlogdir": logs,
            "umask": "077",
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": ("supervisor.rpcinterface:make_main_rpcinterface")
        },
    }
    # supervisord stops group after group, a second each, and all programs of a group at once.
    group = ",".join(program.name for program in programs if program.name != DATABASE)
    head[f"group:{GROUP}"] = {"programs": group, "priority": 100}
    sections = head | {f"program:{program.name}": _section(program, logs) for program in programs}
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key}={_escaped(value)}\n" for key, value in section.items())
        for name, section in sections.items()
    )


def _section(program: Program, logs: Path) -> dict[str, object]:
    section: dict[str, object] = {
        "command": shlex.join(program.command),
        "autostart": str(program.starts).lower(),
        "autorestart": program.restart,
        "startsecs": 0,
        "stopsignal": program.signal,
        "stopwaitsecs": program.patience,
        "priority": program.priority,
        "redirect_stderr": "true",
        "stdout_logfile": logs / f"{program.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 2,
    }
    if program.environment:
        pairs = (f'{name}="{value}"' for name, value in program.environment.items())
        section["environment"] = ",".join(pairs)
    return section


def _escaped(value: object) -> str:
    """supervisord expands %(…)s in every value."""
    return str(value).replace("%", "%%")
