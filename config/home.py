"""``EASEL_HOME``: the one folder that holds all data of an installation.

secrets/    random, written once, mode 0600
postgres/   the embedded database (only without DATABASE_URL)
run/        supervisor's socket, logs, ready marker
files/      outputs and thumbnails (unless STORAGES says otherwise)
"""

from __future__ import annotations

import hashlib
import os
import secrets as random_secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

DATABASE_NAME = "easel"
DATABASE_ROLE = "easel"


def secret(easel_home: Path, name: str) -> str:
    """The installation's secret ``name``, made on first use (48 random bytes, URL-safe)."""
    found = optional_secret(easel_home, name)
    return found or write_secret(easel_home, name, random_secrets.token_urlsafe(48))


def optional_secret(easel_home: Path, name: str) -> str:
    """The secret ``name``, or "" where this installation has none."""
    try:
        return (easel_home / "secrets" / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def write_secret(easel_home: Path, name: str, value: str) -> str:
    """Writes a secret unless it exists; answers the one that is there afterwards.

    Two processes may start at once: the loser of the exclusive link reads the winner's.
    """
    folder = easel_home / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=folder)  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(value)
    try:
        os.link(draft, folder / name)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    return optional_secret(easel_home, name)


def socket_folder(easel_home: Path) -> Path:
    """Where the embedded PostgreSQL listens.

    A Unix socket's path holds 107 bytes, and the server may run as another user than the owner of
    EASEL_HOME: so a short folder under the system's temporary one, named by the home's hash.
    """
    digest = hashlib.sha256(str(easel_home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"easel-{digest}"


def audit_socket(easel_home: Path) -> Path:
    """Where ``manage.py audit`` listens: a folder of its own, for its owner alone."""
    folder = socket_folder(easel_home)
    return folder.with_name(f"{folder.name}-audit") / "socket"


def supervisor_socket(easel_home: Path) -> Path:
    """Beside the database's sockets, and for the same reason; only its owner may use it."""
    folder = socket_folder(easel_home)
    return folder.with_name(f"{folder.name}-supervisor")


def database(easel_home: Path, url: str) -> dict[str, Any]:
    """Django's database settings: from ``DATABASE_URL``, else the embedded server's."""
    settings: dict[str, Any] = {
        "ENGINE": "config.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {},
    }
    if not url:
        return settings | {
            "NAME": DATABASE_NAME,
            "USER": DATABASE_ROLE,
            "PASSWORD": secret(easel_home, "database_password"),
            "HOST": str(socket_folder(easel_home)),
            "PORT": "5432",
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"DATABASE_URL: expected postgresql://…, got {parts.scheme}://")
    options = dict(parse_qsl(parts.query))
    return settings | {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
