"""An auditor by rule, for tests and for trying the road of a blocked picture by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from generation import picture_file
from generation.audit.base import DEFAULT_POLICY, PATIENCE, AuditPolicy, Finding, judge
from generation.errors import BackendError
from generation.picture_file import UnreadablePicture

Rule = Callable[[bytes], float]


def redness(image: bytes) -> float:
    """How red a picture is: 1 for pure red, 0 where green or blue weigh as much."""
    try:
        pixel = picture_file.load(image).convert("RGB").resize((1, 1)).getpixel((0, 0))
    except UnreadablePicture as error:
        raise BackendError(f"no picture to look at: {error}") from error
    assert isinstance(pixel, tuple)
    red, green, blue = pixel[:3]
    return max(0.0, (red - max(green, blue)) / 255)


class FakeAuditor:
    """``rule`` says the confidence that a picture must not be seen; by default its redness."""

    def __init__(self, rule: Rule = redness) -> None:
        self.rule = rule

    def look(
        self,
        images: Sequence[bytes],
        policy: AuditPolicy = DEFAULT_POLICY,
        *,
        patience: float = PATIENCE,
    ) -> list[Finding]:
        return [judge("nsfw", self.rule(image), policy) for image in images]


def configured() -> FakeAuditor:
    return FakeAuditor()
