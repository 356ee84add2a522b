"""The only way from a user's id to that user: (actor, id) → a member of the actor's tenant."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Membership, User

_LARGEST_ID = 2**63 - 1


def member(actor: Actor, user_id: int | str) -> User:
    """The member whom the caller names: himself, or another one where he may.

    A person may name others as an owner or administrator; a key only with the policy
    ``act_as_member``. NotFound for everyone else, whether they exist or not.
    """
    wanted = _number(user_id)
    others = actor.act_as_member if actor.key_id is not None else actor.can("admin")
    if wanted != actor.user_id and not others:
        raise _no_such_member()
    membership = (
        Membership.objects.for_tenant(actor.tenant_id)
        .for_user(wanted)
        .active()
        .select_related("user")
        .first()
    )
    if membership is None:
        raise _no_such_member()
    return membership.user


def _number(user_id: int | str) -> int:
    text = str(user_id)
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > _LARGEST_ID:
        raise _no_such_member()
    return int(text)


def _no_such_member() -> NotFound:
    return NotFound(_("no such user"))
