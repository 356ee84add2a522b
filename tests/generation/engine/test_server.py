from __future__ import annotations

import json
import socket
import threading

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.dialects.sdwebui.wire import Txt2ImgRequest
from generation.engine import server as engine_server
from tests.generation.engine.gradients import Gradients
from tests.generation.engine.reading import LONG, until


def test_ping_tells_when_it_is_warm(run):
    engine = run()
    assert engine.painter.warmed.wait(2)
    assert until(lambda: engine.get("/internal/ping").json()["ready"])


def test_the_port_answers_while_painters_load(run):
    loaded = threading.Event()

    def load():
        loaded.wait(5)
        return Gradients()

    engine = run(open_painter=load)
    assert engine.get("/internal/ping").json() == {"ready": False}
    loaded.set()


# Refusals


def test_any_body_is_answered_and_none_is_a_defect(run):
    engine = run(0)
    names = sorted(set(Txt2ImgRequest.model_fields) - {"batch_size", "n_iter", "width", "height"})
    values = st.none() | st.booleans() | st.integers(-3, 200) | st.floats() | st.text(max_size=9)
    bodies = st.dictionaries(
        st.sampled_from(names), values | st.lists(values, max_size=2), max_size=4
    )

    @settings(max_examples=60, deadline=None)
    @given(bodies)
    def holds(body: dict[str, object]) -> None:
        data = json.dumps({"steps": 1, "width": 64, "height": 64} | body)
        answer = engine.session.post(
            engine.server.url + "/sdapi/v1/txt2img", data=data.encode(), timeout=10
        )
        assert answer.status_code in (200, 404, 422), answer.text

    holds()


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[1]", b'"text"', b"[" * 100_000])
def test_a_body_that_is_no_object(run, body):
    engine = run()
    for path in ("/sdapi/v1/txt2img", "/sdapi/v1/options", "/internal/progress"):
        answer = engine.session.post(engine.server.url + path, data=body, timeout=5)
        assert answer.status_code == 422
        assert answer.json()["errors"]
    assert engine.txt2img().status_code == 200


def test_a_body_that_is_too_large(run, monkeypatch):
    monkeypatch.setattr(engine_server, "MAX_BODY", 100)
    engine = run()
    assert engine.txt2img(prompt="x" * 200).status_code == 413
    assert engine.get("/internal/ping").status_code == 200


@pytest.mark.parametrize("length", ["-1", "x", "1e3"])
def test_a_length_that_is_none(run, length):
    answer = run().post("/sdapi/v1/txt2img", headers={"Content-Length": length})
    assert answer.status_code == 400


def test_a_chunked_body(run):
    engine = run()
    answer = engine.session.post(
        engine.server.url + "/sdapi/v1/txt2img", data=iter([b"{}"]), timeout=5
    )
    assert answer.status_code == 411


def test_garbage_ends_its_connection_only(run):
    engine = run()
    with socket.create_connection(engine.server.server_address[:2]) as caller:
        caller.sendall(b"\0\1\2\r\n\r\n")
        assert b"400" in caller.recv(1000)
    assert engine.get("/internal/ping").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/sdapi/v1/nothing", 404),
        ("GET", "/sdapi/v1/txt2img", 405),
        ("DELETE", "/sdapi/v1/options", 405),
    ],
)
def test_no_such_route(run, method, path, status):
    engine = run()
    answer = engine.session.request(method, engine.server.url + path, timeout=5)
    assert answer.status_code == status


def test_only_the_token_opens(run):
    engine = run(token="猫")
    assert engine.get("/internal/ping").status_code == 200
    assert engine.get("/sdapi/v1/options").status_code == 401
    for word in ("猫", "other", ""):
        status = 200 if word == "猫" else 401
        bearer = {"Authorization": f"Bearer {word}".encode()}
        assert engine.get("/sdapi/v1/options", headers=bearer).status_code == status
        basic = (b"anyone", word.encode())
        assert engine.get("/sdapi/v1/options", auth=basic).status_code == status


def test_an_engine_that_ends_gives_its_job_no_answer(run):
    engine = run(0.05)
    threading.Timer(0.3, engine.server.server_close).start()
    with pytest.raises(requests.ConnectionError):
        engine.txt2img(steps=LONG)


def test_painters_that_cannot_be_loaded(run):
    def broken():
        raise RuntimeError("no brushes")

    answer = run(open_painter=broken).txt2img()
    assert answer.status_code == 503
    assert "no brushes" in answer.json()["errors"]
