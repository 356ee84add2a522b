"""What is being made and what came of it: watched, looked at closely, made again, shared."""

from __future__ import annotations

import io
import re
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Running, at_work, look_accessible, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAINTED = 60_000  # ms until a picture must be there, on a busy machine
TILE = "#gallery .tile--picture"
BOX = "dialog.lightbox[open]"


def paint(page: Page, prompt: str, pictures: int = 1) -> None:
    at_work(page)
    page.locator("#id_prompt").fill(prompt)
    chip = page.locator(f"label.chip:has(input[name=count][value='{pictures}'])")
    if not chip.is_visible():  # on a phone it is folded away
        page.get_by_role("button", name="Model, size, number").click()
    chip.click()
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.locator("#id_prompt").press("Control+Enter")
    assert sent.value.ok


def nothing_left(page: Page) -> None:
    expect(page.locator("#live [data-task]")).to_have_count(0, timeout=PAINTED)


def shown_scale(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(f"{BOX} [data-scale]").text_content() or "0"))


def fold(page: Page, name: str) -> None:
    page.locator(f"{BOX} .folds summary", has_text=name).click()


def test_a_desk(wide: BrowserContext, browser: Browser, easel: Running) -> None:
    page = signed_in(wide, easel)
    title = page.title()
    paint(page, "a fox in the forest", pictures=2)
    expect(page).to_have_title(re.compile(r"^\(1\) \d+ % · "))
    nothing_left(page)
    assert page.title() == title

    # Looked at closely, by the keyboard.
    page.locator(f"{TILE} .tile__open").first.click()
    expect(page.locator(f"{BOX} .picture__image")).to_have_js_property("complete", True)
    look_accessible(page)
    first = page.locator(f"{BOX} .picture").get_attribute("data-key")
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{BOX} .picture")).not_to_have_attribute("data-key", first or "")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"{BOX} .picture")).to_have_attribute("data-key", first or "")
    before = shown_scale(page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert shown_scale(page) > before
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -300)
    assert shown_scale(page) > before * 2
    page.keyboard.press("0")
    assert shown_scale(page) == before

    # Varied: the price first, the new task beside the old ones.
    fold(page, "Vary")
    expect(page.locator(BOX).get_by_text("4 pictures, ")).to_be_visible()
    page.locator(BOX).get_by_role("button", name="Vary a little").click()
    expect(page.get_by_text("Sent. It is being made.")).to_be_visible()

    # Enlarged, and compared with what it was made from.
    fold(page, "Enlarge")
    with page.expect_response("**/upscale") as sent:
        page.locator(BOX).get_by_role("button", name="Enlarge").click()
    assert sent.value.ok
    page.keyboard.press("Escape")
    nothing_left(page)
    page.locator(f"{TILE} .tile__open[aria-label*='Enlarged']").first.click()
    page.locator(BOX).get_by_role("button", name="Before and after").click()
    split = page.get_by_role("slider", name="Before and after")
    expect(split).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(f"{BOX} [data-before]")).to_have_css("clip-path", "inset(0px 0% 0px 0px)")
    expect(page.locator(f"{BOX} [data-before]")).to_have_js_property("naturalWidth", 512)
    page.keyboard.press("Escape")

    # Copied as text.
    wide.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(f"{TILE} .tile__open:not([aria-label*='Enlarged'])").first.click()
    fold(page, "Copy as text or code")
    page.locator(f"{BOX} [data-copy='code-text']").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert "a fox in the forest" in page.evaluate("navigator.clipboard.readText()")

    # Shared with a stranger, then no more.
    fold(page, "Share by a link")
    page.locator(BOX).get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    look_accessible(page)
    elsewhere = browser.new_context(locale="en-US")
    stranger = elsewhere.new_page()
    stranger.goto(link)
    expect(stranger.locator("figure img")).to_have_js_property("naturalWidth", 512)
    assert "fox" not in stranger.content()
    look_accessible(stranger)
    page.locator(BOX).get_by_role("button", name="Revoke").click()
    expect(page.locator(BOX).get_by_text("Revoked: the link shows nothing")).to_be_visible()
    gone = stranger.goto(link)
    assert gone is not None and gone.status == 404
    elsewhere.close()

    # Downloaded: one in another format, many as a ZIP.
    fold(page, "Other formats")
    with page.expect_download() as saved:
        page.locator(f"{BOX} .formats").get_by_role("button", name="WEBP").click()
    assert saved.value.suggested_filename.endswith(".webp")
    ids = page.locator(TILE).evaluate_all("tiles => tiles.map((tile) => tile.dataset.task)")
    packed = page.request.post(
        f"{easel.url}/studio/zip",
        form={"ids": ids[0]},
        headers={
            "X-CSRFToken": page.evaluate(
                "JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']"
            ),
            "Referer": easel.url,
        },
    )
    with ZipFile(io.BytesIO(packed.body())) as archive:
        assert archive.testzip() is None


