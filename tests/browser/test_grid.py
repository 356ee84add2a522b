"""The pages of grids in a real browser: typed, priced, painted piece by piece, opened, deleted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Running, look_accessible, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAINTED = 60_000  # ms until a picture must be there, on a busy machine
PICTURES = ".sheet .tile__open"


def opened(context: BrowserContext, easel: Running) -> Page:
    page = signed_in(context, easel)
    page.goto(f"{easel.url}/studio/grid")
    expect(page.locator("[data-axis-hint]").first).not_to_be_empty()
    return page


def test_a_grid_is_typed_painted_and_deleted(wide: BrowserContext, easel: Running) -> None:
    page = opened(wide, easel)
    page.get_by_label("Prompt", exact=False).first.fill("a red house by a lake")
    page.get_by_label("Across", exact=True).select_option("prompt")
    page.get_by_label("Values across").fill("red, blue")
    page.get_by_label("Down", exact=True).select_option("steps")
    page.get_by_label("Values down").fill("many")
    expect(page.locator("#error-y_values")).to_contain_text("neither a number nor a range")
    page.get_by_label("Values down").fill("")
    page.get_by_role("group", name="Values to pick").last.get_by_text("8", exact=True).click()
    expect(page.get_by_label("Values down")).to_have_value("8")
    expect(page.locator("#price-line")).to_contain_text("2 pictures")
    expect(page.locator(".htmx-request")).to_have_count(0)  # cut off, it would be an error
    page.reload()
    expect(page.get_by_label("Values across")).to_have_value("red, blue")
    expect(page.locator("#price-line")).to_contain_text("2 pictures")
    look_accessible(page)
    page.locator("#id_prompt").press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/studio/grid/[0-9a-f-]{36}$"))
    expect(page.locator(PICTURES)).to_have_count(2, timeout=PAINTED)
    expect(page.get_by_text("2 of 2 painted")).to_be_visible()
    look_accessible(page)

    before = page.locator(".sheet__cell").first.bounding_box()
    page.get_by_label("Size of the pictures").press("End")
    after = page.locator(".sheet__cell").first.bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"]
    answer = page.request.get(f"{page.url}/sheet.jpg")
    assert answer.headers["content-type"] == "image/jpeg"

    page.locator(PICTURES).first.press("Enter")
    expect(page.locator("#lightbox[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#lightbox[open]")).to_have_count(0)

    address = page.url
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The grid is deleted")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(address)
    expect(page.locator(PICTURES)).to_have_count(2)


def test_on_a_phone_an_example_is_painted_with_one_click(
    phone: BrowserContext, easel: Running
) -> None:
    page = opened(phone, easel)
    assert page.evaluate("document.getElementById('main').scrollWidth") <= 390
    look_accessible(page)
    examples = page.locator("details.grids__more:not([open]) > summary")
    if examples.count():  # who has several grids finds them folded away
        examples.click()
    page.locator("[data-once] button").first.click()
    expect(page.locator(".sheet__cell")).to_have_count(9)
    page.get_by_role("button", name="Cancel what is left").click()
    expect(page.locator("[data-unfinished]")).to_have_count(0, timeout=PAINTED)
    expect(page.get_by_role("button", name="Paint what is missing")).to_be_visible()
    assert page.evaluate("document.getElementById('main').scrollWidth") <= 390
    look_accessible(page)
