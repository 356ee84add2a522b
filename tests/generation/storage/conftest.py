from __future__ import annotations

import pytest

from generation.storage import AiLabel
from tests.generation.keeping import files

__all__ = ["files"]


@pytest.fixture
def label() -> AiLabel:
    return AiLabel(producer="示例 <AI> & Co", produce_id="task-1")
