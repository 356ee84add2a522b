from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Tenant
from generation.audit import policy
from generation.audit.base import DEFAULT_POLICY, AuditPolicy
from generation.models import AuditThresholds
from generation.states import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return Tenant.objects.create(name="Alice", slug="audit-alice")


def test_a_tenant_without_a_row_has_the_defaults(tenant: Tenant) -> None:
    assert policy.for_tenant(tenant.pk) == DEFAULT_POLICY


def test_a_change_holds_from_the_next_look(tenant: Tenant) -> None:
    AuditThresholds.objects.create(tenant=tenant, flag_at=0.1, block_at=0.2)
    assert policy.for_tenant(tenant.pk) == AuditPolicy(flag_at=0.1, block_at=0.2)


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [(0, "allow"), (0.5999, "allow"), (0.6, "flag"), (0.8499, "flag"), (0.85, "block")],
)
def test_a_threshold_itself_counts(confidence: float, verdict: str) -> None:
    assert DEFAULT_POLICY.verdict(confidence) is Verdict(verdict)


def test_blocking_before_flagging_is_refused(tenant: Tenant) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditThresholds.objects.create(tenant=tenant, flag_at=0.9, block_at=0.5)
