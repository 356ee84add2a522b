"""Pictures of every part of Easel for the documentation, from a running one with its demo.

    python -m scripts.screenshots URL EASEL_HOME [FOLDER]

Signs in as the demo and as the operator whose passwords EASEL_HOME holds, paints what the wall
lacks (pictures, a code, a grid), then takes the pages, light and dark, in English and Chinese, wide
and on a phone, into FOLDER (docs/screenshots). Look at each before it is committed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.chromium import executable

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PAINTED = 120_000  # ms
PROMPTS = [
    "a rainbow over a castle",
    "一只熊猫在竹林里",
    "a little house by the sea at sunset",
    "three red balloons in a blue sky",
    "a fox in the forest in the rain",
    "two whales under a full moon",
    "雪地里的小木屋",
    "a sailing boat on the lake in the morning",
    "a field of sunflowers under a blue sky",
    "a snowman in the snow",
    "a lighthouse by the sea at night",
    "an orange cat on a sofa",
    "a robot in the city",
    "a city street at night",
    "一只猫坐在月亮上，满天繁星",
]
Theme = Literal["light", "dark"]
WHO = {"demo": "demo@easel.example", "operator": "operator@easel.example"}  # of config.demo
WIDE, PHONE = (1440, 900), (390, 844)


@dataclass(frozen=True)
class Shot:
    """One page as it stands. ``who``: "demo" or "operator"."""

    name: str
    path: str
    size: tuple[int, int] = WIDE
    theme: Theme = "light"
    locale: str = "en-US"
    who: str = "demo"


SHOTS = (
    Shot("history", "/studio/history"),
    Shot("history-phone-zh", "/studio/history", PHONE, "dark", "zh-CN"),
    Shot("models", "/studio/models/"),
    Shot("models-phone-zh", "/studio/models/", PHONE, "light", "zh-CN"),
    Shot("qr-zh-dark", "/studio/qr", WIDE, "dark", "zh-CN"),
    Shot("keys", "/account/keys"),
    Shot("usage", "/account/usage"),
    Shot("usage-zh-dark", "/account/usage", WIDE, "dark", "zh-CN"),
    Shot("members", "/account/members"),
    Shot("webhooks-zh", "/account/webhooks", WIDE, "light", "zh-CN"),
    Shot("ledger-phone-zh", "/account/ledger", PHONE, "dark", "zh-CN"),
    Shot("admin", "/admin/", WIDE, "light", "en-US", "operator"),
    Shot("admin-zh-dark", "/admin/", WIDE, "dark", "zh-CN", "operator"),
    Shot("admin-review", "/admin/desk/review/", WIDE, "light", "en-US", "operator"),
    Shot("api-docs", "/docs/native/", WIDE, "light", "en-US"),
)


class Photographer:
    def __init__(self, browser: Browser, url: str, home: Path, folder: Path) -> None:
        self._browser = browser
        self._url = url
        self._home = home
        self._folder = folder
        self._grid = "/studio/grid"

    @contextmanager
    def studio(
        self,
        size: tuple[int, int] = WIDE,
        theme: Theme = "light",
        locale: str = "en-US",
        who: str = "demo",
    ) -> Iterator[Page]:
        """A page of somebody who has just signed in."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            locale=locale,
            device_scale_factor=2 if size == PHONE else 1,
        )
        page = context.new_page()
        page.goto(f"{self._url}/accounts/login/")
        page.fill("[name=login]", WHO[who])
        page.fill("[name=password]", self._password(who))
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        yield page
        context.close()

    def _password(self, who: str) -> str:
        return (self._home / f"secrets/{who}_password").read_text().strip()

    def paint_what_is_lacking(self) -> None:
        with self.studio() as page:
            there = page.locator(".tile--picture").count()
            for number, prompt in enumerate(PROMPTS[there:], start=there + 1):
                page.fill("#id_prompt", prompt)
                page.click("[data-send]")
                self._until_tiles(page, number)
            self._paint_code(page)
            self._paint_grid(page)

    def _until_tiles(self, page: Page, number: int) -> None:
        page.wait_for_function(
            "n => document.querySelectorAll('.tile--picture').length >= n",
            arg=number,
            timeout=PAINTED,
        )

    def _paint_code(self, page: Page) -> None:
        page.goto(f"{self._url}/studio/qr")
        if page.locator(".tile__code").count():
            return
        page.fill("#id_content", "https://easel.example/spring")
        page.click("[data-send]")
        page.wait_for_selector(".tile__code", timeout=PAINTED)

    def _paint_grid(self, page: Page) -> None:
        """The page's first example, unless it was painted before."""
        page.goto(f"{self._url}/studio/grid")
        sheet = page.locator("a[href^='/studio/grid/']").first
        if not sheet.count():
            page.locator("button.example").first.click()
            page.wait_for_url("**/studio/grid/*")
            page.wait_for_timeout(15_000)
            page.goto(f"{self._url}/studio/grid")
        self._grid = str(sheet.get_attribute("href"))

    def take(self, page: Page, name: str) -> None:
        page.wait_for_timeout(900)  # fades end
        target = self._folder / f"{name}.webp"
        Image.open(BytesIO(page.screenshot())).save(target, quality=88, method=6)
        print(target)

    def _at_work(self, page: Page) -> None:
        """Two tasks of several pictures, the first with a preview."""
        page.click("label.chip:has(input[value='8'])")
        for prompt in ("two penguins on the ice", "a cat sitting on the moon under the stars"):
            page.fill("#id_prompt", prompt)
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                page.press("#id_prompt", "Control+Enter")
        page.wait_for_selector("easel-preview", timeout=PAINTED)

    def take_all(self) -> None:
        with self.studio() as page:
            self._at_work(page)
            self.take(page, "studio")
            page.locator(".tile--picture .tile__open").nth(1).click()
            self.take(page, "picture")
        with self.studio(WIDE, "dark", "zh-CN") as page:
            page.fill("#id_prompt", "一只猫坐在月亮上，满天繁星")
            self.take(page, "studio-zh-dark")
        with self.studio(PHONE, "light", "zh-CN") as page:
            self.take(page, "phone-zh")
        for shot in (*SHOTS, Shot("grid", self._grid), Shot("qr", "/studio/qr")):
            with self.studio(shot.size, shot.theme, shot.locale, shot.who) as page:
                page.goto(self._url + shot.path)
                page.wait_for_load_state("load")
                self.take(page, shot.name)


def main(url: str, home: str, folder: str = "docs/screenshots") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        photographer = Photographer(browser, url, Path(home), Path(folder))
        photographer.paint_what_is_lacking()
        photographer.take_all()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
