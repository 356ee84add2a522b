"""Links that show one picture to whoever has them: made, found, revoked.

The link's token is the share's id and a signature of it, so the database holds no secret and a
link can be shown to its owner again. A key in SECRET_KEY_FALLBACKS still opens what it signed.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation.errors import Forbidden, InvalidRequest, NotFound, TooMany
from generation.models import Share
from generation.models.share import ShareQuerySet
from generation.picture_file import CONTENT_TYPES
from generation.studio.results.found import Found

DAYS = (1, 7, 30)
MOST = 500  # running links of one person
_PURPOSE = "easel.share"
_SIGNATURE = 16  # bytes: 2**128 guesses


def make(actor: Actor, found: Found, *, days: int, with_parameters: bool, with_name: bool) -> Share:
    """A link that ends after ``days``, or with the picture. Only who made a picture shares it:
    NotFound for a supervisor, Forbidden to a viewer, TooMany, InvalidRequest."""
    if not actor.can("member") or actor.user_id is None:
        raise Forbidden(_("your role may look, not share"))
    if not found.is_own:
        raise NotFound("no such picture")
    if days not in DAYS:
        raise InvalidRequest(_("Choose how long the link is to work."), field="days")
    if found.output.format not in CONTENT_TYPES:
        raise InvalidRequest(_("Only pictures can be shared."))
    if running(actor).count() >= MOST:
        raise TooMany(_("You have %(most)d links already: revoke some.") % {"most": MOST})
    end = timezone.now() + timedelta(days=days)
    return Share.objects.create(
        output_id=found.output.id,
        tenant_id=actor.tenant_id,
        user_id=actor.user_id,
        with_parameters=with_parameters,
        with_name=with_name,
        expires_at=min(end, found.output.expires_at),
    )


def running(actor: Actor) -> ShareQuerySet:
    """The actor's own links that have not ended, newest first."""
    mine = Share.objects.of(actor.tenant_id, actor.user_id)
    return mine.running(timezone.now()).order_by("-created_at", "-id")


def revoke(actor: Actor, share_id: UUID) -> None:
    """At once and for good. NotFound for another's; one that has ended stays as it is."""
    mine = Share.objects.of(actor.tenant_id, actor.user_id).filter(pk=share_id)
    if not mine.exists():
        raise NotFound("no such link")
    mine.filter(revoked_at=None).update(revoked_at=Now())


def find(token: str) -> Share:
    """What a link shows now. NotFound without a reason: a wrong token, one that ended, one whose
    picture is gone."""
    share_id = _verified(token)
    rows = Share.objects.open(timezone.now()).select_related("output__task", "tenant")
    share = rows.filter(pk=share_id, output__format__in=CONTENT_TYPES).first()
    if share is None:
        raise NotFound("no such link")
    return share


def count_view(share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(views=F("views") + 1)


def token_of(share_id: UUID) -> str:
    return _text(share_id.bytes + _signature(share_id, settings.SECRET_KEY))


def _verified(token: str) -> UUID:
    """Nothing is looked up before the signature was found good."""
    try:
        data = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        share_id = UUID(bytes=data[:16])
    except ValueError as error:
        raise NotFound("no such link") from error
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if _text(data) != token or not any(
        constant_time_compare(data[16:], _signature(share_id, key)) for key in keys
    ):
        raise NotFound("no such link")
    return share_id


def _signature(share_id: UUID, key: str | bytes) -> bytes:
    mac = salted_hmac(_PURPOSE, share_id.bytes, secret=key, algorithm="sha256")
    return mac.digest()[:_SIGNATURE]


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
