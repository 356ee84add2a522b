from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from config import programs
from config.management.commands.fleet import clusters_needed


def configuration(folder: Path, *, embedded: bool = True) -> RawConfigParser:
    found = programs.all_programs(
        folder, embedded=embedded, engine_port=1, host="127.0.0.1", port=2, workers=2
    )
    parser = RawConfigParser()
    parser.read_string(programs.configuration(folder, found))
    return parser


@pytest.mark.parametrize(
    ("slots", "clusters"), [(0, 1), (1, 1), (4, 1), (5, 2), (16, 4), (1000, 16)]
)
def test_a_worker_for_each_slot(slots: int, clusters: int) -> None:
    assert clusters_needed(slots, 4) == clusters


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    found = configuration(tmp_path)
    once = {
        name for name in found.sections() if found.get(name, "autorestart", fallback="") != "true"
    }
    assert {name for name in once if name.startswith("program:")} == {"program:setup"}


def test_only_the_database_and_the_setup_start_by_themselves(tmp_path: Path) -> None:
    found = configuration(tmp_path)
    first = [
        name for name in found.sections() if found.get(name, "autostart", fallback="") == "true"
    ]
    assert first == ["program:postgres", "program:setup"]


def test_a_database_of_ones_own_is_not_started(tmp_path: Path) -> None:
    assert "program:postgres" not in configuration(tmp_path, embedded=False).sections()


def test_each_program_is_tied_to_the_supervisor(tmp_path: Path) -> None:
    found = configuration(tmp_path)
    for name in found.sections():
        if name.startswith("program:") and name != "program:postgres":  # it ties itself
            assert "bind.py" in found.get(name, "command"), name


def test_a_percent_sign_in_the_home_is_a_percent_sign(tmp_path: Path) -> None:
    text = configuration(tmp_path / "100%s").get("program:engine", "stdout_logfile")
    assert "100%%s" in text
