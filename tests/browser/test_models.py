"""The pages of models in a real browser: found, looked at, tried."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Running, look_accessible, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_model_is_found_and_tried(wide: BrowserContext, easel: Running) -> None:
    wide.grant_permissions(["clipboard-read", "clipboard-write"])
    page = signed_in(wide, easel)
    page.goto(f"{easel.url}/studio/models/")
    expect(page.locator(".model")).to_have_count(6)
    look_accessible(page)
    page.get_by_text("LoRA").first.click()
    expect(page.locator(".model")).to_have_count(8)
    page.get_by_label("Search models").press_sequentially("golden")
    expect(page.locator(".model")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"kind=lora.*q=golden|q=golden.*kind=lora"))
    expect(page.get_by_label("Search models")).to_be_focused()
    page.reload()
    expect(page.locator(".model")).to_have_count(1)
    page.get_by_role("button", name="<lora:gold-leaf:0.8>").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "<lora:gold-leaf:0.8>"
    page.get_by_role("link", name="gold-leaf", exact=True).click()
    expect(page.get_by_role("heading", name="gold-leaf")).to_be_visible()
    look_accessible(page)
    page.get_by_role("link", name="Try it").click()
    expect(page.locator("#id_prompt")).to_have_value(re.compile("house by the sea"))


def test_on_a_phone_nothing_is_wider_than_it(phone: BrowserContext, easel: Running) -> None:
    page = signed_in(phone, easel)
    for path in ("", "?kind=lora&absent=1", "?q=nothing-like-it"):
        page.goto(f"{easel.url}/studio/models/{path}")
        expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
        assert page.evaluate("document.getElementById('main').scrollWidth") <= 390
        look_accessible(page)
