"""What the header's menu offers to a person who belongs to several tenants."""

from __future__ import annotations

from typing import Any

from django import template

from accounts import sessions
from accounts.models import Membership

register = template.Library()
MOST = 20  # in the menu; all of them stand on the page of organisations


@register.simple_tag(takes_context=True)
def memberships(context: dict[str, Any]) -> list[Membership]:
    """Those of the person who signed in, in active tenants."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return []
    rows = Membership.objects.for_user(request.user.pk).active().select_related("tenant")
    return list(rows[:MOST])


@register.filter
def device(user_agent: str) -> str:
    return sessions.device(user_agent)
