"""A slow machine is not a hung cluster."""

from __future__ import annotations

import pytest

from generation.scheduling.patience import MOST_SECONDS, WINDOW_SECONDS, Patience


def test_each_end_doubles_it_for_ten_minutes() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    seen = [patience.seconds(2.0)]
    for _ in range(6):
        patience.ended_one()
        seen.append(patience.seconds(2.0))
    assert seen == [2.0, 4.0, 8.0, 16.0, 32.0, MOST_SECONDS, MOST_SECONDS]
    now[0] = WINDOW_SECONDS + 1
    assert patience.seconds(2.0) == 2.0


@pytest.mark.parametrize("first", [120.0, MOST_SECONDS])
def test_an_operators_longer_wait_is_kept(first: float) -> None:
    patience = Patience()
    patience.ended_one()
    assert patience.seconds(first) == first
