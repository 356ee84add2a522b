from __future__ import annotations

from pathlib import Path

import pytest

from tests.generation.dialects.curl import run_page
from tests.generation.dialects.live import Live
from tests.people import Person


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_page_run(live: Live, alice: Person, tmp_path: Path) -> None:
    answers = run_page("openai.md", tmp_path, EASEL=live.url, TOKEN=alice.api_token)
    assert any("event: image_generation.completed" in answer for answer in answers)
