"""What a PNG file says about itself, read and written without touching its pixels.

Source: PNG specification, third edition, §5.3 (chunks), §11.3.3 (text).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import pack, unpack_from

_XMP = "XML:com.adobe.xmp"
_PARAMETERS = "parameters"
_AIGC = "AIGC"
_MAX_TEXT = 1024 * 1024  # of one compressed text chunk, opened: a bomb stays small


def insert(data: bytes, parameters: str, xmp: bytes, aigc: str) -> bytes:
    """``data`` with the texts before its first IDAT; a ``parameters`` text that is there stays,
    unless ours goes on from it; an XMP packet is replaced (``xmp`` has what it said). Bytes behind
    IEND are dropped."""
    texts = list(_texts(data))
    there = {start: key for start, _end, key, _text in texts}
    said = next((text for _start, _end, key, text in texts if key == _PARAMETERS), None)
    added, replaced = b"", {_XMP, _AIGC}
    if parameters and (said is None or (parameters != said and parameters.startswith(said))):
        added += _text_chunk(_PARAMETERS, parameters)
        replaced.add(_PARAMETERS)
    # The bare key too: what Chinese platforms' checkers look for besides XMP.
    added += _text_chunk(_AIGC, aigc)
    added += _chunk(b"iTXt", _XMP.encode() + b"\0\0\0\0\0" + xmp)
    pieces = [data[:8]]
    for start, end, name in _chunks(data):
        if name == b"IDAT":
            pieces.append(added)
            added = b""
        if there.get(start) not in replaced:
            pieces.append(data[start:end])
    return b"".join(pieces)


def without_texts(data: bytes) -> bytes:
    """``data`` without any text or EXIF chunk, and without what stands behind IEND."""
    said = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")
    return data[:8] + b"".join(
        data[start:end] for start, end, name in _chunks(data) if name not in said
    )


def read(data: bytes) -> tuple[str, bytes]:
    """The parameters text and the XMP packet ("" and b"" where there is none)."""
    texts = {key: text for _start, _end, key, text in _texts(data)}
    return texts.get(_PARAMETERS, ""), texts.get(_XMP, "").encode()


def _chunks(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, name) of each chunk. ValueError where the file ends before IEND."""
    at, name = 8, b""
    while name != b"IEND":
        if at + 12 > len(data):
            raise ValueError("broken png file: it ends before IEND")
        length, name = unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("broken png file: a chunk is longer than the file")
        yield at, end, name
        at = end


def _texts(data: bytes) -> Iterator[tuple[int, int, str, str]]:
    for start, end, name in _chunks(data):
        if name not in (b"tEXt", b"zTXt", b"iTXt"):
            continue
        key, _nul, rest = data[start + 8 : end - 4].partition(b"\0")
        yield start, end, key.decode("latin-1"), _text_of(name, rest)


def _text_of(name: bytes, rest: bytes) -> str:
    if name == b"tEXt":
        return rest.decode("latin-1")
    if name == b"zTXt":
        return _inflate(rest[1:]).decode("latin-1")
    compressed = rest[:1] == b"\1"
    text = rest[2:].split(b"\0", 2)[-1]  # after the language and the translated key
    return (_inflate(text) if compressed else text).decode("utf-8", "replace")


def _inflate(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MAX_TEXT)
    except zlib.error:
        return b""


def _text_chunk(key: str, text: str) -> bytes:
    """tEXt holds latin-1 alone; anything else is an uncompressed iTXt, as Pillow does it."""
    try:
        return _chunk(b"tEXt", key.encode() + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return _chunk(b"iTXt", key.encode() + b"\0\0\0\0\0" + text.encode())


def _chunk(name: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + name + body + pack(">I", zlib.crc32(name + body))
