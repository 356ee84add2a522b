"""CLIP's tokens: how many a prompt takes, as the model counts them. Pure Python.

The byte-pair merges are OpenAI's. The engine makes its fast tokenizer of the same tables; here no
tokenizer's library is needed, because a prompt has a few dozen words and each is remembered.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from generation.wording import prompts
from generation.wording.prompt_schedule import schedule
from generation.wording.prompts import Weighted

END = "</w>"
_MERGES = Path(__file__).parent / "data/clip_merges.txt.gz"
_STEPS = 20  # at which a prompt's schedules are looked at for their longest text
_CONTRACTIONS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d")
_LONGEST_WORD = 500  # letters: merging costs the square of it; what is longer is cut in pieces


@dataclass(frozen=True)
class Count:
    """``tokens`` of a prompt, which is read in ``chunks`` of 75 (1 for an empty prompt)."""

    tokens: int
    chunks: int

    @property
    def room(self) -> int:
        return self.chunks * prompts.CHUNK


def count(prompt: str) -> Count:
    """Tags, brackets, weights and BREAK are syntax, not words. Of a schedule ("[a:b:0.5]") the
    step with the most tokens counts."""
    text, _tags = prompts.extract_loras(prompt)
    return max(
        (_count(step) for _upto, step in schedule(text, _STEPS)),
        key=lambda one: (one.chunks, one.tokens),
    )


def _count(text: str) -> Count:
    line: list[Weighted[str] | str] = []
    for piece in prompts.weigh(text):
        if piece.opens_chunk:
            line.append("BREAK")
        line += [Weighted(each, comma=each == "," + END) for each in tokens(piece.text)]
    chunks = prompts.chunks(line)  # type: ignore[arg-type]
    return Count(sum(map(len, chunks)), len(chunks))


def tokens(text: str) -> list[str]:
    """Plain text in CLIP's tokens."""
    return [token for word in _words(text) for token in _token(word)]


def _words(text: str) -> list[str]:
    """Runs of letters, single digits, runs of other signs; a contraction at the beginning of a run
    stands alone."""
    text = " ".join(unicodedata.normalize("NFC", text).split()).lower()
    words: list[str] = []
    at = 0
    while at < len(text):
        end = _end_of_word(text, at)
        if text[at] != " ":
            words.append(text[at:end])
        at = end
    return words


def _end_of_word(text: str, at: int) -> int:
    if match := _CONTRACTIONS.match(text, at):
        return match.end()
    sort, end = _sort(text[at]), at + 1
    if sort == "N":
        return end
    most = min(len(text), at + _LONGEST_WORD)
    while end < most and _sort(text[end]) == sort:
        end += 1
    return end


def _sort(letter: str) -> str:
    if letter.isspace():
        return " "
    category = unicodedata.category(letter)[0]
    return category if category in "LN" else "S"


@lru_cache(maxsize=20_000)
def _token(word: str) -> tuple[str, ...]:
    """A word's tokens: the pair that was learnt first is joined first, until none is left."""
    letters = byte_letters()
    parts = [letters[byte] for byte in word.encode()]
    if not parts:
        return ()
    parts[-1] += END
    ranks = _ranks()
    while len(parts) > 1:
        best = min(pairwise(parts), key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        parts = _joined(parts, best)
    return tuple(parts)


def _joined(parts: list[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    at = 0
    while at < len(parts):
        if at + 1 < len(parts) and (parts[at], parts[at + 1]) == pair:
            joined.append(parts[at] + parts[at + 1])
            at += 2
        else:
            joined.append(parts[at])
            at += 1
    return joined


@cache
def _ranks() -> dict[tuple[str, str], int]:
    return {pair: rank for rank, pair in enumerate(merges())}


def merges() -> list[tuple[str, str]]:
    """The pairs, in the order in which they were learnt."""
    with gzip.open(_MERGES, "rt", encoding="utf-8") as file:
        return [(left, right) for left, right in (line.split() for line in file)]


def vocabulary(pairs: list[tuple[str, str]]) -> dict[str, int]:
    """Each token's number."""
    letters = [*byte_letters().values()]
    words = [*letters, *(f"{letter}{END}" for letter in letters)]
    words += ["".join(pair) for pair in pairs]
    words += ["<|startoftext|>", "<|endoftext|>"]
    return {word: number for number, word in enumerate(words)}


@cache
def byte_letters() -> dict[int, str]:
    """Byte → a printable letter: its own in Latin-1, or one beyond 256. The letters in their
    order are the beginning of CLIP's vocabulary."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1)]
    printable += range(ord("®"), ord("ÿ") + 1)
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {
        byte: chr(256 + place) for place, byte in enumerate(others)
    }
