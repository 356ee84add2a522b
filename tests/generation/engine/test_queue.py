"""Painting together: what is joined, and how each ends by itself."""

from __future__ import annotations

import time

import pytest

from generation.backends.base import Target
from generation.backends.sdwebui.peer import Peer
from generation.errors import OutOfMemory
from tests.generation.engine.gradients import Capable, Gradients
from tests.generation.engine.reading import LONG, info, picture, until


@pytest.fixture
def engine(run):
    painter = Capable(0.01)
    painter.joins = True
    return run(painter=painter)


def busy(engine) -> None:
    """Something runs, so that what comes now waits together."""
    engine.later(steps=40, task_id="busy")
    assert until(lambda: engine.engine.queue.running)


def waiting(engine, *ids: str, **fields):
    calls = []
    for id in ids:
        calls.append(engine.later(**{"task_id": id, "steps": 20} | fields))
        assert until(lambda id=id: id in engine.engine.queue.waiting)
    return calls


def test_a_batch_is_one_call_of_the_painter(engine):
    engine.txt2img(batch_size=3, n_iter=2)
    assert engine.painter.calls == [6]


def test_no_more_than_eight(engine):
    answer = engine.txt2img(n_iter=10)
    assert engine.painter.calls == [8, 2]
    assert info(answer).all_seeds == list(range(5, 15))


def test_large_pictures_are_fewer_at_once(run, monkeypatch):
    monkeypatch.setattr("generation.engine.queue.PIXELS_TOGETHER", 2 * 64 * 64)
    painter = Gradients(0)
    painter.joins = True
    run(painter=painter).txt2img(n_iter=5)
    assert painter.calls == [2, 2, 1]


def test_jobs_that_wait_are_joined(engine):
    busy(engine)
    calls = waiting(engine, "a", "b", "c", steps=3)
    for call, answers in calls:
        call.join()
        assert len(answers[0].json()["images"]) == 1
    assert engine.painter.calls == [1, 3]


def test_what_does_not_fit_waits(engine):
    busy(engine)
    (first, _), (second, other) = waiting(engine, "a", steps=3) + waiting(engine, "b", steps=4)
    first.join()
    second.join()
    assert other[0].status_code == 200
    assert engine.painter.calls == [1, 1, 1]


def test_joined_or_alone_the_pictures_are_the_same(engine, run):
    answers = engine.txt2img(batch_size=3), run(painter=Gradients(0)).txt2img(batch_size=3)
    joined, alone = ([picture(answer, n).tobytes() for n in range(3)] for answer in answers)
    assert joined == alone
    assert engine.painter.calls == [3]


def test_a_preview_is_shown_to_the_first_of_those_joined_only(engine):
    busy(engine)
    engine.painter.seconds_per_step = 0.02
    calls = waiting(engine, "a", "b", steps=60)
    assert until(lambda: engine.painter.calls == [1, 2])
    time.sleep(0.1)
    mine = engine.post("/internal/progress", {"id_task": "a"}).json()
    other = engine.post("/internal/progress", {"id_task": "b"}).json()
    assert mine["live_preview"]
    assert other["active"]
    assert other["live_preview"] is None
    assert 0 < other["progress"] < 1
    engine.engine.queue.interrupt()
    for call, _ in calls:
        call.join()


def test_an_interrupt_of_one_leaves_the_others(engine):
    busy(engine)
    engine.painter.seconds_per_step = 0.02
    (first, gone), (second, kept) = waiting(engine, "a", "b", steps=LONG)
    assert until(lambda: engine.painter.calls == [1, 2])
    engine.post("/sdapi/v1/interrupt", {"task_id": "a"})
    first.join()
    assert engine.engine.queue.running  # the other one goes on
    second.join()
    assert gone[0].json()["images"] == []
    assert len(kept[0].json()["images"]) == 1


def test_an_interrupt_of_all_stops_the_painter(engine):
    busy(engine)
    engine.painter.seconds_per_step = 0.05
    calls = waiting(engine, "a", "b", steps=LONG)
    assert until(lambda: engine.painter.calls == [1, 2])
    for id in "ab":
        engine.post("/sdapi/v1/interrupt", {"task_id": id})
    done = engine.painter.steps
    assert until(lambda: not engine.engine.queue.running)
    assert engine.painter.steps <= done + 1
    for call, _ in calls:
        call.join()


def test_a_skip_gives_up_one_picture(run):
    engine = run(0.02)
    call, answers = engine.later(steps=30, n_iter=3)
    assert until(lambda: len(engine.painter.calls) == 2)
    engine.post("/sdapi/v1/skip")
    call.join()
    assert info(answers[0]).all_seeds == [5, 7]
    assert len(answers[0].json()["images"]) == 2


@pytest.mark.parametrize("prompt", ["a cat", "broken file"])
def test_the_next_checkpoint_is_loaded_ahead(engine, prompt):
    busy(engine)
    chosen = {"sd_model_checkpoint": "Stripes"}
    waiting(engine, "a", steps=20)
    waiting(engine, "b", override_settings=chosen, prompt=prompt)
    assert until(lambda: engine.painter.prefetched == ["stripes.easel"])


# Faults


def test_the_fault_of_one_is_its_own(engine):
    busy(engine)
    (_, bad), (last, good) = (
        waiting(engine, "a", prompt="fail", steps=2)[0],
        waiting(engine, "b", steps=2)[0],
    )
    last.join()
    assert until(lambda: bad and good)
    assert (bad[0].status_code, good[0].status_code) == (500, 200)
    assert engine.painter.calls == [1, 2, 1, 1]


def test_what_does_not_fit_together_is_painted_one_by_one(engine):
    answer = engine.txt2img(prompt="two fit", n_iter=3)
    assert len(answer.json()["images"]) == 3
    assert engine.painter.calls == [3, 1, 1, 1]


def test_out_of_memory_frees_what_the_painter_holds(engine):
    answer = engine.txt2img(prompt="oom")
    assert answer.status_code == 500
    assert "out of memory" in answer.json()["errors"]
    assert engine.painter.unloaded == 1
    assert engine.txt2img().status_code == 200


def test_a_broken_file_is_the_callers_to_know(engine):
    answer = engine.txt2img(prompt="broken file")
    assert answer.status_code == 422
    said = "override_settings.sd_model_checkpoint: gradients.easel is cut off"
    assert answer.json()["errors"] == said


@pytest.mark.parametrize("prompt", ["oom", "too large"])
def test_easels_client_knows_out_of_memory(engine, prompt):
    """As torch says it, and as a painter's own error."""
    peer = Peer(Target(url=engine.server.url))
    fields = {"prompt": prompt, "steps": 1, "width": 64, "height": 64}
    with pytest.raises(OutOfMemory):
        peer.post("/sdapi/v1/txt2img", fields, seconds=10)
    peer.close()
