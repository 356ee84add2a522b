"""Input pictures by their addresses: from submit to the queue, and every way in which it fails."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zlib import crc32

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone

from accounts import ledger
from catalog import access as catalog
from catalog.models import ControlNet
from generation import cancel, download, egress, picture_file, reaper, storage
from generation.errors import EgressRefused, InvalidRequest, StorageFailed
from generation.models import Attempt, ClusterBeat, Delivery, Task
from generation.request import ControlNetUnit, ImageRef, Init, Mask
from generation.scheduling import downloads
from generation.states import TaskState
from generation.submit import Receipt, quote
from tests.generation.house import House
from tests.generation.painting import encode, encoded, picture
from tests.generation.receivers import Receiver, Says
from tests.people import CREDIT, Person

PNG = (("Content-Type", "image/png"),)
LONG_AGO = timezone.now() - timedelta(hours=1)


@pytest.fixture(autouse=True)
def loopback(settings: LazySettings) -> None:
    settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]


def says(data: bytes, kind: str = "image/png", **more: Any) -> Says:
    return Says(body=data, headers=(("Content-Type", kind),), **more)


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it is 60,000 pixels wide and high."""
    data = encoded("png")
    head = data[12:16] + (60_000).to_bytes(4, "big") * 2 + data[24:29]
    return data[:12] + head + crc32(head).to_bytes(4, "big") + data[33:]


def draw(house: House, alice: Person, url: str, mask: str = "", **order: Any) -> Receipt:
    init = Init(image=ImageRef(url=url))
    parts = {"init": init, "mask": Mask(image=ImageRef(url=mask)) if mask else None}
    return house.draw(alice, with_=parts, **order)


def fetch(house: House) -> bool:
    """What the short-work cluster does with one task; False: nothing to do."""
    found = downloads.claim_one(house.cluster)
    if found is None:
        return False
    under_way = download.run(str(found.task_id), str(found.lease_token))
    assert under_way is not None
    under_way.result(30)
    return True


def stored() -> int:
    try:
        days = default_storage.listdir("inputs")[0]
    except FileNotFoundError:
        return 0
    return sum(len(default_storage.listdir(f"inputs/{day}")[1]) for day in days)


def test_it_comes_into_the_queue_with_its_picture(house: House, alice: Person) -> None:
    data = encoded("png")
    with Receiver(says(data)) as there:
        made = draw(house, alice, f"{there.url}/a%20%E5%9B%BE.png")
        assert house.task(made).state == TaskState.UPLOADING
        assert house.claim() is None  # no GPU slot
        assert fetch(house)
        assert not fetch(house)
    task = house.task(made)
    assert task.state == TaskState.QUEUED
    init = task.image_request.init
    assert init is not None
    assert storage.open_stored(init.image.stored) == data
    assert there.seen[0].path == "/a%20%E5%9B%BE.png"
    house.work()
    assert house.task(made).state == TaskState.DONE


def test_each_address_is_asked_once(house: House, alice: Person) -> None:
    """Image, mask and a control picture."""
    with Receiver(says(encoded("png"))) as there:
        house.backend.offers += ["controlnet", "controlnet:canny"]
        house.backend.save()
        ControlNet.objects.create(name="canny", present=True)
        catalog.invalidate()
        unit = ControlNetUnit(model="canny", image=ImageRef(url=f"{there.url}/a"))
        parts = {
            "init": Init(image=ImageRef(url=f"{there.url}/a")),
            "mask": Mask(image=ImageRef(url=f"{there.url}/m")),
            "controlnet": (unit,),
        }
        made = house.draw(alice, with_=parts)
        fetch(house)
    request = house.task(made).image_request
    assert [seen.path for seen in there.seen] == ["/a", "/m"]
    assert not request.addresses
    assert request.controlnet[0].image == request.init.image  # type: ignore[union-attr]


def test_a_place_in_the_queue_is_kept(house: House, alice: Person) -> None:
    with Receiver(says(encoded("png"))) as there:
        first = draw(house, alice, there.url)
        house.draw(alice)
        fetch(house)
    found = house.claim()
    assert found is not None
    assert found.task_id == first.task_id


def test_the_callback_tells_of_a_failure(house: House, alice: Person) -> None:
    with Receiver(Says(404)) as there:
        draw(house, alice, there.url, callback_url="http://127.0.0.1:1/x")
        fetch(house)
    assert Delivery.objects.get().state == "due"


