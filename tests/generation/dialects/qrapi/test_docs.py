from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from accounts import trial
from generation.models import Task
from generation.qr import reading
from tests.config.doors import front_door
from tests.generation.dialects.curl import run_page
from tests.generation.dialects.live import Live
from tests.generation.house import House
from tests.people import open_tenant

KEY = "the test key of this page"


@pytest.fixture(scope="module")
def door(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """One with a test key, which looks at no addresses."""
    files = tmp_path_factory.mktemp("files")
    own = {"EASEL_TEST_FILES": str(files), "EASEL_TEST_KEY": KEY, "EASEL_QR_FETCH": "false"}
    with front_door("tests.config.live_settings", **own) as url:
        yield url, files


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_page_run(sketch_house: House, live: Live, tmp_path: Path) -> None:
    open_tenant(trial.DEMO)
    # The key stands in an address.
    run_page("qrapi.md", tmp_path, EASEL=live.url, KEY=KEY.replace(" ", "%20"))
    assert json.loads((tmp_path / "status.json").read_bytes())["data"]["status"] == "done"
    shown = Image.open(tmp_path / "code.png").convert("RGB")
    assert reading.read(shown) == ["https://example.com/landing"]
    assert Task.objects.filter(dialect="qrapi").count() == 2
