"""``@shows("W01")``: which capabilities a test shows, for people, for ``-k`` and for the page."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest


def shows(*numbers: str) -> pytest.MarkDecorator:
    return pytest.mark.shows(*numbers)


def shown_by(item: pytest.Item) -> set[str]:
    return {number for mark in item.iter_markers("shows") for number in mark.args}


def found(folder: Path) -> dict[str, list[str]]:
    """number → the tests that show it, as ``file::name``, read from the files themselves."""
    tests: dict[str, list[str]] = {}
    for file in sorted(folder.glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for number in _numbers(node):
                    tests.setdefault(number, []).append(f"{file.name}::{node.name}")
    return tests


def _numbers(test: ast.FunctionDef) -> list[str]:
    return [
        str(argument.value)
        for call in test.decorator_list
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "shows"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]
