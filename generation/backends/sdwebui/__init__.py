"""The client of servers that speak WebUI's ``/sdapi``: A1111, Forge, SD.Next, Easel's engine."""

from __future__ import annotations

from generation.backends.sdwebui.client import SDWebUI

__all__ = ["SDWebUI"]
