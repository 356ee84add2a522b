"""The parameters text as EXIF's UserComment, where WebUI puts it in JPEG and WebP files."""

from __future__ import annotations

from PIL import ExifTags, Image

_USER_COMMENT = ExifTags.Base.UserComment
_UNICODE = b"UNICODE\x00"


def with_comment(exif: bytes, text: str) -> bytes:
    """A TIFF block (no "Exif" prefix) with ``text`` as its comment, and all else that ``exif``
    said. A comment that is already there stays: the server that drew the picture knows best."""
    if read_comment(exif):
        return exif
    tags = _tags(exif)
    tags.get_ifd(ExifTags.IFD.Exif)[_USER_COMMENT] = _UNICODE + text.encode("utf-16-be")
    return tags.tobytes().removeprefix(b"Exif\x00\x00")


def read_comment(exif: bytes) -> str:
    """The comment, or ""."""
    comment = _tags(exif).get_ifd(ExifTags.IFD.Exif).get(_USER_COMMENT, b"")
    if not isinstance(comment, bytes):
        return str(comment)
    if comment.startswith(_UNICODE):
        little = comment[8:10] == b"\xff\xfe" or comment[9:10] == b"\x00"
        return comment[8:].decode("utf-16-le" if little else "utf-16-be", "replace").strip("\ufeff")
    return comment[8:].decode("utf-8", "replace").rstrip("\x00") if comment[:8] else ""


def _tags(exif: bytes) -> Image.Exif:
    tags = Image.Exif()
    if exif:
        tags.load(b"Exif\x00\x00" + exif)
    return tags
