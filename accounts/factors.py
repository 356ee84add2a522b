"""Second factors as the operator sees them: removed, when a telephone and its codes are lost."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from accounts import sessions, tokens
from accounts.models import User


def remove(user: User) -> int:
    """All of them, with the person's sessions and tokens; returns how many factors went."""
    gone: int = Authenticator.objects.filter(user=user).delete()[0]
    sessions.end_others(user, None)
    tokens.revoke_all(user)
    return gone
