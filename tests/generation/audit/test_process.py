"""The audit process for real: started, asked, killed, started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest

from generation.audit import frames
from generation.audit.nsfw import NsfwAuditor
from generation.errors import AuditUnavailable
from generation.states import Verdict
from tests.generation.painting import encoded

Start = Callable[[], "subprocess.Popen[bytes]"]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def path() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder) / "socket"


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(ROOT / "manage.py"), "audit", f"--socket={path}"]
        running.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def look(path: Path) -> Verdict:
    return NsfwAuditor(path).look([encoded()], patience=30)[0].verdict


def test_it_looks_survives_a_kill_and_stops_when_told(start: Start, path: Path) -> None:
    first = start()
    assert look(path) is Verdict.ALLOW
    first.send_signal(signal.SIGKILL)
    first.wait()
    answers: list[Verdict] = []
    waiting = Thread(target=lambda: answers.append(look(path)))  # while nobody listens
    waiting.start()
    second = start()
    waiting.join(60)
    assert answers == [Verdict.ALLOW]
    second.terminate()
    assert second.wait(10) == 0
    assert not path.exists()


def test_a_second_process_refuses_to_take_the_socket(start: Start, path: Path) -> None:
    start()
    look(path)
    second = start()
    _out, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert b"another audit process listens" in said
    assert look(path) is Verdict.ALLOW


def test_nonsense_and_silence_harm_nobody(start: Start, path: Path) -> None:
    start()
    look(path)
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connect(path))  # and says nothing
        for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, b"\0\0\0\x05hello", b""):
            with connect(path) as connection:
                connection.sendall(junk)
                connection.shutdown(socket.SHUT_WR)
                assert is_closed_without_a_word(connection)
        assert look(path) is Verdict.ALLOW


def test_a_broken_picture_does_not_end_the_connection(start: Start, path: Path) -> None:
    start()
    look(path)
    with connect(path) as connection:
        assert frames.ask(connection, [encoded("jpg")[:400]])["unreadable"] == 0
        assert len(frames.ask(connection, [encoded()])["nsfw"]) == 1


def test_its_socket_is_its_owners_alone(start: Start, path: Path) -> None:
    start()
    look(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_process_patience_ends(path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(AuditUnavailable) as caught:
        NsfwAuditor(path).look([encoded()], patience=0.5)
    assert 0.3 < time.monotonic() - began < 10
    assert caught.value.permanent is False and caught.value.retry_after


def is_closed_without_a_word(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:  # what the kernel says where bytes were left unread
        return True


def connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(10)
    connection.connect(str(path))
    return connection
