"""Before Django's settings load: a PostgreSQL and an EASEL_HOME of this pytest session's own.

Named by ``-p tests.plugin`` in pyproject.toml. Sessions that run at the same time, even in one
checkout, share nothing. ``DATABASE_URL`` in the environment is used instead of the server.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from config import home, postgres

_HOME = Path(tempfile.mkdtemp(prefix="easel-test-"))
MADE_BY_MIGRATING = ("auth_permission", "django_content_type")
INSTALLED = ("tests/browser", "tests/capabilities")
_SERVER: list[subprocess.Popen[bytes]] = []


def _start_server() -> None:
    postgres.initialise(_HOME, fast=True)
    with (_HOME / "postgres.log").open("wb") as log:
        command = [sys.executable, "-m", "config.postgres", "--fast"]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    _SERVER.append(server)
    postgres.wait_until_ready(_HOME)


def _settings_of_a_test() -> None:
    os.environ["EASEL_HOME"] = str(_HOME)
    (_HOME / "static").mkdir(exist_ok=True)  # whitenoise warns where it finds none
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    for name in [name for name in os.environ if name.startswith("EASEL_") and name != "EASEL_HOME"]:
        del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    _settings_of_a_test()
    if postgres.is_embedded():
        _start_server()


def pytest_configure() -> None:
    """Pages under test name static files as they lie there: nothing is collected."""
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    _empty_only_what_is_full()


class OneHouse(LoadScopeScheduling):
    """A worker is given whole modules, and all those whose tests share an installation: another
    would start one more, and find other pictures in it in each run."""

    def _split_scope(self, nodeid: str) -> str:
        folder = "/".join(nodeid.split("/")[:2])
        return folder if folder in INSTALLED else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneHouse | None:
    return OneHouse(config, log) if config.getoption("dist") == "loadscope" else None


def _empty_only_what_is_full() -> None:
    """After a test that commits, Django truncates all 69 tables and fills those of the content
    types again: 0.3 s, 600 times. Few tables have rows, and what migrating made may stay."""
    from django.db import connection
    from django.test import TransactionTestCase

    truncate_all = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def empty(case: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
            if cursor.fetchone() != (True,):  # in somebody's own server
                truncate_all(case)
                return
            full = " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})"
                for table in connection.introspection.django_table_names(include_views=False)
                if table not in MADE_BY_MIGRATING
            )
            cursor.execute(full)
            deletes = "".join(f"DELETE FROM {table};" for (table,) in cursor.fetchall())
            # As a replica no trigger fires: neither those of foreign keys nor the ledger's.
            cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes} COMMIT")

    TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]


@atexit.register  # also when a plugin fails to load, and pytest never gets to its own end
def _stop_server() -> None:
    for server in _SERVER:
        server.send_signal(signal.SIGQUIT)  # nothing here is worth a checkpoint
        server.wait(10)
    shutil.rmtree(home.socket_folder(_HOME), ignore_errors=True)
    shutil.rmtree(_HOME, ignore_errors=True)
