from __future__ import annotations

from typing import Any

import pytest

from accounts.checks import secrets


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("EASEL_ENCRYPTION_KEY", "short", "accounts.E001"),
        ("SECRET_KEY", "short", "accounts.E002"),
        ("EASEL_TEST_KEY", "short", "accounts.W001"),
    ],
)
def test_a_secret_that_is_too_short(settings: Any, setting: str, value: str, code: str) -> None:
    setattr(settings, setting, value)
    assert code in [found.id for found in secrets(None)]


def test_a_fresh_installation_passes(settings: Any) -> None:
    settings.SECRET_KEY = settings.EASEL_ENCRYPTION_KEY = "x" * 64
    settings.EASEL_TEST_KEY = ""
    assert secrets(None) == []
