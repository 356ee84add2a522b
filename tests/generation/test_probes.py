from __future__ import annotations

import threading

import pytest

from catalog.models import Checkpoint
from generation import probes
from generation.backends.fake import FakeServer
from generation.errors import BackendError
from generation.models import Backend
from tests.generation.house import CHECKPOINT, House


def test_a_probe_writes_down_what_is_there(house: House) -> None:
    house.backend.refresh_from_db()
    assert house.backend.is_up
    assert house.backend.loaded_checkpoint == CHECKPOINT
    assert {"txt2img", "img2img", f"checkpoint:{CHECKPOINT}"} <= set(house.backend.offers)
    assert Checkpoint.objects.filter(name=CHECKPOINT, present=True).exists()


def test_one_that_is_back_is_up_again(house: House) -> None:
    house.server.stop()
    probes.probe_all()
    house.backend.refresh_from_db()
    assert not house.backend.is_up
    house.server.start()
    probes.probe_all()
    house.backend.refresh_from_db()
    assert (house.backend.is_up, house.backend.problem) == (True, "")


def test_the_problem_of_a_working_server_is_not_wiped_by_a_probe(house: House) -> None:
    Backend.objects.update(problem="out of memory", failures=2)
    probes.probe_all()
    house.backend.refresh_from_db()
    assert (house.backend.problem, house.backend.failures) == ("out of memory", 2)


def test_a_disabled_one_is_not_asked(house: House) -> None:
    before = len(house.server.calls)
    Backend.objects.update(enabled=False)
    probes.probe_all()
    assert len(house.server.calls) == before


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_one_that_is_gone_says_why(house: House) -> None:
    house.server.stop()
    with pytest.raises(BackendError):
        probes.probe(house.backend)
    house.backend.refresh_from_db()
    assert not house.backend.is_up
    assert house.backend.problem


def test_one_that_hangs_delays_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "ROUND_SECONDS", 2.0)
    Backend.objects.update(is_up=False)
    real, answers, over = probes.probe, threading.Event(), threading.Event()

    def slow(backend: Backend) -> object:
        if backend.name != "slow":
            return real(backend)
        answers.wait(60)
        over.set()
        return None

    monkeypatch.setattr(probes, "probe", slow)
    with FakeServer() as other:
        Backend.objects.create(name="slow", kind="sdwebui", url=other.url)
        probes.probe_all()
        assert not over.is_set()
        house.backend.refresh_from_db()
        assert house.backend.is_up
        answers.set()
        assert over.wait(10)  # its thread must not outlive the test's database
