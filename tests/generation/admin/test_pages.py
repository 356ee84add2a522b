"""The operators' pages of callbacks and rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import User
from generation.audit import prompt
from generation.models import AuditThresholds, Delivery, PromptRule
from generation.states import Verdict
from tests.generation.callbacks.conftest import deliver as deliver
from tests.people import Person

Deliver = Callable[..., Delivery]


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    user = User.objects.create_superuser("operator@example.com", "a long password, really")
    client.force_login(user)
    return client


@pytest.mark.parametrize("page", ["promptrule", "auditthresholds", "delivery"])
def test_the_lists_open(page: str, operator: Client, deliver: Deliver, alice: Person) -> None:
    deliver("http://receiver.example/")
    AuditThresholds.objects.create(tenant=alice.tenant)
    PromptRule.objects.create(pattern="x" * 200, label="long", tenant=alice.tenant)
    assert operator.get(f"/admin/generation/{page}/", {"q": "x"}).status_code == 200


def test_a_delivery_opens_for_looking(operator: Client, deliver: Deliver) -> None:
    row = deliver("http://receiver.example/in")
    page = operator.get(f"/admin/generation/delivery/{row.pk}/change/")
    assert b"http://receiver.example/in" in page.content
    operator.post(f"/admin/generation/delivery/{row.pk}/change/", {"url": "http://evil.example/"})
    row.refresh_from_db()
    assert row.url == "http://receiver.example/in"


def again(operator: Client, row: Delivery) -> None:
    data = {"action": "send_again", "_selected_action": [str(row.pk)]}
    assert operator.post("/admin/generation/delivery/", data).status_code == 302
    row.refresh_from_db()


def test_sending_again_is_logged(operator: Client, deliver: Deliver) -> None:
    row = deliver("http://r.example/", state="given_up", attempt=11, finished_at=timezone.now())
    again(operator, row)
    assert (row.state, row.attempt, row.finished_at) == ("due", 0, None)
    assert LogEntry.objects.get().object_id == str(row.pk)


def test_what_is_being_sent_is_left_alone(operator: Client, deliver: Deliver) -> None:
    row = deliver("http://r.example/", state="sending", attempt=2)
    again(operator, row)
    assert (row.state, row.attempt) == ("sending", 2)
    assert not LogEntry.objects.exists()


def test_a_new_rule_holds_at_once(operator: Client) -> None:
    assert prompt.judge(0, "dragon").verdict == Verdict.ALLOW
    rule = {"kind": "word", "pattern": "dragon", "verdict": "block", "label": "d", "enabled": "on"}
    operator.post("/admin/generation/promptrule/add/", rule)
    assert prompt.judge(0, "dragon").verdict == Verdict.BLOCK
    made = PromptRule.objects.get(pattern="dragon")
    data = {"action": "disable", "_selected_action": [str(made.pk)]}
    operator.post("/admin/generation/promptrule/", data)
    assert prompt.judge(0, "dragon").verdict == Verdict.ALLOW


def test_a_rule_without_letters_is_refused(operator: Client) -> None:
    rule = {"kind": "word", "pattern": "…", "verdict": "block", "label": "d", "enabled": "on"}
    assert operator.post("/admin/generation/promptrule/add/", rule).status_code == 200
    assert not PromptRule.objects.filter(label="d").exists()


@pytest.mark.parametrize("page", ["promptrule", "auditthresholds", "delivery"])
def test_members_do_not_come_in(page: str, client: Client, alice: Person) -> None:
    client.force_login(alice.user)
    assert client.get(f"/admin/generation/{page}/").status_code == 302
