"""What callers of the native API send besides tasks: bodies, taken strictly, and queries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from ipaddress import ip_network
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)

from generation.dialects.coercion import first_problem
from generation.dialects.native.wire_shapes import DeliveryWord, Event, Kind, State
from generation.errors import InvalidRequest
from generation.request import Name, Text

T = TypeVar("T", bound=BaseModel)


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


def _our_times(at: datetime) -> datetime:
    """In UTC; the database has no place for every year, nor for every offset."""
    if not 2000 <= at.year < 2200:
        raise ValueError("a time from 2000 to 2199")
    return at.astimezone(UTC)


def _future(at: datetime) -> datetime:
    if at <= datetime.now(UTC):
        raise ValueError("lies in the past")
    return at


def _host(text: str) -> str:
    if not text or any(letter in text for letter in "/:@ \\"):
        raise ValueError("a host name, without scheme and port")
    return text.lower()


Network = Annotated[Text, Field(max_length=64), AfterValidator(_network)]
Host = Annotated[Name, AfterValidator(_host)]
Instant = Annotated[AwareDatetime, AfterValidator(_our_times)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class DeleteTasks(Body):
    ids: list[str] | None = Field(default=None, max_length=1000, description="Absent: all.")


class UploadBody(Body):
    """The picture may also be the whole body (Content-Type: image/…) or a form's file."""

    image: str = Field(description="Base64, or a data: URI; up to 20 MB.")


class PolicyIn(Body):
    """What a key may do; what is absent or null is limited by the organisation alone."""

    checkpoints: list[Name] = Field(default=[], max_length=200)
    max_side: int | None = Field(default=None, ge=64, le=8192)
    max_images: Count | None = None
    budget: float | None = Field(default=None, ge=0, le=1e12, description="Credits, in all.")
    rate_per_minute: Count | None = None
    max_concurrent: Count | None = None
    ip_ranges: list[Network] = Field(default=[], max_length=100)
    callback_hosts: list[Host] = Field(default=[], max_length=100)
    strict: bool = False
    read_only: bool = False
    act_as_member: bool = False
    expires_at: Annotated[Instant, AfterValidator(_future)] | None = None


class CreateKey(PolicyIn):
    name: Annotated[Text, Field(max_length=100)] = ""
    kind: Kind = "api_token"


class ChangeKey(PolicyIn):
    name: Annotated[Text, Field(max_length=100)] = ""


def policy(asked: PolicyIn) -> dict[str, Any]:
    """The fields that were sent, as the row has them."""
    sent = asked.model_dump(include=asked.model_fields_set - {"kind"})
    if sent.get("budget") is not None:
        sent["budget"] = round(sent["budget"] * 1000)
    return sent


class CreateWebhook(Body):
    url: Annotated[Text, Field(max_length=2048)]
    events: list[Event] = Field(default=[], description="Empty: all.")
    description: Annotated[Text, Field(max_length=200)] = ""
    scope: Literal["own", "tenant"] = "own"


class ChangeWebhook(Body):
    url: Annotated[Text, Field(max_length=2048)] = ""
    events: list[Event] = []
    description: Annotated[Text, Field(max_length=200)] = ""
    scope: Literal["own", "tenant"] = "own"
    enabled: bool = True


def webhook_changes(asked: CreateWebhook | ChangeWebhook) -> dict[str, Any]:
    sent = asked.model_dump(include=asked.model_fields_set)
    if "scope" in sent:
        sent["whole_tenant"] = sent.pop("scope") == "tenant"
    return sent


# ── Queries ──────────────────────────────────────────────────────────────────────────────────
class Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Paged(Query):
    cursor: Annotated[Text, Field(max_length=500)] | None = None
    limit: int = Field(default=24, ge=1, le=200)


class TaskQuery(Paged):
    state: State | None = None
    dialect: Literal["native", "saas", "qrapi", "sdtest", "sdwebui", "openai"] | None = None
    checkpoint: Name = ""
    created_after: Instant | None = None
    created_before: Instant | None = None


class CreateQuery(Query):
    dry_run: bool = Field(default=False, description="Answers the price; queues nothing.")


class ImageQuery(Paged):
    task: UUID | None = None
    checkpoint: Name = ""
    format: Literal["png", "jpg", "webp"] | None = None
    created_after: Instant | None = None
    created_before: Instant | None = None
    prompt: Annotated[Text, Field(max_length=200)] = Field(
        default="", description="Words of the prompt."
    )


class ContentQuery(Query):
    variant: Literal["image", "thumbnail"] = "image"
    download: bool = Field(default=False, description="Sent as an attachment.")


class CatalogQuery(Paged):
    q: Annotated[Text, Field(max_length=200)] = Field(default="", description="In the title.")
    base_model: Name = ""
    online: bool = Field(default=False, description="Only what can be had now.")


class LedgerQuery(Paged):
    kind: Literal["grant", "reserve", "settle", "refund", "adjust"] | None = None
    task: UUID | None = None


class UsageQuery(Query):
    by: Literal["day", "model", "key", "member"] = "day"
    first: Day | None = Field(default=None, alias="from", description="Default: 30 days ago.")
    last: Day | None = Field(default=None, alias="to", description="Default: today.")


class KeyQuery(Paged):
    revoked: bool = Field(default=False, description="Also those that were revoked.")


class DeliveryQuery(Paged):
    state: DeliveryWord | None = None


def body(kind: type[T], raw: bytes) -> T:
    """InvalidRequest naming the field; no body is ``{}``."""
    try:
        return kind.model_validate_json(raw.strip() or b"{}", strict=True)
    except ValidationError as error:
        raise first_problem(error) from error


def query(kind: type[T], given: Mapping[str, Any]) -> T:
    """As ``body``, of a query string: numbers and truths are text there."""
    try:
        return kind.model_validate({name: given[name] for name in given})
    except ValidationError as error:
        raise first_problem(error) from error


def row_number(cursor: str | None) -> int | None:
    """Behind a cursor of ours, where rows are numbered."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidRequest("not a cursor of ours", field="cursor")
    return int(cursor)


def catalog_page(cursor: str | None) -> int:
    """The number of a page of the catalog, behind a cursor of ours."""
    number = row_number(cursor)
    if number is not None and not 0 < number < 10**9:
        raise InvalidRequest("not a cursor of ours", field="cursor")
    return number or 1
