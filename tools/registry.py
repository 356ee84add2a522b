"""The tools: one literal table, code → dotted path, imported on first use.

A task is a tool's by its kind; ``generation.request.TOOLS`` has the same pairs the other way, for
the price.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from generation.request import TOOLS as CODES
from tools.tool import Tool

TOOLS: dict[str, str] = {
    "background/remove": "tools.image.background_remove.TOOL",
    "enhance": "tools.image.enhance.TOOL",
    "roop": "tools.image.roop.TOOL",
}
# Codes of the published menu that are not served: a caller is told so, not that there is none.
UNSERVED = frozenset({
    "flux/text2image", "portrait", "roop/advanced", "faceFusion", "faceDetection",
    "hair/change", "prompt/expand", "prompt/optimize", "prompt/expandOptimize", "image2text",
    "face/restore", "erase", "style/recognize", "outpaint", "controlnet/preview", "image/enlarge",
    "watermark/add", "watermark/remove", "image2video", "image/audit", "video/watermark/add",
    "video/background/remove", "video/ratio", "video/enlarge", "video/interpolate",
    "video/convert", "audio/separate", "audio/music", "audio/tts", "audio/lyrics", "translate",
})  # fmt: skip


def by_code(code: str) -> Tool | None:
    return _opened(TOOLS[code]) if code in TOOLS else None


def by_kind(kind: str) -> Tool | None:
    return by_code(CODES.get(kind, ""))


@cache
def _opened(path: str) -> Tool:
    module, _, name = path.rpartition(".")
    found: Tool = getattr(import_module(module), name)
    return found