# ── What fails on the way ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Says(404), "fetch_failed"),
        (says(b"<html>", "text/html"), "input_unusable"),
        (says(b"no picture at all"), "input_unusable"),
        (says(encoded("png")[:200]), "input_unusable"),
        (Says(headers=(*PNG, ("Content-Length", str(3 * 2**30)))), "input_unusable"),
        (Says(302, headers=(("Location", "http://169.254.169.254/latest"),)), "egress_refused"),
        (Says(302, headers=(("Location", "http://[::1]:9/"),)), "egress_refused"),
        (says(bomb()), "input_unusable"),
    ],
    ids=["404", "html", "no-picture", "torn", "3-GB", "metadata", "loopback6", "bomb"],
)
def test_a_failure_ends_it_with_a_full_refund(
    house: House, alice: Person, answer: Says, code: str
) -> None:
    with Receiver(answer) as there:
        made = draw(house, alice, there.url)
        assert ledger.balance(alice.tenant.pk) < CREDIT
        fetch(house)
    task = house.task(made)
    assert (task.state, task.error_code, task.spent) == (TaskState.FAILED, code, 0)
    assert task.error_message.startswith("init.image: ")
    assert ledger.balance(alice.tenant.pk) == CREDIT
    assert (house.server.started, stored()) == ([], 0)


def test_a_server_that_is_slow(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(egress.fetch.__kwdefaults__, "timeout", 0.1)
    with Receiver(says(encoded("png"), after=0.5)) as there:
        made = draw(house, alice, there.url)
        fetch(house)
    assert house.task(made).error_code == "fetch_failed"


def test_a_mask_of_another_size(house: House, alice: Person) -> None:
    def answer(seen: Any) -> Says:
        return says(encode(picture(8, 8) if seen.path == "/mask" else picture()))

    with Receiver(answer) as there:
        made = draw(house, alice, f"{there.url}/image", f"{there.url}/mask")
        assert ledger.balance(alice.tenant.pk) < CREDIT
        fetch(house)
    task = house.task(made)
    assert (task.error_code, stored()) == ("input_unusable", 0)
    assert "the mask is 8x8, the image 96x64" in task.error_message
    assert (task.spent, ledger.balance(alice.tenant.pk)) == (0, CREDIT)


@pytest.mark.parametrize("alpha, code", [(0, ""), (255, "input_unusable")])
def test_a_mask_told_by_its_transparency(
    house: House, alice: Person, alpha: int, code: str
) -> None:
    mask = picture(mode="RGBA")
    mask.putalpha(alpha)

    def answer(seen: Any) -> Says:
        return says(encode(mask if seen.path == "/mask" else picture()))

    with Receiver(answer) as there:
        init = Init(image=ImageRef(url=f"{there.url}/image"))
        part = Mask(image=ImageRef(url=f"{there.url}/mask"), by_alpha=True)
        made = house.draw(alice, with_={"init": init, "mask": part})
        fetch(house)
    task = house.task(made)
    assert task.error_code == code
    if not code:
        kept = picture_file.load(
            storage.open_stored(task.image_request.inputs["mask.image"].stored)
        )
        assert (kept.mode, kept.getpixel((0, 0))) == ("L", 255)


def test_a_name_that_moved_inside_since(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["8.8.8.8"], ["10.0.0.1"]])
    monkeypatch.setattr(egress, "look_up", lambda host, port: next(answers))
    made = draw(house, alice, "http://rebind.example/a.png")
    fetch(house)
    assert house.task(made).error_code == "egress_refused"


def test_trouble_of_ours_is_tried_again(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, data: bytes) -> None:
        raise StorageFailed(
            "no space",
        )

    with Receiver(says(encoded("png"))) as there:
        made = draw(house, alice, there.url)
        with monkeypatch.context() as broken:
            broken.setattr(storage, "write", full)
            fetch(house)
        task = house.task(made)
        assert (task.state, task.strikes, task.lease_token) == (TaskState.UPLOADING, 1, None)
        Task.objects.update(ready_at=LONG_AGO)
        fetch(house)
    assert house.task(made).state == TaskState.QUEUED


