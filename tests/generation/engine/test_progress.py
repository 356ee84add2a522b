from __future__ import annotations

import base64
import socket
import time

import pytest

from generation.engine.queue import MAX_QUEUED
from tests.generation.engine.reading import LONG, until


def test_progress_by_task(run):
    engine = run(0.02)
    call, _ = engine.later(steps=60, task_id="mine")
    assert until(lambda: engine.engine.queue.running)
    time.sleep(0.1)
    mine = engine.post("/internal/progress", {"id_task": "mine"}).json()
    assert mine["active"]
    assert 0 < mine["progress"] < 1
    assert mine["sampling_steps"] == 60
    assert mine["eta"] > 0
    assert mine["live_preview"].startswith("data:image/jpeg;base64,")
    other = engine.post("/internal/progress", {"id_task": "other"}).json()
    assert not (other["active"] or other["queued"] or other["completed"])
    engine.post("/sdapi/v1/interrupt")
    call.join()
    assert engine.post("/internal/progress", {"id_task": "mine"}).json()["completed"]


def test_progress_as_webui_has_it(run):
    engine = run(0.02)
    call, _ = engine.later(steps=60, batch_size=2, task_id="mine")
    assert until(lambda: engine.engine.queue.running)
    time.sleep(0.1)
    answer = engine.get("/sdapi/v1/progress").json()
    assert 0 < answer["progress"] < 0.5
    assert answer["state"]["job_count"] == 2
    assert base64.b64decode(answer["current_image"]).startswith(b"\xff\xd8")
    named = engine.get("/sdapi/v1/progress?task_id=mine&skip_current_image=true").json()
    assert named["state"]["task_id"] == "mine"
    assert named["current_image"] is None
    engine.post("/sdapi/v1/interrupt")
    call.join()


def test_gradios_queue(run):
    assert run().get("/queue/status").json()["queue_size"] == 0


def test_idle_progress_is_zero(run):
    answer = run().get("/sdapi/v1/progress").json()
    assert (answer["progress"], answer["state"]["job_count"]) == (0, 0)


def test_previews_are_drawn_only_when_asked_for(run):
    engine = run()
    engine.txt2img(steps=50)
    assert engine.painter.previews == 0


def test_interrupt_stops_within_a_step(run):
    engine = run(0.05)
    call, answers = engine.later(steps=LONG, n_iter=3)
    assert until(lambda: engine.painter.steps)
    engine.post("/sdapi/v1/interrupt")
    done = engine.painter.steps
    call.join()
    assert engine.painter.steps <= done + 1
    assert answers[0].status_code == 200
    assert answers[0].json()["images"] == []


def test_interrupt_by_id_reaches_a_job_that_waits(run):
    engine = run(0.02)
    first, kept = engine.later(steps=30, task_id="first")
    assert until(lambda: engine.engine.queue.running)
    second, dropped = engine.later(task_id="second")
    assert until(lambda: engine.engine.queue.waiting == ["second"])
    assert engine.post("/internal/progress", {"id_task": "second"}).json()["queued"]
    assert engine.get("/internal/pending-tasks").json() == {"size": 1, "tasks": ["second"]}
    engine.post("/sdapi/v1/interrupt", {"task_id": "second"})
    first.join()
    second.join()
    assert len(kept[0].json()["images"]) == 1
    assert dropped[0].json()["images"] == []
    assert len(engine.painter.painted) == 1


def test_interrupt_without_an_id_leaves_those_that_wait(run):
    engine = run(0.02)
    first, _ = engine.later(steps=LONG, task_id="first")
    assert until(lambda: engine.engine.queue.running)
    second, kept = engine.later(task_id="second")
    assert until(lambda: engine.engine.queue.waiting)
    engine.post("/sdapi/v1/interrupt")
    first.join()
    second.join()
    assert len(kept[0].json()["images"]) == 1


def test_a_caller_that_goes_away_takes_its_job_with_it(run):
    engine = run(0.05)
    body = b'{"steps": 150, "width": 64, "height": 64}'
    head = b"POST /sdapi/v1/txt2img HTTP/1.1\r\nHost: e\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(engine.server.server_address[:2]) as caller:
        caller.sendall(head + body)
        assert until(lambda: engine.engine.queue.running)
    assert until(lambda: not engine.engine.queue.running, 1)


def test_a_pace_makes_the_steps_of_a_quick_painter_last(run):
    engine = run(0, pace=0.02)
    engine.painter.quick = True
    began = time.monotonic()
    engine.txt2img(steps=11)
    assert time.monotonic() - began > 0.2


def test_a_pace_holds_up_no_other_painter(run):
    engine = run(0, pace=30)
    assert engine.txt2img(steps=11).status_code == 200


# Refusals


@pytest.mark.parametrize(("prompt", "words"), [("fail", "brush"), ("oom", "CUDA out of memory")])
def test_a_painter_that_fails_ends_one_call_only(run, prompt, words):
    engine = run()
    answer = engine.txt2img(prompt=prompt)
    assert answer.status_code == 500
    assert words in answer.json()["errors"]
    assert engine.txt2img().status_code == 200


def test_an_id_that_runs_already(run):
    engine = run(0.02)
    call, _ = engine.later(steps=30, task_id="mine")
    assert until(lambda: engine.engine.queue.running)
    assert engine.txt2img(task_id="mine").status_code == 409
    call.join()
    assert engine.txt2img(task_id="mine").status_code == 200


def test_a_full_queue(run, monkeypatch):
    monkeypatch.setattr("generation.engine.queue.MAX_QUEUED", 1)
    assert MAX_QUEUED > 1
    engine = run(0.02)
    calls = []
    for _ in range(2):
        calls.append(engine.later(steps=30)[0])
        assert until(lambda: engine.engine.queue.running)
        time.sleep(0.05)
    assert engine.txt2img().status_code == 503
    for call in calls:
        call.join()