def test_all_are_cancelled(wide: BrowserContext, easel: Running) -> None:
    page = signed_in(wide, easel)
    for prompt in ("a boat", "a tree"):
        paint(page, prompt, pictures=8)  # they must last until they are cancelled
    page.get_by_role("button", name="Cancel all").click()
    nothing_left(page)
    expect(page.locator(".tile--cancelled").first).to_be_visible()
    expect(page.locator("[data-live-bar]")).to_be_hidden()
    # A task that ended without a picture is tried again from its own page.
    page.locator(".tile--cancelled .tile__open").first.click()
    page.locator(BOX).get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Sent. It is being made.")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#live").get_by_role("button", name="Cancel").click()
    nothing_left(page)


def test_told_while_the_page_is_hidden(browser: Browser, easel: Running) -> None:
    context = browser.new_context(locale="en-US", permissions=["notifications"])
    context.add_init_script(
        """window.told = [];
        window.Notification = class { static permission = "default";
          static async requestPermission() { return (Notification.permission = "granted"); }
          constructor(text, options) { told.push([text, options.body]); } };
        Object.defineProperty(document, "hidden", { get: () => window.away === true });"""
    )
    page = signed_in(context, easel)
    paint(page, "a lighthouse")
    button = page.locator("[data-notify]")
    assert page.evaluate("Notification.permission") == "default"  # never asked for on load
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate("window.away = true; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title(re.compile("^✓ Ready · "), timeout=PAINTED)
    assert page.evaluate("told[0]") == ["Your picture is ready", "a lighthouse"]
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).not_to_have_title(re.compile("Ready"))
    page.reload()
    page.evaluate("Notification.permission = 'granted'")
    assert page.evaluate("localStorage.getItem('easel.notify')") == "true"
    context.close()


def test_a_phone(browser: Browser, easel: Running) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, locale="en-US"
    )
    page = signed_in(context, easel)
    paint(page, "two boats", pictures=2)
    boats = page.locator(TILE, has=page.get_by_alt_text("two boats"))
    expect(boats).to_have_count(2, timeout=PAINTED)
    boats.first.locator(".tile__open").click()
    picture = page.locator(f"{BOX} .picture")
    first = picture.get_attribute("data-key") or ""
    swipe = """([from, to]) => {
        const stage = document.querySelector("dialog[open] easel-stage");
        const send = (type, x) => stage.dispatchEvent(new PointerEvent(type, {
          bubbles: true, pointerId: 1, pointerType: "touch", clientX: x, clientY: 300 }));
        send("pointerdown", from); send("pointermove", to); send("pointerup", to); }"""
    page.evaluate(swipe, [300, 100])
    expect(picture).not_to_have_attribute("data-key", first)
    page.evaluate(swipe, [100, 300])
    expect(picture).to_have_attribute("data-key", first)
    for name in ("Share by a link", "Copy as text or code"):
        fold(page, name)
    expect(page.locator("#code-curl")).to_be_visible()
    assert page.evaluate("document.querySelector('dialog[open]').scrollWidth") <= 390
    page.goto(easel.url + (page.locator(f"{TILE} .tile__open").first.get_attribute("href") or ""))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    look_accessible(page)
    context.close()
