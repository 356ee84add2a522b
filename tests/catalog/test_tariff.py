from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Tenant
from catalog import access
from catalog.models import Price
from catalog.pricing import PriceRule


def rule(**fields: Any) -> None:
    Price.objects.create(**{"valid_from": timezone.now() - timedelta(minutes=1)} | fields)
    access.invalidate()


def rate(tenant_id: int | None = None, kind: str = "image", checkpoint: str = "") -> int:
    return access.price_rule(tenant_id, kind, checkpoint).per_megapixel_step


def test_a_fresh_installation_has_the_default_rule(catalog: None) -> None:
    assert access.price_rule(None) == PriceRule()


def test_a_checkpoint_by_name_goes_before_a_pattern_before_any(catalog: None) -> None:
    rule(checkpoint="flux*", per_megapixel_step=400)
    rule(checkpoint="Flux1-dev", per_megapixel_step=500)
    assert rate(checkpoint="flux1-dev.safetensors") == 500
    assert rate(checkpoint="flux1-schnell.safetensors [0123abcd]") == 400
    assert rate(checkpoint="photon.safetensors") == 200


def test_a_tenants_rule_goes_before_a_global_one(alice: int, bob: int) -> None:
    rule(checkpoint="photon", per_megapixel_step=300)
    rule(tenant_id=alice, per_megapixel_step=50)
    assert rate(alice, checkpoint="photon") == 50
    assert rate(bob, checkpoint="photon") == 300


def test_a_tool_without_a_rule_has_that_of_every_tool(catalog: None) -> None:
    rule(kind="enhance", per_megapixel_step=11)
    assert rate(kind="enhance") == 11
    assert access.price_rule(None, "roop").per_image == 200


def test_the_latest_rule_that_is_valid_already(catalog: None) -> None:
    now = timezone.now()
    rule(per_megapixel_step=210, valid_from=now)
    rule(per_megapixel_step=999, valid_from=now + timedelta(days=1))
    assert rate() == 210
    later = access.price_rule(None, at=now + timedelta(days=2))
    assert later.per_megapixel_step == 999


def test_a_tenants_discount_is_on_the_list_price_only(alice: int) -> None:
    Tenant.objects.filter(pk=alice).update(price_percent=80)
    access.invalidate()
    assert access.price_rule(alice).tenant_percent == 80
    rule(tenant_id=alice)
    assert access.price_rule(alice).tenant_percent == 100


def test_an_image_never_has_the_price_of_a_tool(catalog: None) -> None:
    Price.objects.filter(kind="image").delete()
    access.invalidate()
    assert access.price_rule(None) == PriceRule()


def test_two_rules_for_one_moment_are_refused(catalog: None) -> None:
    now = timezone.now()
    rule(checkpoint="a", valid_from=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        rule(checkpoint="A", valid_from=now)
