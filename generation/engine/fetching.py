"""Files that a request brings along by hash: LoRAs and embeddings that only some may use.

    "easel_files": {"my-style": {"url": "http…", "sha256": "…", "kind": "lora"}}

They are had from the one storage that the engine was started with, kept under their hash, and
seen by that request only. Safetensors only.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generation.engine.refusal import Refusal

FIELD = "easel_files"
FOLDER = ".fetched"
MOST_FILES = 16
MOST_BYTES = 2 * 1024**3  # one file
KEEP_BYTES = 16 * 1024**3  # all that are kept
SECONDS = (5.0, 60.0)  # to connect; between two pieces
_CHUNK = 1024 * 1024
_HEADER = 8 * 1024 * 1024  # a safetensors header that is longer is none


class File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=4096)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    kind: Literal["lora", "embedding"] = "lora"


class Fetch:
    """``prefix``: what an address must begin with, "" lets none pass. ``keep_bytes``: what is
    kept in ``folder``; what was used longest ago goes first, never what a job still needs."""

    def __init__(
        self, prefix: str = "", folder: Path | None = None, *, keep_bytes: int = KEEP_BYTES
    ) -> None:
        self.prefix = prefix
        self._folder = folder
        self._keep_bytes = keep_bytes
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._used: Counter[str] = Counter()

    @contextmanager
    def files(self, given: object) -> Iterator[dict[str, str]]:
        """Name → path, for as long as the job lasts. Raises Refusal, naming the file."""
        wanted = _read(given)
        if wanted and not (self.prefix and self._folder):
            raise Refusal(422, "this engine fetches no files (--fetch-from)", field=FIELD)
        hashes = [file.sha256 for file in wanted.values()]
        with self._lock:
            self._used.update(hashes)
        try:
            yield {name: str(self._had(name, file)) for name, file in wanted.items()}
        finally:
            with self._lock:
                self._used.subtract(hashes)
            if wanted:
                self._evict()

    def _had(self, name: str, file: File) -> Path:
        field = f"{FIELD}.{name}"
        if not is_below(file.url, self.prefix):
            raise Refusal(422, "not an address of this engine's storage", field=f"{field}.url")
        assert self._folder is not None
        path = self._folder / f"{file.sha256}.safetensors"
        with self._lock:
            lock = self._locks.setdefault(file.sha256, threading.Lock())
        with lock:  # the same file is had once, whoever else waits for it
            if path.is_file():
                path.touch()
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._download(file, path, field)
        return path

    def _download(self, file: File, path: Path, field: str) -> None:
        part = path.with_suffix(".part")
        try:
            digest = _save(file.url, part, field)
            if digest != file.sha256:
                raise Refusal(422, f"its sha256 is {digest}", field=f"{field}.sha256")
            if not is_safetensors(part):
                raise Refusal(422, "not a safetensors file", field=field)
            part.rename(path)
        except requests.RequestException as error:
            raise Refusal(502, f"could not be fetched ({type(error).__name__})", field=field) from (
                error
            )
        finally:
            part.unlink(missing_ok=True)

    def _evict(self) -> None:
        assert self._folder is not None
        with self._lock:
            files = [(path, path.stat()) for path in self._folder.glob("*.safetensors")]
            files.sort(key=lambda item: item[1].st_mtime_ns)
            total = sum(status.st_size for _, status in files)
            for path, status in files:
                if total <= self._keep_bytes:
                    return
                if not self._used[path.stem]:
                    path.unlink(missing_ok=True)
                    total -= status.st_size


def is_below(url: str, prefix: str) -> bool:
    """Whether an address lies below another: the same server, and no way out of its folder."""
    asked, allowed = urlsplit(url), urlsplit(prefix)
    if (asked.scheme, asked.netloc) != (allowed.scheme, allowed.netloc):
        return False
    if asked.scheme not in ("http", "https") or not asked.netloc or "@" in asked.netloc:
        return False
    path = unquote(unquote(asked.path))
    if "\\" in path or ".." in path.split("/"):
        return False
    return path.startswith(allowed.path.rstrip("/") + "/")


def is_safetensors(path: Path) -> bool:
    """By its header: a length, then a JSON object of that length."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= _HEADER:
            return False
        try:
            return isinstance(json.loads(file.read(length)), dict)
        except ValueError:
            return False


def _read(given: object) -> dict[str, File]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or len(given) > MOST_FILES:
        raise Refusal(422, f"an object of at most {MOST_FILES} files", field=FIELD)
    return {str(name): _file(str(name), value) for name, value in given.items()}


def _file(name: str, value: Any) -> File:
    if not 0 < len(name) <= 255:
        raise Refusal(422, "a name of 1 to 255 letters", field=FIELD)
    try:
        return File.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in (FIELD, name, *problem["loc"]))
        raise Refusal(422, problem["msg"], field=where) from error


def _save(url: str, part: Path, field: str) -> str:
    """The sha256 of what came. No redirect, no proxy and no ~/.netrc: they lead elsewhere."""
    digest, size = hashlib.sha256(), 0
    with requests.Session() as session:
        session.trust_env = False
        with session.get(url, stream=True, timeout=SECONDS, allow_redirects=False) as answer:
            if answer.status_code != 200:
                raise Refusal(502, f"the storage answered {answer.status_code}", field=field)
            with part.open("wb") as file:
                for chunk in answer.iter_content(_CHUNK):
                    size += len(chunk)
                    if size > MOST_BYTES:
                        raise Refusal(422, f"larger than {MOST_BYTES} bytes", field=field)
                    digest.update(chunk)
                    file.write(chunk)
    return digest.hexdigest()
