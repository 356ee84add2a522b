"""Each fault of a server becomes its own error, and leaves nothing running."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import time

import pytest
from PIL import Image

from generation.backends.base import Progress
from generation.backends.fake import FAULTS, FakeServer
from generation.backends.fake.faults import Fault
from generation.backends.sdwebui import client, peer
from generation.errors import (
    BackendBusy,
    BackendError,
    BackendRefused,
    BackendUnavailable,
    OutOfMemory,
    TimedOut,
)
from tests import samples
from tests.generation.backends.test_contract import ignore, job, until


def generate(connect, server: FakeServer, **target: object):
    return connect(server.url, **target).generate(job(), ignore)


def test_a_fault_once(connect):
    with FakeServer(faults=["500@once"]) as server:
        with pytest.raises(BackendError):
            generate(connect, server)
        assert len(generate(connect, server)) == 1


def test_a_fault_every_third_time():
    fault = Fault.read("oom@3")
    assert [fault.strikes() for _ in range(6)] == [False, False, True] * 2


def test_a_grid_before_the_pictures_is_left_out(connect):
    with FakeServer(faults=["grid"]) as server:
        pictures = connect(server.url).generate(job(batch_size=2), ignore)
    assert [picture.seed for picture in pictures] == [7, 8]
    assert [picture.infotext.count("Seed: 8") for picture in pictures] == [0, 1]


def test_maps_behind_the_pictures_are_left_out_with_controlnet(connect):
    with FakeServer(faults=["grid"]) as server:
        given = job(controlnet=[{"model": "canny"}])
        assert len(connect(server.url).generate(given, ignore)) == 1


def test_calls_are_recorded(connect):
    with FakeServer() as server:
        generate(connect, server)
    posted = [call for call in server.calls if call.path == "/sdapi/v1/txt2img"]
    assert len(posted) == 1
    assert posted[0].body["prompt"] == "a cat"
    assert posted[0].headers["x-request-id"] == "request-1"
    assert server.started == ["job-1"]


def test_settings_are_asked_for_once_a_client(connect):
    with FakeServer() as server:
        backend = connect(server.url)
        backend.generate(job("a"), ignore)
        backend.generate(job("b"), ignore)
    assert [call.path for call in server.calls].count("/sdapi/v1/options") == 1


def test_a_server_without_task_ids_gives_a_fraction_and_no_preview(connect):
    seen = []
    with FakeServer(seconds_per_step=0.02, answers={"/internal/progress": None}) as server:
        connect(server.url).generate(job(steps=60), seen.append)
    assert seen[-1].fraction > 0
    assert not any(progress.preview for progress in seen)


def test_a_cancel_on_a_server_without_task_ids_reaches_what_runs(connect):
    def cancel(progress):
        raise RuntimeError("cancelled")

    with FakeServer(seconds_per_step=0.05, answers={"/internal/progress": None}) as server:
        with pytest.raises(RuntimeError):
            connect(server.url).generate(job(steps=150), cancel)
        assert server.interrupted == ["job-1"]


def test_from_outside_a_server_without_task_ids_is_left_alone(connect):
    with FakeServer(seconds_per_step=0.02, answers={"/internal/progress": None}) as server:
        call = threading.Thread(target=lambda: generate(connect, server))
        call.start()
        assert until(lambda: server.running)
        connect(server.url).interrupt("job-1")
        call.join()
    assert server.interrupted == []


def test_recorded_progress_by_task(connect):
    seen = []
    answers = {
        "/internal/progress": samples.load("sdwebui", "a1111.internal-progress.running.json")
    }
    with FakeServer(seconds_per_step=0.05, answers=answers) as server:
        connect(server.url).generate(job(steps=10), seen.append)
    assert seen[0] == Progress(fraction=0.55, step=6, steps=10, eta=1.25)


def test_recorded_idle_progress(connect):
    seen = []
    idle = samples.load("sdwebui", "a1111.progress.idle.json")
    answers = {"/internal/progress": None, "/sdapi/v1/progress": idle}
    with FakeServer(seconds_per_step=0.1, answers=answers) as server:
        connect(server.url).generate(job(steps=10), seen.append)
    assert seen[-1] == Progress(fraction=0, step=0, steps=20)


def test_basic_password(connect):
    with FakeServer(password="me:secret") as server:
        target = {"username": "me", "password": "secret"}
        assert generate(connect, server, **target)


def test_slots_run_side_by_side(connect):
    with FakeServer(seconds_per_step=0.05, slots=2) as server:
        calls = [
            threading.Thread(
                target=lambda id=id: connect(server.url).generate(job(id, steps=10), ignore)
            )
            for id in ("one", "two")
        ]
        for call in calls:
            call.start()
        assert until(lambda: len(server.running) == 2)
        for call in calls:
            call.join()


def test_an_outage_and_back(connect):
    server = FakeServer().start()
    server.stop()
    with pytest.raises(BackendUnavailable):
        generate(connect, server)
    with server:
        assert generate(connect, server)


def test_the_fake_as_a_program():
    command = [sys.executable, "-m", "generation.backends.fake", "--pace", "0", "--fault", "oom"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline().startswith("http://127.0.0.1:")
        program.terminate()


def test_its_pictures_are_pictures(connect):
    with FakeServer() as server:
        (picture,) = generate(connect, server)
    Image.open(io.BytesIO(picture.data)).load()


# Refusals


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("refuse", BackendUnavailable, "refused"),
        ("hang", TimedOut, "0.6 s"),
        ("slow", TimedOut, "0.6 s"),
        ("500", BackendError, "mat1 and mat2"),
        ("oom", OutOfMemory, "20.00 GiB"),
        ("422", BackendRefused, "steps"),
        ("401", BackendRefused, "credentials"),
        ("count", BackendError, "0 pictures came, 1 were"),
        ("base64", BackendError, "base64"),
        ("checkpoint", BackendError, "another instead of fake-v2"),
        ("picture", BackendError, "neither PNG"),
        ("die", BackendUnavailable, "reset"),
        ("reset", BackendUnavailable, "reset"),
        ("truncated", BackendUnavailable, "IncompleteRead"),
    ],
)
def test_fault(connect, fault, error, words):
    with FakeServer(seconds_per_step=0.05, faults=[fault]) as server:
        began = time.monotonic()
        with pytest.raises(BackendError, match=words) as caught:
            given = job(steps=4, checkpoint="fake-v2.safetensors")
            connect(server.url, timeout=0.6).generate(given, ignore)
        assert type(caught.value) is error
        assert time.monotonic() - began < 10
        assert until(lambda: not server.running)


def test_every_fault_is_tested():
    tested = {row[0] for row in test_fault.pytestmark[0].args[1]} | {"grid"}
    assert tested == set(FAULTS)


@pytest.mark.parametrize(
    ("sample", "status", "error", "words"),
    [
        ("a1111.error.oom.json", 500, OutOfMemory, "20.00 GiB"),
        ("a1111.error.sampler.json", 404, BackendRefused, "Sampler not found"),
    ],
)
def test_recorded_errors(connect, sample, status, error, words):
    class Answering(FakeServer):
        def answer(self, call):
            return status, samples.load("sdwebui", f"{sample}")

    with Answering() as server, pytest.raises(error, match=words):
        generate(connect, server)


@pytest.mark.parametrize(
    ("status", "error"),
    [(409, BackendBusy), (503, BackendBusy), (502, BackendUnavailable), (404, BackendRefused)],
)
def test_status(connect, status, error):
    class Answering(FakeServer):
        def answer(self, call):
            return status, {"detail": "no"}

    with Answering() as server, pytest.raises(BackendError) as caught:
        generate(connect, server)
    assert type(caught.value) is error


def test_a_redirect_is_not_followed(connect):
    class Redirecting(FakeServer):
        def answer(self, call):
            return 302, {}

    with Redirecting() as server, pytest.raises(BackendRefused, match="302"):
        generate(connect, server)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "nowhere", "http://"])
def test_no_address(connect, url):
    with pytest.raises(BackendRefused, match="not an http address"):
        connect(url).probe()


@pytest.mark.parametrize("answer", [None, [], "text", {"images": "text"}, {"images": []}])
def test_an_answer_without_pictures(connect, answer):
    answers = {"/sdapi/v1/txt2img": answer}
    with FakeServer(answers=answers) as server, pytest.raises(BackendError):
        generate(connect, server)


def test_an_answer_without_an_end(connect, monkeypatch):
    monkeypatch.setattr(peer, "MAX_ANSWER", 1000)
    with FakeServer() as server, pytest.raises(BackendError, match="longer than 1000"):
        generate(connect, server)


@pytest.mark.parametrize("answer", [[], "text", {}, {"active": True, "progress": "x", "eta": []}])
def test_progress_of_any_shape_costs_no_picture(connect, answer):
    answers = {"/internal/progress": answer}
    with FakeServer(seconds_per_step=0.05, answers=answers) as server:
        assert connect(server.url).generate(job(steps=8), ignore)


def test_silence_for_long_is_an_outage(connect, monkeypatch):
    monkeypatch.setattr(client, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(client, "POLL_TIMEOUT", 0.2)

    class Silent(FakeServer):
        def answer(self, call):
            if call.path == "/internal/progress":
                time.sleep(0.5)
            return super().answer(call)

    with Silent(seconds_per_step=0.1) as server, pytest.raises(BackendUnavailable):
        connect(server.url).generate(job(steps=50), ignore)


def test_unknown_fault():
    with pytest.raises(ValueError, match="kettle"):
        FakeServer(faults=["kettle"])
