"""Compiles locale/*/LC_MESSAGES/django.po to the .mo beside it; needs no gettext.

    python scripts/compile_messages.py           writes each .mo
    python scripts/compile_messages.py --check   exit 1 where a .mo is not what its .po says

The .mo files are committed, so that an installation needs no tool to speak Chinese. New strings
come into the .po by `python manage.py makemessages -l zh_Hans --no-wrap --add-location file`
(that one needs gettext). Fuzzy and empty translations are left out: the English stands for them.
"""

from __future__ import annotations

import ast
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"
_MAGIC = 0x950412DE
Entry = dict[str, str]  # "msgid", "msgstr[0]", … with their texts


def entries(po: str) -> Iterator[Entry]:
    """The translated entries of a .po file; the header is the one with an empty msgid."""
    for block in po.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#~")]
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        entry = _entry(line for line in lines if not line.startswith("#"))
        texts = [text for name, text in entry.items() if name.startswith("msgstr")]
        if entry and texts and all(texts) and (not fuzzy or not entry["msgid"]):
            yield entry


def _entry(lines: Iterator[str]) -> Entry:
    entry: Entry = {}
    name = ""
    for line in lines:
        if not line.startswith('"'):
            name, _, line = line.partition(" ")
            entry[name] = ""
        entry[name] += ast.literal_eval(line)  # PO and Python escape alike
    return entry


def compiled(po: str) -> bytes:
    """The .mo file: a sorted table of originals, one of translations, then the texts."""
    messages = dict(sorted(_message(entry) for entry in entries(po)))
    count = len(messages)
    originals, translations, texts = b"", b"", b""
    start = 28 + 16 * count
    for original in messages:
        originals += struct.pack("<II", len(original), start + len(texts))
        texts += original + b"\0"
    for translation in messages.values():
        translations += struct.pack("<II", len(translation), start + len(texts))
        texts += translation + b"\0"
    header = struct.pack("<7I", _MAGIC, 0, count, 28, 28 + 8 * count, 0, start)
    return header + originals + translations + texts


def _message(entry: Entry) -> tuple[bytes, bytes]:
    original = entry["msgid"]
    if "msgctxt" in entry:
        original = f"{entry['msgctxt']}\x04{original}"
    if "msgid_plural" in entry:
        original += f"\0{entry['msgid_plural']}"
    forms = [text for name, text in entry.items() if name.startswith("msgstr")]
    return original.encode(), "\0".join(forms).encode()


def main(check: bool) -> int:
    stale = 0
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        wanted = compiled(source.read_text(encoding="utf-8"))
        if target.exists() and target.read_bytes() == wanted:
            continue
        if check:
            print(f"{target}: not what {source.name} says; run scripts/compile_messages.py")
            stale += 1
        else:
            target.write_bytes(wanted)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
