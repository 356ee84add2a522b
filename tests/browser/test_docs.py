"""A call is tried out in the API's documents, under the strict policy."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.generation.dialects.live import Live, door, live
from tests.people import Person

__all__ = ["door", "live"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True, scope="module")
def rows_beside_a_browser() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, in which Django refuses the ORM; nothing of
    this test runs in that loop."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def test_a_call_is_tried_out(wide: BrowserContext, live: Live, alice: Person) -> None:
    page = wide.new_page()
    page.goto(f"{live.url}/docs/native/")
    page.get_by_role("button", name="Authorize").first.click()
    scheme = page.locator(".auth-container").filter(has_text="bearer (http")
    scheme.locator("input").fill(alice.api_token)
    scheme.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Close").last.click()
    balance = page.locator("#operations-account-get_the_balance")
    balance.locator(".opblock-summary-control").click()
    balance.get_by_role("button", name="Execute").click()
    answered = balance.locator(".live-responses-table tbody")
    expect(answered.locator(".response-col_status").first).to_contain_text("200")
    expect(answered).to_contain_text('"balance"')


@pytest.mark.parametrize("name", ["saas", "qrapi", "sdtest", "sdwebui", "openai"])
def test_every_document_is_drawn(wide: BrowserContext, live: Live, name: str) -> None:
    page = wide.new_page()
    page.goto(f"{live.url}/docs/{name}/")
    expect(page.locator(".opblock").first).to_be_visible()
