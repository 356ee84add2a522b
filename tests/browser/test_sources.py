"""Pictures that go into a picture: chosen, masked by mouse, finger and keys, painted over."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import Running, look_accessible, signed_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAINTED = 90_000  # ms until a picture must be there, on a busy machine
SENT = 30_000
TILE = "#gallery .tile--picture"
INIT = "[data-slot=init]"


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    image = Image.new("RGB", (512, 384), "skyblue")
    ImageDraw.Draw(image).ellipse((156, 92, 356, 292), fill="red")
    image.save(tmp_path / "disc.png")
    return tmp_path / "disc.png"


@pytest.fixture
def touched(browser: Browser) -> Iterator[BrowserContext]:
    yield from watched(browser, 390, 844, has_touch=True)


def choose(page: Page, slot: str, file: Path) -> None:
    page.locator(f"{slot} [data-slot-empty] [data-slot-file]").set_input_files(file)
    expect(page.locator(f"{slot} [data-slot-full]")).to_be_visible(timeout=SENT)


def editor(page: Page) -> Locator:
    page.locator("[data-mask-open]").click()
    dialog = page.get_by_role("dialog", name="Paint over what is to change")
    expect(dialog.locator("[data-photo]")).to_have_js_property("complete", True)
    return dialog


def drag(page: Page, dialog: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the picture (as shares of its sides) to another."""
    box = dialog.locator("[data-canvas]").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()


def finish(dialog: Locator) -> None:
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden(timeout=SENT)


def kept(page: Page, easel: Running, name: str) -> Image.Image:
    """The stored picture that a field of the form names."""
    upload = page.locator(f"#id_{name}").input_value()
    answer = page.request.get(f"{easel.url}/studio/sources/{upload}/picture")
    return Image.open(io.BytesIO(answer.body()))


def with_a_picture(page: Page) -> None:
    """Some other test may have painted one, or deleted all."""
    if not page.locator(TILE).count():
        page.locator("#id_prompt").fill("a red apple")
        page.locator("#id_prompt").press("Control+Enter")
        expect(page.locator(TILE).first).to_be_visible(timeout=PAINTED)


def painted(page: Page, easel: Running) -> Image.Image:
    before = page.locator(TILE).count()
    page.locator("#id_prompt").fill("a yellow flower")
    page.locator("#id_prompt").press("Control+Enter")
    expect(page.locator(TILE)).to_have_count(before + 1, timeout=PAINTED)
    page.locator(f"{TILE} .tile__open").first.click()
    path = page.locator("#lightbox .picture__image").get_attribute("src")
    page.keyboard.press("Escape")
    return Image.open(io.BytesIO(page.request.get(f"{easel.url}{path}").body()))


def test_only_the_mask_is_repainted(wide: BrowserContext, easel: Running, disc: Path) -> None:
    page = signed_in(wide, easel)
    choose(page, INIT, disc)
    page.get_by_role("button", name="Use its size").click()
    expect(page.locator("#id_width")).to_have_value("512")
    expect(page.locator("#id_height")).to_have_value("384")

    dialog = editor(page)
    drag(page, dialog, (0.3, 0.3), (0.7, 0.3))
    drag(page, dialog, (0.1, 0.9), (0.3, 0.9))
    page.keyboard.press("Control+z")  # the second stroke goes
    drag(page, dialog, (0.3, 0.5), (0.7, 0.5))
    look_accessible(page)
    finish(dialog)
    mask = np.asarray(kept(page, easel, "mask"))
    assert mask.shape == (384, 512)
    assert mask[192, 256] == 255
    assert not mask[330:].any()

    page.reload()
    expect(page.locator(f"{INIT} [data-slot-full]")).to_be_visible(timeout=SENT)
    expect(page.locator("[data-slot-tint]").first).to_be_visible()
    page.locator("[data-fold=mask] > summary").click()
    page.get_by_label("Soft edge, pixels").fill("0")
    look_accessible(page)
    pictures = (painted(page, easel), Image.open(disc))
    result, given = (np.asarray(picture.convert("RGB"), int) for picture in pictures)
    assert result.shape == given.shape
    apart = np.abs(result - given).max(axis=2)
    assert apart[mask < 8].max() <= 12
    assert apart[mask > 247].mean() > 20

    page.get_by_role("button", name="Remove the mask").click()
    page.locator(f"{INIT} [data-slot-remove]").click()
    page.locator(f"{INIT} [data-slot-undo]").click()
    expect(page.locator(f"{INIT} [data-slot-full]")).to_be_visible()
    page.get_by_text("Steer with pictures").click()
    unit = page.locator("[data-unit='0']")
    unit.get_by_label("ControlNet model").select_option(index=1)
    unit.get_by_label("What is taken from it").select_option("canny")
    unit.get_by_role("button", name="Look at it").click()
    shown = unit.get_by_alt_text("What steers the picture")
    expect(shown).to_have_js_property("naturalWidth", 512, timeout=PAINTED)
    look_accessible(page)
    page.evaluate("localStorage.clear()")


