"""``manage.py engine`` as a process: it starts, answers, ends, and leaves nothing."""

from __future__ import annotations

import base64
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import wraps
from pathlib import Path

import pytest
import requests
from django.core.management import call_command, load_command_class
from PIL import Image

from generation.engine import command

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine that has no database at all."""
    nowhere = "postgres://nobody@127.0.0.1:1/nothing"
    return os.environ | {"DATABASE_URL": nowhere, "EASEL_HOME": str(tmp_path / "home")}


@pytest.fixture
def program(tmp_path: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "manage.py", "engine", "--port", "0", "--models", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def address(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().split()[-1]


def test_it_answers_without_a_database(program):
    assert requests.get(address(program) + "/internal/ping", timeout=60).status_code == 200


def test_it_offers_sketch_and_says_what_it_is(program):
    url = address(program)
    card, *_ = requests.get(url + "/sdapi/v1/sd-models", timeout=60).json()
    assert card["title"].startswith("sketch")
    assert "not a neural network" in card["description"]


def test_it_draws_the_same_picture_twice(program):
    url = address(program) + "/sdapi/v1/txt2img"
    body = {"prompt": "一只猫坐在月亮上", "seed": 7, "steps": 5}
    first, second = (requests.post(url, json=body, timeout=60).json() for _ in range(2))
    assert first["images"] == second["images"]
    assert Image.open(io.BytesIO(base64.b64decode(first["images"][0]))).size == (512, 512)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_it_and_frees_the_port(program, number):
    url = address(program)
    port = int(url.rpartition(":")[2])
    program.send_signal(number)
    status = program.wait(15)
    assert status == (-number if number == signal.SIGKILL else 0)
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


@pytest.mark.parametrize(
    "module",
    [
        "generation.engine.command",
        "generation.engine.sketch.painter",
        "generation.dialects.sdwebui.wire_lists",
        "generation.backends.sdwebui.client",
        "generation.backends.fake",
    ],
)
def test_no_django_behind_it(module):
    look = f"import sys, {module}; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, timeout=60).returncode == 0


def test_django_lists_the_same_command(tmp_path):
    command = load_command_class("generation", "engine")
    parser = command.create_parser("manage.py", "engine")
    given = parser.parse_args(["--port", "1", "--models", str(tmp_path), "--device", "cpu"])
    assert (given.port, given.models, given.device) == (1, tmp_path, "cpu")
    assert command.requires_system_checks == []


def test_django_hands_every_argument_on(tmp_path, monkeypatch):
    served: dict[str, object] = {}
    monkeypatch.setattr("generation.engine.command.serve", _recorder(served))
    call_command("engine", "--port=1", f"--models={tmp_path}", "--fetch-from=http://a/")
    assert (served["port"], served["fetch_from"], served["painter"]) == (1, "http://a/", "auto")


def _recorder(served):
    @wraps(command.serve)
    def serve(**given):
        served.update(given)

    return serve


# Refusals


def refused(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "engine", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    return done.stderr


def test_a_port_that_is_taken(environment, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(environment, "--port", port, "--models", str(tmp_path))
    assert "in use" in said


def test_an_empty_token_file(environment, tmp_path):
    token = tmp_path / "token"
    token.write_text("\n")
    arguments = ("--port", "0", "--models", str(tmp_path), "--token-file", str(token))
    assert "let everyone in" in refused(environment, *arguments)


def test_no_models_folder_given(environment):
    assert "--models" in refused(environment, "--port", "0")
