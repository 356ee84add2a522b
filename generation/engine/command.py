"""``manage.py engine``: arguments, the server's life, its end by signal."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from generation.engine.engine import Engine
from generation.engine.fetching import FOLDER, Fetch
from generation.engine.painters import PAINTERS, open_painter
from generation.engine.server import EngineServer


class JsonLines(logging.Formatter):
    """One JSON object a line, as the rest of Easel logs."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--models", type=Path, required=True, metavar="DIR")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--painter",
        choices=("auto", *PAINTERS),
        default="auto",
        help="auto: diffusers where it is installed and DIR holds a checkpoint, else sketch",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token-file", type=Path, metavar="FILE")
    parser.add_argument(
        "--fetch-from",
        default="",
        metavar="PREFIX",
        help="the address below which requests may bring files (private LoRAs)",
    )
    parser.add_argument(
        "--fetched-gb", type=float, default=16.0, metavar="GB", help="how much of them is kept"
    )
    parser.add_argument(
        "--pace", type=float, default=0.0, metavar="S", help="seconds a step takes at least"
    )


def serve(
    *,
    port: int,
    models: Path,
    device: str = "auto",
    painter: str = "auto",
    host: str = "127.0.0.1",
    token_file: Path | None = None,
    pace: float = 0.0,
    fetch_from: str = "",
    fetched_gb: float = 16.0,
) -> None:
    """Runs until SIGTERM or SIGINT. Prints the address once the port answers.

    Raises OSError: the port is taken, or the token file cannot be read.
    """
    token = token_file.read_text(encoding="utf-8").strip() if token_file else ""
    if token_file and not token:
        raise OSError(f"{token_file} is empty: it would let everyone in")
    fetch = Fetch(fetch_from, models / FOLDER, keep_bytes=int(fetched_gb * 1024**3))
    engine = Engine(
        lambda: open_painter(models, device, painter), pace=pace, models=models, fetch=fetch
    )
    server = EngineServer((host, port), engine, token)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for serve_forever, which this very thread runs.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    engine.start()
    print(f"Easel engine at {server.url}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()


def main(arguments: Sequence[str]) -> int:
    """The command without Django: parses, logs to stderr, serves. Answers the exit status."""
    parser = argparse.ArgumentParser(prog="manage.py engine", description=__doc__)
    add_arguments(parser)
    given = parser.parse_args(arguments)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        serve(**vars(given))
    except OSError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    return 0
