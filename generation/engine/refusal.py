"""What the engine refuses, in WebUI's shape: ``{error, detail, body, errors}`` and a status."""

from __future__ import annotations

from generation.dialects.sdwebui.wire import ErrorBody


class Refusal(Exception):
    """A call that is answered with ``status`` and a reason; ``field`` names what is at fault."""

    def __init__(self, status: int, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.body = ErrorBody(
            error="HTTPException",
            detail=[{"loc": ["body", *field.split(".")], "msg": reason, "type": "value_error"}]
            if field
            else reason,
            errors=f"{field}: {reason}" if field else reason,
        )
