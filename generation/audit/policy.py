"""What a tenant wants of the audit of its pictures."""

from __future__ import annotations

from generation.audit.base import DEFAULT_POLICY, AuditPolicy
from generation.models import AuditThresholds


def for_tenant(tenant_id: int) -> AuditPolicy:
    """One look-up by primary key; read each time, so that a change holds from the next picture."""
    row = AuditThresholds.objects.filter(pk=tenant_id).values("flag_at", "block_at").first()
    return AuditPolicy(**row) if row else DEFAULT_POLICY
