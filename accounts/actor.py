"""Actor: in whose name anything is done. What the verifier answers and every verb is given."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.models import ApiKey, Role, Tenant, User

_RANK = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}
_PEOPLE = uuid.UUID("6f8a9a0e-6c0b-5d62-9a35-0f3a5b7c1e44")
"""Name space of the lineages of people, who have no key."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What this actor may do: the narrower of the tenant's policy and the key's.

    Rates are counted apart (one counter a tenant, one a key), so both are here; 0: no limit.
    """

    max_side: int | None = None  # pixels; None: as far as the request form allows
    max_images: int  # of one task
    max_concurrent: int  # running tasks; 0: no limit
    max_queued: int  # unfinished tasks of the tenant
    rate_per_minute: int = 0  # requests of the whole tenant
    key_rate_per_minute: int = 0  # requests of this key
    checkpoints: tuple[str, ...] = ()  # empty: all that the tenant may use
    budget: int | None = None  # millicredits that the key may spend in all; None: no own budget
    callback_hosts: tuple[str, ...] = ()  # empty: any public host


@dataclass(frozen=True, kw_only=True)
class Actor:
    tenant_id: int
    tenant_name: str
    user_id: int | None
    user_name: str
    key_id: int | None  # None: a person (browser or JWT)
    lineage: uuid.UUID  # ids that the caller chose belong to (tenant, lineage)
    role: Role
    scheme: str  # access_key, basic, api_token, appcode, jwt, test_token, session
    limits: Limits
    time_zone: str  # of "this month", "today"
    language: str = ""
    strict: bool = False  # nothing is coerced
    act_as_member: bool = False
    default_checkpoint: str = ""
    preview_policy: str = "audit"
    visible_mark: bool = False
    price_percent: int = 100
    tenant_ends_at: datetime | None = None  # it is to be deleted; told to people only

    def can(self, role: str) -> bool:
        """Whether the actor has at least this role."""
        return _RANK[self.role] >= _RANK[Role(role)]


def actor_for(tenant: Tenant, user: User, role: str, scheme: str, key: ApiKey | None) -> Actor:
    """The actor of a user in a tenant, through one of the tenant's keys or in person."""
    return Actor(
        tenant_id=tenant.pk,
        tenant_name=tenant.name,
        user_id=user.pk,
        user_name=user.get_full_name(),
        key_id=key.pk if key else None,
        lineage=key.lineage if key else person_lineage(tenant.pk, user.pk),
        role=Role.VIEWER if key is not None and key.read_only else Role(role),
        scheme=scheme,
        limits=limits_of(tenant, key),
        time_zone=tenant.time_zone or settings.TIME_ZONE,
        language=user.language,
        strict=tenant.strict or (key is not None and key.strict),
        act_as_member=key is not None and key.act_as_member,
        default_checkpoint=tenant.default_checkpoint,
        preview_policy=tenant.preview_policy,
        visible_mark=tenant.visible_mark,
        price_percent=tenant.price_percent,
    )


def person_lineage(tenant_id: int, user_id: int) -> uuid.UUID:
    """The same for a user in a tenant at all times, in the browser and by JWT."""
    return uuid.uuid5(_PEOPLE, f"{tenant_id}:{user_id}")


def limits_of(tenant: Tenant, key: ApiKey | None) -> Limits:
    own = key or ApiKey()
    max_images = _narrower(tenant.max_images, own.max_images)
    return Limits(
        max_side=_narrower(tenant.max_side, own.max_side),
        max_images=min(max_images or settings.EASEL_MAX_IMAGES, settings.EASEL_MAX_IMAGES),
        max_concurrent=_narrower(tenant.max_concurrent, own.max_concurrent) or 0,
        max_queued=tenant.max_queued,
        rate_per_minute=tenant.rate_per_minute,
        key_rate_per_minute=own.rate_per_minute or 0,
        checkpoints=tuple(own.checkpoints),
        budget=own.budget,
        callback_hosts=tuple(own.callback_hosts),
    )


def _narrower(one: int | None, other: int | None) -> int | None:
    """The smaller of two limits; None and 0 are no limit."""
    return min((limit for limit in (one, other) if limit), default=None)
