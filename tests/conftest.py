"""Fixtures that all tests share."""

from __future__ import annotations

pytest_plugins = ["tests.people", "tests.generation.house"]
