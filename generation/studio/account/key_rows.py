"""Keys as a list shows them: the policy in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import key_management
from accounts.actor import Actor
from accounts.models import ApiKey, KeyKind
from generation.studio.sentences import amount


@dataclass(frozen=True, kw_only=True)
class KeyRow:
    """``owner``: empty for one's own."""

    key: ApiKey
    kind: str
    owner: str
    limits: list[str]
    expired: bool


def of(actor: Actor) -> list[KeyRow]:
    """The live keys that the actor may see, newest first."""
    found = key_management.visible(actor).filter(revoked_at=None).select_related("user")
    now = timezone.now()
    return [
        KeyRow(
            key=key,
            kind=str(capfirst(KeyKind(key.kind).label)),
            owner="" if key.user_id == actor.user_id else key.user.get_full_name(),
            limits=list(limits(key)),
            expired=key.expires_at is not None and key.expires_at <= now,
        )
        for key in found.order_by("-id")[: key_management.MOST]
    ]


def limits(key: ApiKey) -> Iterator[str]:
    """What narrows the key, or widens it, a few words each."""
    if key.read_only:
        yield _("read only")
    if key.budget is not None:
        words = {"spent": amount(key.spent), "budget": amount(key.budget)}
        yield _("%(spent)s of %(budget)s credits spent") % words
    yield from _numbers(key)
    if key.strict:
        yield _("strict")
    if key.act_as_member:
        yield _("for other members")


def _numbers(key: ApiKey) -> Iterator[str]:
    if number := len(key.checkpoints):
        yield ngettext("%(number)d model", "%(number)d models", number) % {"number": number}
    if key.max_side:
        yield _("up to %(number)d pixels") % {"number": key.max_side}
    if number := key.max_images or 0:
        text = ngettext(
            "up to %(number)d picture a task", "up to %(number)d pictures a task", number
        )
        yield text % {"number": number}
    if number := key.rate_per_minute or 0:
        text = ngettext("%(number)d call a minute", "%(number)d calls a minute", number)
        yield text % {"number": number}
    if key.max_concurrent:
        yield _("%(number)d at once") % {"number": key.max_concurrent}
    if number := len(key.ip_ranges):
        text = ngettext("from %(number)d address range", "from %(number)d address ranges", number)
        yield text % {"number": number}
    if number := len(key.callback_hosts):
        text = ngettext("calls back to %(number)d host", "calls back to %(number)d hosts", number)
        yield text % {"number": number}
