"""What operators decide about pictures, and what people say of them."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import keys, ledger
from accounts.models import ApiKey, Entry, KeyKind, Role, TrailEntry, User
from accounts.trail import Author
from generation import announce, reports, review
from generation.errors import Forbidden, InvalidRequest, NotFound, RateLimited, TaskConflict
from generation.models import Appeal, Delivery, Output, Report, Task, WebhookEndpoint
from tests.generation.house import House
from tests.people import CREDIT, Person

BY = Author(operator_id=None, operator="op@example.com")


@pytest.fixture
def made(house: House, alice: Person) -> Output:
    return drawn(house, alice)


def drawn(house: House, person: Person) -> Output:
    receipt = house.draw(person)
    house.work()
    return Output.objects.select_related("task").get(task_id=receipt.task_id)


def books(person: Person) -> tuple[int, list[tuple[int, int, int]]]:
    return ledger.balance(person.tenant.pk), ledger.differences()


def test_blocking_pays_back_and_takes_the_small_picture_away(made: Output, alice: Person) -> None:
    before = ledger.balance(alice.tenant.pk)
    paid = made.task.spent
    assert paid and before == CREDIT - paid
    found = review.block(BY, made.pk, "no")
    assert (found.changed, found.millicredits) == (True, paid)
    assert books(alice) == (CREDIT, [])
    made.refresh_from_db()
    assert (made.state, made.verdict, made.thumbnail, made.placeholder) == (
        "blocked",
        "block",
        "",
        "",
    )
    assert made.quarantine_until is not None
    assert default_storage.exists(made.file)


def test_allowing_bills_and_makes_the_small_picture(made: Output, alice: Person) -> None:
    review.block(BY, made.pk, "no")
    review.allow(BY, made.pk, "after all")
    made.refresh_from_db()
    assert (made.state, made.verdict) == ("visible", "allow")
    assert default_storage.exists(made.thumbnail) and made.placeholder.startswith("data:")
    made.task.refresh_from_db()
    assert books(alice) == (CREDIT - (made.task.spent or 0), [])
    assert [entry.amount for entry in Entry.objects.filter(kind="review")] == [
        -(made.task.spent or 0),
        made.task.spent,
    ]


def test_of_three_pictures_one_is_billed(house: House, alice: Person) -> None:
    receipt = house.draw(alice, with_={"n_iter": 3})
    house.work()
    task = house.task(receipt)
    for output in task.outputs.all():
        review.block(BY, output.pk, "")
    assert ledger.balance(alice.tenant.pk) == CREDIT
    review.allow(BY, task.outputs.all()[0].pk, "")
    task.refresh_from_db()
    assert task.spent == task.price // 3
    assert books(alice) == (CREDIT - task.price // 3, [])


def test_a_budget_of_a_key_follows(house: House, alice: Person) -> None:
    ApiKey.objects.filter(pk=alice.key.pk).update(budget=CREDIT)
    alice.key.refresh_from_db()
    output = drawn(house, alice)
    spent = ApiKey.objects.get(pk=alice.key.pk).spent
    review.block(BY, output.pk, "")
    assert ApiKey.objects.get(pk=alice.key.pk).spent == 0
    review.allow(BY, output.pk, "")
    assert ApiKey.objects.get(pk=alice.key.pk).spent == spent


def test_who_cannot_pay_is_given_it(made: Output, alice: Person) -> None:
    review.block(BY, made.pk, "")
    ledger.adjust(alice.tenant.pk, -CREDIT, "spent elsewhere")
    assert review.allow(BY, made.pk, "").millicredits == 0
    made.refresh_from_db()
    assert made.state == "visible"
    assert books(alice) == (0, [])


def test_a_second_decision_of_the_same_kind_moves_no_money(made: Output, alice: Person) -> None:
    review.block(BY, made.pk, "")
    assert review.block(BY, made.pk, "sure").changed is False
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_each_decision_and_look_is_written_down(made: Output) -> None:
    review.block(BY, made.pk, "hateful")
    made.refresh_from_db()
    review.look(BY, made)
    assert review.may_see(None, made) and not review.may_see(8, made)
    looked, blocked = TrailEntry.objects.all()
    assert (looked.deed, blocked.deed, blocked.reason) == ("looked", "blocked", "hateful")
    assert (blocked.before["state"], blocked.after["state"]) == ("visible", "blocked")
    assert blocked.object_id == str(made.pk)


def test_the_trail_cannot_be_rewritten(made: Output) -> None:
    review.look(BY, made)
    for change in (TrailEntry.objects.all().delete, lambda: TrailEntry.objects.update(reason="x")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


def test_a_decision_answers_reports_and_the_appeal(made: Output, alice: Person) -> None:
    reports.report(alice.actor, made, "rights", "mine")
    review.block(BY, made.pk, "checked", "it is hers")
    said = reports.said(alice.actor, made)
    assert said is not None
    assert (said.kind, said.state, said.answer) == ("report", "upheld", "it is hers")
    made.refresh_from_db()
    reports.appeal(alice.actor, made, "I allow it")
    review.allow(BY, made.pk, "", "then yes")
    assert (Appeal.objects.get().state, Appeal.objects.get().answer) == ("granted", "then yes")


def test_reports_of_one_person_collapse(made: Output, alice: Person) -> None:
    reports.report(alice.actor, made, "rights", "first")
    reports.report(alice.actor, made, "hate", "second")
    assert Report.objects.get().text == "second"
    assert Report.objects.get().times == 2


def test_somebody_without_an_account_reports_by_address(made: Output) -> None:
    for _ in range(2):
        reports.report_by_address("198.51.100.7", made, "violence", "")
    found = Report.objects.get()
    assert found.times == 2
    assert "198.51" not in found.reporter


# ── In the studio ────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def browser(client: Client, alice: Person) -> Client:
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(output: Output, what: str = "report") -> str:
    return f"/studio/tasks/{output.task_id}/{output.index}/{what}"


def test_a_report_is_sent_and_its_answer_read(browser: Client, made: Output) -> None:
    assert b"What is wrong?" in browser.get(address(made)).content
    sent = {"category": "rights", "text": "mine"}
    htmx = {"HX-Request": "true"}
    said = browser.post(address(made), sent, headers=htmx).content
    assert b"An operator will look at it" in said and b"<html" not in said
    review.allow(BY, made.pk, "", "it is <yours>")
    assert b"it is &lt;yours&gt;" in browser.get(address(made), headers=htmx).content


def test_without_scripts_it_is_a_page(browser: Client, made: Output) -> None:
    answer = browser.post(address(made), {"category": "rights"}, follow=True)
    assert b"An operator will look at it" in answer.content
    review.block(BY, made.pk, "")
    browser.post(address(made, "appeal"), {"text": "please"})
    assert b"A review was asked for" in browser.get(address(made)).content


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
def test_a_report_without_a_category_keeps_what_was_typed(browser: Client, made: Output) -> None:
    answer = browser.post(address(made), {"category": "x", "text": "long words"})
    assert answer.status_code == 422
    assert b"long words" in answer.content


def test_what_is_gone_is_not_decided_about(made: Output, alice: Person) -> None:
    Output.objects.update(state="deleted")
    for verb in (review.allow, review.block):
        with pytest.raises(NotFound):
            verb(BY, made.pk, "")
    with pytest.raises(NotFound):
        reports.picture_of(alice.actor, str(made.task_id), 0)


def test_a_stranger_reports_nothing(made: Output, charlie: Person, bob: Person) -> None:
    for person in (charlie, bob):
        with pytest.raises(NotFound):
            reports.picture_of(person.actor, str(made.task_id), 0)


def test_only_blocked_pictures_are_appealed_and_once(made: Output, alice: Person) -> None:
    with pytest.raises(InvalidRequest):
        reports.appeal(alice.actor, made, "")
    review.block(BY, made.pk, "")
    made.refresh_from_db()
    reports.appeal(alice.actor, made, "")
    with pytest.raises(TaskConflict):
        reports.appeal(alice.actor, made, "again")


def test_a_viewer_may_not_appeal(made: Output, alice: Person) -> None:
    review.block(BY, made.pk, "")
    made.refresh_from_db()
    key = keys.make(alice.tenant, alice.user, KeyKind.ACCESS_KEY).key
    key.read_only = True
    person = Person(alice.user, alice.tenant, Role.OWNER, key, "", "")
    with pytest.raises(Forbidden):
        reports.appeal(person.actor, made, "")


def test_an_answered_report_is_not_repeated(made: Output, alice: Person) -> None:
    reports.report(alice.actor, made, "other", "")
    review.allow(BY, made.pk, "")
    with pytest.raises(TaskConflict):
        reports.report(alice.actor, made, "other", "")


def test_too_many_and_too_long(made: Output) -> None:
    with pytest.raises(InvalidRequest):
        reports.report_by_address("198.51.100.8", made, "other", "x" * 2001)
    for _ in range(reports.PER_MINUTE):
        reports.report_by_address("198.51.100.9", made, "other", "")
    with pytest.raises(RateLimited):
        reports.report_by_address("198.51.100.9", made, "other", "")


def test_a_deleted_user_leaves_his_report(made: Output, bob: Person) -> None:
    Report.objects.create(
        output=made, tenant=bob.tenant, user=bob.user, reporter="user:1", category="other"
    )
    User.objects.filter(pk=bob.user.pk).delete()
    assert Report.objects.get().user is None


def test_who_waits_for_a_picture_is_told(made: Output, alice: Person, bob: Person) -> None:
    hook = {"tenant": alice.tenant, "url": "http://hooks.test", "secret_sealed": ""}
    mine = WebhookEndpoint.objects.create(user=alice.user, **hook)
    WebhookEndpoint.objects.create(user=alice.user, events=["task.done"], **hook)
    WebhookEndpoint.objects.create(user=bob.user, **hook)
    Task.objects.filter(pk=made.task_id).update(dialect="saas", callback_url="http://back.test")
    for decide in (review.block, review.allow, review.allow, review.block, review.allow):
        decide(BY, made.pk, "as it is")
    told = Delivery.objects.order_by("created_at")
    assert list(told.filter(endpoint__isnull=False).values_list("endpoint", "event")) == [
        (mine.pk, f"image.{word}") for word in ("blocked", "released", "blocked", "released")
    ]
    assert told.filter(endpoint=None, url="http://back.test").count() == 4

    last = told.filter(endpoint=mine).last()
    announce.render(last.pk)
    last.refresh_from_db()
    assert last.body["type"] == "image.released"
    assert last.body["timestamp"] > last.body["data"]["finished_at"]
    assert last.body["data"]["outputs"][0]["url"]
