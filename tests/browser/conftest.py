"""A whole Easel in a fresh EASEL_HOME, and Chromium in front of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from config.demo import DEMO_EMAIL, OPERATOR_EMAIL
from scripts.chromium import executable

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 290  # a machine with two cores and other work
PATIENCE = 30_000  # ms for what must appear: other work may hold the machine for seconds
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Running:
    url: str
    email: str
    password: str
    operator: str
    operator_password: str


@pytest.fixture(scope="session")
def easel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("easel")
    kept = {name: text for name, text in os.environ.items() if not name.startswith("EASEL_")}
    kept.pop("DATABASE_URL", None)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(port)]
    with (folder / "serve.log").open("wb") as log:
        environment = kept | {"EASEL_HOME": str(folder / "home")}
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_until_ready(url, server, folder)
        password, other = (
            (folder / f"home/secrets/{name}_password").read_text().strip()
            for name in ("demo", "operator")
        )
        yield Running(url, DEMO_EMAIL, password, OPERATOR_EMAIL, other)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, server: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(f"{url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"Easel did not start:\n{(folder / 'serve.log').read_text()[-3000:]}")


expect.set_options(timeout=PATIENCE)
_SIGNED_IN: dict[str, list[Any]] = {}  # cookies of the first sign-in, by the Easel they are for


@pytest.fixture(scope="module")  # its event loop would forbid the ORM to the modules that follow
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def wide(browser: Browser) -> Iterator[BrowserContext]:
    yield from watched(browser, 1440, 900)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    yield from watched(browser, 390, 844)


def watched(browser: Browser, width: int, height: int, **more: Any) -> Iterator[BrowserContext]:
    """A context whose pages may not write an error to the console, nor throw one."""
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, locale="en-US", **more)
    wrong: list[str] = []
    context.on(
        "console",
        lambda m: wrong.append(f"{m.text} {m.location['url']}") if m.type == "error" else None,
    )
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    yield context
    context.close()
    assert wrong == []


def signed_in(context: BrowserContext, easel: Running) -> Page:
    """The studio, in the session of the first who signed in here; anew where that is over."""
    context.add_cookies(_SIGNED_IN.get(easel.url, []))
    page = context.new_page()
    page.goto(easel.url)
    if page.get_by_label("E-mail").count():
        page.get_by_label("E-mail").fill(easel.email)
        page.get_by_label("Password", exact=True).fill(easel.password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        at_work(page)
        kept = ("sessionid", "csrftoken")
        cookies = [each for each in context.cookies() if each.get("name") in kept]
        _SIGNED_IN[easel.url] = cookies
    at_work(page)
    return page


def at_work(page: Page) -> None:
    """The page's scripts have begun (they tell what is folded away), and there is a model."""
    expect(page.locator(".picker__now")).to_have_count(1, timeout=60_000)
    expect(page.locator("[data-more-text]")).not_to_be_empty(timeout=30_000)


def look_accessible(page: Page) -> None:
    """axe finds nothing serious on the page as it stands."""
    assert serious(page) == []


def serious(page: Page) -> list[str]:
    """What axe finds. It reads style sheets that import others by styles of its own, which the
    policy of pages forbids: without ``preload`` it does not."""
    options = {"preload": False, "resultTypes": ["violations"]}
    return [
        f"axe: {each['id']} {[node['html'][:200] for node in each['nodes']][:3]}"
        for each in Axe().run(page, options=options).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
