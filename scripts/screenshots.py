"""Pictures of the studio for the documentation, from a running Easel.

    python -m scripts.screenshots URL EMAIL PASSWORD [FOLDER]

Paints what the wall lacks, then takes the studio, the light box and the phone, light and dark, in
English and Chinese, into FOLDER (docs/screenshots). Look at each before it is committed.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

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


class Photographer:
    def __init__(self, browser: Browser, url: str, email: str, password: str, folder: Path) -> None:
        self._browser = browser
        self._url, self._email, self._password = url, email, password
        self._folder = folder

    @contextmanager
    def studio(
        self, width: int, height: int, theme: Theme = "light", locale: str = "en-US"
    ) -> Iterator[Page]:
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            locale=locale,
            device_scale_factor=2 if width < 500 else 1,
        )
        page = context.new_page()
        page.goto(self._url)
        page.fill("[name=login]", self._email)
        page.fill("[name=password]", self._password)
        page.click("button[type=submit]")
        page.wait_for_selector("#price-line b")
        yield page
        context.close()

    def paint_what_is_lacking(self) -> None:
        with self.studio(1440, 900) as page:
            there = page.locator(".tile--picture").count()
            for number, prompt in enumerate(PROMPTS[there:], start=there + 1):
                page.fill("#id_prompt", prompt)
                page.click("[data-send]")
                page.wait_for_function(
                    "n => document.querySelectorAll('.tile--picture').length >= n",
                    arg=number,
                    timeout=PAINTED,
                )

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
        with self.studio(1440, 900) as page:
            self._at_work(page)
            self.take(page, "studio")
            page.locator(".tile--picture .tile__open").nth(1).click()
            self.take(page, "picture")
        with self.studio(1440, 900, "dark", "zh-CN") as page:
            page.fill("#id_prompt", "一只猫坐在月亮上，满天繁星")
            self.take(page, "studio-zh-dark")
        with self.studio(390, 844, "light", "zh-CN") as page:
            self.take(page, "phone-zh")


def main(url: str, email: str, password: str, folder: str = "docs/screenshots") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        photographer = Photographer(browser, url, email, password, Path(folder))
        photographer.paint_what_is_lacking()
        photographer.take_all()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
