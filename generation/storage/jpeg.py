"""What a JPEG file says about itself, read and written without touching its pixels.

Source: ITU-T T.81 annex B (markers); Exif 2.32 §4.7 (APP1); XMP specification part 3 §1.1.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack, unpack_from

from generation.storage import exif

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MAX_SEGMENT = 65533
_SOS, _APP0, _APP1, _APP13, _COMMENT = 0xDA, 0xE0, 0xE1, 0xED, 0xFE


def insert(data: bytes, parameters: str, xmp: bytes) -> bytes:
    """``data`` with an Exif and an XMP segment behind the JFIF header; those that were there are
    replaced (their content was merged by the caller's ``xmp`` and is merged here for Exif).

    A parameters text that is too long for a segment (64 KB as UTF-16) is left out of the file.
    """
    tiff = b""
    start, kept, after = data[:2], [], 2
    for at, end, marker in _segments(data):
        if marker == _APP0 and at == 2:
            start += data[at:end]
        elif marker == _APP1 and data.startswith(_EXIF, at + 4):
            tiff = tiff or data[at + 4 + len(_EXIF) : end]
        elif not (marker == _APP1 and data.startswith(_XMP, at + 4)):
            kept.append(data[at:end])
        after = end
    if parameters:
        longer = exif.with_comment(tiff, parameters)
        tiff = longer if len(longer) + len(_EXIF) <= _MAX_SEGMENT else tiff
    added = (_segment(_EXIF + tiff) if tiff else b"") + _segment(_XMP + xmp)
    return start + added + b"".join(kept) + data[after:]


def without_texts(data: bytes) -> bytes:
    """``data`` without Exif, XMP, Photoshop's segment and comments."""
    kept, after = [data[:2]], 2
    for at, end, marker in _segments(data):
        if marker not in (_APP1, _APP13, _COMMENT):
            kept.append(data[at:end])
        after = end
    return b"".join(kept) + data[after:]


def read(data: bytes) -> tuple[str, bytes]:
    """The parameters text and the XMP packet ("" and b"" where there is none)."""
    parameters, xmp = "", b""
    for at, end, marker in _segments(data):
        body = data[at + 4 : end]
        if marker == _APP1 and body.startswith(_EXIF):
            parameters = parameters or exif.read_comment(body[len(_EXIF) :])
        elif marker == _APP1 and body.startswith(_XMP):
            xmp = xmp or body[len(_XMP) :]
    return parameters, xmp


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(start, end, marker) of each segment before the first scan."""
    at = 2
    while at + 4 <= len(data):
        fill, marker, length = unpack_from(">BBH", data, at)
        if fill != 0xFF:
            raise ValueError("broken jpg file: no marker where one must be")
        if marker == 0xFF:  # any number of fill bytes may stand before a marker
            at += 1
            continue
        if marker == _SOS:
            return
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise ValueError("broken jpg file: a segment is longer than the file")
        yield at, end, marker
        at = end
    raise ValueError("broken jpg file: it ends before its scan")


def _segment(body: bytes) -> bytes:
    return pack(">BBH", 0xFF, _APP1, len(body) + 2) + body
