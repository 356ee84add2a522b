"""The QR page in a real browser: a code is painted, says what it says, and comes back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Running, look_accessible, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAINTED = 60_000  # ms until a picture must be there, on a busy machine
CODE = "#gallery .tile:has(.tile__code)"


def opened(context: BrowserContext, easel: Running) -> Page:
    page = signed_in(context, easel)
    page.get_by_role("link", name="QR art").click()
    expect(page.locator("[data-strength-text]")).to_have_text("1.00")
    return page


def test_a_code_is_painted_and_says_what_it_says(wide: BrowserContext, easel: Running) -> None:
    page = opened(wide, easel)
    before = page.locator(CODE).count()
    page.locator("#id_content").fill("https://example.com/a?b=1")
    page.get_by_label("Ink wash").check(force=True)
    page.get_by_label("Strength").press("ArrowRight")
    expect(page.locator("[data-strength-text]")).to_have_text("1.05")
    page.reload()
    expect(page.locator("#id_content")).to_have_value("https://example.com/a?b=1")
    expect(page.get_by_label("Ink wash")).to_be_checked()
    page.locator("#id_content").press("Control+Enter")
    expect(page.locator(CODE)).to_have_count(before + 1, timeout=PAINTED)
    look_accessible(page)

    page.locator(CODE).first.locator(".tile__open").press("Enter")
    box = page.get_by_role("dialog", name="Picture")
    expect(box.get_by_text("Scans: yes")).to_be_visible()
    expect(box.get_by_text("https://example.com/a?b=1")).to_be_visible()
    expect(box.get_by_text("Art: the code is part of the painting.")).to_be_visible()
    look_accessible(page)
    path = box.get_by_role("link", name="Download").get_attribute("href")
    assert page.request.get(f"{easel.url}{path}").headers["content-type"] == "image/png"
    box.get_by_role("link", name="Use these settings").click()
    expect(page).to_have_url(re.compile(r"/studio/qr(\?again=[0-9a-f-]{36})?$"))
    expect(page.locator("#id_seed")).not_to_have_value("")


def test_on_a_phone_an_error_is_shown_and_nothing_is_lost(
    phone: BrowserContext, easel: Running
) -> None:
    page = opened(phone, easel)
    page.locator("#id_content").fill("x" * 1300)
    page.locator("#id_prompt").fill("two cats")
    page.get_by_role("button", name="Paint it").click()
    expect(page.locator("#error-content")).to_contain_text("at most 1273 bytes, this is 1300")
    expect(page.locator("#id_content")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_prompt")).to_have_value("two cats")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    look_accessible(page)
