"""When a callback counts as delivered. Pure."""

from __future__ import annotations

import orjson


def problem(status: int, body: bytes) -> str:
    """Why this answer is no acknowledgement; "" when it is one: HTTP 2xx whose body is a JSON
    object with ``code`` 200 or "200"."""
    if not 200 <= status < 300:
        return f"HTTP {status}"
    if not body.strip():
        return "empty answer"
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "the answer is not JSON"
    if not isinstance(answer, dict):
        return "the answer is not a JSON object"
    code = answer.get("code")
    if code == "200" or (type(code) is int and code == 200):
        return ""
    return f"code {code!r:.60} in the answer"
