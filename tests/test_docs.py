"""What the documents say is held to what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
READ = re.compile(r'env\.(?:text|secret|boolean|integer|real|words|path)\(\s*"([A-Z0-9_]+)"')
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def variables() -> Iterator[str]:
    for layer in ("config", "accounts", "catalog", "generation", "tools"):
        for path in (ROOT / layer).rglob("*.py"):
            yield from READ.findall(path.read_text(encoding="utf-8"))


def test_every_variable_is_in_the_settings_page() -> None:
    found, page = set(variables()), (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert len(found) > 30
    assert [name for name in sorted(found) if f"`{name}`" not in page] == []


def test_the_settings_page_names_no_variable_that_nobody_reads() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}
    assert named - set(variables()) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
