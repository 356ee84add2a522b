"""Backgrounds removed by WebUI's rembg extension, or by our engine, which answers the same call.

Source: AUTOMATIC1111/stable-diffusion-webui-rembg, ``scripts/api.py``.
"""

from __future__ import annotations

PATH = "/rembg"
# Names that every server understands → the extension's network for it.
NETWORKS = {
    "auto": "isnet-general-use",
    "person": "u2net_human_seg",
    "object": "isnet-general-use",
}
OF_THE_EXTENSION = (
    "u2net", "u2netp", "u2net_human_seg", "u2net_cloth_seg", "silueta", "isnet-general-use",
    "isnet-anime",
)  # fmt: skip


def model(asked: str, *, own: bool) -> str:
    """As the server calls it; "" is its best. ``own``: it is an engine of ours."""
    name = asked.lower() or "auto"
    return name if own else NETWORKS.get(name, name)
