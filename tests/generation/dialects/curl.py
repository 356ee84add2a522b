"""Runs the curl examples of a page of docs/api against a running Easel.

All ```sh blocks of a page run in one shell, in order. The ```json block that follows one shows the
form of its answer: each of its keys must be there, at every depth, with a value of the same kind.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.generation.painting import encode, picture

PAGES = Path(__file__).parents[3] / "docs" / "api"
_BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BEGIN = 'set -euo pipefail; curl() { command curl -sS --fail-with-body --max-time 60 "$@"; }'
_END = "--- end of the example ---"


def run_page(name: str, folder: Path, **variables: str) -> list[str]:
    """The answers. ``folder`` is where cat.png and mask.png are made; variables: $EASEL, …"""
    (folder / "cat.png").write_bytes(encode(picture()))
    hole = picture(mode="RGBA")
    hole.putalpha(0)
    (folder / "mask.png").write_bytes(encode(hole))
    blocks = _BLOCK.findall((PAGES / name).read_text(encoding="utf-8"))
    examples = [text for kind, text in blocks if kind == "sh"]
    assert examples, "the page has no example"
    script = f"\necho; echo '{_END}'\n".join([_BEGIN, *examples])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    answers = done.stdout.split(_END)[1:]
    _compare(blocks, answers)
    return answers


def _compare(blocks: list[tuple[str, str]], answers: list[str]) -> None:
    at = -1
    for index, (kind, text) in enumerate(blocks):
        at += kind == "sh"
        if kind == "json" and index and blocks[index - 1][0] == "sh":
            assert_form(json.loads(text), json.loads(answers[at]))


def assert_form(shown: Any, found: Any, where: str = "") -> None:
    assert isinstance(found, type(shown)), where
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert key in found, f"{where}.{key}"
            assert_form(value, found[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert len(found) >= len(shown), where
        for value, other in zip(shown, found, strict=False):
            assert_form(value, other, f"{where}[]")
