"""The words between a worker and the audit process: length-prefixed frames on a Unix socket.

    request   frame b"EASEL-AUDIT 1 <count>", then <count> frames, a picture's bytes each
    answer    one frame of JSON: {"nsfw": [0.01, …]} or {"unreadable": index, "why": text}

A frame is its length (4 bytes, big-endian) and as many bytes. A connection may carry any number of
requests, one after another.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from struct import pack, unpack
from typing import Any

GREETING = b"EASEL-AUDIT 1 "
MAX_FRAME = 128 * 1024 * 1024  # a noisy 4096² PNG is 50 MB
MAX_PICTURES = 64


class Garbled(ValueError):
    """The other side does not speak this protocol."""


def send(connection: socket.socket, body: bytes) -> None:
    connection.sendall(pack(">I", len(body)))
    connection.sendall(body)


def receive(connection: socket.socket, limit: int = MAX_FRAME) -> bytes | None:
    """One frame; None where the other side closed between two frames."""
    head = _exactly(connection, 4)
    if head is None:
        return None
    (length,) = unpack(">I", head)
    if length > limit:
        raise Garbled(f"a frame of {length} bytes")
    body = _exactly(connection, length)
    if body is None:
        raise Garbled("closed within a frame")
    return body


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(min(count - len(parts), 1 << 20))
        if not part:
            if parts:
                raise Garbled("closed within a frame")
            return None
        parts += part
    return bytes(parts)


def ask(connection: socket.socket, images: Sequence[bytes]) -> dict[str, Any]:
    """The client's half of one exchange."""
    send(connection, GREETING + str(len(images)).encode())
    for image in images:
        send(connection, image)
    body = receive(connection)
    if body is None:
        raise Garbled("closed without an answer")
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise Garbled("the answer is no JSON object")
    return answer


def receive_request(connection: socket.socket) -> list[bytes] | None:
    """The server's half: the pictures of one request; None at the end of the connection."""
    greeting = receive(connection, limit=64)
    if greeting is None:
        return None
    count = greeting.removeprefix(GREETING)
    if count == greeting or not count.isdigit() or int(count) > MAX_PICTURES:
        raise Garbled("not a greeting")
    images = [receive(connection) for _ in range(int(count))]
    if any(image is None for image in images):
        raise Garbled("closed within a request")
    return [image for image in images if image is not None]
