"""One task: its card while it waits and runs, its pictures afterwards, and whose they are."""

from __future__ import annotations

from base64 import b64encode
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from generation.models import Backend, Output, Progress, Task
from generation.states import TaskState
from tests.generation.house import House
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
JPEG = b"\xff\xd8\xff\xe0preview"


def running(task_id: UUID) -> None:
    """As a worker would have it: a lease, and a first report of progress."""
    Task.objects.filter(pk=task_id).update(
        state=TaskState.RUNNING, lease_token=uuid4(), started_at=timezone.now()
    )
    Progress.objects.create(
        task_id=task_id, seq=3, fraction=0.5, step=10, steps=20, eta=2.2, preview=JPEG
    )


def look(client: Client, task_id: UUID, tail: str = "") -> str:
    return client.get(f"/studio/tasks/{task_id}{tail}", headers=FRAGMENT).content.decode()


def test_a_waiting_task_says_its_place_and_why(alice: Person, sign_in, paint) -> None:
    paint(alice, work=False)
    second = paint(alice, work=False)
    html = look(sign_in(alice), second)
    assert "Number 2 in the queue" in html
    assert "The servers are busy with tasks that came before it." in html


def test_a_task_waits_for_a_server_that_is_down(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    Backend.objects.update(is_up=False)
    assert "The drawing servers cannot be reached just now." in look(sign_in(alice), task_id)


def test_a_running_task_shows_step_time_and_preview(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    running(task_id)
    html = look(sign_in(alice), task_id)
    assert "Step 10 of 20" in html
    assert "about 3 s left" in html
    assert 'value="50"' in html
    assert f'src="data:image/jpeg;base64,{b64encode(JPEG).decode()}"' in html


def test_a_finished_task_turns_into_its_pictures(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, count="2")
    answer = sign_in(alice).get(f"/studio/tasks/{task_id}", headers=FRAGMENT)
    assert answer["HX-Reswap"] == "delete"
    assert answer.content.decode().count('class="tile tile--picture"') == 2


def test_the_card_is_a_page_too(alice: Person, sign_in, paint) -> None:
    page = sign_in(alice).get(f"/studio/tasks/{paint(alice, work=False)}").content.decode()
    assert "<html" in page
    assert 'class="task card"' in page


def test_the_light_box_shows_everything(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, negative_prompt="clouds", seed="77")
    html = look(sign_in(alice), task_id, "/0")
    for text in ("a red apple", "clouds", "77", "512 × 512", "Euler a", "/files/", "download="):
        assert text in html


def test_a_blocked_picture_is_a_plain_card(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    Output.objects.update(state="blocked", quarantine_until=timezone.now())
    client = sign_in(alice)
    for html in (look(client, task_id), look(client, task_id, "/0")):
        assert "Blocked by the content check" in html
        assert "/files/" not in html


def test_a_flagged_picture_shows_its_labels(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    Output.objects.update(verdict="flag", labels=[{"name": "suggestive", "confidence": 0.62}])
    assert "suggestive 62%" in look(sign_in(alice), task_id, "/0")


def test_a_failed_task_says_so_in_words(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    Task.objects.update(
        state=TaskState.FAILED, error_code="out_of_memory", finished_at=timezone.now()
    )
    assert "This was too large for the drawing server." in look(sign_in(alice), task_id, "/0")


def test_a_failed_task_offers_to_try_again(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    Task.objects.update(state=TaskState.FAILED, error_code="internal", finished_at=timezone.now())
    html = look(sign_in(alice), task_id, "/0")
    assert "Something broke on our side. Nothing was charged." in html
    assert f'action="/studio/tasks/{task_id}/again"' in html


def test_a_text_is_shown_as_text(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    Output.objects.update(format="txt", file="", infotext="a red apple on a table <b>")
    html = look(sign_in(alice), task_id, "/0")
    assert "a red apple on a table &lt;b&gt;</blockquote>" in html
    assert "easel-stage" not in html


def test_a_film_is_played(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    Output.objects.update(format="mp4")
    client = sign_in(alice)
    html = look(client, task_id, "/0")
    assert "<video" in html and "controls" in html
    source = html.partition('<video class="picture__image" src="')[2].partition('"')[0]
    answer = client.get(source)
    assert answer["Content-Type"] == "video/mp4"
    assert answer.getvalue()


def test_all_that_was_asked_for_is_listed(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    request = Task.objects.get(pk=task_id).request | {
        "clip_skip": 2,
        "scheduler": "Karras",
        "subseed": 5,
        "subseed_strength": 0.25,
        "hires": {"scale": 1.5, "upscaler": "Latent", "denoising_strength": 0.6},
        "init": {"image": {"stored": "inputs/2026-01-01/a.png"}, "denoising_strength": 0.4},
        "mask": {"image": {"stored": "inputs/2026-01-01/b.png"}, "only_masked": True},
        "controlnet": [{"model": "canny-model", "module": "canny", "guidance_end": 0.5}],
        "adetailer": [{"model": "face.pt", "prompt": "a smile"}],
    }
    Task.objects.update(request=request)
    html = look(sign_in(alice), task_id, "/0")
    for text in (
        *("Karras", "5 (0.25)", "× 1.5, Latent, strength 0.6", "strength 0.4, stretched"),
        *("canny-model, canny, weight 1, 0–0.5", "face.pt, a smile", "padding 32"),
    ):
        assert text in html
    assert f"/studio/tasks/{task_id}/input/init" in html


def test_cancelling(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    answer = sign_in(alice).post(f"/studio/tasks/{task_id}/cancel", headers=FRAGMENT)
    assert Task.objects.get().state == TaskState.CANCELLED
    assert "Cancelled" in answer.content.decode()
    assert "1,000 credits" in answer.content.decode()


def test_cancelling_a_running_task_says_that_it_stops(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    running(task_id)
    answer = sign_in(alice).post(f"/studio/tasks/{task_id}/cancel", headers=FRAGMENT)
    assert "Stopping" in answer.content.decode()


def test_unfinished_tasks_after_a_gap(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    html = sign_in(alice).get("/studio/tasks", headers=FRAGMENT).content.decode()
    assert f'id="task-{task_id}"' in html


def test_an_owner_sees_a_members_picture_but_not_on_his_wall(alice, bob, sign_in, paint) -> None:
    task_id = paint(bob)
    owner = sign_in(alice)
    assert owner.get(f"/studio/tasks/{task_id}/0").status_code == 200
    assert owner.get(f"/studio/tasks/{task_id}", headers=FRAGMENT).status_code == 204
    assert str(task_id) not in owner.get("/").content.decode()


@pytest.mark.parametrize("tail", ["", "/0"])
@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_a_stranger_finds_nothing(alice, bob, charlie, sign_in, paint, who, tail) -> None:
    task_id = paint(alice, work=tail == "/0")
    path = f"/studio/tasks/{task_id}{tail}"
    stranger = sign_in({"bob": bob, "charlie": charlie}[who])
    assert sign_in(alice).get(path).status_code == 200
    assert stranger.get(path).status_code == 404
    assert stranger.get(path, headers=FRAGMENT).status_code == 404


def test_a_stranger_cannot_cancel(alice, charlie, sign_in, paint) -> None:
    task_id = paint(alice, work=False)
    assert sign_in(charlie).post(f"/studio/tasks/{task_id}/cancel").status_code == 404
    assert Task.objects.get().state == TaskState.QUEUED


def test_a_strangers_wall_is_empty(alice, charlie, sign_in, paint) -> None:
    task_id = paint(alice)
    paint(alice, work=False)
    for path in ("/", "/studio/tasks"):
        assert str(task_id) not in sign_in(charlie).get(path, headers=FRAGMENT).content.decode()
    assert "data-task" not in sign_in(charlie).get("/studio/tasks").content.decode()


def test_what_never_was_is_not_found(house: House, alice: Person, sign_in) -> None:
    for tail in ("", "/0"):
        assert sign_in(alice).get(f"/studio/tasks/{uuid4()}{tail}").status_code == 404


def test_a_place_that_the_task_does_not_have(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    assert sign_in(alice).get(f"/studio/tasks/{task_id}/5").status_code == 404
