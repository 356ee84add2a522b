"""A small S3 server: one bucket in memory, what django-storages asks of it, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Bucket(ThreadingHTTPServer):
    """``objects`` by key; every request must be signed by ``access_key``."""

    daemon_threads = True

    def __init__(self, access_key: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.access_key = access_key
        self.objects: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.server.objects[self._key()] = self._body()
        self._answer(200)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query or "prefix" in query:
            return self._answer(200, self._listing(query.get("prefix", [""])[0]))
        data = self.server.objects.get(self._key())
        if data is None:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return self._answer(200, data, data)

    def do_HEAD(self) -> None:
        data = self.server.objects.get(self._key())
        self._answer(404 if data is None else 200, data or b"", data)

    def do_DELETE(self) -> None:
        self.server.objects.pop(self._key(), None)  # S3 calls it success either way
        self._answer(204)

    def _listing(self, prefix: str) -> bytes:
        keys = sorted(key for key in self.server.objects if key.startswith(prefix))
        folders = sorted({prefix + key[len(prefix) :].split("/")[0] + "/" for key in keys
                          if "/" in key[len(prefix) :]})  # fmt: skip
        plain = [key for key in keys if "/" not in key[len(prefix) :]]
        rows = "".join(f"<Contents><Key>{escape(key)}</Key><Size>1</Size></Contents>"
                       for key in plain)  # fmt: skip
        rows += "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
                        for folder in folders)  # fmt: skip
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return (
            f'<ListBucketResult xmlns="{space}"><IsTruncated>false</IsTruncated>'
            f"<Delimiter>/</Delimiter>{rows}</ListBucketResult>"
        ).encode()

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).split("/", 2)[2]

    def _body(self) -> bytes:
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailing checksums
            pass
        return whole

    def _answer(self, status: int, body: bytes = b"", entity: bytes | None = None) -> None:
        if f"Credential={self.server.access_key}/" not in self.headers.get("Authorization", ""):
            status, body = 403, b"<Error><Code>AccessDenied</Code></Error>"
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if entity is not None:
            self.send_header("ETag", f'"{md5(entity).hexdigest()}"')
            self.send_header("Last-Modified", "Sat, 21 Nov 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def a_bucket(access_key: str) -> Iterator[Bucket]:
    with Bucket(access_key) as server:
        Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield server
        server.shutdown()
