"""What the fake can be told to get wrong."""

from __future__ import annotations

from dataclasses import dataclass

FAULTS: dict[str, str] = {
    "refuse": "connections are refused: the port is bound and nobody listens",
    "hang": "a generation is never answered",
    "500": "a generation is answered 500",
    "oom": "a generation is answered 500 with CUDA's words",
    "422": "a generation is answered 422",
    "401": "every call is answered 401",
    "count": "one picture fewer than asked for",
    "base64": "the pictures are no base64",
    "picture": "the pictures are base64 of something else",
    "slow": "ten times the pace",
    "die": "half-way the server dies: connections are reset, then refused",
    "reset": "half-way the connection is reset; the server lives on",
    "truncated": "the answer ends in the middle",
    "checkpoint": "painted with another checkpoint, as WebUI does where it lacks the right one",
    "grid": "a grid stands before the pictures",
}
OUT_OF_MEMORY = {
    "error": "OutOfMemoryError",
    "detail": "",
    "body": "",
    "errors": "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has 24.00 GiB in total.",
}
BROKEN = {"error": "RuntimeError", "detail": "", "body": "", "errors": "mat1 and mat2 shapes"}


@dataclass
class Fault:
    name: str
    every: int = 1
    once: bool = False
    seen: int = 0

    @classmethod
    def read(cls, text: str) -> Fault:
        name, _, when = text.partition("@")
        if name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
        once = when == "once"
        return cls(name, int(when) if when and not once else 1, once)

    def strikes(self) -> bool:
        """Counts one generation; True where this one is struck."""
        self.seen += 1
        return self.seen == 1 if self.once else self.seen % self.every == 0
