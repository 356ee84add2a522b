"""The Markdown pages of docs/api as HTML: read once, no raw HTML in them, links made to fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from generation.errors import NotFound

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
_MARKDOWN_LINK = re.compile(r'href="([a-z0-9-]+)\.md(#[^"]*)?"')
_ELSEWHERE = re.compile(r'<a href="(?:\.\./|[a-z0-9_/-]+\.md)[^"]*">(.*?)</a>', re.DOTALL)


@dataclass(frozen=True)
class PageText:
    name: str
    title: str
    html: SafeString


def folder() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "api"


def names() -> list[str]:
    return sorted(path.stem for path in folder().glob("*.md"))


@cache
def page(name: str) -> PageText:
    """NotFound for a name that is none of ours."""
    path = folder() / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound("no such page")
    text = path.read_text(encoding="utf-8")
    title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), name)
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    made = _MARKDOWN_LINK.sub(r'href="/docs/guide/\1\2"', made)
    made = _ELSEWHERE.sub(r"\1", made)  # the repository's other pages are not served
    made = made.replace("<table>", '<div class="table-scroll"><table class="table">')
    made = made.replace("</table>", "</table></div>")
    made = re.sub(r' style="text-align:\w+"', "", made)
    return PageText(name, title, mark_safe(made))  # our own files; raw HTML is off
