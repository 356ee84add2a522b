"""Any tool's body, for the OpenAPI document."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from tools import registry

_TOOLS = [registry.by_code(code) for code in registry.TOOLS]
AnyTool: Any = reduce(or_, [tool.body for tool in _TOOLS if tool])
