"""When a callback counts as delivered. Pure."""

from __future__ import annotations

import orjson


def is_acknowledged(status: int, body: bytes) -> bool:
    """HTTP 2xx whose body is a JSON object with ``code`` 200 or "200", and nothing else."""
    if not 200 <= status < 300:
        return False
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    code = answer.get("code") if isinstance(answer, dict) else None
    return code == "200" or (code == 200 and not isinstance(code, bool))
