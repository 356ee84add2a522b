"""How long a person waits after a key or a click until the page shows it: Chromium's own event
timings (what INP is made of), on the studio with a wall of pictures. Phone: 4 times slower CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from config.demo import DEMO_EMAIL
from scripts.chromium import executable

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SLOWER = 4  # Lighthouse's factor for a middling phone
SENTENCE = "a red apple on a table, soft morning light, watercolour"
_WATCH = """
  window.waits = [];
  new PerformanceObserver((list) => {
    for (const each of list.getEntries())
      if (each.interactionId) window.waits.push([each.interactionId, each.duration]);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
"""


@dataclass(frozen=True)
class Waits:
    """Milliseconds from an interaction to the next frame; Chromium rounds to 8, and tells none
    below 16. ``price``: from a change in the form to the new price on the page."""

    interactions: int
    worst: float
    p75: float
    price: float


def waits(url: str, home: Path) -> dict[str, Waits]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        measured = {}
        for name, size, slower in (("desk", (1440, 900), 1), ("phone", (390, 844), SLOWER)):
            with _signed_in(browser, url, home, size) as page:
                if slower > 1:
                    client = page.context.new_cdp_session(page)
                    client.send("Emulation.setCPUThrottlingRate", {"rate": slower})
                measured[name] = _measured(page)
        browser.close()
    return measured


@contextmanager
def _signed_in(browser: Browser, url: str, home: Path, size: tuple[int, int]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-US")
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto(f"{url}/accounts/login/")
    page.fill("input[name=login]", DEMO_EMAIL)
    page.fill("input[name=password]", (home / "secrets/demo_password").read_text().strip())
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("#price-line b", timeout=60_000)
    yield page
    context.close()


def _measured(page: Page) -> Waits:
    page.locator("#id_prompt").press_sequentially(SENTENCE, delay=30)
    price = _until_price(page)
    for summary in page.locator("main summary:visible").all()[:4]:
        summary.click()
        page.wait_for_timeout(100)
        summary.click()
    page.wait_for_timeout(500)
    longest: dict[int, float] = {}
    for interaction, duration in page.evaluate("window.waits"):
        longest[interaction] = max(duration, longest.get(interaction, 0.0))
    each = sorted(longest.values()) or [0.0]
    return Waits(
        interactions=len(SENTENCE) + 8,
        worst=each[-1],
        p75=each[int(0.75 * (len(each) - 1))],
        price=price,
    )


def _until_price(page: Page) -> float:
    """From a changed number of pictures to its price, with the debounce and the request."""
    more = page.locator("#settings:not(.is-open) >> visible=false").count()
    if more and page.locator("[data-settings-toggle]").is_visible():
        page.locator("[data-settings-toggle]").click()
    before = page.locator("#price-line b").inner_text()
    begin = page.evaluate("performance.now()")
    page.locator("label.chip:has(input[name=count][value='4'])").click()
    page.wait_for_function(
        "before => document.querySelector('#price-line b')?.innerText !== before", arg=before
    )
    return float(page.evaluate("performance.now()")) - float(begin)
