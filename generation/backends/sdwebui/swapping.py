"""Faces swapped by WebUI's ReActor extension.

Source: Gourieff/sd-webui-reactor, ``scripts/reactor_api.py`` (1.0.7). A picture in which it finds
no face comes back as it went.
"""

from __future__ import annotations

from typing import Any

PATH = "/reactor/image"
MODELS = "/reactor/models"
MODEL = "inswapper_128.onnx"  # the one that the extension brings


def body(face: str, picture: str) -> dict[str, Any]:
    """Both as base64. What is not named is as the extension has it; nothing is enlarged, and no
    file stays on the server."""
    return {
        "source_image": face,
        "target_image": picture,
        "source_faces_index": [0],
        "face_index": [0],
        "model": MODEL,
        "upscaler": "None",
        "scale": 1,
        "face_restorer": "None",
        "save_to_file": 0,
    }
