"""The pages below /docs/."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from config.docs import errors, pages, tables
from generation.dialects.native import wire
from generation.errors import EaselError

pytestmark = pytest.mark.django_db
IN_CHINESE = {"Accept-Language": "zh-CN"}
ALL = ["/docs/", "/docs/errors", "/docs/versioning", *(f"/docs/{name}/" for name in tables.NAMES)]
ALL += [f"/docs/guide/{name}" for name in pages.names()]


@pytest.mark.parametrize("path", ALL)
def test_a_page_opens_for_everyone_under_the_strict_policy(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers.get("Content-Security-Policy", "unsafe")
    page = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize("path", ["/docs/", "/docs/errors", "/docs/native/"])
def test_our_own_words_are_there_in_chinese(path: str) -> None:
    page = Client().get(path, headers=IN_CHINESE).content.decode()
    assert "API 文档" in page


def test_every_error_has_its_place_on_the_page() -> None:
    page = Client().get("/docs/errors").content.decode()
    codes = {each.code for each in errors.tree()} | {"cancelled", "worker_lost"}
    assert {code for code in codes if f'id="{code}"' not in page} == set()


def test_what_is_explained_is_an_error_of_ours() -> None:
    """Two codes only ever stand on a task; no error is raised with them."""
    raised = {kind.code for kind in (EaselError, *errors.tree())}
    assert set(errors.MEANINGS) - raised == {"cancelled", "worker_lost"}


def test_every_error_of_the_tree_is_explained() -> None:
    ours = {each.code for each in errors.tree() if not each.__module__.startswith("tests.")}
    assert ours - set(errors.MEANINGS) == set()


def test_the_type_of_a_problem_leads_to_the_page() -> None:
    _status, body = wire.problem(EaselError("x"))
    assert body["type"] == "/docs/errors#internal"


@pytest.mark.parametrize("path", ["/docs/nothing/", "/docs/guide/nothing", "/docs/guide/NATIVE"])
def test_a_page_that_is_not_there(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_links_between_pages_lead_somewhere() -> None:
    for name in pages.names():
        for link in re.findall(r'href="(/[^"#]*)', pages.page(name).html):
            assert Client().get(link).status_code == 200, (name, link)
            assert ".md" not in link


def test_nothing_is_changed_by_them() -> None:
    assert Client().post("/docs/").status_code == 405
