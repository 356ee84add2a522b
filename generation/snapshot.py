"""A task as its dialect shows it: plain data, made by ``watch`` and ``announce``, rendered by the
pure ``wire`` of each dialect. Money in millicredits, times aware, addresses absolute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from generation.states import FINAL, OutputState, TaskState, Verdict


@dataclass(frozen=True, kw_only=True)
class Label:
    name: str
    confidence: float | None = None


@dataclass(frozen=True, kw_only=True)
class OutputSnapshot:
    id: UUID
    index: int
    state: OutputState
    verdict: Verdict
    labels: tuple[Label, ...]
    url: str  # "" unless visible
    thumbnail_url: str
    placeholder: str
    format: str
    width: int
    height: int
    size: int
    sha256: str
    seed: int
    infotext: str
    expires_at: datetime
    qr: Mapping[str, object] | None = None  # how the code in it reads: generation.qr_art


@dataclass(frozen=True, kw_only=True)
class ProgressSnapshot:
    fraction: float
    step: int
    steps: int
    eta: float | None
    preview: bytes | None
    seq: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Why a queued task waits. ``reason`` is one of watch.REASONS; ``eta`` a range in seconds."""

    position: int  # tasks of any tenant that are likely to start before it; 0 = next
    reason: str
    eta: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class TaskSnapshot:
    id: UUID
    client_id: str
    dialect: str
    kind: str
    state: TaskState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    request: dict[str, object]
    images: int
    price: int
    spent: int | None
    warnings: tuple[str, ...]
    error_code: str
    error_message: str
    cancel_requested: bool = False
    progress: ProgressSnapshot | None = None
    waiting: Waiting | None = None
    outputs: tuple[OutputSnapshot, ...] = field(default=())

    @property
    def is_final(self) -> bool:
        return self.state in FINAL
