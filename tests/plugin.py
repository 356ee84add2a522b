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

import pytest

from config import home, postgres

_HOME = Path(tempfile.mkdtemp(prefix="easel-test-"))
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


@atexit.register  # also when a plugin fails to load, and pytest never gets to its own end
def _stop_server() -> None:
    for server in _SERVER:
        server.send_signal(signal.SIGQUIT)  # nothing here is worth a checkpoint
        server.wait(10)
    shutil.rmtree(home.socket_folder(_HOME), ignore_errors=True)
    shutil.rmtree(_HOME, ignore_errors=True)
