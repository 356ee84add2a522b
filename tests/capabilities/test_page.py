from __future__ import annotations

from scripts import capabilities
from tests.capabilities.rows import CAPABILITIES, NOT_YET
from tests.capabilities.shows import found

SHOWN = found(capabilities.TESTS)


def test_every_row_that_is_served_has_a_test() -> None:
    served = {row.number for row in CAPABILITIES} - NOT_YET
    assert served - SHOWN.keys() == set()


def test_what_is_shown_is_a_row_and_is_not_called_missing() -> None:
    assert SHOWN.keys() <= {row.number for row in CAPABILITIES} - NOT_YET


def test_the_page_is_up_to_date() -> None:
    assert capabilities.PAGE.read_text(encoding="utf-8") == capabilities.page()
