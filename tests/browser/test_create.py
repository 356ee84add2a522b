"""The form in a real browser: LoRAs and words suggested, chips, folds, drafts, settings read."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Running, at_work, look_accessible, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
INFOTEXT = (
    "a paper boat\nNegative prompt: fog\nSteps: 9, Sampler: Heun, CFG scale: 4, Seed: 77, "
    "Size: 640x512, Clip skip: 2"
)


def with_settings() -> bytes:
    info, file = PngInfo(), BytesIO()
    info.add_text("parameters", INFOTEXT)
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def settled(page: Page) -> None:
    """No price is on its way: htmx calls a request that a navigation cuts off an error."""
    page.evaluate(
        """() => new Promise((done) => {
            let quiet = setTimeout(done, 450);
            document.addEventListener("htmx:beforeRequest", () => clearTimeout(quiet));
            document.addEventListener("htmx:afterRequest", () => (quiet = setTimeout(done, 50)));
        })"""
    )


def leave(page: Page) -> None:
    settled(page)
    page.evaluate("localStorage.clear()")


def opened(page: Page, fold: str) -> None:
    at = page.locator(f"[data-fold={fold}]")
    if at.get_attribute("open") is None:
        at.locator("> summary").click()


def test_no_ratio_is_longer_than_a_side_may_be(wide: BrowserContext, easel: Running) -> None:
    page = signed_in(wide, easel)
    width, height = (page.locator(f"#id_{name}") for name in ("width", "height"))
    for most, size in (("2048", ("704", "384")), ("600", ("576", "320"))):
        width.evaluate("(field, most) => { field.max = most }", most)
        page.get_by_role("button", name="16:9").click()
        expect(width).to_have_value(size[0])
        expect(height).to_have_value(size[1])
    leave(page)


def test_loras_words_and_a_draft(wide: BrowserContext, easel: Running) -> None:
    page = signed_in(wide, easel)
    prompt = page.locator("#id_prompt")
    listbox = page.get_by_role("listbox", name="Suggestions")

    prompt.fill("a fox")
    expect(page.locator("#tokens-prompt")).to_contain_text("2 / 75")
    page.get_by_role("button", name="LoRA", exact=True).click()
    expect(listbox.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    expect(prompt).to_have_role("combobox")
    look_accessible(page)
    page.keyboard.type("neo")
    expect(listbox.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(prompt).to_have_value(re.compile(r"^a fox <lora:neon:[\d.]+>$"))
    expect(listbox).to_be_hidden()
    expect(prompt).to_be_focused()

    chip = page.locator("[data-lora='0']")
    expect(chip).to_contain_text("neon")
    chip.get_by_label("Weight of neon").fill("1.25")
    expect(prompt).to_have_value("a fox <lora:neon:1.25>")

    prompt.press("End")
    page.keyboard.type(", bamboo")
    expect(listbox.get_by_role("option").first).to_contain_text("bamboo")
    expect(listbox.locator("[aria-selected=true]")).to_have_count(0)  # Enter and Tab stay free
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(prompt).to_have_value("a fox <lora:neon:1.25>, bamboo forest")
    page.keyboard.type(" in wint")
    expect(listbox).to_be_visible()
    page.keyboard.press("Escape")
    expect(listbox).to_be_hidden()
    page.keyboard.press("Control+z")  # what was inserted is the browser's to undo
    expect(prompt).not_to_have_value("a fox <lora:neon:1.25>, bamboo forest in wint")

    opened(page, "hires")
    page.get_by_label("Paint once more, larger").check()
    page.get_by_label("Times larger").fill("1.5")
    opened(page, "styles")
    page.get_by_role("checkbox", name="Hanfu").check()
    opened(page, "fine")
    page.get_by_label("Tiling").check()
    page.get_by_label("CLIP skip").fill("2")
    expect(page.locator("[data-fold=fine] [data-changed]")).to_have_text(re.compile(r"^2"))
    expect(page.locator("[data-hires-text]")).to_have_text("768 × 768")
    page.locator("[data-ratio-w='16']").click()
    page.get_by_role("button", name="Swap width and height").click()
    expect(page.locator("#id_width")).to_have_value("384")
    expect(page.locator(".price__lines")).to_contain_text("Second pass")
    look_accessible(page)
    kept = page.evaluate("JSON.parse(localStorage.getItem('easel.draft'))")

    settled(page)
    page.reload()
    at_work(page)
    assert page.evaluate("JSON.parse(localStorage.getItem('easel.draft'))") == kept
    expect(page.get_by_label("Paint once more, larger")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Hanfu")).to_be_checked()
    expect(page.get_by_label("CLIP skip")).to_be_visible()  # the folds stay open
    expect(chip).to_contain_text("neon")

    page.get_by_role("button", name="Reset to defaults").click()
    expect(page.get_by_label("CLIP skip")).to_have_value("1")
    expect(page.get_by_role("checkbox", name="Hanfu")).not_to_be_checked()
    expect(prompt).to_have_value(kept["prompt"])
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("CLIP skip")).to_have_value("2")
    chip.get_by_role("button", name="Remove neon").click()
    expect(chip).to_have_count(0)
    leave(page)


def test_settings_are_read_and_prompts_come_back(wide: BrowserContext, easel: Running) -> None:
    page = signed_in(wide, easel)
    prompt = page.locator("#id_prompt")
    prompt.fill("a paper lantern")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        prompt.press("Control+Enter")
    assert sent.value.ok
    prompt.fill("something new")
    prompt.press("Control+ArrowUp")
    expect(prompt).to_have_value("a paper lantern")
    prompt.press("Control+ArrowDown")
    expect(prompt).to_have_value("something new")
    page.get_by_text("Recent", exact=True).click()
    page.get_by_role("button", name="a paper lantern").click()
    expect(prompt).to_have_value("a paper lantern")

    file = {"name": "boat.png", "mimeType": "image/png", "buffer": with_settings()}
    page.locator("[data-read-file]").set_input_files(file)
    page.get_by_role("button", name="Fill the form").click()
    expect(prompt).to_have_value("a paper boat")
    expect(page.locator("#id_negative_prompt")).to_have_value("fog")
    expect(page.locator("#id_sampler")).to_have_value("Heun")
    expect(page.locator("#id_width")).to_have_value("640")
    page.get_by_role("button", name="Undo").click()
    expect(prompt).to_have_value("a paper lantern")
    settled(page)
    page.goto(f"{easel.url}/?lora=noir&prompt=a+quiet+street")
    at_work(page)
    expect(prompt).to_have_value(re.compile(r"^a quiet street <lora:noir:[\d.]+>$"))
    expect(page).to_have_url(f"{easel.url}/")  # a reload keeps what is typed from here on
    page.get_by_role("button", name="Undo").click()
    expect(prompt).to_have_value("a paper lantern")
    leave(page)


def test_on_a_phone(phone: BrowserContext, easel: Running) -> None:
    page = signed_in(phone, easel)
    page.locator("#id_prompt").fill("a kite <lora:pas")
    page.locator("#id_prompt").press("t")
    page.get_by_role("listbox", name="Suggestions").get_by_role("option").first.click()
    expect(page.locator("#id_prompt")).to_have_value(re.compile(r"^a kite <lora:pastel:[\d.]+>$"))
    expect(page.locator("[data-lora='0']")).to_be_visible()
    page.get_by_role("button", name="Model, size, number").click()
    for fold in ("hires", "styles", "more", "fine"):
        opened(page, fold)
    page.locator(".picker__now").click()
    page.locator(".picker__option", has_text="Pixel").click()
    expect(page.locator("[data-picker-title]")).to_have_text("Sketch Pixel")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    look_accessible(page)
    leave(page)
