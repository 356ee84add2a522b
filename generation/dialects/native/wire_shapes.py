"""What the native API answers, as types: they render, and they are the OpenAPI document. Pure.

Rows come as they are (``Any``): a shape names the attributes that it shows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["api_token", "access_key", "appcode", "app_key"]
Event = Literal["task.done", "task.failed", "task.cancelled", "image.released", "image.blocked"]
State = Literal["uploading", "queued", "claimed", "running", "done", "failed", "cancelled"]
DeliveryWord = Literal["due", "sending", "delivered", "given_up"]
CURSOR = "Of the next page: ?cursor=…; null on the last one."


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True, protected_namespaces=())


class Problem(Shape):
    """Problem details (RFC 9457)."""

    type: str = Field(description="The address of the page that explains the code.")
    title: str
    status: int
    detail: str
    code: str = Field(description="A stable word.")
    field: str | None = Field(default=None, description="The field that is at fault.")
    retry_after: float | None = Field(default=None, description="Seconds.")
    balance: float | None = None
    price: float | None = None


# ── Tasks ────────────────────────────────────────────────────────────────────────────────────
class LabelOut(Shape):
    name: str
    confidence: float | None


class QrOut(BaseModel):
    """How the code in the picture reads; more may be said of it."""

    model_config = ConfigDict(extra="allow", from_attributes=True, protected_namespaces=())

    content: str
    is_art: bool = Field(description="false: no artful try could be read, so it is a plain code.")
    attempts: int


class OutputOut(Shape):
    id: UUID
    index: int
    state: Literal["visible", "blocked", "deleted"]
    verdict: Literal["allow", "flag", "block"]
    labels: list[LabelOut]
    url: str | None = Field(description="Signed, good until expires_at; null unless visible.")
    thumbnail_url: str | None
    format: Literal["png", "jpg", "webp"]
    width: int
    height: int
    size: int = Field(description="Bytes.")
    sha256: str
    seed: int
    qr: QrOut | None
    expires_at: datetime


class WaitingOut(Shape):
    position: int = Field(description="How many are likely to start before it; 0: the next.")
    reason: str
    eta: list[float] | None = Field(description="Seconds, from and to.")


class ProgressOut(Shape):
    fraction: float
    step: int
    steps: int
    eta: float | None = Field(description="Seconds.")
    preview: str | None = Field(description="JPEG in base64.")


class ErrorOut(Shape):
    code: str
    message: str


class TaskOut(Shape):
    id: UUID
    state: State
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    request: dict[str, Any] = Field(description="Complete: resolved names, the drawn seed.")
    price: float = Field(description="Credits that were reserved.")
    spent: float | None = Field(description="Credits, once the task has ended.")
    warnings: list[str]
    cancel_requested: bool
    waiting: WaitingOut | None
    progress: ProgressOut | None
    error: ErrorOut | None
    outputs: list[OutputOut]


class TaskPage(Shape):
    items: list[TaskOut]
    next_cursor: str | None = Field(description=CURSOR)


class CancelledOut(Shape):
    cancelled: bool = Field(description="false: the task had ended already.")
    task: TaskOut


class DeletedOut(Shape):
    deleted: int
    unfinished: int = Field(description="Left alone because they still wait or run.")


class WhyWaitingOut(Shape):
    state: State
    waiting: WaitingOut | None


class PriceLine(Shape):
    code: str
    credits: float


class QuoteOut(Shape):
    price: float
    balance: float
    lines: list[PriceLine]
    warnings: list[str]


# ── Images, uploads ──────────────────────────────────────────────────────────────────────────
class ImageOut(OutputOut):
    task: UUID
    created_at: datetime
    prompt: str
    checkpoint: str


class ImageDetail(ImageOut):
    request: dict[str, Any]
    parameters: str = Field(description="The text that stands in the file.")


class ImagePage(Shape):
    items: list[ImageOut]
    next_cursor: str | None = Field(description=CURSOR)


class UploadOut(Shape):
    id: UUID = Field(description="To be named in tasks as `image`.")
    format: Literal["png", "jpg", "webp"]
    width: int
    height: int
    size: int
    sha256: str
    created_at: datetime
    expires_at: datetime


class UploadPage(Shape):
    items: list[UploadOut]
    next_cursor: str | None = Field(description=CURSOR)


# ── Catalog ──────────────────────────────────────────────────────────────────────────────────
class CatalogEntry(Shape):
    name: str = Field(description="As tasks name it.")
    title: str
    base_model: str
    sha256: str
    online: bool
    trigger_words: str
    description: str
    cover_url: str

    @classmethod
    def of(cls, row: Any, base: str) -> CatalogEntry:
        """``base``: scheme and host of ours, for a cover that we keep ourselves."""
        return cls(
            name=row.name,
            title=row.display_title,
            base_model=row.base_model,
            sha256=row.sha256,
            online=row.online,
            trigger_words=row.trigger_words,
            description=row.description,
            cover_url=(base if row.cover_url.startswith("/") else "") + row.cover_url,
        )

    @classmethod
    def of_name(cls, name: str) -> CatalogEntry:
        """What is only a name: a sampler."""
        nothing = {"base_model": "", "sha256": "", "trigger_words": "", "description": ""}
        return cls(name=name, title=name, online=True, cover_url="", **nothing)


class CatalogPage(Shape):
    items: list[CatalogEntry]
    total: int
    next_cursor: str | None = Field(description=CURSOR)


# ── Money, keys ──────────────────────────────────────────────────────────────────────────────
class BalanceOut(Shape):
    balance: float
    budget: float | None = Field(description="Of the key that asks; null: it has none.")
    budget_left: float | None


class EntryOut(Shape):
    id: int
    kind: Literal["grant", "reserve", "settle", "refund", "adjust"]
    amount: float
    task: UUID | None
    reason: str
    note: str
    created_at: datetime

    @classmethod
    def of(cls, row: Any) -> EntryOut:
        plain = {name: getattr(row, name) for name in ("kind", "task", "reason", "note")}
        return cls(id=row.pk, amount=row.amount / 1000, created_at=utc(row.created_at), **plain)


class LedgerPage(Shape):
    items: list[EntryOut]
    next_cursor: str | None = Field(description=CURSOR)


class UsageLine(Shape):
    key: str = Field(description="A day, a checkpoint, a key's lineage, or a member's number.")
    name: str
    tasks: int
    images: int
    spent: float


class UsageOut(Shape):
    items: list[UsageLine]
    total: UsageLine


class Policy(Shape):
    checkpoints: list[str]
    max_side: int | None
    max_images: int | None
    budget: float | None
    rate_per_minute: int | None
    max_concurrent: int | None
    ip_ranges: list[str]
    callback_hosts: list[str]
    strict: bool
    read_only: bool
    act_as_member: bool
    expires_at: datetime | None


class KeyOut(Shape):
    id: int
    kind: Kind
    name: str
    public_id: str = Field(description="Of an access key: its id.")
    lineage: UUID = Field(description="A rotated key keeps it.")
    user: str
    policy: Policy
    spent: float
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> KeyOut:
        policy = {name: getattr(row, name) for name in Policy.model_fields}
        policy["budget"] = None if row.budget is None else row.budget / 1000
        plain = {name: getattr(row, name) for name in ("kind", "name", "public_id", "lineage")}
        return cls(
            id=row.pk,
            user=row.user.get_full_name(),
            policy=Policy.model_validate(policy),
            spent=row.spent / 1000,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            **plain,
        )


class NewKeyOut(Shape):
    key: KeyOut
    secret: str = Field(description="Shown now, and never again.")


class KeyPage(Shape):
    items: list[KeyOut]
    next_cursor: str | None = Field(description=CURSOR)


# ── Webhooks ─────────────────────────────────────────────────────────────────────────────────
class WebhookOut(Shape):
    id: UUID
    url: str
    description: str
    events: list[Event] = Field(description="Empty: all.")
    scope: Literal["own", "tenant"]
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: str
    failures: int = Field(description="Requests that failed in a row.")
    failing_since: datetime | None
    last_success_at: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: Any) -> WebhookOut:
        same = ["id", "url", "description", "events", "disabled_at", "disabled_reason"]
        same += ["failures", "failing_since", "last_success_at", "created_at"]
        return cls(
            scope="tenant" if row.whole_tenant else "own",
            enabled=row.disabled_at is None,
            previous_secret_until=row.previous_until,
            **{name: getattr(row, name) for name in same},
        )


class NewWebhookOut(Shape):
    webhook: WebhookOut
    secret: str = Field(description="“whsec_…”, shown now, and never again.")


class WebhookPage(Shape):
    items: list[WebhookOut]
    next_cursor: str | None = Field(description=CURSOR)


class DeliveryOut(Shape):
    id: UUID = Field(description="The header webhook-id.")
    task: UUID | None = Field(description="null: a test event.")
    event: Event | Literal["webhook.test"]
    url: str
    state: DeliveryWord
    attempts: int
    due_at: datetime
    last_status: int | None
    last_answer: str
    last_error: str
    lateness_ms: int | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> DeliveryOut:
        same = set(cls.model_fields) - {"task", "attempts"}
        plain = {name: getattr(row, name) for name in same}
        return cls(task=row.task_id, attempts=row.attempt, **plain)


class DeliveryDetail(DeliveryOut):
    body: dict[str, Any] | None

    @classmethod
    def with_body(cls, row: Any) -> DeliveryDetail:
        return cls(**DeliveryOut.of(row).model_dump(), body=row.body)


class DeliveryPage(Shape):
    items: list[DeliveryOut]
    next_cursor: str | None = Field(description=CURSOR)


def utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
