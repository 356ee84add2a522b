"""Private files by hash, from a storage on the loopback."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from generation.engine.fetching import Fetch, is_below
from generation.engine.refusal import Refusal
from tests.generation.engine.gradients import Capable


def safetensors(content: bytes = b"") -> bytes:
    header = json.dumps({"__metadata__": {"made": content.hex()}}).encode()
    return len(header).to_bytes(8, "little") + header


class Storage:
    """Serves files; counts how often each was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        storage = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                storage.asked.append(self.path)
                data = storage.files.get(self.path)
                if self.path == "/lora/moved":
                    self.send_response(302)
                    self.send_header("Location", "/lora/a")
                    data = b""
                else:
                    self.send_response(200 if data is not None else 404)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.prefix = f"http://127.0.0.1:{self.server.server_port}/lora/"

    def put(self, name: str, data: bytes) -> dict[str, str]:
        """What a request says of it."""
        self.files[f"/lora/{name}"] = data
        return {"url": self.prefix + name, "sha256": hashlib.sha256(data).hexdigest()}


@pytest.fixture
def storage() -> Iterator[Storage]:
    made = Storage()
    threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def fetch(storage, tmp_path) -> Fetch:
    return Fetch(storage.prefix, tmp_path / ".fetched", keep_bytes=200)


def test_a_private_lora_reaches_the_painter(run, storage, fetch):
    engine = run(painter=Capable(0), fetch=fetch)
    mine = storage.put("a", safetensors()) | {"kind": "lora"}
    fields = {"prompt": "a cat <lora:mine:0.8>", "easel_files": {"mine": mine}}
    assert engine.txt2img(**fields).status_code == 200
    path = Path(engine.painter.painted[0].files["mine"])
    assert path.read_bytes() == safetensors()
    assert path.name == f"{mine['sha256']}.safetensors"


def test_it_is_fetched_once(storage, fetch):
    mine = storage.put("a", safetensors())
    for _ in range(3):
        with fetch.files({"mine": mine}) as files:
            assert Path(files["mine"]).is_file()
    assert storage.asked == ["/lora/a"]


def test_it_is_fetched_once_by_many_at_a_time(storage, fetch):
    mine = storage.put("a", safetensors())

    def use() -> None:
        with fetch.files({"mine": mine}):
            pass

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.asked == ["/lora/a"]


def test_what_was_used_longest_ago_goes_first(storage, fetch, tmp_path):
    given = {name: storage.put(name, safetensors(name.encode() * 30)) for name in "abc"}
    paths = {}
    for age, (name, file) in enumerate(given.items()):
        with fetch.files({name: file}) as files:
            paths[name] = Path(files[name])
            os.utime(paths[name], (age, age))
    assert [name for name, path in paths.items() if path.exists()] == ["b", "c"]


def test_what_a_job_needs_is_kept(storage, fetch):
    first, second = (storage.put(name, safetensors(name.encode() * 70)) for name in "ab")
    with fetch.files({"a": first}) as files:
        with fetch.files({"b": second}):
            pass
        assert Path(files["a"]).is_file()


# Refusals


def refused(fetch: Fetch, given: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        with fetch.files(given):
            pass
    return caught.value


def test_another_address_is_not_asked(storage, fetch):
    mine = storage.put("a", safetensors())
    for url in ("http://127.0.0.1:1/lora/a", storage.prefix + "../a", "file:///etc/passwd"):
        refusal = refused(fetch, {"mine": mine | {"url": url}})
        assert refusal.body.errors.startswith("easel_files.mine.url: ")
    assert storage.asked == []


def test_a_redirect_is_not_followed(storage, fetch):
    mine = storage.put("a", safetensors())
    refusal = refused(fetch, {"mine": mine | {"url": storage.prefix + "moved"}})
    assert refusal.body.errors == "easel_files.mine: the storage answered 302"
    assert storage.asked == ["/lora/moved"]


def test_another_hash(storage, fetch, tmp_path):
    mine = storage.put("a", safetensors()) | {"sha256": "0" * 64}
    assert refused(fetch, {"mine": mine}).body.errors.startswith("easel_files.mine.sha256: ")
    assert list((tmp_path / ".fetched").iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 a pickle", b"\x02" + b"\0" * 7 + b"[]"])
def test_what_is_no_safetensors(storage, fetch, data):
    refusal = refused(fetch, {"mine": storage.put("a", data)})
    assert refusal.body.errors == "easel_files.mine: not a safetensors file"


def test_what_is_not_there(storage, fetch):
    gone = {"url": storage.prefix + "gone", "sha256": "0" * 64}
    assert refused(fetch, {"mine": gone}).status == 502


def test_a_storage_that_is_away(tmp_path):
    fetch = Fetch("http://127.0.0.1:1/", tmp_path)
    gone = {"url": "http://127.0.0.1:1/a", "sha256": "0" * 64}
    refusal = refused(fetch, {"mine": gone})
    assert (refusal.status, refusal.body.errors.partition(" (")[0]) == (
        502,
        "easel_files.mine: could not be fetched",
    )


def test_one_that_is_too_large(storage, fetch, monkeypatch):
    monkeypatch.setattr("generation.engine.fetching.MOST_BYTES", 8)
    assert "larger than 8 bytes" in refused(fetch, {"a": storage.put("a", safetensors())}).args[0]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], "easel_files"),
        ({"": {}}, "easel_files"),
        ({"a": 1}, "easel_files.a"),
        ({"a": {"url": "x", "sha256": "y"}}, "easel_files.a.sha256"),
        ({"a": {"url": "x", "sha256": "0" * 64, "kind": "pickle"}}, "easel_files.a.kind"),
        ({str(n): {} for n in range(17)}, "easel_files"),
    ],
)
def test_a_form_that_is_wrong(fetch, given, field):
    assert refused(fetch, given).body.errors.startswith(f"{field}: ")


def test_an_engine_without_a_storage(run, storage):
    mine = storage.put("a", safetensors())
    answer = run(painter=Capable(0)).txt2img(easel_files={"mine": mine})
    assert answer.status_code == 422
    assert answer.json()["errors"].startswith("easel_files: this engine fetches no files")
    assert storage.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/lora/a",
        "http://files.example.evil/lora/a",
        "http://files.example:81/lora/a",
        "http://me@files.example/lora/a",
        "http://files.example/loraland/a",
        "http://files.example/lora/../a",
        "http://files.example/lora/%2e%2e/a",
        "http://files.example/lora/%252e%252e/a",
        "http://files.example/lora/..\\a",
    ],
)
def test_addresses_that_lead_elsewhere(url):
    assert is_below("http://files.example/lora/a/b", "http://files.example/lora/")
    assert not is_below(url, "http://files.example/lora/")
