"""The dress of every page: what is not the studio's own."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client

from tests.people import Person

STATIC = Path(__file__).resolve().parent.parent / "static"
IN_CHINESE = {"Accept-Language": "zh-CN"}
pytestmark = pytest.mark.django_db


def test_sign_in_has_our_dress() -> None:
    page = Client().get("/accounts/login/").content.decode()
    assert "Sign in to Easel" in page
    assert "easel/tokens.css" in page


def test_sign_in_follows_the_browsers_language() -> None:
    assert "登录" in Client().get("/accounts/login/", headers=IN_CHINESE).content.decode()


def test_a_wrong_password_is_said_and_the_address_is_kept(alice: Person) -> None:
    form = {"login": alice.user.email, "password": "wrong"}
    page = Client().post("/accounts/login/", form).content.decode()
    assert 'role="alert"' in page
    assert f'value="{alice.user.email}"' in page


def test_signing_up_is_offered_where_it_is_open(settings: LazySettings) -> None:
    assert "/accounts/signup/" not in Client().get("/accounts/login/").content.decode()
    settings.EASEL_OPEN_SIGNUP = True
    assert "/accounts/signup/" in Client().get("/accounts/login/").content.decode()


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/nowhere"]
)
def test_no_script_and_no_style_inside_a_page(path: str, settings: LazySettings) -> None:
    settings.EASEL_OPEN_SIGNUP = True
    page = Client().get(path).content.decode()
    # A block of JSON is data: no browser runs it.
    script = r"<script(?![^>]*(?:\ssrc=|\stype=\"application/json\"))"
    assert not re.search(rf"<style|\sstyle=|\son[a-z]+=|{script}", page)


def test_a_page_that_is_not_there() -> None:
    answer = Client().get("/nowhere", headers=IN_CHINESE)
    assert answer.status_code == 404
    assert "这块画布是空的" in answer.content.decode()


@pytest.mark.parametrize("name", ["403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_needs_nothing(name: str) -> None:
    assert "easel/lost.svg" in render_to_string(name)


def test_the_admin_has_our_dress(alice: Person) -> None:
    alice.user.is_staff = alice.user.is_superuser = True
    alice.user.save()
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/admin/").content.decode()
    assert "easel/admin.css" in page


def test_vendored_files_are_what_their_licences_say() -> None:
    said = (STATIC / "vendor/LICENSES.md").read_text(encoding="utf-8")
    for file in (STATIC / "vendor").glob("*.js"):
        assert hashlib.sha256(file.read_bytes()).hexdigest() in said, file.name


def test_every_static_file_that_is_named_is_there() -> None:
    named = set()
    for template in (STATIC.parent / "templates").rglob("*.html"):
        named |= set(re.findall(r"\{% static '([^']+)' %\}", template.read_text(encoding="utf-8")))
    for module in (STATIC / "easel/js").glob("*.js"):
        for path in re.findall(r'from "\./([^"]+)"', module.read_text(encoding="utf-8")):
            named.add(f"easel/js/{path}")
    assert len(named) > 15
    assert [name for name in sorted(named) if not finders.find(name)] == []
