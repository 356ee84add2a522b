"""What ruff does not measure: no function over 60 lines, no module over 400.

Run by `make check`; ends with 1 and the list of what is wrong.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("config", "accounts", "catalog", "generation", "tools")
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400


def problems(root: Path) -> Iterator[str]:
    for layer in PRODUCT:
        for path in sorted((root / layer).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _sizes(path, path.relative_to(root))


def _sizes(path: Path, name: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > LONGEST_MODULE:
        yield f"{name}: {lines} lines; {LONGEST_MODULE} are the limit"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                limit = f"{length} lines; {LONGEST_FUNCTION} are the limit"
                yield f"{name}:{node.lineno}: {node.name}: {limit}"


if __name__ == "__main__":
    found = list(problems(ROOT))
    print("\n".join(found) or "sizes: as they should be")
    sys.exit(bool(found))
