"""What Easel asks of an auditor of pictures: may this be seen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from generation.snapshot import Label
from generation.states import Verdict

PATIENCE = 15.0  # seconds: a supervisor has the audit process back after 2 to 3


@dataclass(frozen=True, kw_only=True)
class AuditPolicy:
    """From which confidence (0 to 1) a picture is flagged, and from which it is blocked. A
    threshold above 1 is never reached."""

    flag_at: float = 0.6
    block_at: float = 0.85

    def verdict(self, confidence: float) -> Verdict:
        if confidence >= self.block_at:
            return Verdict.BLOCK
        return Verdict.FLAG if confidence >= self.flag_at else Verdict.ALLOW


DEFAULT_POLICY = AuditPolicy()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """``labels`` say what was seen, strongest first; none for a picture that is allowed."""

    verdict: Verdict
    labels: tuple[Label, ...] = ()


class ImageAuditor(Protocol):
    """Raises AuditUnavailable (try again) and BackendError (no picture), nothing else."""

    def look(
        self,
        images: Sequence[bytes],
        policy: AuditPolicy = DEFAULT_POLICY,
        *,
        patience: float = PATIENCE,
    ) -> list[Finding]:
        """One finding for each picture (PNG, JPEG or WebP bytes), in their order.

        ``patience``: seconds to wait for an auditor that is away; less for a preview, which is
        out of date before that.
        """


def judge(name: str, confidence: float, policy: AuditPolicy) -> Finding:
    """The finding of an auditor that knows one thing to look for."""
    verdict = policy.verdict(confidence)
    if verdict is Verdict.ALLOW:
        return Finding(verdict=verdict)
    return Finding(verdict=verdict, labels=(Label(name=name, confidence=round(confidence, 4)),))
