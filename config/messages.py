"""gettext's .mo files out of the .po files, without the gettext programs.

.mo is generated, never committed. The format: gettext's manual, "The Format of GNU MO Files".
"""

from __future__ import annotations

import ast
import os
import struct
from pathlib import Path


def compile_all(locale: Path) -> list[Path]:
    """Compiles each .po below ``locale`` that is newer than its .mo; the .mo files written."""
    written = []
    for source in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        draft = target.with_suffix(f".{os.getpid()}")
        draft.write_bytes(binary(read(source.read_text(encoding="utf-8"))))
        draft.replace(target)
        written.append(target)
    return written


def read(text: str) -> dict[str, str]:
    """The translated messages of a .po file. Plural forms are joined by NUL, a context and its
    message by EOT, as .mo wants them. Fuzzy and obsolete ones are left out. ValueError names the
    line that is no .po."""
    messages: dict[str, str] = {}
    entry: dict[str, str] = {}
    current, fuzzy = "", False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        line = line.strip()
        if not line or (line.startswith("#") and "msgstr" in "".join(entry)):
            _keep(messages, entry, fuzzy)
            entry, fuzzy = {}, False
        if line.startswith("#"):
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
        elif line.startswith('"'):
            entry[current] = entry.get(current, "") + ast.literal_eval(line)
        elif line:
            current, _, value = line.partition(" ")
            if not current.startswith("msg") or not value.startswith('"'):
                raise ValueError(f"line {number}: {line}")
            if current in ("msgid", "msgctxt") and "msgstr" in "".join(entry):
                _keep(messages, entry, fuzzy)
                entry, fuzzy = {}, False
            entry[current] = ast.literal_eval(value)
    return messages


def _keep(messages: dict[str, str], entry: dict[str, str], fuzzy: bool) -> None:
    if "msgid" not in entry:
        return
    forms = [value for key, value in sorted(entry.items()) if key.startswith("msgstr")]
    key = entry["msgid"]
    if "msgid_plural" in entry:
        key = f"{key}\0{entry['msgid_plural']}"
    if "msgctxt" in entry:
        key = f"{entry['msgctxt']}\x04{key}"
    if all(forms) and (not fuzzy or not key):  # the header ("") says the character set
        messages[key] = "\0".join(forms)


def binary(messages: dict[str, str]) -> bytes:
    """A .mo file: sorted, little endian, without a hash table."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    first = 7 * 4
    data_at = first + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    data = b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += [len(pair[column]), data_at + len(data)]
            data += pair[column] + b"\0"
    header = (0x950412DE, 0, len(pairs), first, first + 8 * len(pairs), 0, data_at)
    numbers = [*header, *tables[0], *tables[1]]
    return struct.pack(f"<{len(numbers)}I", *numbers) + data
