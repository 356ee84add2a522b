"""A finished picture made again, varied, enlarged: what is sent, what it costs, who may."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import ledger
from accounts.models import Membership, Role
from generation import storage
from generation.models import Output, Task
from generation.request import ImageRef, Init
from generation.states import TaskState
from tests.generation.painting import encoded
from tests.generation.studio.conftest import FRAGMENT
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def newest() -> Task:
    return Task.objects.latest("created_at")


def post(client, path: str, **data: str):
    return client.post(f"/studio/tasks/{path}", data, headers=FRAGMENT)


def test_exactly_once_more(alice: Person, sign_in, paint, house) -> None:
    task_id = paint(alice, count="3", negative_prompt="clouds")
    answer = post(sign_in(alice), f"{task_id}/2/vary", how="same")
    assert f'id="task-{newest().pk}"' in answer.content.decode()
    assert "999 credits" not in answer.content.decode()
    old = Task.objects.get(pk=task_id).image_request
    assert newest().image_request == old.model_copy(update={"seed": old.seed + 2, "n_iter": 1})
    house.work()
    assert Output.objects.get(task=newest()).seed == Output.objects.get(task=task_id, index=2).seed


def test_four_variations(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    old = Task.objects.get(pk=task_id).image_request
    for how, strength in (("subtle", 0.1), ("strong", 0.35)):
        post(sign_in(alice), f"{task_id}/0/vary", how=how)
        asked = newest().image_request
        assert (asked.seed, asked.subseed_strength, asked.images) == (old.seed, strength, 4)
        assert asked.subseed is not None


def test_one_of_several_variations_once_more(alice: Person, sign_in, paint, house) -> None:
    post(sign_in(alice), f"{paint(alice)}/0/vary", how="subtle")
    house.work()
    four = newest()
    post(sign_in(alice), f"{four.pk}/3/vary", how="same")
    asked, old = newest().image_request, four.image_request
    assert (asked.seed, asked.subseed) == (old.seed, old.subseed + 3)


def test_the_prices_are_shown_before(alice: Person, sign_in, paint) -> None:
    page = sign_in(alice).get(f"/studio/tasks/{paint(alice)}/0/vary", headers=FRAGMENT)
    assert "4 pictures, " in page.content.decode()
    assert "the same seed, " in page.content.decode()


def test_enlarged(alice: Person, sign_in, paint, house) -> None:
    task_id = paint(alice)
    client = sign_in(alice)
    assert b"1024" in client.get(f"/studio/tasks/{task_id}/0/upscale", headers=FRAGMENT).content
    answer = post(client, f"{task_id}/0/upscale", factor="2", upscaler="ESRGAN_4x")
    assert answer.status_code == 200
    made = newest()
    assert made.kind == "extras"
    assert (made.image_request.extras.factor, made.image_request.extras.upscaler) == (
        2.0,
        "ESRGAN_4x",
    )
    stored = made.image_request.init.image.stored
    file = Output.objects.get(task=task_id).file
    assert storage.open_stored(stored) == storage.open_stored(file)  # a copy of its own
    assert stored != file
    house.work()
    made.refresh_from_db()
    assert made.state == TaskState.DONE


def test_without_its_background(alice: Person, sign_in, paint, house) -> None:
    task_id = paint(alice)
    client = sign_in(alice)
    assert b"A person" in client.get(f"/studio/tasks/{task_id}/0/cutout", headers=FRAGMENT).content
    answer = post(client, f"{task_id}/0/cutout", model="object", feather="4")
    assert answer.status_code == 200
    made = newest()
    assert (made.kind, made.image_request.cutout.model) == ("cutout", "object")
    house.work()
    made.refresh_from_db()
    assert (made.state, Output.objects.get(task=made).format) == (TaskState.DONE, "png")
    assert b"soft edge of 4 pixels" in client.get(f"/studio/tasks/{made.pk}/0").content
    assert post(client, f"{task_id}/0/cutout", model="dog", feather="4").status_code == 422


def test_the_input_is_copied_with_the_task(alice: Person, sign_in, paint, house) -> None:
    key = storage.store_input(encoded())
    first = house.draw(alice, with_={"init": Init(image=ImageRef(stored=key))}).task_id
    house.work()
    post(sign_in(alice), f"{first}/0/vary", how="same")
    again = newest().image_request.init.image.stored
    assert again != key
    assert storage.open_stored(again) == storage.open_stored(key)


def test_a_failed_task_is_tried_again(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, work=False, count="2")
    Task.objects.update(
        state=TaskState.FAILED, error_code="backend_failed", finished_at=timezone.now()
    )
    client = sign_in(alice)
    page = client.get(f"/studio/tasks/{task_id}/0", headers=FRAGMENT).content.decode()
    assert f"/studio/tasks/{task_id}/again" in page
    assert post(client, f"{task_id}/again").status_code == 200
    assert newest().image_request == Task.objects.get(pk=task_id).image_request


def test_without_scripts_the_new_task_has_a_page(alice: Person, sign_in, paint) -> None:
    client = sign_in(alice)
    task_id = paint(alice)
    answer = client.post(f"/studio/tasks/{task_id}/0/vary", {"how": "subtle"})
    assert answer["Location"] == f"/studio/tasks/{newest().pk}"
    for name in ("vary", "upscale", "cutout", "share", "code"):
        assert b"<html" in client.get(f"/studio/tasks/{task_id}/0/{name}").content


def test_all_are_cancelled_at_once(alice: Person, bob: Person, sign_in, paint) -> None:
    theirs = paint(bob, work=False)
    for _ in range(3):
        paint(alice, work=False)
    assert sign_in(alice).post("/studio/cancel-all", headers=FRAGMENT).status_code == 200
    states = dict(Task.objects.values_list("pk", "state"))
    assert states.pop(theirs) == TaskState.QUEUED
    assert set(states.values()) == {TaskState.CANCELLED}


# ── refusals ──


def test_an_input_that_is_gone_is_said(alice: Person, sign_in, paint, house) -> None:
    key = storage.store_input(encoded())
    first = house.draw(alice, with_={"init": Init(image=ImageRef(stored=key))}).task_id
    house.work()
    storage.remove([key])
    answer = post(sign_in(alice), f"{first}/0/vary", how="same")
    assert (answer.status_code, Task.objects.count()) == (422, 1)
    assert "Your picture cannot be used." in answer.content.decode()


def test_what_was_refused_leaves_no_copy(alice: Person, sign_in, paint, tmp_path) -> None:
    task_id = paint(alice)
    answer = post(sign_in(alice), f"{task_id}/0/upscale", factor="2", upscaler="nobody has it")
    assert answer.status_code == 422
    ledger.adjust(alice.tenant.pk, -ledger.balance(alice.tenant.pk), "spent")
    answer = post(sign_in(alice), f"{task_id}/0/upscale", factor="2", upscaler="ESRGAN_4x")
    assert answer.status_code == 422
    assert "Not enough credit" in answer.content.decode()
    assert not list(tmp_path.glob("inputs/*/*"))


def test_only_what_is_in_the_lists(alice: Person, sign_in, paint) -> None:
    path, client = f"{paint(alice)}/0", sign_in(alice)
    for factor in ("5", "0", "x", ""):
        answer = post(client, f"{path}/upscale", factor=factor, upscaler="ESRGAN_4x")
        assert (answer.status_code, Task.objects.count()) == (422, 1)
    assert post(client, f"{path}/vary", how="quite").status_code == 404


def test_a_viewer_makes_nothing(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    Membership.objects.filter(user=alice.user).update(role=Role.VIEWER)
    client = sign_in(alice)
    assert post(client, f"{task_id}/0/vary", how="same").status_code == 422
    assert Task.objects.count() == 1
    page = client.get(f"/studio/tasks/{task_id}/0", headers=FRAGMENT).content.decode()
    assert "data-make" not in page
    assert "?source=" not in page


def test_an_unfinished_task_is_not_tried_again(alice: Person, sign_in, paint) -> None:
    assert post(sign_in(alice), f"{paint(alice, work=False)}/again").status_code == 404


def test_nothing_is_made_of_what_may_not_be_seen(alice: Person, sign_in, paint) -> None:
    path, client, now = f"/studio/tasks/{paint(alice)}/0", sign_in(alice), timezone.now()
    names = ("vary", "upscale", "share", "code", "file")
    for state in ("blocked", "deleted"):
        Output.objects.update(state=state, quarantine_until=now)
        assert {client.head(f"{path}/{name}").status_code for name in names} == {404}
    Output.objects.update(state="visible", quarantine_until=None)
    assert {client.head(f"{path}/{name}").status_code for name in names} == {200}
    for rows in (Output.objects, Task.objects):
        rows.update(hidden_at=now)
        assert {client.head(f"{path}/{name}").status_code for name in names} == {404}
        rows.update(hidden_at=None)
