"""Recorded wire samples, by folder and file name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def load(name: str) -> Any:
    return json.loads(text(name))
