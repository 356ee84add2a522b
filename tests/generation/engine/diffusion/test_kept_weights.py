"""A LoRA that one tenant brought, drawn by an engine that fetches it."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog import access as catalog
from catalog import weights
from catalog.models import Lora
from generation import probes, storage
from generation.engine.diffusion.painter import DiffusersPainter
from generation.engine.engine import Engine
from generation.engine.fetching import Fetch
from generation.engine.server import EngineServer
from generation.errors import NotServable, UnknownModel
from generation.models import Backend, Output
from generation.request import ImageRequest
from tests.generation.house import House, house
from tests.people import Person

__all__ = ["house"]
pytestmark = [pytest.mark.django_db(transaction=True)]
TINY = "tiny-sd1.safetensors"


@pytest.fixture
def lora(tiny_models: Path) -> Path:
    return next(path for path in (tiny_models / "Lora").rglob("*sd1*.safetensors"))


@pytest.fixture
def engine(house: House, live_server, tiny_models: Path, tmp_path: Path) -> Iterator[Backend]:
    """An engine that has weights from the door of a running Easel."""
    fetch = Fetch(f"{live_server.url}/files/weights/", tmp_path / "fetched")
    engine = Engine(lambda: DiffusersPainter(tiny_models, "cpu"), models=tiny_models, fetch=fetch)
    server = EngineServer(("127.0.0.1", 0), engine)
    engine.start()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    backend = Backend.objects.create(name="engine", kind="sdwebui", url=server.url)
    probes.probe(backend)
    yield backend
    server.shutdown()
    server.server_close()


def bring(path: Path, person: Person | None, name: str = "mine") -> Lora:
    tenant_id = person.tenant.pk if person else None
    entry = weights.bring_lora(name, [path.read_bytes()], tenant_id=tenant_id)
    catalog.invalidate()
    return entry


def painted(house: House, person: Person, prompt: str) -> bytes:
    request = ImageRequest(
        prompt=prompt, checkpoint=TINY, steps=2, width=64, height=64, seed=5, sampler="Euler"
    )
    receipt = house.draw(person, request=request)
    house.work()
    task = house.task(receipt)
    assert task.state == "done", task.error_message
    return storage.open_stored(Output.objects.get(task=task).file)


def test_it_paints_as_the_same_file_on_the_engine(
    house: House, engine: Backend, alice: Person, lora: Path
) -> None:
    assert bring(lora, alice).present
    own = painted(house, alice, "a cat <lora:mine:1>")
    on_engine = painted(house, alice, f"a cat <lora:{lora.stem}:1>")
    plain = painted(house, alice, "a cat")
    assert pixels(own) == pixels(on_engine) != pixels(plain)


def pixels(picture: bytes) -> bytes:
    from PIL import Image

    return Image.open(io.BytesIO(picture)).tobytes()


def test_it_is_unknown_to_another_tenant(
    house: House, engine: Backend, alice: Person, charlie: Person, lora: Path
) -> None:
    bring(lora, alice)
    with pytest.raises(UnknownModel, match="mine"):
        painted(house, charlie, "a cat <lora:mine:1>")


def test_a_server_that_cannot_fetch_is_not_given_it(
    house: House, alice: Person, lora: Path
) -> None:
    assert not bring(lora, alice).present  # the fake server fetches nothing
    with pytest.raises(NotServable) as refusal:
        house.draw(alice, "a cat <lora:mine:1>")
    assert refusal.value.field == "loras"


def test_the_command_keeps_a_file_once(house: House, alice: Person, lora: Path, capsys) -> None:
    for slug in (alice.tenant.slug, None):
        arguments = ["--tenant", slug] if slug else []
        call_command("add_lora", "mine", str(lora), "--base-model", "SD 1.5", *arguments)
    sha256 = hashlib.sha256(lora.read_bytes()).hexdigest()
    assert {row.file for row in Lora.objects.filter(name="mine")} == {weights.key_of(sha256)}
    assert "no server fetches" in capsys.readouterr().out


def test_an_operator_brings_one_in_the_admin(house: House, admin_client, lora: Path) -> None:
    address = "/admin/catalog/lora/add/"
    form = {"name": "brought", "default_weight": "0.8", "upload_status": "0", "online": "on"}
    bad = SimpleUploadedFile("bad.safetensors", b"no weights")
    answer = admin_client.post(address, form | {"weights_file": bad})
    assert "not a safetensors file" in answer.content.decode()
    good = SimpleUploadedFile("x.safetensors", lora.read_bytes())
    assert admin_client.post(address, form | {"weights_file": good}).status_code == 302
    assert default_storage.exists(Lora.objects.get(name="brought").file)


def test_a_file_without_an_entry_is_swept(house: House, alice: Person, lora: Path) -> None:
    entry = bring(lora, alice)
    later = timezone.now() + 2 * weights.SPARED
    assert weights.sweep(later) == 0
    entry.delete()
    assert weights.sweep(timezone.now()) == 0
    assert weights.sweep(later) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a safetensors file"),
        (b"\x80\x02pickle", "not a safetensors file"),
        ((2).to_bytes(8, "little") + b"{}", "not a LoRA"),
        ((200).to_bytes(8, "little") + b"{" * 200, "not a safetensors file"),
    ],
)
def test_what_is_no_lora_is_refused(
    house: House, content: bytes, reason: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        call_command("add_lora", "bad", str(bad))
    assert not Lora.objects.filter(name="bad").exists()


def test_a_part_of_a_file_is_refused(house: House, lora: Path, alice: Person) -> None:
    with pytest.raises(weights.BadWeights, match="not whole"):
        weights.bring_lora("mine", [lora.read_bytes()[:-8]], tenant_id=alice.tenant.pk)


def test_too_large(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MOST_BYTES", 10)
    with pytest.raises(weights.BadWeights, match="larger"):
        weights.bring_lora("mine", [b"x" * 11], tenant_id=None)


def test_the_door(house: House, client, alice: Person, lora: Path) -> None:
    entry = bring(lora, alice)
    now = timezone.now()
    good = storage.weights.sign(entry.sha256, now)
    assert b"".join(client.get(f"/files/weights/{good}")) == lora.read_bytes()
    other = storage.weights.sign("0" * 64, now)
    over = storage.weights.sign(entry.sha256, now - timedelta(hours=2))
    for path in (other, over, good.replace(entry.sha256, "1" * 64), "x", good[:-1]):
        assert client.get(f"/files/weights/{path}").status_code == 404
    assert client.post(f"/files/weights/{good}").status_code == 405
    entry.delete()
    assert client.get(f"/files/weights/{good}").status_code == 404
