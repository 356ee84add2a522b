"""Each page by itself, wide and light in English, narrow and dark in Chinese: nothing in the
console, nothing serious for axe, nothing wider than the screen, nothing that jumps, the strict
policy, and no English left on a Chinese page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from config.demo import DEMO_EMAIL, DEMO_TENANT, OPERATOR_EMAIL
from tests.browser.conftest import Running, serious
from tests.browser.pages import paths

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
ROOMY, NARROW = (1440, 900), (390, 844)
JUMP = 0.05  # of a page's area times its way; Chrome calls 0.1 good
SETTLED = 150  # ms after loading: what scripts and first requests move has moved
MOST_BYTES = 200_000
# Names, units and what is written in Latin letters in Chinese, too. The rest is untranslated.
NAMES = re.findall("[A-Za-z]+", f"{DEMO_EMAIL} {OPERATOR_EMAIL} {DEMO_TENANT}")
LATIN = frozenset((Path(__file__).parent / "latin_words.txt").read_text().split()) | {*NAMES}
# Reads what a person sees, without what is data, code or a name.
SEEN = """() => {
  const out = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (!at || at.closest("code, pre, kbd, samp, script, template, textarea")) continue;
    if (at.closest("body [lang], .mono, [translate=no]")) continue;
    if (at.closest("#result_list tbody, .readonly, .selector")) continue; // of the admin
    if (at.checkVisibility()) out.push(walk.currentNode.textContent);
  }
  return out.join("\\n");
}"""
WATCH_JUMPS = """
  window.jumps = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.jumps += each.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class Look:
    """What was found on the pages that one visitor opened."""

    seen: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def open_all(page: Page, url: str, every: list[str], judge: Callable[[Page], list[str]]) -> Look:
    look, said = Look(), list[str]()
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in every:
        answer = page.request.get(url + path, max_redirects=0)
        if answer.status != 200 or "<html" not in answer.text()[:500]:
            continue
        said.clear()
        page.goto(url + path)
        page.wait_for_timeout(SETTLED)
        policy = answer.headers.get("content-security-policy", "")
        found = judge(page) + said
        if "default-src 'self'" not in policy or "unsafe" in policy:
            found.append(f"policy: {policy!r}")
        look.seen.append(path)
        look.wrong += [f"{path}: {each}" for each in found]
    return look


def judged(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    jumps = page.evaluate("window.jumps")
    title = page.title()
    found = serious(page)
    found += [f"wider than the screen by {wide} px"] if wide > 0 else []
    found += [f"jumps by {jumps:.3f}"] if jumps > JUMP else []
    found += [] if title and title != "Easel" else [f"title {title!r}"]
    return found


def judged_in_chinese(page: Page) -> list[str]:
    return judged(page) + english(page)


def english(page: Page, besides: frozenset[str] = frozenset()) -> list[str]:
    words = set(re.findall(r"[A-Za-z]{2,}[A-Za-z0-9]*", page.evaluate(SEEN)))
    left = sorted(words - LATIN - besides)
    return [f"Latin words: {left}"] if left else []


def nothing_wrong(*looks: Look) -> None:
    wrong = [each for look in looks for each in look.wrong]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def visitor(browser: Browser, easel: Running) -> Iterator[Callable[..., Page]]:
    """Somebody in front of a screen; with an e-mail address signed in."""
    contexts = []

    def come(size: tuple[int, int], locale: str, scheme: str, *who: str) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=locale, color_scheme=scheme
        )
        contexts.append(context)
        context.add_init_script(WATCH_JUMPS)
        page = context.new_page()
        if who:
            page.goto(f"{easel.url}/accounts/login/")
            page.locator("input[name=login]").fill(who[0])
            page.locator("input[name=password]").fill(who[1])
            page.locator("input[name=password]").press("Enter")
            page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield come
    for context in contexts:
        context.close()


def test_pages_of_a_member(visitor: Callable[..., Page], easel: Running) -> None:
    every = [path for path in paths() if not path.startswith("/admin/")]
    who = (easel.email, easel.password)
    wide = open_all(visitor(ROOMY, "en-US", "light", *who), easel.url, every, judged)
    narrow = open_all(visitor(NARROW, "zh-CN", "dark", *who), easel.url, every, judged_in_chinese)
    assert {"/", "/studio/history", "/studio/grid", "/studio/qr", "/account/keys"} <= {*wide.seen}
    assert wide.seen == narrow.seen
    nothing_wrong(wide, narrow)


def test_english_would_be_seen_on_a_chinese_page(
    visitor: Callable[..., Page], easel: Running
) -> None:
    look = open_all(visitor(NARROW, "en-US", "light"), easel.url, ["/accounts/login/"], english)
    assert "Latin words" in "".join(look.wrong)


def test_pages_of_a_stranger(visitor: Callable[..., Page], easel: Running) -> None:
    every = [path for path in paths() if path.startswith("/accounts/")]
    wide = open_all(visitor(ROOMY, "en-US", "dark"), easel.url, every, judged)
    narrow = open_all(visitor(NARROW, "zh-CN", "light"), easel.url, every, judged_in_chinese)
    assert "/accounts/login/" in wide.seen
    nothing_wrong(wide, narrow)


def test_the_first_page_is_light(visitor: Callable[..., Page], easel: Running) -> None:
    """All that a first visit loads but pictures, as it comes over the wire."""
    for who in ((), (easel.email, easel.password)):
        page = visitor(ROOMY, "en-US", "light", *who)
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        client.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(easel.url)
        page.wait_for_timeout(1500)
        loaded = page.evaluate(
            """() => performance.getEntriesByType("resource")
                 .filter((each) => !/\\.(webp|png|jpg)|\\/files\\//.test(each.name))
                 .concat(performance.getEntriesByType("navigation"))
                 .map((each) => [each.name, each.transferSize])"""
        )
        assert len(loaded) > 5
        assert sum(size for _name, size in loaded) < MOST_BYTES, loaded
