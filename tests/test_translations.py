"""Simplified Chinese is complete, and what is installed is what was translated."""

from __future__ import annotations

import ast
import gettext
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import compile_messages

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
TAG = re.compile(r"""\{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(
    r"\{%\s*blocktranslate[^%]*%\}(.*?)\{%\s*(?:plural|endblocktranslate)", re.DOTALL
)


@pytest.fixture(scope="module")
def entries() -> list[compile_messages.Entry]:
    return list(compile_messages.entries(PO.read_text(encoding="utf-8")))


def in_code() -> Iterator[str]:
    """The texts that the product's own Python marks for translation."""
    for package in ("config", "accounts", "catalog", "generation", "tools"):
        for source in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in CALLS
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                    and isinstance(node.args[0].value, str)
                ):
                    yield node.args[0].value


def in_templates() -> Iterator[str]:
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        for double, single in TAG.findall(text):
            yield double or single
        for body in BLOCK.findall(text):
            yield re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", body)


def test_every_string_is_translated(entries: list[compile_messages.Entry]) -> None:
    known = {entry["msgid"] for entry in entries}
    assert sorted({*in_code(), *in_templates()} - known) == []


def test_the_tests_look_where_strings_are() -> None:
    assert "Write what you want to see." in set(in_code())
    assert "Paint it" in set(in_templates())


def test_placeholders_survive(entries: list[compile_messages.Entry]) -> None:
    holder = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
    for entry in entries:
        texts = [text for name, text in entry.items() if name.startswith("msgstr")]
        for text in texts:
            assert sorted(set(holder.findall(text))) == sorted(set(holder.findall(entry["msgid"])))


def test_what_is_installed_is_what_was_translated() -> None:
    text = PO.read_text(encoding="utf-8")
    assert PO.with_suffix(".mo").read_bytes() == compile_messages.compiled(text)


def test_python_reads_what_we_compile() -> None:
    header = "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"
    po = (
        f'msgid ""\nmsgstr "{header}"\n\n'
        'msgid "a \\"red\\" "\n"apple"\nmsgstr "红苹果"\n\n'
        'msgctxt "verb"\nmsgid "paint"\nmsgstr "画"\n\n'
        'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "几个"\n\n'
        '#, fuzzy\nmsgid "unsure"\nmsgstr "不确定"\n\n'
        'msgid "untold"\nmsgstr ""\n'
    )
    catalog = gettext.GNUTranslations(io.BytesIO(compile_messages.compiled(po)))
    assert catalog.gettext('a "red" apple') == "红苹果"
    assert catalog.pgettext("verb", "paint") == "画"
    assert catalog.ngettext("one", "many", 3) == "几个"
    assert catalog.gettext("unsure") == "unsure"
    assert catalog.gettext("untold") == "untold"
