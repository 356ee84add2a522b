"""The embedded PostgreSQL: made once, back after kill -9, and only the application's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config import home, postgres


@contextmanager
def server(folder: Path, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "EASEL_HOME": str(folder)}
    command = [sys.executable, "-m", "config.postgres", *flags]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        postgres.wait_until_ready(folder)
        yield process
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(10)


def ask(folder: Path, statement: str, **other: str) -> object:
    found = home.database(folder, "")
    who = {"user": found["USER"], "password": found["PASSWORD"], "dbname": found["NAME"]} | other
    with psycopg.connect(host=found["HOST"], **who, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    sockets = home.socket_folder(tmp_path)
    for file in sockets.glob(".s.*") if sockets.exists() else ():
        file.unlink()
    if sockets.exists():
        sockets.rmdir()


def test_it_is_made_once(folder: Path) -> None:
    assert postgres.initialise(folder, fast=True) is True
    assert postgres.initialise(folder, fast=True) is False


def test_half_a_database_is_made_anew(folder: Path) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "PG_VERSION").write_text("18")
    assert postgres.initialise(folder, fast=True) is True


def test_a_closed_folder_is_no_hindrance(folder: Path) -> None:
    folder.chmod(0o700)
    postgres.initialise(folder, fast=True)
    with server(folder):
        assert ask(folder, "SELECT current_user") == ("easel",)


def test_what_was_committed_survives_kill_9(folder: Path) -> None:
    postgres.initialise(folder, fast=True)
    with server(folder) as first:  # not --fast: that one may forget
        ask(folder, "CREATE TABLE kept AS SELECT 7 AS n")
        first.kill()
        first.wait(10)
        with server(folder):
            assert ask(folder, "SELECT n FROM kept") == (7,)


def test_a_strangers_pid_in_the_pid_file_is_no_hindrance(folder: Path) -> None:
    postgres.initialise(folder, fast=True)
    lines = [str(os.getpid()), str(folder), "1", "5432", "", "", "", "starting"]
    (folder / "postgres" / "postmaster.pid").write_text("\n".join(lines))
    with server(folder):
        assert ask(folder, "SELECT 1") == (1,)


def test_the_application_is_no_superuser(folder: Path) -> None:
    postgres.initialise(folder, fast=True)
    with server(folder):
        assert ask(folder, "SHOW is_superuser") == ("off",)


def test_search_knows_chinese(folder: Path) -> None:
    postgres.initialise(folder, fast=True)
    with server(folder):
        assert ask(folder, "SELECT similarity('水墨山水', '水墨') > 0") == (True,)


def test_a_wrong_password_is_refused(folder: Path) -> None:
    postgres.initialise(folder, fast=True)
    with server(folder), pytest.raises(psycopg.OperationalError, match="password"):
        ask(folder, "SELECT 1", password="guess")


def test_the_superuser_may_not_enter_with_a_password(folder: Path) -> None:
    postgres.initialise(folder, fast=True)
    with server(folder), pytest.raises(psycopg.OperationalError):
        ask(folder, "SELECT 1", user="postgres", password="postgres")
