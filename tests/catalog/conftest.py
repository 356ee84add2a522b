from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.apps import apps

from accounts.models import Tenant
from catalog import access, examples, intake
from catalog.models import Alias


@dataclass(frozen=True)
class Item:
    """What a backend says of one file."""

    name: str
    title: str = ""
    sha256: str = ""
    base_model: str = ""
    description: str = ""
    trigger_words: str = ""
    licence: str = ""


@pytest.fixture
def catalog(db: None) -> Iterator[None]:
    """A fresh installation's catalog; a test that flushes the database takes it away."""
    if not Alias.objects.exists():
        examples.install(apps)
    access.invalidate()
    yield
    access.invalidate()


@pytest.fixture
def alice(catalog: None) -> int:
    return Tenant.objects.create(name="Alice", slug="catalog-alice").pk


@pytest.fixture
def bob(catalog: None) -> int:
    return Tenant.objects.create(name="Bob", slug="catalog-bob").pk


@pytest.fixture
def backend_has(catalog: None) -> Callable[..., intake.Taken]:
    """Has a backend report files: ``backend_has(loras=["a.safetensors", Item("b")])``."""

    def report(
        ref: int = 1, tenant_id: int | None = None, **kinds: list[str | Item]
    ) -> intake.Taken:
        lists = {
            kind: [
                Item(each) if isinstance(each, str) and kind != "samplers" else each
                for each in names
            ]
            for kind, names in kinds.items()
        }
        return intake.take_in(ref, tenant_id, intake.Listing(**lists))

    return report


@pytest.fixture
def sketch(backend_has: Callable[..., intake.Taken]) -> None:
    """The installation without a GPU: one backend that paints by hand."""
    backend_has(ref=100, checkpoints=[Item("sketch", base_model="Sketch")])
