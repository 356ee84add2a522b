"""The main job in a real browser against a running Easel: sign in, draw, see, delete."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Running, at_work, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAINTED = 60_000  # ms until a picture must be there, on a busy machine
TILE = "#gallery .tile--picture"


@pytest.fixture
def page(wide: BrowserContext, easel: Running) -> Page:
    """The studio with an empty wall, whatever the test before left."""
    opened = signed_in(wide, easel)
    if opened.locator("#gallery .tile").count():
        opened.get_by_role("button", name="Delete all").click()
        opened.get_by_role("dialog").get_by_role("button", name="Delete all").click()
        expect(opened.locator("#gallery .tile")).to_have_count(0)
    return opened


def paint(page: Page, prompt: str, pictures: int = 1) -> None:
    at_work(page)
    page.locator("#id_prompt").fill(prompt)
    page.locator(f"label.chip:has(input[name=count][value='{pictures}'])").click()
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.locator("#id_prompt").press("Control+Enter")
    assert sent.value.ok


def test_draw_see_and_delete(page: Page, easel: Running) -> None:
    page.clock.install()
    page.reload()
    paint(page, "a red apple on a table")
    expect(page.locator("#live [data-task]")).to_have_count(1)
    expect(page.locator(TILE)).to_have_count(1, timeout=PAINTED)
    expect(page.locator("#live [data-task]")).to_have_count(0)

    page.locator(f"{TILE} .tile__open").click()
    box = page.get_by_role("dialog", name="Picture")
    expect(box.get_by_text("a red apple on a table")).to_be_visible()
    expect(box.locator(".picture__image")).to_have_js_property("naturalWidth", 512)
    path = box.get_by_role("link", name="Download").get_attribute("href")
    picture = page.request.get(f"{easel.url}{path}")
    assert picture.headers["content-type"].startswith("image/")

    box.get_by_role("button", name="Delete").click()
    expect(page.locator("#gallery .tile")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(TILE)).to_have_count(1)

    page.locator(TILE).hover()
    page.locator(f"{TILE} [data-pick]").check()
    page.locator("[data-delete-selected]").click()
    with page.expect_response("**/studio/purge") as purge:
        page.clock.fast_forward(11_000)
    assert purge.value.status == 204
    page.reload()
    expect(page.locator("#gallery .tile")).to_have_count(0)
    expect(page.locator(".example").first).to_be_visible()


def test_in_chinese(page: Page) -> None:
    page.get_by_label("Account, language and appearance").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="我的图片")).to_be_visible()
    page.locator("#id_prompt").fill("一只猫坐在月亮上")
    page.get_by_role("button", name="开始绘制").click()
    expect(page.locator(TILE)).to_have_count(1, timeout=PAINTED)


def test_an_example_paints_with_one_click(page: Page) -> None:
    page.locator(".example").first.click()
    expect(page.locator(TILE)).to_have_count(1, timeout=PAINTED)
    expect(page.locator("[data-examples]")).to_be_hidden()


def test_several_at_once_and_one_is_cancelled(page: Page) -> None:
    for prompt in ("a boat", "a tree", "a house", "a fish", "a bird"):
        paint(page, prompt, pictures=4)
    last = page.locator("#live [data-task]", has_text="a bird")
    last.get_by_role("button", name="Cancel").click()
    expect(page.locator(".tile--cancelled")).to_have_count(1, timeout=PAINTED)
    expect(page.locator(TILE)).to_have_count(16, timeout=PAINTED)


def test_what_was_set_survives_a_reload(page: Page) -> None:
    page.locator("#id_prompt").fill("a lighthouse")
    page.locator("[data-ratio-w='16']").click()
    page.locator("[data-fold=more] > summary").click()
    page.get_by_role("button", name="Draw a seed").click()
    page.get_by_label("Steps", exact=True).fill("12")
    names = ("prompt", "width", "height", "seed", "steps")
    before = [page.locator(f"#id_{name}").input_value() for name in names]
    page.reload()
    at_work(page)
    assert [page.locator(f"#id_{name}").input_value() for name in names] == before
    assert before[1:3] == ["704", "384"]
    expect(page.get_by_label("Steps", exact=True)).to_be_visible()  # the fold stays open
    page.evaluate("localStorage.clear()")


def test_settings_can_be_used_again(page: Page) -> None:
    paint(page, "a blue whale in the sea")
    expect(page.locator(TILE)).to_have_count(1, timeout=PAINTED)
    page.locator("#id_prompt").fill("something else")
    page.locator(f"{TILE} .tile__open").click()
    page.get_by_role("link", name="Use these settings").click()
    expect(page.locator("#id_prompt")).to_have_value("a blue whale in the sea")
    expect(page.locator("#id_seed")).to_have_value(re.compile(r"\d+"))


def test_an_error_is_shown_at_its_field_and_nothing_is_lost(page: Page) -> None:
    page.locator("#id_width").fill("513")
    paint(page, "a tall tower")
    expect(page.locator("#error-width")).to_have_text("A multiple of 8 from 64 to 2048.")
    expect(page.locator("#id_width")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_prompt")).to_have_value("a tall tower")
    expect(page.locator("#live [data-task]")).to_have_count(0)


def test_the_price_follows_the_form(page: Page) -> None:
    expect(page.locator(".price__line b")).to_have_text("1 credit")
    page.locator("label.chip:has(input[value='8'])").click()
    expect(page.locator(".price__line b")).to_have_text("8 credits")


def test_a_task_of_another_tab_is_seen_here(page: Page, wide: BrowserContext, easel) -> None:
    other = wide.new_page()
    other.goto(easel.url)
    paint(other, "two green apples")
    expect(page.locator(TILE)).to_have_count(1, timeout=PAINTED)
    other.close()


def test_without_the_stream_the_page_looks_by_itself(browser: Browser, easel: Running) -> None:
    context = browser.new_context(locale="en-US")  # the browser itself writes an error here
    context.route("**/studio/events", lambda route: route.abort())
    page = signed_in(context, easel)
    before = page.locator(TILE).count()
    expect(page.locator("[data-offline]")).to_be_visible(timeout=20_000)
    paint(page, "a snowman")
    expect(page.locator(TILE)).to_have_count(before + 1, timeout=PAINTED)
    context.unroute("**/studio/events")
    expect(page.locator("[data-offline]")).to_be_hidden(timeout=30_000)
    context.close()


def test_what_came_and_went_in_a_gap_is_seen(page: Page, wide: BrowserContext, easel) -> None:
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")  # gives the stream up
    other = wide.new_page()
    other.goto(easel.url)
    paint(other, "two green pears")
    expect(other.locator(TILE)).to_have_count(1, timeout=PAINTED)
    other.close()
    expect(page.locator(TILE)).to_have_count(0)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator(TILE)).to_have_count(1)
    page.locator(f"{TILE} .tile__open").click()
    expect(page.get_by_role("dialog", name="Picture")).to_be_visible()


def test_without_a_mouse(page: Page) -> None:
    page.locator("#id_prompt").focus()
    page.keyboard.type("a yellow duck")
    page.keyboard.press("Control+Enter")
    expect(page.locator(TILE)).to_have_count(1, timeout=PAINTED)
    page.locator(f"{TILE} .tile__open").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Picture")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Picture")).to_be_hidden()
    expect(page.locator(f"{TILE} .tile__open")).to_be_focused()


def test_all_can_be_deleted(page: Page) -> None:
    paint(page, "a rose", pictures=2)
    expect(page.locator(TILE)).to_have_count(2, timeout=PAINTED)
    page.get_by_role("button", name="Delete all").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    expect(page.locator(".example").first).to_be_visible()


def test_the_first_page_is_light_and_keeps_still(wide: BrowserContext, easel: Running) -> None:
    weights: list[int] = []
    wide.on(
        "requestfinished",
        lambda request: (
            weights.append(request.sizes()["responseBodySize"])
            if request.resource_type in ("document", "script", "stylesheet")
            else None
        ),
    )
    page = signed_in(wide, easel)
    page.wait_for_timeout(1000)
    shift = page.evaluate(
        """() => new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) sum += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert 20_000 < sum(weights) < 200_000
    assert shift < 0.02


def test_on_a_phone(phone: BrowserContext, easel: Running) -> None:
    page = signed_in(phone, easel)
    page.get_by_role("button", name="Model, size, number").click()
    expect(page.locator("#id_width")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
