"""What tests read out of an engine's answers."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from generation.dialects.sdwebui.wire import Info

LONG = 150
"""Steps of a job that is ended before it is done."""


def until(condition: Callable[[], object], seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(condition())


def opened(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def picture(answer: Any, index: int = 0) -> Image.Image:
    return opened(answer.json()["images"][index])


def info(answer: Any) -> Info:
    return Info.from_wire(answer.json()["info"])


def png(
    size: tuple[int, int] = (64, 64), colour: tuple[int, ...] = (0, 128, 128, 255), **save: Any
) -> str:
    file = io.BytesIO()
    Image.new("RGBA", size, colour).save(file, "PNG", **save)
    return base64.b64encode(file.getvalue()).decode()
