"""granian's request as a WSGI environ: what Django's own handler reads."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Protocol

from django.conf import settings


class Scope(Protocol):
    """The part of granian's RSGI scope that is read here."""

    method: str
    path: str  # percent-decoded
    query_string: str
    scheme: str
    http_version: str
    client: str  # "address:port"
    server: str
    headers: Any  # items() -> (lower-case name, value), a name may come twice


def build(scope: Scope, body: bytes) -> dict[str, Any]:
    """Headers with an underscore are left out: WSGI could not tell ``X_Forwarded_For`` from
    ``X-Forwarded-For``, so a caller could write what only a proxy may."""
    headers: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" not in name:
            key = "HTTP_" + name.upper().replace("-", "_")
            glue = "; " if name == "cookie" else ","
            headers[key] = f"{headers[key]}{glue}{value}" if key in headers else value
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = headers | {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server or "localhost",
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_TYPE": headers.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": _scheme(scope.scheme, headers),
        "wsgi.input": BytesIO(body),
    }
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ.pop("HTTP_CONTENT_TYPE", None)
    return environ


def _scheme(own: str, headers: dict[str, str]) -> str:
    """Only where proxies of ours stand in front, their word counts: the last one's."""
    if not settings.EASEL_TRUSTED_HOPS:
        return own
    said = headers.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
    return said if said in ("http", "https") else own
