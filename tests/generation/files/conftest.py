from __future__ import annotations

from typing import Any

import pytest

from tests.generation.keeping import files

__all__ = ["files"]


@pytest.fixture(autouse=True)
def the_door_alone(settings: Any) -> None:
    """No middleware: what is asserted here is the view's own doing."""
    settings.MIDDLEWARE = []
