"""The operators' pages in a browser: desk, lists, forms, review, acting as a user."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import TrailEntry, User
from generation.models import Output
from tests.browser.conftest import at_work, look_accessible
from tests.browser.entering import entered
from tests.generation.dialects.live import Live, door, live
from tests.people import Person

__all__ = ["door", "live"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True, scope="module")
def rows_beside_a_browser() -> Iterator[None]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def enter(context: BrowserContext, live: Live) -> Page:
    operator = User.objects.create_superuser("op@example.com")
    page = entered(context, operator, live.url, "/admin/")
    expect(page.get_by_role("heading", name="The desk")).to_be_visible()
    return page


def blocked(live: Live, person: Person) -> Output:
    receipt = live.house.draw(person)
    rows = Output.objects.filter(task_id=receipt.task_id)
    end = time.monotonic() + 60
    while not rows.exists() and time.monotonic() < end:  # by the house's own thread
        time.sleep(0.1)
    over = timezone.now() + timedelta(days=7)
    rows.update(state="blocked", verdict="block", quarantine_until=over)
    return rows.get()


def fits(page: Page) -> None:
    look_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def review(page: Page, output: Output) -> None:
    page.get_by_role("link", name="Review pictures").click()
    card = page.locator("[data-case]")
    expect(card).to_have_count(1)
    fits(page)
    page.keyboard.press("j")
    expect(card).to_be_focused()
    page.keyboard.press("v")
    expect(card.locator(".case__image")).to_be_visible()
    assert TrailEntry.objects.get().deed == "looked"
    page.keyboard.press("Escape")
    page.get_by_label("Why", exact=True).fill("The check was mistaken")
    card.get_by_role("checkbox").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("1 picture was allowed.")).to_be_visible()
    output.refresh_from_db()
    assert output.state == "visible"


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_an_operators_day(
    screen: str, request: pytest.FixtureRequest, live: Live, alice: Person
) -> None:
    output = blocked(live, alice)
    page = enter(request.getfixturevalue(screen), live)
    expect(page.locator("#desk")).to_contain_text("fake")
    fits(page)
    review(page, output)
    page.goto(f"{live.url}/admin/")
    page.get_by_role("link", name="Drain fake").click()
    fits(page)
    page.get_by_label("Why").fill("a new driver")
    page.get_by_role("button", name="Drain").click()
    expect(page.locator("#desk .badge--warn", has_text="draining")).to_be_visible()
    page.goto(f"{live.url}/admin/accounts/tenant/{alice.tenant.pk}/change/")
    look_accessible(page)
    page.goto(f"{live.url}/admin/desk/users/{alice.user.pk}/act/")
    page.get_by_label("Why").fill("a ticket")
    page.get_by_role("button", name="Act as this person").click()
    banner = page.get_by_role("region", name="Acting as somebody else")
    expect(banner).to_contain_text("alice@example.com")
    at_work(page)  # its stream is open, and it asks again by itself
    banner.get_by_role("button", name="End it").click()
    expect(page.get_by_text("You are yourself again.")).to_be_visible()
