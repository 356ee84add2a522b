"""Progress, interrupt, skip and options: per caller. What one key does, another never sees."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts.models import KeyKind
from generation.models import CallerOptions, Progress, Task
from generation.states import TaskState
from generation.stream import Later
from tests.generation.house import CHECKPOINT, House
from tests.people import Person
from tests.samples import load

SDAPI = "/sdapi/v1/"


def post(client: Client, who: Person, path: str, sent: Any = None, **how: Any) -> Any:
    headers = how.pop("headers", who.headers)
    return client.post(SDAPI + path, sent, content_type="application/json", headers=headers)


def get(client: Client, who: Person, path: str, **query: Any) -> Any:
    return client.get(SDAPI + path, query, headers=who.headers).json()


def ask(client: Client, who: Person, task_id: str = "", **how: Any) -> Any:
    sent = {"prompt": "a red apple", "steps": 4, "task_id": task_id}
    response = post(client, who, "txt2img", sent, **how)
    assert isinstance(response, Later), response.content
    return response


def second_key(who: Person) -> dict[str, str]:
    """Another key of the same person."""
    made = keys.make(who.tenant, who.user, KeyKind.API_TOKEN, "another")
    return {"Authorization": f"Bearer {made.secret}"}


def run(task: Task) -> None:
    """As it stands while a worker is at it."""
    Task.objects.filter(pk=task.pk).update(
        state=TaskState.RUNNING, lease_token=task.pk, started_at=timezone.now()
    )
    Progress.objects.create(
        task_id=task.pk, seq=3, fraction=0.5, step=2, steps=4, eta=1.5, preview=b"\xff\xd8jpeg"
    )


# ── Progress ─────────────────────────────────────────────────────────────────────────────────
def test_idle_as_webui_says_it(alice: Person, client: Client) -> None:
    answer = get(client, alice, "progress")
    golden = load("sdwebui", "a1111.progress.idle.json")
    assert answer.keys() == golden.keys()
    assert golden["state"].keys() <= answer["state"].keys()
    assert (answer["progress"], answer["state"]["job_count"]) == (0, 0)
    assert answer["current_image"] is None


def test_the_form_of_the_contract(alice: Person, client: Client) -> None:
    sent = load("sdwebui", "progress.request.json")
    golden = load("sdwebui", "progress.response.json")
    answer = client.generic(
        "GET", f"{SDAPI}progress", json.dumps(sent), "application/json", headers=alice.headers
    ).json()
    assert golden.keys() <= answer.keys()
    assert golden["state"].keys() <= answer["state"].keys()


def test_empty_words_of_a_query_are_absent(alice: Person, client: Client) -> None:
    answer = get(client, alice, "progress", skip_current_image="", task_id="")
    assert answer["state"]["job_count"] == 0


def test_an_unknown_task(alice: Person, client: Client) -> None:
    answer = get(client, alice, "progress", task_id="nobody's")
    assert (answer["progress"], answer["current_image"]) == (0, "")
    assert answer["state"]["task_id"] == "nobody's"


@pytest.mark.parametrize("query", [{}, {"task_id": "mine"}])
def test_a_running_task(house: House, alice: Person, client: Client, query: Any) -> None:
    ask(client, alice, "mine")
    run(Task.objects.get())
    answer = get(client, alice, "progress", **query)
    assert (answer["progress"], answer["eta_relative"]) == (0.5, 1.5)
    assert base64.b64decode(answer["current_image"]) == b"\xff\xd8jpeg"
    state = answer["state"]
    assert (state["sampling_step"], state["sampling_steps"], state["task_id"]) == (2, 4, "mine")
    assert state["job_count"] == 1


def test_without_the_picture(house: House, alice: Person, client: Client) -> None:
    ask(client, alice, "mine")
    run(Task.objects.get())
    assert get(client, alice, "progress", skip_current_image="true")["current_image"] == ""


def test_by_a_body(house: House, alice: Person, client: Client) -> None:
    ask(client, alice, "mine")
    run(Task.objects.get())
    assert post(client, alice, "progress", {"task_id": "mine"}).json()["progress"] == 0.5


def test_a_waiting_task_says_its_place(house: House, alice: Person, client: Client) -> None:
    ask(client, alice, "mine")
    answer = get(client, alice, "progress")
    assert (answer["progress"], answer["state"]["job_count"]) == (0, 1)
    assert answer["textinfo"].startswith("In queue: ")


def test_a_finished_task_shows_its_picture_for_a_while(
    house: House, alice: Person, client: Client
) -> None:
    ask(client, alice, "mine")
    house.work()
    answer = get(client, alice, "progress", task_id="mine")
    assert (answer["progress"], answer["eta_relative"]) == (1, 0)
    assert base64.b64decode(answer["current_image"])[:4] == b"RIFF"
    Task.objects.update(finished_at="2026-01-01T00:00:00Z")
    assert get(client, alice, "progress", task_id="mine")["current_image"] == ""


def test_progress_of_one_key_is_not_another_s(
    house: House, alice: Person, bob: Person, charlie: Person, client: Client
) -> None:
    ask(client, alice, "mine")
    run(Task.objects.get())
    other = client.get(f"{SDAPI}progress", {"task_id": "mine"}, headers=second_key(alice)).json()
    strangers = [get(client, who, "progress", task_id="mine") for who in (bob, charlie)]
    for answer in (other, *strangers):
        assert (answer["progress"], answer["state"]["job_count"]) == (0, 0)


def test_internal_progress(house: House, alice: Person, client: Client) -> None:
    def look(**sent: Any) -> Any:
        path, sent = "/internal/progress", {"id_task": "mine"} | sent
        return client.post(
            path, sent, content_type="application/json", headers=alice.headers
        ).json()

    assert look()["textinfo"] == "Waiting..."
    ask(client, alice, "mine")
    assert (look()["queued"], look()["active"]) == (True, False)
    pending = client.get("/internal/pending-tasks", headers=alice.headers).json()
    assert pending == {"size": 1, "tasks": ["mine"]}
    run(Task.objects.get())
    answer = look()
    assert answer.keys() >= load("sdwebui", "a1111.internal-progress.running.json").keys()
    assert (answer["active"], answer["progress"], answer["id_live_preview"]) == (True, 0.5, 3)
    assert answer["live_preview"].startswith("data:image/jpeg;base64,")
    assert look(id_live_preview=3)["live_preview"] is None
    assert look(live_preview=False)["live_preview"] is None


# ── Interrupt and skip ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("path", "said"), [("interrupt", {}), ("skip", None)])
def test_the_caller_s_task_ends(
    house: House, alice: Person, client: Client, path: str, said: Any
) -> None:
    response = ask(client, alice, "mine")
    assert post(client, alice, path).json() == said
    assert Task.objects.get().state == TaskState.CANCELLED
    answer = response.answer()
    assert (answer.status_code, json.loads(answer.content)["images"]) == (200, [])
    assert "interrupted" in answer["X-Easel-Warnings"]


def test_a_running_task_before_a_waiting_one(house: House, alice: Person, client: Client) -> None:
    ask(client, alice, "first")
    run(Task.objects.get())
    ask(client, alice, "second")
    post(client, alice, "interrupt")
    stopped = Task.objects.filter(cancel_requested_at__isnull=False)
    assert [task.client_id for task in stopped] == ["first"]


def test_one_task_by_its_id(house: House, alice: Person, client: Client) -> None:
    for name in ("first", "second"):
        ask(client, alice, name)
    post(client, alice, "interrupt", {"task_id": "first"})
    assert Task.objects.get(state=TaskState.CANCELLED).client_id == "first"


def test_nobody_interrupts_another_s(
    house: House, alice: Person, bob: Person, charlie: Person, client: Client
) -> None:
    ask(client, alice, "mine")
    for who in (bob, charlie):
        for sent in ({}, {"task_id": "mine"}):
            assert post(client, who, "interrupt", sent).json() == {}
    assert post(client, alice, "skip", headers=second_key(alice)).json() is None
    assert Task.objects.get().state == TaskState.QUEUED


def test_what_came_by_another_door_goes_on(house: House, alice: Person, client: Client) -> None:
    house.draw(alice, client_id="other")
    post(client, alice, "interrupt")
    assert Task.objects.get().state == TaskState.QUEUED


# ── Options ──────────────────────────────────────────────────────────────────────────────────
def test_the_defaults(house: House, alice: Person, client: Client) -> None:
    options = get(client, alice, "options")
    assert options["sd_model_checkpoint"].startswith(CHECKPOINT)
    assert (options["sd_vae"], options["CLIP_stop_at_last_layers"]) == ("Automatic", 1)
    assert options["samples_format"] == "png"


def test_a_whole_echo_with_another_checkpoint(house: House, alice: Person, client: Client) -> None:
    sent = get(client, alice, "options") | {"sd_model_checkpoint": "fake-v2", "their_own": 1}
    answer = post(client, alice, "options", sent)
    assert (answer.status_code, answer.json()) == (200, None)
    assert "X-Easel-Warnings" not in answer
    assert get(client, alice, "options")["sd_model_checkpoint"].startswith("fake-v2.safetensors")
    ask(client, alice)
    assert Task.objects.get().checkpoint == "fake-v2.safetensors"


def test_an_echo_keeps_the_default_a_default(house: House, alice: Person, client: Client) -> None:
    post(client, alice, "options", get(client, alice, "options"))
    assert CallerOptions.objects.get().values["sd_model_checkpoint"] == ""


def test_the_published_call(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice, "options", load("sdwebui", "options.request.json"))
    assert (answer.status_code, answer.json()) == (200, None)


def test_each_setting_acts(house: House, alice: Person, client: Client) -> None:
    sent = {"sd_vae": "fake.vae.pt", "CLIP_stop_at_last_layers": "2", "samples_format": "JPEG"}
    assert post(client, alice, "options", sent).status_code == 200
    ask(client, alice)
    request = Task.objects.get().image_request
    assert (request.vae, request.clip_skip, request.output_format) == ("fake.vae.pt", 2, "jpg")


def test_what_cannot_be_changed_is_said(house: House, alice: Person, client: Client) -> None:
    answer = post(client, alice, "options", {"jpeg_quality": 5})
    assert answer.status_code == 200
    assert "jpeg_quality" in answer["X-Easel-Warnings"]
    assert get(client, alice, "options")["jpeg_quality"] == 80


def test_options_of_one_key_are_not_another_s(
    house: House, alice: Person, charlie: Person, client: Client
) -> None:
    post(client, alice, "options", {"CLIP_stop_at_last_layers": 3})
    other = client.get(f"{SDAPI}options", headers=second_key(alice)).json()
    for answer in (other, get(client, charlie, "options")):
        assert answer["CLIP_stop_at_last_layers"] == 1


def test_an_unknown_checkpoint(house: House, alice: Person, client: Client) -> None:
    sent = {"sd_model_checkpoint": "no such", "CLIP_stop_at_last_layers": 5}
    answer = post(client, alice, "options", sent)
    assert (answer.status_code, answer.json()["detail"]) == (400, "checkpoint not found")
    assert "no such" in answer.json()["errors"]
    assert not CallerOptions.objects.exists()


def test_a_checkpoint_that_the_key_may_not_use(house: House, alice: Person, client: Client) -> None:
    alice.key.checkpoints = [CHECKPOINT]
    alice.key.save()
    answer = post(client, alice, "options", {"sd_model_checkpoint": "fake-v2.safetensors"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"CLIP_stop_at_last_layers": 13}, "CLIP_stop_at_last_layers"),
        ({"samples_format": "gif"}, "samples_format"),
        ({"sd_vae": 5}, "sd_vae"),
        ({"sd_model_checkpoint": "a\0b"}, "sd_model_checkpoint"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(
    alice: Person, client: Client, sent: Any, field: str
) -> None:
    answer = post(client, alice, "options", sent)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]
