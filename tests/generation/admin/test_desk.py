"""The desk: the dashboard, the switches, credits, the review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import ledger
from accounts.authentication import authenticate_session
from accounts.errors import Forbidden
from accounts.groups import install as install_groups
from accounts.models import Entry, Tenant, TrailEntry, User
from generation import reports, waiting
from generation.admin.desk import figures
from generation.errors import UnderMaintenance
from generation.models import Backend, Maintenance, Output, Task
from generation.states import OutputState
from tests.generation.house import CHECKPOINT, House
from tests.people import CREDIT, Person

FRAGMENT = "/admin/desk/"
WHY = {"reason": "because"}


@pytest.fixture(autouse=True)
def nothing_kept(db: None) -> None:
    cache.clear()


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    user = User.objects.create_superuser("operator@example.com", "a long password, really")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def staff(group: str) -> Client:
    from django.apps import apps
    from django.contrib.auth.models import Group

    install_groups(apps)
    user = User.objects.create_user(f"{group.lower()}@example.com", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def blocked(house: House, person: Person) -> Output:
    receipt = house.draw(person)
    house.work()
    over = timezone.now() + timedelta(days=7)
    made = Output.objects.filter(task_id=receipt.task_id)
    made.update(state=OutputState.BLOCKED, verdict="block", quarantine_until=over)
    Task.objects.filter(pk=receipt.task_id).update(spent=0)
    return made.select_related("task").get()


# ── The dashboard ────────────────────────────────────────────────────────────────────────────
def test_the_dashboard_says_how_it_is(
    operator: Client, house: House, alice: Person, django_assert_max_num_queries: Any
) -> None:
    house.draw(alice)
    house.work()
    house.draw(alice)
    blocked(house, alice)
    operator.get(FRAGMENT)
    with django_assert_max_num_queries(20):
        page = operator.get(FRAGMENT).content.decode()
    assert "fake" in page and "blocked, to review" in page
    assert "<html" not in page
    assert "Why tasks wait" in operator.get("/admin/").content.decode()


def test_figures_count_pictures_failures_and_leases(house: House, alice: Person) -> None:
    house.draw(alice, with_={"n_iter": 2})
    house.work()
    house.server.stop()
    failed = house.draw(alice).task_id
    Task.objects.filter(pk=failed).update(
        state="failed", finished_at=timezone.now(), error_code="timed_out"
    )
    assert sum(hour.images for hour in figures.hours()) == 2
    assert figures.failures() == [("timed_out", 1)]
    house.draw(alice)
    assert house.claim() is not None
    assert [lease.server for lease in figures.leases()] == ["fake"]
    assert figures.servers()[0].used == 1


def test_why_the_queue_waits(house: House, alice: Person) -> None:
    house.draw(alice)
    assert waiting.reasons() == {"behind_others": 1}
    Backend.objects.update(draining=True)
    assert waiting.reasons() == {"backend_draining": 1}
    Backend.objects.update(is_up=False)
    assert waiting.reasons() == {"backend_down": 1}
    Backend.objects.update(is_up=True, draining=False)
    Tenant.objects.update(max_concurrent=1)
    house.draw(alice)
    assert house.claim() is not None
    assert waiting.reasons() == {"tenant_limit": 1}


# ── Switches ─────────────────────────────────────────────────────────────────────────────────
def test_a_server_is_drained_after_it_was_asked_why(operator: Client, house: House) -> None:
    url = f"/admin/desk/backends/{house.backend.pk}/drain/"
    assert b"Why" in operator.get(url).content
    assert operator.post(url, {"reason": ""}).status_code == 422
    assert operator.post(url, WHY).status_code == 302
    house.backend.refresh_from_db()
    assert house.backend.draining
    written = TrailEntry.objects.get()
    assert (written.deed, written.reason, written.after) == (
        "switched",
        "because",
        {"verb": "drain"},
    )


def test_a_tenant_is_stopped_with_what_it_waits_for(
    operator: Client, house: House, alice: Person
) -> None:
    house.draw(alice)
    url = f"/admin/desk/tenants/{alice.tenant.pk}/switch/"
    operator.post(url, WHY | {"cancel": "on"})
    assert Task.objects.get().cancel_requested_at is not None
    request = Client().get("/").wsgi_request
    request.user = alice.user
    with pytest.raises(Forbidden):
        authenticate_session(request)
    operator.post(url, WHY)
    assert authenticate_session(request).tenant_id == alice.tenant.pk


def test_maintenance_refuses_new_tasks_and_lets_the_others_go_on(
    operator: Client, house: House, alice: Person
) -> None:
    before = house.draw(alice)
    operator.post("/admin/desk/maintenance/", WHY | {"message": "back at noon"})
    with pytest.raises(UnderMaintenance, match="back at noon"):
        house.draw(alice)
    assert house.work() == 1
    assert house.task(before).state == "done"
    assert "back at noon" in operator.get(FRAGMENT).content.decode()
    operator.post("/admin/desk/maintenance/", WHY)
    house.draw(alice)
    assert not Maintenance.objects.exists()


SAAS = {"sd_model_checkpoint": CHECKPOINT, "id_task": "mine"}
CALLS: dict[str, dict[str, Any]] = {
    "/api/v1/tasks": {},
    "/AIGCImgOpenServ/saas/sd/v2/text2image": {"always_on_scripts": SAAS},
    "/sdapi/v1/txt2img": {},
    "/txt2img": {"id": "1"},
    "/v1/images/generations": {},
    "/QRapi/api/v1/QRcode/generate": {"type": "upload_txt"},
}


@pytest.mark.parametrize("path", CALLS)
def test_each_dialect_says_that_it_is_closed(house: House, alice: Person, path: str) -> None:
    Maintenance.objects.create(message="back at noon")
    body = CALLS[path] | {"prompt": "x"}
    if "id" in body:
        body["id"] = str(alice.user.pk)
    headers = {"Authorization": alice.jwt} if "QR" in path else alice.headers
    answer = Client().post(path, body, content_type="application/json", headers=headers)
    assert (answer.status_code, "back at noon" in answer.content.decode()) == (503, True)
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_credits_are_an_entry_with_a_reason(operator: Client, alice: Person) -> None:
    url = f"/admin/desk/tenants/{alice.tenant.pk}/credits/"
    assert operator.post(url, WHY | {"credits": "2.5"}).status_code == 302
    assert operator.post(url, WHY | {"credits": "-1"}).status_code == 302
    assert ledger.balance(alice.tenant.pk) == CREDIT + 1500
    assert Entry.objects.first().note == "operator@example.com: because"  # type: ignore[union-attr]
    assert TrailEntry.objects.count() == 2


# ── Review ───────────────────────────────────────────────────────────────────────────────────
def test_a_blocked_picture_is_seen_after_a_look_is_written_down(
    operator: Client, house: House, alice: Person
) -> None:
    output = blocked(house, alice)
    where = f"/admin/desk/review/{output.pk}/"
    assert str(output.pk) in operator.get("/admin/desk/review/").content.decode()
    assert operator.get(f"{where}bytes/").status_code == 403
    assert operator.get(f"{where}blur/")["Content-Type"] == "image/jpeg"
    operator.post(f"{where}look/", headers={"HX-Request": "true"})
    seen = operator.get(f"{where}bytes/")
    assert seen.status_code == 200
    assert "no-store" in seen["Cache-Control"]
    assert TrailEntry.objects.get().deed == "looked"
    assert "looked at a blocked picture" in operator.get(where).content.decode()


def test_a_decision_over_several(operator: Client, house: House, alice: Person) -> None:
    made = [blocked(house, alice) for _ in range(2)]
    sent = {"verdict": "allow", "reason": "art", "id": [str(each.pk) for each in made]}
    page = operator.post("/admin/desk/review/decide/", sent, follow=True)
    assert "2 pictures were allowed" in page.content.decode()
    assert not Output.objects.filter(state=OutputState.BLOCKED).exists()
    assert "Nothing waits" in page.content.decode()


def test_reported_pictures_are_listed_once(operator: Client, house: House, alice: Person) -> None:
    house.draw(alice)
    house.work()
    output = Output.objects.select_related("task").get()
    for address in ("198.51.100.1", "198.51.100.2"):
        reports.report_by_address(address, output, "hate", "bad")
    page = operator.get("/admin/desk/review/?tab=reports").content.decode()
    assert page.count("data-case") == 1
    for model in ("report", "appeal"):
        assert operator.get(f"/admin/generation/{model}/").status_code == 200
    for tab in ("flagged", "appeals", "decided"):
        assert operator.get(f"/admin/desk/review/?tab={tab}").status_code == 200


# ── Who may what ─────────────────────────────────────────────────────────────────────────────
def test_a_reviewer_reviews_and_nothing_else(house: House, alice: Person) -> None:
    reviewer = staff("Reviewer")
    output = blocked(house, alice)
    assert reviewer.get("/admin/desk/review/").status_code == 200
    sent = {"verdict": "block", "reason": "yes", "id": str(output.pk)}
    assert reviewer.post("/admin/desk/review/decide/", sent).status_code == 302
    for path in (
        "maintenance/",
        f"tenants/{alice.tenant.pk}/credits/",
        f"users/{alice.user.pk}/act/",
    ):
        assert reviewer.post(f"/admin/desk/{path}", WHY).status_code == 403
    assert "GPU servers" not in reviewer.get("/admin/").content.decode()


def test_an_accountant_writes_entries_and_switches_nothing(house: House, alice: Person) -> None:
    accountant = staff("Accountant")
    assert (
        accountant.post(
            f"/admin/desk/tenants/{alice.tenant.pk}/credits/", WHY | {"credits": "1"}
        ).status_code
        == 302
    )
    for path in (
        f"tenants/{alice.tenant.pk}/switch/",
        f"backends/{house.backend.pk}/drain/",
        "review/",
    ):
        assert accountant.get(f"/admin/desk/{path}").status_code == 403


def test_an_operator_runs_it_and_becomes_nobody(house: House, alice: Person) -> None:
    keeper = staff("Operator")
    assert keeper.get("/admin/").status_code == 200
    assert keeper.post("/admin/desk/maintenance/", WHY).status_code == 302
    assert keeper.post(f"/admin/desk/users/{alice.user.pk}/act/", WHY).status_code == 403
    root = User.objects.create_superuser("root@example.com")
    assert keeper.post(f"/admin/accounts/user/{root.pk}/password/").status_code in (302, 403)
    assert (
        keeper.post(f"/admin/accounts/user/{root.pk}/change/", {"is_active": ""}).status_code == 403
    )


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("credits", ["0", "-5000000", "x", ""])
def test_credits_that_cannot_be(operator: Client, alice: Person, credits: str) -> None:
    url = f"/admin/desk/tenants/{alice.tenant.pk}/credits/"
    assert operator.post(url, WHY | {"credits": credits}).status_code == 422
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_a_decision_without_a_reason_or_a_picture(
    operator: Client, house: House, alice: Person
) -> None:
    output = blocked(house, alice)
    for sent in ({"verdict": "allow", "id": str(output.pk)}, {"verdict": "allow", "reason": "x"}):
        operator.post("/admin/desk/review/decide/", sent)
    operator.post("/admin/desk/review/decide/", {"verdict": "allow", "reason": "x", "id": "no"})
    output.refresh_from_db()
    assert output.state == OutputState.BLOCKED


def test_places_that_are_none(operator: Client, house: House) -> None:
    for path in ("review/?tab=x", "review/?after=x", f"backends/{house.backend.pk}/explode/"):
        assert operator.get(f"/admin/desk/{path}").status_code == 404
