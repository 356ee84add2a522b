"""Each page of the admin that has an address of its own, in Chinese and in the dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Running, serious
from tests.browser.pages import paths
from tests.browser.test_every_page import (
    NARROW,
    ROOMY,
    english,
    judged,
    nothing_wrong,
    open_all,
    visitor,
)

__all__ = ["visitor"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


# Rows, programs and codes that filters and hints name.
CODES = frozenset(
    {"Sketch", "delivery", "engine", "generation", "gore", "image", "minors", "prompt", "sexual"}
    | {"sketch", "studio", "tool"}
)


def judged_forms(page: Page) -> list[str]:
    return serious(page) + english(page, CODES)


def test_pages_of_an_operator(visitor: Callable[..., Page], easel: Running) -> None:
    every = [path for path in paths() if path.startswith("/admin/")]
    page = visitor(ROOMY, "zh-CN", "dark", easel.operator, easel.operator_password)
    look = open_all(page, easel.url, every, judged_forms)
    assert {"/admin/", "/admin/generation/task/", "/admin/accounts/tenant/"} <= {*look.seen}
    nothing_wrong(look)


CUT_OFF = """() =>
  [...document.querySelectorAll("#content-main .module :is(input, select, textarea)")]
  .filter((each) => each.checkVisibility()
    && each.getBoundingClientRect().right > each.closest(".module").getBoundingClientRect().right)
  .map((each) => each.name || each.id)"""


def judged_fields(page: Page) -> list[str]:
    cut = page.evaluate(CUT_OFF)
    return judged(page) + ([f"cut off: {cut}"] if cut else [])


def test_the_admin_on_a_phone(visitor: Callable[..., Page], easel: Running) -> None:
    page = visitor(NARROW, "en-US", "light", easel.operator, easel.operator_password)
    some = ["/admin/", "/admin/desk/review/", "/admin/generation/task/", "/admin/accounts/tenant/"]
    some.append("/admin/generation/promptrule/add/")
    look = open_all(page, easel.url, some, judged_fields)
    assert look.seen == some
    nothing_wrong(look)
