"""A picture that a person chose becomes an upload of his, and each task takes copies of its own.

The form carries the upload's id alone, so that it survives a reload; the same bytes chosen twice
are one upload.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps

from accounts.actor import Actor
from generation import access, picture_file, storage, uploads
from generation import submit as road
from generation.errors import EaselError, InvalidRequest, NotFound
from generation.models import Upload
from generation.models.upload import UploadQuerySet
from generation.states import OutputState
from generation.submit import Order, Receipt

MOST = 100  # of one person in the browser: what he chose longest ago gives way
_QUALITY = 95


def keep(actor: Actor, data: bytes) -> Upload:
    """Raises what ``uploads.keep`` raises: InvalidRequest for what is no picture of ours or too
    large, Forbidden to a viewer, TooMany, RateLimited."""
    uploads.may_change(actor)
    storage.check_input(data, field="image")
    data = _upright(data)
    known = _own(actor).filter(sha256=hashlib.sha256(data).hexdigest()).first()
    if known:
        _prolong(known)
        return known
    for old in _own(actor).order_by("-created_at", "-id")[MOST - 1 :]:
        uploads.delete(actor, old.pk)
    return uploads.keep(actor, data)


def keep_mask(actor: Actor, data: bytes, like: Upload) -> Upload:
    """A mask in the size of the picture that it is for: white is repainted, black stays."""
    storage.check_input(data, field="image")
    image = picture_file.load(data)
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, "black")
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    mask = image.convert("L")
    if mask.size != (like.width, like.height):
        mask = mask.resize((like.width, like.height), Image.Resampling.BILINEAR)
    out = BytesIO()
    mask.save(out, "PNG", compress_level=4)
    return keep(actor, out.getvalue())


def keep_output(actor: Actor, source: str) -> Upload:
    """A picture of the history, named ``<task>/<index>``; NotFound as for every task."""
    task_id, _slash, index = source.partition("/")
    task = access.task(actor, task_id)
    found = task.outputs.filter(index=int(index)).first() if index.isdecimal() else None
    if found is None or found.state != OutputState.VISIBLE or found.format == "txt":
        raise NotFound(_("no such picture"))
    return keep(actor, storage.open_stored(found.file))


def find_many(actor: Actor, ids: list[str]) -> list[Upload]:
    """Those of these uploads that are there, and his to use; in no order."""
    found = []
    for upload_id in ids:
        try:
            found.append(uploads.find(actor, upload_id))
        except NotFound:
            continue
    return found


def submit(order: Order) -> Receipt:
    """``submit``, with copies of the uploads that the request names: a task's pictures are
    deleted with it, and an upload's time may be over before the task's turn."""
    keys: dict[str, str] = {}
    try:
        for name, ref in order.request.inputs.items():
            if ref.stored and ref.stored not in keys:
                keys[ref.stored] = _copy(ref.stored, name)
        return road.submit(replace(order, request=order.request.stored_as(keys)))
    except EaselError:
        storage.remove(keys.values())
        raise


def _copy(name: str, field: str) -> str:
    try:
        return storage.copy_input(name)
    except NotFound as error:
        raise InvalidRequest(_("this picture is not there any more"), field=field) from error


def _own(actor: Actor) -> UploadQuerySet:
    """What this person chose in the browser."""
    rows = Upload.objects.for_tenant(actor.tenant_id).live(timezone.now())
    return rows.filter(lineage=actor.lineage)


def _prolong(upload: Upload) -> None:
    """Chosen anew: its days begin anew, as far as the sweep of its day's folder allows."""
    last = upload.created_at + timedelta(days=settings.EASEL_FILE_DAYS)
    wanted = timezone.now() + timedelta(days=settings.EASEL_UPLOAD_DAYS)
    upload.expires_at = min(wanted, last)
    upload.save(update_fields=["expires_at"])


def _upright(data: bytes) -> bytes:
    """A camera's picture turned as it is looked at: browsers obey the tag that says so and GPU
    servers do not, so that a mask would lie across it. Without the tag the bytes stay."""
    image = Image.open(BytesIO(data))
    if image.getexif().get(ExifTags.Base.Orientation, 1) in (0, 1):
        return data
    fmt = picture_file.sniff(data)
    turned = ImageOps.exif_transpose(picture_file.load(data))
    out = BytesIO()
    turned.save(out, picture_file.FORMATS[fmt], quality=_QUALITY)
    return out.getvalue()
