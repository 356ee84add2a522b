"""One road into and out of what a file says about itself, whatever its format."""

from __future__ import annotations

from generation.picture_file import sniff
from generation.storage import jpeg, png, webp
from generation.storage.labels import AiLabel, from_xmp


def embed(data: bytes, *, parameters: str, label: AiLabel) -> bytes:
    """``data`` with the parameters text and the AI label; every pixel's bytes are as they were.

    ValueError for a file whose outer structure is broken.
    """
    fmt = sniff(data)
    xmp = label.to_xmp(read(data)[1])
    if fmt == "png":
        return png.insert(data, parameters, xmp, label.aigc())
    insert = jpeg.insert if fmt == "jpg" else webp.insert
    return insert(data, parameters, xmp)


def bare(data: bytes, label: AiLabel) -> bytes:
    """``data`` with the AI label and no other word: neither the parameters, nor what a server or a
    workflow wrote beside them. Every pixel's bytes are as they were. ValueError as ``embed``."""
    strip = {"png": png.without_texts, "jpg": jpeg.without_texts, "webp": webp.without_texts}
    return embed(strip[sniff(data)](data), parameters="", label=label)


def read(data: bytes) -> tuple[str, bytes]:
    """The parameters text and the XMP packet ("" and b"" where there is none)."""
    reader = {"png": png.read, "jpg": jpeg.read, "webp": webp.read}.get(sniff(data))
    return reader(data) if reader else ("", b"")


def read_parameters(data: bytes) -> str:
    """A1111's parameters text in a picture's bytes, or ""."""
    return read(data)[0]


def read_label(data: bytes) -> AiLabel | None:
    """The AI label in a picture's bytes, or None."""
    return from_xmp(read(data)[1])
