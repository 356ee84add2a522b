"""The Range header, as RFC 9110 §14 has it: one range of bytes; several are answered whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.IGNORECASE)


class Unsatisfiable(ValueError):
    """A range that begins behind the end: status 416."""


@dataclass(frozen=True)
class ByteRange:
    """``first`` and ``last`` inclusive, within the file."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def parse(header: str, size: int) -> ByteRange | None:
    """The range that ``header`` asks for of a file of ``size`` bytes; None: send it whole."""
    found = _ONE_RANGE.fullmatch(header)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:  # "-500": the last 500
        if int(last) == 0:
            raise Unsatisfiable(header)
        return ByteRange(max(0, size - int(last)), size - 1)
    if last and int(last) < int(first):
        return None  # invalid, and an invalid header is ignored
    if int(first) >= size:
        raise Unsatisfiable(header)
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)
