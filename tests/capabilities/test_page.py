from __future__ import annotations

from scripts import capabilities
from tests.capabilities.rows import CAPABILITIES, NOT_YET
from tests.capabilities.sabotages import SABOTAGES
from tests.capabilities.shows import found

SHOWN = found(capabilities.TESTS)


def test_every_row_that_is_served_has_a_test() -> None:
    served = {row.number for row in CAPABILITIES} - NOT_YET
    assert served - SHOWN.keys() == set()


def test_what_is_shown_is_a_row_and_is_not_called_missing() -> None:
    assert SHOWN.keys() <= {row.number for row in CAPABILITIES} - NOT_YET


def test_the_page_is_up_to_date() -> None:
    assert capabilities.PAGE.read_text(encoding="utf-8") == capabilities.page()


def test_every_row_has_a_sabotage_that_finds_its_line() -> None:
    served = {row.number for row in CAPABILITIES} - NOT_YET
    assert served == {one.number for one in SABOTAGES}
    lost = [
        one.number
        for one in SABOTAGES
        if (capabilities.ROOT / one.file).read_text(encoding="utf-8").count(one.old) != 1
    ]
    assert lost == []
