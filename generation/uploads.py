"""Pictures that callers send once and name in tasks by id.

An upload belongs to its member like a picture: owners and admins of the organisation see it, others
do not. A task takes a copy (its inputs are deleted with it), so an upload may go at any time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import limits
from accounts.actor import Actor
from generation import keyset, picture_file, storage
from generation.access import SUPERVISORS, parse_id
from generation.errors import Forbidden, InvalidRequest, NotFound, TooMany
from generation.models import Upload
from generation.models.upload import UploadQuerySet

MOST = 1000  # live uploads of an organisation
_BATCH = 200


def keep(actor: Actor, data: bytes) -> Upload:
    """Stores a picture. Forbidden to a viewer; InvalidRequest for what ``storage.store_input``
    refuses; TooMany, RateLimited."""
    may_change(actor)
    limits.check_rate(actor)
    now = timezone.now()
    if Upload.objects.for_tenant(actor.tenant_id).live(now).count() >= MOST:
        text = _("there are %(most)d uploads already: delete some") % {"most": MOST}
        raise TooMany(text)
    if not data:
        raise InvalidRequest(_("the body holds no picture"), field="image")
    name = storage.store_input(data, field="image")
    width, height = picture_file.size(data)
    try:
        return Upload.objects.create(
            tenant_id=actor.tenant_id,
            user_id=actor.user_id,
            lineage=actor.lineage,
            file=name,
            format=picture_file.sniff(data),
            width=width,
            height=height,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            created_at=now,
            # the daily sweep of inputs takes what is older than pictures may get
            expires_at=now
            + timedelta(days=min(settings.EASEL_UPLOAD_DAYS, settings.EASEL_FILE_DAYS)),
        )
    except Exception:
        storage.remove([name])
        raise


def visible(actor: Actor) -> UploadQuerySet:
    """Live uploads that the actor may open by id."""
    rows = Upload.objects.for_tenant(actor.tenant_id).live(timezone.now())
    if actor.role in SUPERVISORS:
        return rows
    mine = Q(lineage=actor.lineage)
    if actor.user_id is not None:
        mine |= Q(user_id=actor.user_id)
    return rows.filter(mine)


def find(actor: Actor, upload_id: str | UUID, *, field: str = "") -> Upload:
    """NotFound, naming ``field``, also for one whose time is over."""
    found = visible(actor).filter(pk=parse_id(upload_id)).first()
    if found is None:
        raise NotFound(_("no such upload"), field=field)
    return found


def page(actor: Actor, *, cursor: str | None, limit: int) -> keyset.Page[Upload]:
    return keyset.newest_first(visible(actor), cursor, limit)


def copy_for_task(actor: Actor, upload_id: str | UUID, *, field: str) -> str:
    """A key of the task's own, with the same bytes."""
    upload = find(actor, upload_id, field=field)
    try:
        return storage.copy_input(upload.file)
    except NotFound as error:  # removed in this moment
        raise NotFound(_("no such upload"), field=field) from error


def delete(actor: Actor, upload_id: str | UUID) -> None:
    may_change(actor)
    upload = find(actor, upload_id)
    upload.delete()
    storage.remove([upload.file])


def sweep(at: datetime) -> int:
    """Removes up to a batch of those whose time is over; how many. StorageFailed: the next call
    goes on."""
    rows = list(Upload.objects.expired(at).values_list("pk", "file")[:_BATCH])
    storage.remove(name for _pk, name in rows)
    Upload.objects.filter(pk__in=[pk for pk, _name in rows]).delete()
    return len(rows)


def may_change(actor: Actor) -> None:
    if not actor.can("member"):
        raise Forbidden(_("your role may look, not create"))
