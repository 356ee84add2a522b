"""Prompt styles: ``styles.csv`` of the models folder, in WebUI's columns."""

from __future__ import annotations

import csv
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generation.engine.refusal import Refusal

log = logging.getLogger(__name__)

STYLES = "styles.csv"
PLACE = "{prompt}"


@dataclass(frozen=True)
class Style:
    name: str
    prompt: str = ""
    negative_prompt: str = ""


class Styles:
    """Read again at each use: the file is small, and its owner edits it while the engine runs."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def all(self) -> list[Style]:
        if self._file is None or not self._file.is_file():
            return []
        try:
            with self._file.open(encoding="utf-8-sig", newline="") as lines:
                return [_style(row) for row in csv.DictReader(lines) if row.get("name")]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            log.warning("%s cannot be read: %s", self._file, error)
            return []

    def apply(self, names: Sequence[str], prompt: str, negative: str) -> tuple[str, str]:
        """Both prompts with these styles in them. Raises Refusal, naming the style."""
        known = {style.name: style for style in self.all()}
        for name in names:
            if name not in known:
                raise Refusal(422, f"no style {name!r}", field="styles")
            prompt = _merged(known[name].prompt, prompt)
            negative = _merged(known[name].negative_prompt, negative)
        return prompt, negative


def _style(row: dict[str, str | None]) -> Style:
    # "text" is the column of WebUI's oldest files.
    prompt = row.get("prompt") or row.get("text") or ""
    return Style(row["name"] or "", prompt, row.get("negative_prompt") or "")


def _merged(style: str, prompt: str) -> str:
    """At its ``{prompt}``, else behind the prompt after a comma."""
    if PLACE in style:
        return style.replace(PLACE, prompt)
    return ", ".join(part for part in (prompt.strip(), style.strip()) if part)