def test_by_keys_and_from_the_history(wide: BrowserContext, easel: Running) -> None:
    page = signed_in(wide, easel)
    with_a_picture(page)
    page.locator(f"{INIT} [data-slot-history]").click()
    page.locator("#chooser-list [data-source]").first.click()
    expect(page.locator(f"{INIT} [data-slot-full]")).to_be_visible(timeout=SENT)
    dialog = editor(page)
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("i")
    finish(dialog)
    mask = np.asarray(kept(page, easel, "mask"))
    middle = mask.shape[0] // 2, mask.shape[1] // 2
    assert mask[middle] == 0
    assert mask[5, 5] == 255
    page.evaluate("localStorage.clear()")


def hand_over(page: Page, how: str, file: Path, onto: str) -> None:
    """Drops or pastes a file, as the browser would tell of it."""
    page.evaluate(
        """async ([how, bytes, onto]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "x.png", { type: "image/png" }));
            const kind = how === "paste" ? ClipboardEvent : DragEvent;
            const told = how === "paste" ? { clipboardData: data } : { dataTransfer: data };
            const event = new kind(how, { bubbles: true, cancelable: true, ...told });
            document.querySelector(onto).dispatchEvent(event);
        }""",
        [how, list(file.read_bytes()), onto],
    )


def test_dropped_pasted_and_sent_here(wide: BrowserContext, easel: Running, disc: Path) -> None:
    page = signed_in(wide, easel)
    with_a_picture(page)
    hand_over(page, "drop", disc, "#models")
    expect(page.locator(f"{INIT} [data-slot-size]")).to_have_text("512 × 384", timeout=SENT)
    page.locator(f"{INIT} [data-slot-remove]").click()
    hand_over(page, "paste", disc, "body")
    expect(page.locator(f"{INIT} [data-slot-full]")).to_be_visible(timeout=SENT)

    source = f"{page.locator(TILE).first.get_attribute('data-task')}/0"
    page.goto(f"{easel.url}/?source={source}&mode=control")
    unit = page.locator("[data-slot=control_0_image] [data-slot-full]")
    expect(unit).to_be_visible(timeout=SENT)
    expect(page.locator("#error-control_0_model")).to_have_text("Choose a model for this picture.")
    page.goto(f"{easel.url}/?source={source}&mode=inpaint")
    expect(page.get_by_role("dialog", name="Paint over")).to_be_visible(timeout=SENT)
    assert "source=" not in page.url
    page.evaluate("localStorage.clear()")


def test_with_a_finger_on_a_phone(touched: BrowserContext, easel: Running, disc: Path) -> None:
    page = signed_in(touched, easel)
    choose(page, INIT, disc)
    dialog = editor(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = dialog.locator("[data-canvas]").bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    for kind, share in (("touchStart", 0.3), ("touchMove", 0.5), ("touchMove", 0.7)):
        points = [{"x": box["x"] + share * box["width"], "y": box["y"] + box["height"] / 2}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    dialog.get_by_role("button", name="Eraser").click()
    finish(dialog)
    mask = np.asarray(kept(page, easel, "mask"))
    assert mask[192, 256] == 255
    assert not mask[:40].any()
    look_accessible(page)
    page.evaluate("localStorage.clear()")
