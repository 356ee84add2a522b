from __future__ import annotations

from pathlib import Path

import pytest

from generation.models import Output
from tests.generation.dialects.curl import run_page
from tests.generation.dialects.live import Live
from tests.people import Person


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_page_run(live: Live, alice: Person, tmp_path: Path) -> None:
    user = str(alice.user.pk)
    run_page("sdtest.md", tmp_path, EASEL=live.url, TOKEN=alice.api_token, USER_ID=user)
    (left,) = Output.objects.all()  # of two that were drawn one was deleted
    assert left.task.image_request.init is not None
