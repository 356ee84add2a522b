"""Recorded wire samples: ``load("saas", "saas.text2image.v2.request.json")``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def load(dialect: str, name: str) -> Any:
    return json.loads((Path(__file__).parent / dialect / name).read_text(encoding="utf-8"))


def text(dialect: str, name: str) -> str:
    return (Path(__file__).parent / dialect / name).read_text(encoding="utf-8")
