from __future__ import annotations

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog import examples
from catalog.kinds import stem, without_hash
from catalog.models import Alias, Checkpoint, Embedding, Lora, Price


def counts() -> list[int]:
    return [model.objects.count() for model in (Checkpoint, Embedding, Lora, Alias, Price)]


def test_installing_the_examples_again_changes_nothing(catalog: None) -> None:
    before = counts()
    examples.install(apps)
    assert counts() == before
    assert min(before) > 0


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("hayasaka_ai_v10_26390.safetensors", "hayasaka_ai_v10_26390"),
        ("vae-ft-mse-840000-ema-pruned.vae.pt", "vae-ft-mse-840000-ema-pruned"),
        ("anime/photon_v1.CKPT", "photon_v1"),
        ("win\\photon_v1.pt", "photon_v1"),
        ("bad-image-v2-39000", "bad-image-v2-39000"),
        ("model v1.5", "model v1.5"),
    ],
)
def test_the_short_name(name: str, short: str) -> None:
    assert Lora(name=name).simplify_name == short
    assert stem(short) == short


def test_a_trailing_hash_is_cut_and_other_brackets_are_not() -> None:
    assert without_hash("a.safetensors [EC41BD2A82]") == "a.safetensors"
    assert without_hash("a [draft]") == "a [draft]"


def test_a_hash_is_kept_in_one_form(catalog: None) -> None:
    entry = Checkpoint(name="a", sha256="AB" * 32)
    entry.full_clean()
    assert entry.sha256 == "ab" * 32


def test_two_tenants_may_use_one_name(alice: int, bob: int) -> None:
    for tenant_id in (alice, bob, None):
        Lora.objects.create(tenant_id=tenant_id, name="style.safetensors")
    assert Lora.objects.visible_to(alice).named("STYLE.safetensors").count() == 2


@pytest.mark.parametrize("owned", [True, False])
def test_one_name_twice_is_refused_in_any_letter_case(alice: int, owned: bool) -> None:
    owner = alice if owned else None
    Lora.objects.create(tenant_id=owner, name="style")
    with pytest.raises(IntegrityError), transaction.atomic():
        Lora.objects.create(tenant_id=owner, name="STYLE")
    with pytest.raises(ValidationError, match="one of this name already"):
        Lora(tenant_id=owner, name="Style").full_clean()


def test_a_second_default_checkpoint_is_refused(catalog: None) -> None:
    Checkpoint.objects.create(name="a", is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Checkpoint.objects.create(name="b", is_default=True)


def test_an_alias_twice_is_refused_and_once_per_dialect_is_not(catalog: None) -> None:
    Alias.objects.create(kind="checkpoint", name="REAL", target="x", dialect="native")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alias.objects.create(kind="checkpoint", name="Real", dialect="qrapi")


def test_a_hash_of_another_length_is_refused(catalog: None) -> None:
    with pytest.raises(ValidationError, match="64 hexadecimal digits"):
        Checkpoint(name="a", sha256="abc").full_clean()
