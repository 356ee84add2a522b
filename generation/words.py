"""What a task is found by: the words of its prompt, and marks of whose and what it is.

Words are cut as they are in both the prompt and the query: compatibility forms folded (NFKC),
letter case and Latin accents dropped. Where a script writes no spaces (Chinese, Japanese, Korean)
each character and each pair of neighbours is a word, so that two characters are found as they are
typed; any other word is found by its beginning, too.

A mark begins with "@", which no word contains. The marks of tenant and person stand in the same
index as the words: a search reads what is the searcher's own, however much others have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from generation.request import ImageRequest

MOST = 600  # words of one task: the longest prompt allowed has about 1,400 Latin ones
LONGEST = 64  # characters of a word
_QUERY_WORDS = 24
_SHORTEST_PREFIX = 2

_TOGETHER = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"([{_TOGETHER}]+)|((?:(?![{_TOGETHER}])[^\W_])+)")
_ACCENTS = re.compile("[\u0300-\u036f]")
_ASKED = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')

Genre = Literal["text", "image", "inpaint", "control", "qr", "upscale", "other"]
Shape = Literal["wide", "tall", "square"]


@dataclass(frozen=True)
class Query:
    """``terms``: of PostgreSQL's tsquery, all of which must match; ``phrases``: what was quoted,
    folded, to be looked for in the prompt letter by letter."""

    terms: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


def of_task(request: ImageRequest, tenant_id: int, user_id: int | None) -> list[str]:
    """Everything that the task with this request is found by, each once."""
    loras = (use.name for use in request.loras)
    said = [request.prompt, request.qr.content if request.qr else "", *loras]
    if request.seed is not None:
        said.append(str(request.seed))
    found = list(dict.fromkeys(word for text in said for word in of_text(text)))[:MOST]
    marks = [tenant(tenant_id), genre(genre_of(request)), shape(shape_of(request))]
    if user_id is not None:
        marks.append(person(tenant_id, user_id))
    if request.checkpoint:
        marks.append(model(request.checkpoint))
    return found + marks


def of_text(text: str) -> Iterator[str]:
    for run in _runs(text):
        if _is_together(run):
            yield from run
            yield from _pairs(run)
        else:
            yield run[:LONGEST]


def fold(text: str) -> str:
    """Compatibility forms, letter case and Latin accents dropped."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain))


def query(text: str) -> Query:
    """What a person typed: words that all must be there, "quoted" ones side by side, -without."""
    terms: list[str] = []
    phrases: list[str] = []
    for minus, quoted, bare in _ASKED.findall(text):
        found = list(_terms(quoted or bare, exact=bool(quoted)))
        if minus and found:
            terms.append(f"!({' & '.join(found)})")
        else:
            terms.extend(found)
            if quoted and found:
                phrases.append(unicodedata.normalize("NFKC", quoted).lower().strip())
    return Query(tuple(dict.fromkeys(terms[:_QUERY_WORDS])), tuple(phrases[:4]))


def _terms(text: str, *, exact: bool) -> Iterator[str]:
    for run in _runs(text):
        if _is_together(run):
            yield from (quoted(word) for word in (_pairs(run) if len(run) > 1 else run))
        else:
            may_go_on = not exact and len(run) >= _SHORTEST_PREFIX
            yield quoted(run[:LONGEST]) + (":*" if may_go_on else "")


def quoted(lexeme: str) -> str:
    """A lexeme as tsquery reads it."""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def tenant(tenant_id: int) -> str:
    return f"@t{tenant_id}"


def person(tenant_id: int, user_id: int) -> str:
    """A person in a tenant: who belongs to two has two histories."""
    return f"@t{tenant_id}u{user_id}"


def model(name: str) -> str:
    return f"@m:{name.lower()}"


def genre(name: str) -> str:
    return f"@k:{name}"


def shape(name: str) -> str:
    return f"@s:{name}"


def genre_of(request: ImageRequest) -> Genre:
    """What was done, by what the request has; the first that applies."""
    if request.extras:
        return "upscale"
    if not request.is_painted:
        return "other"
    if request.qr:
        return "qr"
    if request.mask:
        return "inpaint"
    if request.init:
        return "image"
    return "control" if any(unit.enabled for unit in request.controlnet) else "text"


def shape_of(request: ImageRequest) -> Shape:
    width, height = request.final_size
    return "square" if width == height else "wide" if width > height else "tall"


def _runs(text: str) -> Iterable[str]:
    return (match.group() for match in _RUN.finditer(fold(text)))


def _is_together(run: str) -> bool:
    return re.match(f"[{_TOGETHER}]", run) is not None


def _pairs(run: str) -> Iterator[str]:
    return (first + second for first, second in zip(run, run[1:], strict=False))
