"""The engine without its HTTP: painters, settings, queue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from generation.engine.jobs import Queue
from generation.engine.options import Offer, Options
from generation.engine.painter import Painter
from generation.engine.refusal import Refusal

log = logging.getLogger(__name__)

LOAD_SECONDS = 60.0  # how long a call waits for the painters' lists after a start


class Engine:
    """``open_painters`` runs in the paint thread: it may import slowly and load weights.

    ``pace``: seconds that each step takes at least, so that the steps of a painter that is done
    in a few milliseconds can be watched.
    """

    def __init__(
        self, open_painters: Callable[[], Sequence[Painter]], *, pace: float = 0.0
    ) -> None:
        self.pace = pace
        self._open_painters = open_painters
        self._offers: list[Offer] = []
        self._failure = ""
        self._loaded = threading.Event()
        self.warm = threading.Event()
        self.queue = Queue(self._prepare)
        self.options = Options(self.offers)

    def start(self) -> None:
        self.queue.start()

    def close(self) -> None:
        self.queue.close()

    def offers(self) -> list[Offer]:
        """Every checkpoint, the default first. Raises Refusal 503 while there is none."""
        if not self._loaded.wait(LOAD_SECONDS):
            raise Refusal(503, "the painters are still being loaded")
        if not self._offers:
            raise Refusal(503, f"this engine has no checkpoint {self._failure}".strip())
        return self._offers

    def _prepare(self) -> None:
        """A painter that cannot be loaded leaves an engine that answers, and says why."""
        try:
            painters = self._open_painters()
            self._offers = [
                Offer(card, painter) for painter in painters for card in painter.cards()
            ]
            self._loaded.set()
            for painter in painters:
                painter.warm()
            self.warm.set()
        except Exception as error:
            log.exception("the painters could not be loaded")
            self._failure = f"({type(error).__name__}: {error})"
        finally:
            self._loaded.set()
