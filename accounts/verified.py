"""What the verifier found out about a credential, remembered for seconds in this process.

The contract: a revocation is in force at once in the process that made it, and within
``SECONDS`` in every other. The credential itself is never a key here: its SHA-256 is.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from django.db import transaction

from accounts.actor import Actor

SECONDS = 5.0
CAPACITY = 10_000
"""Credentials; about 1 kB each."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    actor: Actor
    expires_at: datetime | None
    networks: tuple[IPv4Network | IPv6Network, ...]  # empty: from anywhere
    signing_secret: str = field(default="", repr=False)  # of a key that signs


class _Memory:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[bytes, tuple[float, Verified]] = OrderedDict()
        self.generation = 0

    def get(self, digest: bytes) -> Verified | None:
        entry = self._found.get(digest)
        if entry is None or entry[0] < time.monotonic():
            return None
        return entry[1]

    def put(self, digest: bytes, verified: Verified, generation: int) -> None:
        """Unless something was revoked since ``generation``: then what was read may be old."""
        with self._lock:
            if generation != self.generation:
                return
            self._found[digest] = (time.monotonic() + SECONDS, verified)
            self._found.move_to_end(digest)
            while len(self._found) > CAPACITY:
                self._found.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self.generation += 1
            self._found.clear()


memory = _Memory()


def remembered(digest: bytes, look_up: Callable[[], Verified]) -> Verified:
    """What is remembered about a credential, else what a look-up finds, remembered from now."""
    found = memory.get(digest)
    if found is None:
        generation = memory.generation
        found = look_up()
        memory.put(digest, found, generation)
    return found


def forget() -> None:
    """Call it with every change that takes a right away: key, user, membership, tenant.

    Forgets now, and again after the commit: in between, another thread may have read the old row.
    """
    memory.clear()
    transaction.on_commit(memory.clear)
