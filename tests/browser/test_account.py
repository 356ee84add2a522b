"""The account pages in a browser: a key is made, copied and revoked; usage and ledger are read."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts import ledger, redemption
from accounts.models import ApiKey
from accounts.sealing import seal
from generation.models import Delivery, Task, WebhookEndpoint
from tests.browser.conftest import look_accessible
from tests.browser.entering import entered
from tests.generation.dialects.live import Live, door, live
from tests.people import Person

__all__ = ["door", "live"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PASSWORD = "seven green pears"


@pytest.fixture(autouse=True, scope="module")
def rows_beside_a_browser() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, in which Django refuses the ORM; nothing of
    this test runs in that loop."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def enter(context: BrowserContext, live: Live, person: Person, path: str) -> Page:
    person.user.set_password(PASSWORD)
    person.user.save()
    page = entered(context, person.user, live.url, path)
    expect(page.locator(".account")).to_be_visible()
    return page


def fits(page: Page) -> None:
    look_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def make_key(page: Page, name: str) -> str:
    """Its secret; first with an error, which loses nothing."""
    page.get_by_text("New key").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("summary", has_text="Limits").click()
    page.get_by_label("Tasks at once").fill("3")
    page.get_by_label("Addresses or networks").fill("10.0.0.0/99")
    fits(page)
    page.get_by_role("button", name="Create the key").click()
    expect(page.locator("#error-ip_ranges")).to_contain_text("10.0.0.0/99")
    expect(page.get_by_label("Addresses or networks")).to_be_focused()
    fits(page)
    page.get_by_label("Addresses or networks").fill("10.0.0.0/8")
    page.get_by_role("button", name="Create the key").click()
    expect(page.get_by_role("heading", name=f"The secret of {name}")).to_be_visible()
    fits(page)
    return page.locator("#made-secret").inner_text()


def read_the_books(page: Page, live: Live) -> None:
    page.get_by_role("link", name="Usage", exact=True).first.click()
    expect(page.locator(".chart__day")).to_have_count(30)
    page.get_by_role("link", name="7 days").click()
    expect(page.locator(".chart__day")).to_have_count(7)
    page.locator("[data-chart]").focus()
    page.keyboard.press("Home")
    expect(page.locator(".chart__day").first).to_have_attribute("data-on", "")
    expect(page.locator("[data-figure]")).to_contain_text(": 0")
    page.get_by_text("As a table").click()
    fits(page)
    page.get_by_role("link", name="Ledger", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(51)
    fits(page)
    page.get_by_role("link", name="Older entries").click()
    expect(page.get_by_role("cell", name="to begin with")).to_be_visible()
    with page.expect_download() as file:
        page.get_by_role("link", name="Download as CSV").click()
    assert file.value.suggested_filename.endswith(".csv")


def redeem(page: Page) -> None:
    (code,) = redemption.make(1, 7000)
    page.get_by_role("link", name="Redeem", exact=True).click()
    page.get_by_label("Redemption code").fill("EASEL-0000")
    page.get_by_role("button", name="Redeem").click()
    expect(page.locator("#error-code")).to_contain_text("not known")
    fits(page)
    page.get_by_label("Redemption code").fill(code)
    page.get_by_role("button", name="Redeem").click()
    expect(page.get_by_role("status").filter(has_text="7 credits added")).to_be_visible()


def follow_a_delivery(page: Page, alice: Person) -> None:
    """A test event, and one that was given up and is sent again."""
    hook = WebhookEndpoint.objects.create(
        tenant=alice.tenant, user=alice.user, url="https://till.example.com/hook",
        secret_sealed=seal("whsec_x"),
    )  # fmt: skip
    task = Task.objects.filter(tenant=alice.tenant).first()
    lost = Delivery.objects.create(
        tenant=alice.tenant, task=task, endpoint=hook, event="task.done", dialect="native",
        url=hook.url, body={"type": "task.done", "data": {"x": "y" * 300}}, state="given_up",
        attempt=1, last_status=500, last_error="HTTP 500",
    )  # fmt: skip
    lost.attempts.create(number=1, duration_ms=12, status=500, answer="no", error="HTTP 500")
    page.get_by_role("link", name="Webhooks", exact=True).click()
    page.get_by_role("link", name="https://till.example.com/hook").click()
    fits(page)
    page.get_by_role("button", name="Send a test event").click()
    expect(page.locator("#body-text")).to_contain_text("webhook.test")
    page.get_by_role("link", name="https://till.example.com/hook").click()
    page.get_by_role("link", name="Given up").click()
    page.locator(".log__time a").click()
    expect(page.get_by_text("Answer received")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status").filter(has_text="sent again")).to_be_visible()


def leave(page: Page) -> None:
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_role("button", name="Export what is mine").click()
    expect(page.locator(".export progress")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Delete the organisation").click()
    page.get_by_label("Type Studio to confirm").fill("studio")
    page.get_by_label("Your password").fill(PASSWORD)
    fits(page)
    page.get_by_role("button", name="Delete the organisation").click()
    expect(page.locator("#error-typed")).to_contain_text("not what is asked for")
    page.get_by_role("link", name="Keep everything").click()
    expect(page.get_by_role("heading", name="Take everything along")).to_be_visible()


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_keys_usage_and_ledger(
    screen: str, request: pytest.FixtureRequest, live: Live, alice: Person
) -> None:
    live.house.draw(alice)
    for number in range(50):
        ledger.grant(alice.tenant.pk, 1000, f"present {number}")
    context: BrowserContext = request.getfixturevalue(screen)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = enter(context, live, alice, "/account/keys")
    secret = make_key(page, "the robot")
    page.get_by_role("button", name="Copy the secret").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret

    page.get_by_role("link", name="Revoke the robot").click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_role("link", name="Keep it")).to_be_focused()
    fits(page)
    page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    page.get_by_role("link", name="Revoke the robot").press("Enter")
    asked.get_by_role("button", name="Revoke").click()
    said = page.get_by_role("status").filter(has_text="the robot is revoked.")
    expect(said).to_be_focused()
    assert ApiKey.objects.get(name="the robot").revoked_at is not None
    read_the_books(page, live)
    redeem(page)
    follow_a_delivery(page, alice)
    leave(page)
