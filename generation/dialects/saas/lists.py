"""Rows of the saas catalog lists, from catalog entries. Pure.

Several pictures are one comma-joined string: commas inside addresses are encoded. ``base``: scheme
and host of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generation.dialects.saas.wire import success


def page(rows: Sequence[dict[str, Any]], *, total: int, size: int, number: int) -> dict[str, Any]:
    return success({"rows": list(rows), "total": total, "pageSize": size, "pageNum": number})


def model_row(entry: Any, base: str) -> dict[str, Any]:
    pictures, cover = _pictures(entry, base)
    return {
        "id": entry.pk,
        "sdModelCheckpoint": entry.name,
        "sdModelName": entry.title or entry.name,
        "modelBaseModel": entry.base_model,
        "modelHash": (entry.sha256 or "").upper(),
        "modelType": entry.model_type,
        "modelVersion": entry.version,
        "modelStatus": int(entry.online),
        "modelUploadStatus": entry.upload_status,
        "modelImgUrl2": pictures,
        "modelCoverImgUrl2": cover,
        "isAdult": int(entry.is_adult),
    }


def lora_row(entry: Any, base: str) -> dict[str, Any]:
    """``sdLoraFileSimplifyName`` is what goes into the prompt."""
    pictures, cover = _pictures(entry, base)
    return {
        "id": entry.pk,
        "sdLoraName": entry.title or entry.name,
        "loraBaseModel": entry.base_model,
        "sdLoraFileName": entry.name,
        "sdLoraFileSimplifyName": entry.simplify_name,
        "loraVersion": entry.version,
        "loraStatus": int(entry.online),
        "loraUploadStatus": entry.upload_status,
        "loraImgUrl2": pictures,
        "loraCoverImgUrl2": cover,
        "isAdult": int(entry.is_adult),
    }


def vae_row(entry: Any, base: str) -> dict[str, Any]:
    return {"id": entry.pk, "vaeFileName": entry.name}


def embedding_row(entry: Any, base: str) -> dict[str, Any]:
    """``embeddingSimplifyName`` is what goes into the negative prompt."""
    return {
        "id": entry.pk,
        "embeddingName": entry.name,
        "embeddingSimplifyName": entry.simplify_name,
    }


def _pictures(entry: Any, base: str) -> tuple[str, str]:
    """All of them, and the cover: the first where none is set."""
    pictures = [url.replace(",", "%2C") for url in entry.picture_urls or [] if url]
    kept = base if entry.cover_url.startswith("/") else ""  # a cover that we keep ourselves
    cover = kept + entry.cover_url.replace(",", "%2C") or (pictures[0] if pictures else "")
    return ",".join(pictures), cover
