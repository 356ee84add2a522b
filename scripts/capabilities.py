"""Writes docs/capabilities.md: each capability of the published APIs, linked to what shows it.

``python -m scripts.capabilities [--check]``
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from tests.capabilities.rows import CAPABILITIES, NOT_YET, Capability
from tests.capabilities.shows import found

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "capabilities.md"
TESTS = ROOT / "tests" / "capabilities"
HEAD = """# What is served of the published APIs

The published documents name 128 things that a client can do. Each that Easel does is linked to the tests that show it: they start a whole installation, call its public routes alone, and judge the decoded answer, or what reached a GPU server that can do everything. The page is written by `python -m scripts.capabilities`; a test fails when a row has no test, and `make full` breaks the product in one place after another (`tests/capabilities/sabotages.py`) and asks that the row's tests see it.
"""  # noqa: E501
TABLE = "| | call | what it does | shown by |\n|---|---|---|---|\n"
NAMES = {
    "Q": "qrapi: QR codes, text to image, hanfu",
    "W": "sdwebui: the WebUI-like API",
    "T": "sdtest: the test API",
    "M": "saas: its menu",
    "X": "saas: inside its calls, and across them",
}


def page() -> str:
    tests = found(TESTS)
    parts = [HEAD]
    for letter, rows in groupby(CAPABILITIES, key=lambda row: row.number[0]):
        parts.append(
            f"\n## {NAMES[letter]}\n\n| | call | what it does | shown by |\n|---|---|---|---|\n"
        )
        parts.extend(_line(row, tests.get(row.number, [])) for row in rows)
    shown = sum(row.number in tests for row in CAPABILITIES)
    parts.append(f"\n{shown} of {len(CAPABILITIES)} are served.\n")
    return "".join(parts)


def _line(row: Capability, tests: list[str]) -> str:
    links = (f"[{_words(test)}](../tests/capabilities/{test.partition('::')[0]})" for test in tests)
    shown = ", ".join(links) or ("not served yet" if row.number in NOT_YET else "**nothing**")
    return f"| {row.number} | `{row.call}` | {row.does} | {shown} |\n"


def _words(test: str) -> str:
    return test.partition("::test_")[2].replace("_", " ")


def main() -> int:
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != page():
        print("docs/capabilities.md is out of date: python -m scripts.capabilities")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
