"""The engine without its HTTP: painter, settings, queue."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from generation.engine.fetching import Fetch
from generation.engine.metrics import Metrics
from generation.engine.options import Offer, Options
from generation.engine.painter import Painter, Stock
from generation.engine.queue import Queue
from generation.engine.refusal import Refusal
from generation.engine.styles import STYLES, Styles

log = logging.getLogger(__name__)

LOAD_SECONDS = 60.0  # how long a call waits for the painter's lists after a start


class Engine:
    """``open_painter`` runs in the paint thread: it may import slowly and load weights.

    ``pace``: seconds that each step of a quick painter takes at least, so that its steps can be
    watched. ``models``: where ``styles.csv`` and ``rembg`` may lie.
    ``fetch``: how files that a request brings are had; by default none are.
    """

    def __init__(
        self,
        open_painter: Callable[[], Painter],
        *,
        pace: float = 0.0,
        models: Path | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self._open_painter = open_painter
        self._painter: Painter | None = None
        self._stock = Stock()
        self._offers: list[Offer] = []
        self._failure = ""
        self.load_seconds = 0.0
        self._loaded = threading.Event()
        self.warm = threading.Event()
        self.metrics = Metrics()
        self.queue = Queue(self._prepare, self.metrics, pace=pace)
        self.metrics.watch(lambda: len(self.queue.waiting), lambda: int(bool(self.queue.running)))
        self.models = models
        self.styles = Styles(models / STYLES if models else None)
        self.fetch = fetch or Fetch()
        self.options = Options(self.offers, self.stock, self.fetch.prefix, models)

    def start(self) -> None:
        self.queue.start()

    def close(self) -> None:
        self.queue.close()

    def offers(self) -> list[Offer]:
        """Every checkpoint, the default first. Raises Refusal 503 while there is none."""
        if not self._loaded.wait(LOAD_SECONDS):
            raise Refusal(503, "the painter is still being loaded")
        if not self._offers:
            raise Refusal(503, f"this engine has no checkpoint {self._failure}".strip())
        return self._offers

    def stock(self) -> Stock:
        """What the painter offers beside checkpoints. Raises Refusal 503 while there is none."""
        self.offers()
        return self._stock

    @property
    def painter(self) -> Painter:
        """Raises Refusal 503 while there is none."""
        return self.offers()[0].painter

    def refresh(self) -> None:
        """Looks again at what lies in the models folder."""
        self.offers()
        if self._painter:
            self._painter.refresh()
            self._list(self._painter)

    def _list(self, painter: Painter) -> None:
        self._stock = painter.stock()
        self._offers = [Offer(card, painter) for card in painter.cards()]

    def _prepare(self) -> None:
        """A painter that cannot be loaded leaves an engine that answers, and says why."""
        began = time.monotonic()
        try:
            self._painter = self._open_painter()
            self._list(self._painter)
            self.load_seconds = time.monotonic() - began
            self._loaded.set()
            self._painter.warm()
            self.warm.set()
        except Exception as error:
            log.exception("the painter could not be loaded")
            self._failure = f"({type(error).__name__}: {error})"
        finally:
            self._loaded.set()
