"""A test that cannot fail shows nothing: each capability's tests see their line broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capabilities.sabotages import SABOTAGES, Sabotage

ROOT = Path(__file__).parents[2]
SECONDS = 280


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tree as it stands, without what is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("sabotaged")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.full
@pytest.mark.timeout(SECONDS + 20)
@pytest.mark.parametrize("one", SABOTAGES, ids=lambda one: one.number)
def test_a_sabotage_is_seen(copy: Path, one: Sabotage) -> None:
    file = copy / one.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(one.old, one.new, 1), encoding="utf-8")
    only = ["-m", "not full", "-k", one.number]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "tests/capabilities", *only],
            cwd=copy, capture_output=True, text=True, timeout=SECONDS,
            env={name: text for name, text in os.environ.items() if not name.startswith("EASEL_")},
        )  # fmt: skip
    finally:
        file.write_text(whole, encoding="utf-8")
    # 1: tests ran and some failed. 5 would mean that none was found, 2 that none could be read.
    assert done.returncode == 1, done.stdout[-2000:]
    assert "1 failed" in done.stdout, done.stdout[-2000:]
