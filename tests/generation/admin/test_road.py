"""The operators' pages of tasks, servers and clusters."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts import ledger
from accounts.models import User
from accounts.sealing import unseal
from catalog.models import Checkpoint, Presence
from generation import probes, reaper
from generation.models import Attempt, Backend, ClusterBeat, Output, Task
from generation.states import OutputState, TaskState
from tests.generation.house import CHECKPOINT, House
from tests.people import CREDIT, Person

PAGES = ["task", "attempt", "output", "backend", "clusterbeat"]


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    user = User.objects.create_superuser("operator@example.com", "a long password, really")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def act(operator: Client, page: str, action: str, *rows: Any) -> str:
    """What the page says after an action on these rows."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    url = reverse(f"admin:generation_{page}_changelist")
    return str(operator.post(url, data, follow=True).content.decode())


def change_page(row: Any) -> str:
    return reverse(f"admin:generation_{row._meta.model_name}_change", args=[row.pk])


def fields_of(operator: Client, url: str, **changes: str) -> dict[str, str]:
    form = operator.get(url).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value not in (None, False)} | changes


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_the_lists_open_and_search(
    operator: Client, house: House, alice: Person, page: str, query: str
) -> None:
    house.draw(alice)
    house.work()
    url = reverse(f"admin:generation_{page}_changelist")
    assert operator.get(url, {"q": query} if query else {}).status_code == 200


def test_each_row_opens(operator: Client, house: House, alice: Person) -> None:
    house.draw(alice)
    house.work()
    for model in (Task, Attempt, Output, Backend, ClusterBeat):
        row = model.objects.first()  # type: ignore[attr-defined]
        assert operator.get(change_page(row)).status_code == 200, model


def test_a_list_asks_as_many_queries_for_ten_rows_as_for_one(
    operator: Client, house: House, alice: Person, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        house.draw(alice)
    with django_assert_max_num_queries(10):
        operator.get(reverse("admin:generation_task_changelist"))


def test_a_task_is_cancelled_and_refunded(operator: Client, house: House, alice: Person) -> None:
    house.draw(alice)
    act(operator, "task", "cancel", Task.objects.get())
    assert house.claim() is None
    reaper.end_cancelled()
    assert Task.objects.get().state == TaskState.CANCELLED
    assert ledger.balance(alice.tenant.pk) == CREDIT
    assert LogEntry.objects.exists()


def test_a_finished_task_is_erased_with_its_files(
    operator: Client, house: House, alice: Person
) -> None:
    house.draw(alice)
    house.work()
    name = Output.objects.get().file
    waiting = house.draw(alice)
    act(operator, "task", "erase", *Task.objects.all())
    assert list(Task.objects.values_list("pk", flat=True)) == [waiting.task_id]
    assert not default_storage.exists(name)


def test_a_picture_is_shown_unless_it_is_blocked(
    operator: Client, house: House, alice: Person
) -> None:
    house.draw(alice)
    house.work()
    output = Output.objects.get()
    assert b"/files/" in operator.get(change_page(output)).content
    Output.objects.update(state=OutputState.BLOCKED, quarantine_until=output.expires_at)
    assert b"/files/" not in operator.get(change_page(output)).content


# ── Servers ──────────────────────────────────────────────────────────────────────────────────
def test_a_server_is_added_with_its_secrets_sealed(operator: Client) -> None:
    sent = {
        "name": "gpu", "kind": "sdwebui", "url": "https://gpu.example/", "slots": "2",
        "enabled": "on", "username": "u", "password": " pears and more ", "token": "tok",
    }  # fmt: skip
    url = reverse("admin:generation_backend_add")
    assert operator.post(url, sent).status_code == 302
    backend = Backend.objects.get()
    assert (backend.url, backend.slots) == ("https://gpu.example", 2)
    assert (unseal(backend.password_sealed), unseal(backend.token_sealed)) == (
        " pears and more ",
        "tok",
    )
    page = operator.get(change_page(backend)).content
    for secret in (b" pears and more ", b'"tok"', backend.password_sealed.encode()):
        assert secret not in page


def test_secrets_stay_unless_they_are_changed_or_forgotten(operator: Client, house: House) -> None:
    url = change_page(house.backend)
    operator.post(url, fields_of(operator, url, password="one"))
    operator.post(url, fields_of(operator, url, slots="3"))
    house.backend.refresh_from_db()
    assert (house.backend.slots, unseal(house.backend.password_sealed)) == (3, "one")
    operator.post(url, fields_of(operator, url, forget_credentials="on"))
    house.backend.refresh_from_db()
    assert house.backend.password_sealed == ""


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("drain", "draining", True),
        ("undrain", "draining", False),
        ("disable", "enabled", False),
        ("enable", "enabled", True),
    ],
)
def test_the_switches(operator: Client, house: House, action: str, field: str, value: bool) -> None:
    Backend.objects.update(**{field: not value})
    act(operator, "backend", action, house.backend)
    house.backend.refresh_from_db()
    assert getattr(house.backend, field) is value
    assert LogEntry.objects.get().object_id == str(house.backend.pk)


