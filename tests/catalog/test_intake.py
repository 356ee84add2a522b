from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import access, intake
from catalog.intake import Taken
from catalog.models import Checkpoint, Lora, Presence, Vae
from tests.catalog.conftest import Item

Report = Callable[..., Taken]

SHA = "ab" * 32


def test_what_a_backend_has_becomes_entries(backend_has: Report) -> None:
    taken = backend_has(
        checkpoints=[Item("a.safetensors", "A", SHA.upper(), "SDXL", "drawn by hand")],
        vaes=["v.pt"],
        samplers=["Restart"],
    )
    entry = Checkpoint.objects.get(name="a.safetensors")
    assert (entry.title, entry.sha256, entry.base_model) == ("A", SHA, "SDXL")
    assert (entry.source, entry.online, entry.present, entry.upload_status) == (
        "backend",
        True,
        True,
        2,
    )
    assert Vae.objects.get(name="v.pt").online
    assert taken == Taken(created=2, filled=0, came=3, went=0)


@pytest.mark.parametrize(
    ("family", "size"),
    [("SDXL", (1024, 1024)), ("SD 2.1", (768, 768)), ("SVD", (1024, 576)), ("", (512, 512))],
)
def test_a_new_checkpoint_has_the_size_of_its_family(
    backend_has: Report, family: str, size: tuple[int, int]
) -> None:
    backend_has(checkpoints=[Item("a.safetensors", "A", SHA, family)])
    entry = Checkpoint.objects.get(name="a.safetensors")
    assert (entry.default_width, entry.default_height) == size
    Checkpoint.objects.update(default_width=640)
    backend_has(checkpoints=[Item("a.safetensors", "A", SHA, family)])
    assert Checkpoint.objects.get(name="a.safetensors").default_width == 640


def test_a_second_report_writes_nothing(backend_has: Report) -> None:
    listing = {"checkpoints": [Item("a", "A", SHA), "b", "B"], "samplers": ["Euler", "euler"]}
    backend_has(**listing)
    before = Checkpoint.objects.get(name="a").updated
    with CaptureQueriesContext(connection) as asked:
        assert backend_has(**listing) == Taken()
    assert not [q for q in asked if q["sql"].startswith("INSERT")]
    assert Checkpoint.objects.get(name="a").updated == before
    assert Checkpoint.objects.filter(name__iexact="b").count() == 1


def test_a_file_that_no_backend_has_any_more_goes_offline_and_stays(backend_has: Report) -> None:
    backend_has(ref=1, checkpoints=["a"])
    backend_has(ref=2, checkpoints=["A"])
    backend_has(ref=1)
    assert Checkpoint.objects.get(name="a").online
    assert backend_has(ref=2).went == 1
    entry = Checkpoint.objects.get(name="a")
    assert (entry.online, entry.present, entry.upload_status) == (False, False, 0)
    backend_has(ref=1, checkpoints=["a"])
    assert Checkpoint.objects.get(name="a").online


def test_a_forgotten_backend_takes_its_files_along(backend_has: Report) -> None:
    backend_has(ref=1, checkpoints=["a"])
    intake.forget(1)
    assert not Presence.objects.filter(backend_ref="1").exists()
    assert not Checkpoint.objects.get(name="a").online
    assert access.resolve_checkpoint(None, "a") is None


def test_a_report_fills_only_what_is_empty(backend_has: Report) -> None:
    Checkpoint.objects.create(name="A", title="Ours", is_adult=True, cover_url="https://x/c.png")
    taken = backend_has(checkpoints=[Item("a", "Theirs", SHA, "SDXL", "text")])
    entry = Checkpoint.objects.get(name="A")
    assert taken.filled == 1
    assert (entry.title, entry.is_adult, entry.cover_url) == ("Ours", True, "https://x/c.png")
    assert (entry.sha256, entry.base_model, entry.description) == (SHA, "SDXL", "text")


def test_online_that_was_set_by_hand_holds(backend_has: Report) -> None:
    backend_has(checkpoints=["a"])
    Checkpoint.objects.filter(name="a").update(online=False, follows_backends=False)
    backend_has()
    backend_has(checkpoints=["a"])
    entry = Checkpoint.objects.get(name="a")
    assert (entry.online, entry.present) == (False, True)


def test_an_entry_for_a_file_still_to_come_is_left_alone(backend_has: Report) -> None:
    Checkpoint.objects.create(name="soon", online=True)
    backend_has(checkpoints=["a"])
    assert Checkpoint.objects.get(name="soon").online


def test_a_file_that_was_replaced_under_its_name(backend_has: Report) -> None:
    backend_has(checkpoints=[Item("a", sha256=SHA)])
    backend_has(checkpoints=[Item("a", sha256="cd" * 32)])
    assert Checkpoint.objects.get(name="a").sha256 == "cd" * 32


def test_an_example_becomes_real_and_an_example_again(backend_has: Report) -> None:
    name = "photon_v1_84728.safetensors"
    backend_has(checkpoints=[name])
    assert Checkpoint.objects.get(name=name).present
    backend_has()
    entry = Checkpoint.objects.get(name=name)
    assert (entry.online, entry.present, entry.title) == (True, False, "Photon")


def test_a_tenants_backend_makes_private_entries(alice: int, bob: int, backend_has: Report) -> None:
    backend_has(ref=3, tenant_id=alice, loras=["hers"])
    assert Lora.objects.get(name="hers").tenant_id == alice
    assert access.resolve_lora(alice, "hers") is not None
    assert access.resolve_lora(bob, "hers") is None


def test_a_tenants_backend_does_not_put_a_global_entry_online(
    alice: int, backend_has: Report
) -> None:
    backend_has(ref=1, loras=["house"])
    backend_has(ref=1)
    backend_has(ref=3, tenant_id=alice, loras=["house"])
    assert not Lora.objects.get(tenant=None, name="house").online
    assert Lora.objects.get(tenant_id=alice, name="house").online


def test_a_private_file_on_a_shared_engine_stays_private(alice: int, backend_has: Report) -> None:
    Lora.objects.create(tenant_id=alice, name="trained.safetensors", sha256=SHA)
    backend_has(loras=[Item("trained.safetensors", sha256=SHA), Item("copy", sha256=SHA)])
    assert not Lora.objects.filter(tenant=None, sha256=SHA).exists()
    assert Lora.objects.get(tenant_id=alice).present
    assert access.resolve_lora(None, "trained") is None


def test_a_private_name_stays_private_where_a_server_tells_no_hash(
    alice: int, backend_has: Report
) -> None:
    Lora.objects.create(tenant_id=alice, name="trained.safetensors", sha256=SHA)
    backend_has(loras=["trained.safetensors"])
    assert access.resolve_lora(None, "trained") is None
    assert not Lora.objects.get(tenant_id=alice).present


def test_the_queries_do_not_grow_with_the_files(backend_has: Report) -> None:
    counts = []
    for n in (10, 400):
        with CaptureQueriesContext(connection) as asked:
            backend_has(ref=n, loras=[f"{n}-{k}" for k in range(n)])
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\x00b"])
def test_a_name_that_no_request_could_say_is_not_taken(backend_has: Report, name: str) -> None:
    assert backend_has(checkpoints=[name], samplers=[name]) == Taken()


def test_texts_longer_than_their_columns_are_cut(backend_has: Report) -> None:
    backend_has(checkpoints=[Item("a", title="t" * 999, base_model="b\x00" * 99, sha256="short")])
    entry = Checkpoint.objects.get(name="a")
    assert (len(entry.title), entry.base_model, entry.sha256) == (255, "b" * 40, "")
