from __future__ import annotations

from pathlib import Path

import pytest
import torch

from scripts.tiny_models import write_all


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny models are faster so, and two sessions can run side by side."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with tiny checkpoints of every family and every kind of extra. Read only:
    a test that changes something copies what it needs.
    """
    models = tmp_path_factory.mktemp("models")
    write_all(models)
    return models