def test_a_drained_server_gets_nothing(operator: Client, house: House, alice: Person) -> None:
    act(operator, "backend", "drain", house.backend)
    house.draw(alice)
    assert house.claim() is None


def test_reading_again_is_done_by_the_next_probe(operator: Client, house: House) -> None:
    Checkpoint.objects.filter(name=CHECKPOINT).delete()
    probes.probe(house.backend)
    assert not Checkpoint.objects.filter(name=CHECKPOINT).exists()  # nothing has changed there
    act(operator, "backend", "read_again", house.backend)
    house.backend.refresh_from_db()
    probes.probe(house.backend)
    assert Checkpoint.objects.filter(name=CHECKPOINT).exists()
    house.backend.refresh_from_db()
    assert house.backend.read_result["created"] == 1
    assert house.backend.read_at > house.backend.read_asked_at


def test_a_running_task_goes_back_to_the_queue(
    operator: Client, house: House, alice: Person
) -> None:
    house.draw(alice)
    found = house.claim()
    assert found is not None
    assert "1 task waits again" in act(operator, "task", "requeue", Task.objects.get())
    assert Task.objects.get().state == TaskState.QUEUED
    house.run(found)  # the worker comes too late: the lease is nobody's
    assert Task.objects.get().state == TaskState.QUEUED
    assert "1 were not at work" in act(operator, "task", "requeue", Task.objects.get())


def test_a_task_is_found_by_words_of_its_prompt(
    operator: Client, house: House, alice: Person
) -> None:
    done = house.draw(alice, "a quiet lighthouse")
    house.draw(alice, "a loud city")
    house.work()
    page = operator.get(reverse("admin:generation_task_changelist"), {"q": "lighthouse"})
    assert [task.pk for task in page.context["cl"].result_list] == [done.task_id]


def test_a_server_that_is_deleted_has_nothing_any_more(operator: Client, house: House) -> None:
    operator.post(reverse("admin:generation_backend_delete", args=[house.backend.pk]), {"post": 1})
    assert not Backend.objects.exists()
    assert not Presence.objects.exists()
    assert not Checkpoint.objects.get(name=CHECKPOINT).online


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_an_address_that_is_none(operator: Client) -> None:
    sent = {"name": "gpu", "kind": "sdwebui", "url": "gpu:7860", "slots": "1"}
    answer = operator.post(reverse("admin:generation_backend_add"), sent)
    assert answer.status_code == 200
    assert not Backend.objects.exists()


@pytest.mark.parametrize("page", ["task", "attempt", "output", "clusterbeat"])
def test_nobody_writes_these_by_hand(operator: Client, page: str) -> None:
    assert operator.get(reverse(f"admin:generation_{page}_add")).status_code == 403


def test_a_cluster_is_for_looking(operator: Client, house: House) -> None:
    beat = ClusterBeat.objects.get()
    assert operator.post(change_page(beat), {"workers": 0}).status_code == 403
