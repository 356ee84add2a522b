"""``python -m generation.backends.fake --port N --pace S --fault NAME``."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Sequence

from generation.backends.fake.server import FakeServer


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A small server that speaks sdapi.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--pace", type=float, default=0.05, help="seconds a step")
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--checkpoint", action="append", metavar="FILE")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[@once|@N]")
    parser.add_argument("--token", default="")
    given = parser.parse_args(arguments)
    server = FakeServer(
        seconds_per_step=given.pace,
        slots=given.slots,
        faults=given.fault,
        checkpoints=given.checkpoint or ("fake-v1.safetensors", "fake-v2.safetensors"),
        token=given.token,
        host=given.host,
        port=given.port,
    )
    with server:
        print(server.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while not server.stopped.is_set():
                time.sleep(0.1)


if __name__ == "__main__":
    main()
