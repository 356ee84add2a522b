"""A look at a preprocessor's map: a task on the normal road, shown in its unit and nowhere else."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from generation.models import Output, Task, Upload
from tests.generation.studio.conftest import FRAGMENT
from tests.generation.studio.sources.conftest import small

PREVIEW = "/studio/sources/preview"


@pytest.fixture
def asked(alice, sign_in, send, able):
    """The page's answer to the button."""
    client = sign_in(alice)
    told = send(client, small())

    def ask(**fields: str) -> str:
        content = {"unit": "0", "control_0_image": told["id"], "control_0_module": "canny"}
        return client.post(PREVIEW, content | fields, headers=FRAGMENT).content.decode()

    return ask


def test_a_look_at_the_edges(alice, sign_in, asked, able):
    answer = asked(control_0_threshold_a="30", control_0_resolution="512")
    task = Task.objects.get()
    assert (task.kind, task.needs) == ("preprocess", ["controlnet", "module:canny"])
    assert task.price == 50
    assert f"{PREVIEW}/{task.pk}" in answer
    able.work()
    (call,) = [call for call in able.server.calls if call.path == "/controlnet/detect"]
    assert call.body["controlnet_threshold_a"] == 30
    assert call.body["controlnet_processor_res"] == 512
    shown = sign_in(alice).get(f"{PREVIEW}/{task.pk}?unit=0", headers=FRAGMENT).content.decode()
    assert str(Output.objects.get().pk) in shown
    assert 'id="preview-0"' in shown
    assert "hx-get" not in shown


def test_the_init_image_stands_in(asked):
    asked(control_0_image="", init=str(Upload.objects.get().pk))
    assert Task.objects.get().image_request.preprocess.module == "canny"


def test_it_is_no_picture_of_the_history(alice, sign_in, asked, able):
    asked()
    client = sign_in(alice)
    task = Task.objects.get()
    assert str(task.pk) not in client.get("/studio/tasks").content.decode()
    able.work()
    assert str(task.pk) not in client.get("/").content.decode()
    assert str(task.pk) not in client.get("/studio/sources/history").content.decode()
    assert client.get("/api/v1/images", headers=alice.headers).json()["items"] == []


def test_a_map_that_may_not_be_seen_is_not_shown(alice, sign_in, asked, able):
    asked()
    able.work()
    Output.objects.update(state="blocked", quarantine_until=timezone.now())
    page = sign_in(alice).get(f"{PREVIEW}/{Task.objects.get().pk}?unit=0").content.decode()
    assert "may not be shown" in page
    assert "<img" not in page


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"control_0_module": "depth_midas"}, "Correct what is marked"),
        ({"control_0_threshold_a": "x"}, "Correct what is marked"),
        ({"control_0_image": ""}, "Choose a picture"),
        ({"control_0_image": str(uuid4())}, "not there any more"),
        ({"control_0_module": "none"}, "nothing to look at"),
    ],
)
def test_what_cannot_be_looked_at(asked, fields, said):
    assert said.lower() in asked(**fields).lower()
    assert not Task.objects.exists()


def test_a_unit_that_is_not_there(alice, sign_in, house):
    assert sign_in(alice).post(PREVIEW, {"unit": "7"}).status_code == 404


def test_anothers_look_and_a_picture_are_no_looks_of_mine(alice, charlie, sign_in, asked, paint):
    asked()
    task = Task.objects.get().pk
    for task_id in (task, uuid4()):
        assert sign_in(charlie).get(f"{PREVIEW}/{task_id}?unit=0").status_code == 404
    picture: UUID = paint(alice, work=False)
    assert sign_in(alice).get(f"{PREVIEW}/{picture}?unit=0").status_code == 404
