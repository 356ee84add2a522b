"""Bytes: of the machine, of this process, and of the card once torch is loaded."""

from __future__ import annotations

import os
import sys
from typing import Any

_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """What this process holds of the machine's memory."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * _PAGE


def ram() -> dict[str, Any]:
    total = os.sysconf("SC_PHYS_PAGES") * _PAGE
    free = os.sysconf("SC_AVPHYS_PAGES") * _PAGE
    return {"free": free, "used": resident(), "total": total}


def cuda() -> dict[str, Any]:
    """As WebUI answers it. torch is asked only where a painter has loaded it."""
    torch = _torch()
    if torch is None:
        return {"error": "no CUDA"}
    free, total = torch.cuda.mem_get_info()
    statistics = torch.cuda.memory_stats()
    answer: dict[str, Any] = {"system": {"free": free, "used": total - free, "total": total}}
    for name in ("active", "allocated", "reserved", "inactive"):
        key = "inactive_split" if name == "inactive" else name
        answer[name] = {
            moment: statistics.get(f"{key}_bytes.all.{moment}", 0) for moment in ("current", "peak")
        }
    answer["events"] = {
        "retries": statistics.get("num_alloc_retries", 0),
        "oom": statistics.get("num_ooms", 0),
    }
    return answer


def cuda_allocated() -> int:
    torch = _torch()
    return int(torch.cuda.memory_allocated()) if torch else 0


def _torch() -> Any:
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)  # None while another thread is still importing it
    return torch if cuda is not None and cuda.is_available() else None
