from __future__ import annotations

import pytest

from tests.generation.dialects.native.client import Api
from tests.people import Person


@pytest.fixture
def api(alice: Person) -> Api:
    return Api(alice)
