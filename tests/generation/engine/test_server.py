from __future__ import annotations

import base64
import io
import json
import socket
import threading
import time

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.dialects.sdwebui import infotext
from generation.dialects.sdwebui.wire import Info, Txt2ImgRequest
from generation.engine import server as engine_server
from generation.engine.jobs import MAX_QUEUED
from tests import samples
from tests.generation.engine.gradients import Gradients

LONG = 150


def until(condition, seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(condition())


def picture(answer, index: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(answer.json()["images"][index])))


def info(answer) -> Info:
    return Info.from_wire(answer.json()["info"])


def png(size=(64, 64)) -> str:
    file = io.BytesIO()
    Image.new("RGBA", size, (0, 128, 128, 255)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


# Pictures


def test_one_picture(run):
    answer = run().txt2img(width=128)
    assert answer.status_code == 200
    assert picture(answer).size == (128, 64)
    assert info(answer).all_seeds == [5]


def test_the_published_request(run):
    published = samples.load("sdwebui", "txt2img.request.json")
    answer = run().post("/sdapi/v1/txt2img", published)
    assert picture(answer).size == (512, 512)
    assert info(answer).negative_prompt == published["negative_prompt"]


def test_a_batch_counts_its_seeds_up(run):
    answer = run().txt2img(batch_size=2, n_iter=2)
    assert info(answer).all_seeds == [5, 6, 7, 8]
    assert len(set(answer.json()["images"])) == 4


def test_the_largest_seed_counts_on_from_zero(run):
    assert info(run().txt2img(seed=2**64 - 1, batch_size=2)).all_seeds == [2**64 - 1, 0]


def test_seed_minus_one_draws_one(run):
    engine = run()
    first, second = (info(engine.txt2img(seed=-1)).seed for _ in range(2))
    assert 0 <= first != second


def test_same_seed_same_bytes(run):
    engine = run()
    assert engine.txt2img().json()["images"] == engine.txt2img().json()["images"]


def test_sides_are_rounded_down_as_webui_does(run):
    assert picture(run().txt2img(width=71, height=135)).size == (64, 128)


def test_png_carries_its_parameters(run):
    answer = run().txt2img(prompt="一只猫", negative_prompt="b, c", sampler_name="dpm++ 2m karras")
    text = picture(answer).info["parameters"]
    assert text == info(answer).infotexts[0]
    read = infotext.parse(text)
    assert (read.prompt, read.negative_prompt) == ("一只猫", "b, c")
    assert read.parameters["Sampler"] == "DPM++ 2M"
    assert read.parameters["Schedule type"] == "Karras"
    assert read.parameters["Size"] == "64x64"
    assert read.parameters["Version"] == "Easel engine"


@pytest.mark.parametrize(("format", "kind"), [("jpg", "JPEG"), ("webp", "WEBP")])
def test_jpeg_and_webp_carry_them_as_a_user_comment(run, format, kind):
    answer = run().txt2img(prompt="一只猫", override_settings={"samples_format": format})
    made = picture(answer)
    assert made.format == kind
    comment = made.getexif().get_ifd(0x8769)[0x9286]
    assert comment.removeprefix(b"UNICODE\0").decode("utf-16-be") == info(answer).infotexts[0]


def test_img2img(run):
    engine = run()
    body = {"init_images": [png((300, 200))], "denoising_strength": 0, "width": 64, "height": 64}
    for resize_mode in (0, 1, 2):
        answer = engine.post("/sdapi/v1/img2img", body | {"resize_mode": resize_mode, "steps": 1})
        assert picture(answer).getpixel((32, 32)) == (0, 128, 128)
        assert answer.json()["parameters"]["init_images"] is None


def test_a_checkpoint_for_one_request(run):
    engine = run()
    chosen = {"sd_model_checkpoint": "stripes.easel"}
    assert info(engine.txt2img(override_settings=chosen)).sd_model_name == "stripes.easel"
    assert info(engine.txt2img()).sd_model_name == "gradients.easel"


# Progress and interrupt


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
    assert until(lambda: engine.engine.queue.running)
    began = time.monotonic()
    engine.post("/sdapi/v1/interrupt")
    call.join()
    assert time.monotonic() - began < 0.4
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


def test_a_pace_makes_steps_last(run):
    engine = run(0, pace=0.02)
    began = time.monotonic()
    engine.txt2img(steps=11)
    assert time.monotonic() - began > 0.2


# Settings and lists


def test_it_says_what_it_is(run):
    options = run().get("/sdapi/v1/options").json()
    assert options["easel_engine"] == "Easel engine"
    assert "txt2img" in options["easel_features"]


def test_checkpoints_say_what_they_are(run):
    (first, _) = run().get("/sdapi/v1/sd-models").json()
    assert first["title"] == f"gradients.easel [{first['sha256'][:10]}]"
    assert "not a neural network" in first["description"]


def test_an_echo_of_all_options_switches_the_checkpoint(run):
    engine = run()
    options = engine.get("/sdapi/v1/options").json()
    for name in ("Stripes", "stripes.easel", "STRIPES.EASEL"):
        echo = options | {"sd_model_checkpoint": name, "unknown": None, "sd_vae": None}
        assert engine.post("/sdapi/v1/options", echo).json() is None
        assert info(engine.txt2img()).sd_model_name == "stripes.easel"
        engine.post("/sdapi/v1/options", options)
        assert info(engine.txt2img()).sd_model_name == "gradients.easel"


@pytest.mark.parametrize(
    "path",
    [
        "samplers",
        "schedulers",
        "upscalers",
        "latent-upscale-modes",
        "sd-vae",
        "loras",
        "embeddings",
        "scripts",
        "script-info",
        "memory",
        "cmd-flags",
        "prompt-styles",
        "hypernetworks",
        "face-restorers",
        "extensions",
    ],
)
def test_list(run, path):
    assert run().get(f"/sdapi/v1/{path}").status_code == 200


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


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"width": 0}, 422, "width"),
        ({"width": 2048, "height": 2048, "n_iter": 33}, 422, "n_iter"),
        ({"steps": "many"}, 422, "steps"),
        ({"enable_hr": True}, 422, "enable_hr"),
        ({"restore_faces": True}, 422, "restore_faces"),
        ({"tiling": True}, 422, "tiling"),
        ({"styles": ["ink"]}, 422, "styles"),
        ({"save_images": True}, 422, "save_images"),
        ({"subseed_strength": 0.5}, 422, "subseed_strength"),
        ({"sampler_name": "Kettle"}, 404, "sampler_name"),
        ({"scheduler": "Kettle"}, 404, "scheduler"),
        ({"alwayson_scripts": {"controlnet": {"args": [{}]}}}, 422, "alwayson_scripts.controlnet"),
        ({"override_settings": {"sd_vae": "a.pt"}}, 404, "override_settings.sd_vae"),
        (
            {"override_settings": {"sd_model_checkpoint": "gone"}},
            404,
            "override_settings.sd_model_checkpoint",
        ),
        ({"override_settings": {"samples_format": "bmp"}}, 422, "override_settings.samples_format"),
        (
            {"override_settings": {"CLIP_stop_at_last_layers": 0}},
            422,
            "override_settings.CLIP_stop_at_last_layers",
        ),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_painted(run, fields, status, field):
    engine = run()
    answer = engine.txt2img(**fields)
    body = answer.json()
    assert answer.status_code == status
    assert set(body) == {"error", "detail", "body", "errors"}
    assert body["errors"].startswith(f"{field}: ")
    assert ".".join(body["detail"][0]["loc"]) == f"body.{field}"
    assert engine.painter.painted == []


def test_what_the_painter_refuses_is_answered_with_its_reason(run):
    answer = run().txt2img(prompt="refuse me")
    assert answer.status_code == 422
    assert answer.json()["errors"] == "prompt: this painter does not draw that"


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({}, 404, "init_images"),
        ({"init_images": ["!"]}, 422, "init_images"),
        ({"init_images": [base64.b64encode(b"text").decode()]}, 422, "init_images"),
        ({"init_images": [png()], "mask": png()}, 422, "mask"),
        ({"init_images": [png()], "resize_mode": 3}, 422, "resize_mode"),
    ],
)
def test_img2img_refusals(run, fields, status, field):
    answer = run().post("/sdapi/v1/img2img", fields)
    assert answer.status_code == status
    assert answer.json()["errors"].startswith(f"{field}: ")


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
    monkeypatch.setattr("generation.engine.jobs.MAX_QUEUED", 1)
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


def test_an_unknown_checkpoint_is_not_set(run):
    engine = run()
    assert engine.post("/sdapi/v1/options", {"sd_model_checkpoint": "gone"}).status_code == 404
    assert info(engine.txt2img()).sd_model_name == "gradients.easel"


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
