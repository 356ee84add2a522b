"""The history in a real browser: found, marked, put together, deleted and brought back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Running, look_accessible, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
TILE = "#gallery .tile--picture"
PAINT = """async ([prompt, count]) => {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    const body = new URLSearchParams({ prompt, count, width: 256, height: 256, steps: 4 });
    return (await fetch("/", { method: "POST", body, headers })).status;
}"""

COUNT = """async ([address, wanted]) => {
    for (let left = 300; ; left -= 1) {
        const html = await (await fetch(address)).text();
        const count = (html.match(/tile--picture/g) ?? []).length;
        if (count >= wanted || !left) return count;
        await new Promise((done) => setTimeout(done, 300));
    }
}"""


def paint(page: Page, prompt: str, count: int = 1) -> None:
    assert page.evaluate(PAINT, [prompt, str(count)]) == 200


def painted(page: Page, easel: Running, words: str, tiles: int) -> None:
    """The history, once so many pictures of these words are there."""
    address = f"{easel.url}/studio/history?q={words}"
    assert page.evaluate(COUNT, [address, tiles]) >= tiles
    page.goto(address)
    expect(page.locator(TILE)).to_have_count(tiles)


def heart(tile: Locator) -> Locator:
    return tile.get_by_role("button", name="Favourite")


def test_found_marked_put_together_deleted(wide: BrowserContext, easel: Running) -> None:
    page = signed_in(wide, easel)
    paint(page, "three green bottles", 3)
    paint(page, "青花瓷瓶里的荷叶")
    painted(page, easel, "bottles", 3)
    painted(page, easel, "荷叶", 1)
    page.get_by_role("link", name="Clear all").click()

    # found: two characters, without leaving the page; the address says it; back goes back
    search = page.get_by_role("searchbox", name="Search the prompts")
    search.fill("荷叶")
    expect(page.locator(TILE)).to_have_count(1)
    expect(page).to_have_url(re.compile("q=%E8%8D%B7%E5%8F%B6"))
    look_accessible(page)
    page.go_back()
    expect(search).to_have_value("")
    search.fill("bottl")
    expect(page.locator(TILE)).to_have_count(3)
    page.get_by_label("Shape").select_option("wide")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Wide").click()
    expect(page.locator(TILE)).to_have_count(3)

    # marked: on the tile, and with F in the light box
    first = page.locator(TILE).first
    first.hover()
    with page.expect_response("**/studio/favourite") as marking:
        heart(first).click()
    assert marking.value.status == 204
    page.locator(f"{TILE} .tile__open").nth(1).click()
    box = page.get_by_role("dialog", name="Picture")
    expect(box.locator("[data-heart]")).to_have_attribute("aria-pressed", "false")
    with page.expect_response("**/studio/favourite"):
        page.keyboard.press("f")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Favourites").click()
    expect(page.locator(TILE)).to_have_count(2)

    # put together: a range with shift, into a new album
    page.goto(f"{easel.url}/studio/history?q=bottles")
    page.get_by_role("button", name="Select").click()
    page.locator(f"{TILE} .tile__open").first.click()
    page.locator(f"{TILE} .tile__open").last.click(modifiers=["Shift"])
    bar = page.get_by_role("toolbar", name="Selected pictures")
    expect(bar.get_by_text("Selected: 3")).to_be_visible()
    look_accessible(page)
    with page.expect_download() as packed:
        bar.get_by_role("button", name="Download").click()
    assert packed.value.suggested_filename.endswith(".zip")
    bar.get_by_role("button", name="Album…").click()
    page.get_by_label("New album").fill("Bottles")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(page.get_by_text("3 pictures put into “Bottles”.")).to_be_visible()
    page.get_by_role("link", name="Albums", exact=True).click()
    look_accessible(page)
    page.get_by_role("link", name="Bottles").click()
    expect(page.locator(TILE)).to_have_count(3)

    # deleted: one of three, brought back, deleted again, gone
    page.locator(TILE).first.hover()
    page.locator(f"{TILE} [data-pick]").first.check()
    page.keyboard.press("Delete")
    expect(page.locator(TILE)).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(TILE)).to_have_count(3)
    page.locator(TILE).first.hover()
    page.locator(f"{TILE} [data-pick]").first.check()
    page.keyboard.press("Delete")
    expect(page.get_by_text("1 picture deleted.")).to_be_visible()
    page.reload()  # who leaves has decided
    expect(page.locator(TILE)).to_have_count(2)


def test_on_a_phone(phone: BrowserContext, easel: Running) -> None:
    page = signed_in(phone, easel)
    paint(page, "a small kingfisher")
    painted(page, easel, "kingfisher", 1)
    look_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Select").click()
    page.locator(f"{TILE} .tile__open").first.click()
    bar = page.get_by_role("toolbar", name="Selected pictures")
    expect(bar.get_by_text("Selected: 1")).to_be_visible()
    for name in ("All shown", "Favourite", "Album…", "Download", "Delete", "Done"):
        expect(bar.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.goto(f"{easel.url}/studio/albums")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
