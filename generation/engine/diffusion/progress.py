"""The steps of all passes of a picture, counted as one."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from generation.engine.painter import Report

Preview = Callable[[], Image.Image]


class Progress:
    def __init__(self, report: Report, total: int) -> None:
        """`total`: the steps that are expected; a pass more is counted on top."""
        self.report, self.total, self.before = report, max(total, 1), 0
        self.step = 0
        self.preview: Preview = lambda: Image.new("RGB", (8, 8))

    def __call__(self, step: int, steps: int, preview: Preview) -> None:
        """Of the pass that is painted now."""
        self.step, self.preview = self.before + step, preview
        self.total = max(self.total, self.before + steps)
        self.report(self.step, self.total, preview)
        if step == steps:
            self.before += steps

    def tick(self, done: int = 0, of: int = 0) -> None:
        """Between passes: a chance to be interrupted."""
        if self.step:
            self.report(self.step, self.total, self.preview)
