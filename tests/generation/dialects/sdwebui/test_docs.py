from __future__ import annotations

from pathlib import Path

import pytest

from generation.models import CallerOptions, Task
from tests.generation.dialects.curl import run_page
from tests.generation.dialects.live import Live
from tests.people import Person


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_page_run(live: Live, alice: Person, tmp_path: Path) -> None:
    key = f"{alice.key.public_id}:{alice.secret}"
    answers = run_page("sdwebui.md", tmp_path, EASEL=live.url, KEY=key)
    assert len(answers) == 8
    assert Task.objects.get(kind="image").client_id == "apple-1"
    assert CallerOptions.objects.get().values["samples_format"] == "jpg"
