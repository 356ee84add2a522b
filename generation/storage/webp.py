"""What a WebP file says about itself, read and written without touching its pixels.

Source: RFC 9649 §2 (the RIFF container; VP8X, EXIF and XMP chunks).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack, unpack_from

from generation.storage import exif

_HAS_XMP, _HAS_EXIF, _HAS_ALPHA = 0x04, 0x08, 0x10


def insert(data: bytes, parameters: str, xmp: bytes) -> bytes:
    """``data`` in the extended form, with EXIF and XMP chunks behind its pixels."""
    chunks = dict(_chunks(data))
    tiff = chunks.get(b"EXIF", b"")
    if parameters:
        tiff = exif.with_comment(tiff.removeprefix(b"Exif\0\0"), parameters)
    header = bytearray(chunks.get(b"VP8X") or _extended_header(chunks))
    header[0] |= _HAS_XMP | (_HAS_EXIF if tiff else 0)
    body = b"".join(
        _chunk(name, content)
        for name, content in _chunks(data)
        if name not in (b"VP8X", b"EXIF", b"XMP ")
    )
    added = (_chunk(b"EXIF", tiff) if tiff else b"") + _chunk(b"XMP ", xmp)
    whole = b"WEBP" + _chunk(b"VP8X", bytes(header)) + body + added
    return b"RIFF" + pack("<I", len(whole)) + whole


def without_texts(data: bytes) -> bytes:
    """``data`` without its EXIF and XMP chunks."""
    pieces = []
    for name, content in _chunks(data):
        if name == b"VP8X":
            content = bytes([content[0] & ~(_HAS_XMP | _HAS_EXIF)]) + content[1:]
        if name not in (b"EXIF", b"XMP "):
            pieces.append(_chunk(name, content))
    whole = b"WEBP" + b"".join(pieces)
    return b"RIFF" + pack("<I", len(whole)) + whole


def read(data: bytes) -> tuple[str, bytes]:
    """The parameters text and the XMP packet ("" and b"" where there is none)."""
    chunks = dict(_chunks(data))
    comment = exif.read_comment(chunks.get(b"EXIF", b"").removeprefix(b"Exif\0\0"))
    return comment, chunks.get(b"XMP ", b"")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end_of_file = 12, min(len(data), 8 + int(unpack_from("<I", data, 4)[0]))
    while at + 8 <= end_of_file:
        name, length = unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            raise ValueError("broken webp file: a chunk is longer than the file")
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _extended_header(chunks: dict[bytes, bytes]) -> bytes:
    """VP8X for a file in the simple form: flags, and the canvas less one in 24 bits each."""
    if lossless := chunks.get(b"VP8L"):
        bits = int.from_bytes(lossless[1:5], "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
        flags = _HAS_ALPHA if bits >> 28 & 1 else 0
    elif lossy := chunks.get(b"VP8 "):
        # Behind the frame tag and the start code; the upper two bits of each are a scaling hint.
        width, height = (int.from_bytes(lossy[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        width, height, flags = width - 1, height - 1, 0
    else:
        raise ValueError("broken webp file: it holds no picture")
    return pack("<I", flags) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
