"""What the other dialects answer, as types for their documents. Their views render plain dicts
(hot roads); a test holds these types against real answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    model_config = ConfigDict(extra="allow", protected_namespaces=())


class Free(Shape):
    """An object whose fields the dialect's own page explains."""


Said = Free | None  # WebUI answers null where it has nothing to say


# ── saas ─────────────────────────────────────────────────────────────────────────────────────
class SaasEnvelope(Shape):
    code: str | int = Field(description="“200”, or why not; the HTTP status is mostly 200.")
    msg: str
    data: Any = None


class SaasTaskId(Shape):
    task_id: str


class SaasAccepted(SaasEnvelope):
    data: SaasTaskId


class SaasAudit(Shape):
    confidence: float | None
    label: str


class SaasPicture(Shape):
    img_audit: list[SaasAudit]
    img_audit_status: bool
    image_status: Literal[1, 2] = Field(description="1: there, 2: withheld or deleted.")
    image_url: str | None
    seed: int


class SaasProgress(Shape):
    progress: str
    currentImage: str | None
    jobNo: int
    jobCount: int


class SaasTask(Shape):
    id_task: str
    status: int
    desc: str
    temporaryImageDto: SaasProgress | None
    differentialImageRspList: list[SaasPicture] | None


class SaasTaskInfo(SaasEnvelope):
    data: SaasTask


class SaasTool(Shape):
    businessTaskId: str
    taskId: str
    toolTask: str
    status: int
    statusText: str
    desc: str
    outputImageUrl: str = Field(description="404 with Retry-After until the picture is there.")
    errorCode: int | None = None


class SaasToolTask(SaasEnvelope):
    data: SaasTool | None = None


class SaasRows(Shape):
    rows: list[dict[str, Any]]
    total: int
    pageSize: int
    pageNum: int


class SaasPage(SaasEnvelope):
    data: SaasRows


# ── qrapi ────────────────────────────────────────────────────────────────────────────────────
class QrEnvelope(Shape):
    code: int
    message: str
    msg: str
    data: Any = None


class QrAccepted(QrEnvelope):
    id: str


class QrStatus(Shape):
    id: str
    status: Literal["queued", "processing", "completed", "failed", "running", "done"]
    position: int
    progress: float
    images: list[str]


class QrStatusAnswer(QrEnvelope):
    data: QrStatus | None


class QrStatusQuery(Shape):
    id: str


class QrTestQuery(Shape):
    key: str = ""


# ── sdtest ───────────────────────────────────────────────────────────────────────────────────
class TestAnswer(Shape):
    code: int
    msg: str


class TestDrawn(TestAnswer):
    images: list[str]
    records: list[dict[str, Any]]


class TestHistory(TestAnswer):
    id: str
    type: str
    records: list[dict[str, Any]]
    total: int


class TestDeleted(TestAnswer):
    deleted: int


class TestPage(Shape):
    page: int = 1
    size: int = 20


# ── openai ───────────────────────────────────────────────────────────────────────────────────
class OpenAiImage(Shape):
    b64_json: str | None = None
    url: str | None = None
    seed: int


class OpenAiImages(Shape):
    created: int
    data: list[OpenAiImage]
    background: str
    output_format: str
    quality: str
    size: str
    usage: dict[str, Any]


class OpenAiModel(Shape):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class OpenAiModels(Shape):
    object: Literal["list"]
    data: list[OpenAiModel]


class OpenAiError(Shape):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAiErrorBody(Shape):
    error: OpenAiError