def test_trouble_without_end_is_given_up(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    def defect(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(download, "_fetch", defect)
    settings.EASEL_MAX_ATTEMPTS = 1
    made = draw(house, alice, "http://127.0.0.1:9/a")
    fetch(house)
    task = house.task(made)
    assert (task.state, task.error_code) == (TaskState.FAILED, "internal")
    assert "defect" not in task.error_message


def test_a_commit_whose_answer_was_lost(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done once more; the picture stays."""
    hint = download.channels.task_queued
    lost = iter([OperationalError("server closed the connection")])

    def cut_once(*told: Any) -> None:
        for error in lost:
            raise error
        hint(*told)

    monkeypatch.setattr(download.channels, "task_queued", cut_once)
    with Receiver(says(encoded("png"))) as there:
        made = draw(house, alice, there.url)
        fetch(house)
    assert (house.task(made).state, stored()) == (TaskState.QUEUED, 1)


# ── Cancelled, lost, doubled ─────────────────────────────────────────────────────────────────
def test_cancelled_while_it_waits(house: House, alice: Person) -> None:
    made = draw(house, alice, "http://127.0.0.1:9/a")
    assert cancel.cancel(alice.actor, made.task_id)
    assert house.task(made).state == TaskState.CANCELLED
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_cancelled_while_it_downloads(house: House, alice: Person) -> None:
    def answer(_seen: Any) -> Says:
        cancel.cancel(alice.actor, made.task_id)
        connection.close()
        return says(encoded("png"))

    with Receiver(answer) as there:
        made = draw(house, alice, there.url)
        fetch(house)
    assert (house.task(made).state, stored()) == (TaskState.CANCELLED, 0)
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_a_worker_that_died_on_the_way(house: House, alice: Person) -> None:
    """Its half-stored files are removed, and another begins anew."""
    with Receiver(says(encoded("png"))) as there:
        made = draw(house, alice, there.url)
        found = downloads.claim_one(house.cluster)
        assert found is not None
        assert downloads.start(found.task_id, found.lease_token, 1)
        key = storage.store_input(encoded("png"))
        Attempt.objects.update(files=[key])
        Task.objects.update(lease_until=LONG_AGO)
        reaper.give_back_downloads()
        task = house.task(made)
        assert (task.state, task.strikes, stored()) == (TaskState.UPLOADING, 1, 0)
        assert Attempt.objects.get().outcome == "lost"
        assert not downloads.renew(found.task_id, found.lease_token)
        assert fetch(house)
    assert house.task(made).state == TaskState.QUEUED


def test_one_that_kills_its_workers_is_given_up(
    house: House, alice: Person, settings: LazySettings
) -> None:
    settings.EASEL_MAX_ATTEMPTS = 1
    made = draw(house, alice, "http://127.0.0.1:9/a")
    found = downloads.claim_one(house.cluster)
    assert found is not None
    downloads.start(found.task_id, found.lease_token, 1)
    Task.objects.update(lease_until=LONG_AGO)
    reaper.give_back_downloads()
    assert house.task(made).error_code == "worker_lost"
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_a_cluster_that_never_starts_is_ended(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[object] = []
    monkeypatch.setattr(reaper, "end_cluster", ended.append)
    made = draw(house, alice, "http://127.0.0.1:9/a")
    downloads.claim_one(house.cluster)
    Task.objects.update(lease_until=LONG_AGO)
    reaper.give_back_downloads()
    assert (house.task(made).strikes, ended) == (0, [house.cluster])
    assert ClusterBeat.objects.exists()


def test_a_claim_that_comes_twice_begins_once(house: House, alice: Person) -> None:
    draw(house, alice, "http://127.0.0.1:9/a")
    found = downloads.claim_one(house.cluster)
    assert found is not None
    under_way = download.run(str(found.task_id), str(found.lease_token))
    assert under_way is not None
    assert download.run(str(found.task_id), str(found.lease_token)) is None
    under_way.result(30)


def test_a_tenant_has_only_so_many_under_way(
    house: House, alice: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "TENANT_DOWNLOADS", 1)
    for who in (alice, alice, charlie):
        draw(house, who, "http://127.0.0.1:9/a")
    claimed = [downloads.claim_one(uuid4()) for _ in range(3)]
    tenants = [Task.objects.get(pk=each.task_id).tenant_id for each in claimed if each]
    assert sorted(tenants) == sorted([alice.tenant.pk, charlie.tenant.pk])


def test_a_cluster_has_only_so_many_under_way(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "CLUSTER_DOWNLOADS", 1)
    for _ in range(2):
        draw(house, alice, "http://127.0.0.1:9/a")
    assert downloads.claim_one(house.cluster) is not None
    assert downloads.claim_one(house.cluster) is None
    assert downloads.claim_one(uuid4()) is not None


# ── Refused at submit ────────────────────────────────────────────────────────────────────────
def look_up(host: str, port: int) -> list[str]:
    if host == "inside.example":
        return ["192.168.1.1"]
    if host == "nowhere.example":
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port)]


def test_an_address_inside_is_refused_at_once(
    house: House, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "look_up", look_up)
    for url in (
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.png",
        "http://10.1.2.3/a.png",
        "http://127.0.0.2/a.png",
        "http://2130706434/",
        "http://inside.example/a.png",
        "http://user:secret@8.8.8.8/a.png",
        "ftp://8.8.8.8/a.png",
        "http://nowhere.example/a.png",
        "http://",
    ):
        for road in (house.draw, lambda who, **asked: quote(house.order(who, **asked))):
            with pytest.raises((EgressRefused, InvalidRequest)) as refused:
                road(alice, with_={"init": Init(image=ImageRef(url=url))})
            assert refused.value.field == "init.image", url
    assert not Task.objects.exists()
    assert ledger.balance(alice.tenant.pk) == CREDIT


def test_the_field_at_fault_is_named(house: House, alice: Person) -> None:
    house.backend.offers += ["controlnet", "controlnet:canny"]
    house.backend.save()
    ControlNet.objects.create(name="canny", present=True)
    catalog.invalidate()
    public, inside = (ImageRef(url=f"http://{host}/a") for host in ("8.8.8.8", "10.0.0.1"))
    fine, bad = (ControlNetUnit(model="canny", image=image) for image in (public, inside))
    init = Init(image=public)
    for field, part in (
        ("mask.image", {"mask": Mask(image=inside)}),
        ("controlnet.1.image", {"controlnet": (fine, bad)}),
    ):
        with pytest.raises(EgressRefused) as refused:
            house.draw(alice, with_={"init": init, **part})
        assert refused.value.field == field
    assert not Task.objects.exists()
