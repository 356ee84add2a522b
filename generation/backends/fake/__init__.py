"""A small real HTTP server that speaks sdapi at a set pace, with set faults.

It paints a card of coloured squares out of prompt and seed, so two prompts never give the same
bytes. For tests, in a thread:

    with FakeServer(seconds_per_step=0.01, faults=["500@once"]) as server:
        open("sdwebui", Target(url=server.url))

and by hand: ``python -m generation.backends.fake --port 7860 --pace 0.1 --fault oom@3``.
What it was asked is in ``calls``, which jobs began in ``started``, which were interrupted in
``interrupted``. The faults are in ``FAULTS``; ``NAME`` is every time, ``NAME@once`` the first
time, ``NAME@3`` every third time.
"""

from __future__ import annotations

from generation.backends.fake.faults import FAULTS
from generation.backends.fake.http import Call
from generation.backends.fake.server import FakeServer

__all__ = ["FAULTS", "Call", "FakeServer"]
