"""Downloads of one picture, of what went in, and of many as a ZIP."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import product
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.utils import timezone
from PIL import Image

from generation import picture_file, storage
from generation.models import Output, Task
from generation.request import ImageRef, Init
from generation.storage import read_label, read_parameters
from generation.studio.results import zipping
from tests.generation.painting import encoded
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def body(answer) -> bytes:
    return answer.getvalue()


def test_each_format_with_and_without_words(alice: Person, sign_in, paint) -> None:
    path, client = f"/studio/tasks/{paint(alice)}/0/file", sign_in(alice)
    kinds = {"webp": "WEBP", "jpg": "JPEG", "png": "PNG"}
    for fmt, bare in product(kinds, ("", "1")):
        answer = client.get(f"{path}?format={fmt}&bare={bare}")
        data = body(answer)
        assert Image.open(BytesIO(data)).format == kinds[fmt]
        assert ("red apple" in read_parameters(data)) is not bool(bare)
        assert read_label(data) is not None
        assert re.fullmatch(rf'attachment; filename=".*\.{fmt}"', answer["Content-Disposition"])
        assert "private" in answer["Cache-Control"]


def test_the_file_as_it_is(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice)
    data = body(sign_in(alice).get(f"/studio/tasks/{task_id}/0/file"))
    assert data == storage.open_stored(Output.objects.get(task=task_id).file)


def test_what_went_in(alice: Person, sign_in, house) -> None:
    picture = encoded()
    key = storage.store_input(picture)
    task_id = house.draw(alice, with_={"init": Init(image=ImageRef(stored=key))}).task_id
    house.work()
    client = sign_in(alice)
    answer = client.get(f"/studio/tasks/{task_id}/input/init")
    assert (answer["Content-Type"], body(answer)) == ("image/png", picture)
    assert (
        f"/studio/tasks/{task_id}/input/init"
        in client.get(f"/studio/tasks/{task_id}/0").content.decode()
    )
    for other in ("mask", "controlnet.0", "prompt", "init.image"):
        assert client.get(f"/studio/tasks/{task_id}/input/{other}").status_code == 404


def test_a_zip_of_tasks_and_single_pictures(alice: Person, sign_in, paint) -> None:
    first, second = paint(alice, count="3"), paint(alice, count="2")
    answer = sign_in(alice).post("/studio/zip", {"ids": [f"{second}", f"{first}/1"]})
    with ZipFile(BytesIO(body(answer))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert len(names) == 3
        row = Output.objects.get(task=first, index=1)
        assert archive.read(names[0]) == storage.open_stored(row.file)


def test_a_zip_says_what_went_meanwhile(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, count="2")
    storage.remove([Output.objects.get(task=task_id, index=0).file])
    answer = sign_in(alice).post("/studio/zip", {"ids": [str(task_id)]})
    with ZipFile(BytesIO(body(answer))) as archive:
        assert len(archive.namelist()) == 2
        assert archive.read("missing.txt").decode().strip().endswith("-00.png")


# ── refusals ──


def test_too_many_for_one_zip(alice: Person, sign_in, paint, monkeypatch) -> None:
    task_id = paint(alice, count="3")
    monkeypatch.setattr(zipping, "MOST_PICTURES", 2)
    answer = sign_in(alice).post("/studio/zip", {"ids": [str(task_id)]})
    assert answer.status_code == 413
    assert "At most 2 pictures" in answer.content.decode()
    many = [str(uuid4()) for _ in range(3)]
    assert sign_in(alice).post("/studio/zip", {"ids": many}).status_code == 413


def test_too_large_for_one_zip(alice: Person, sign_in, paint, monkeypatch) -> None:
    monkeypatch.setattr(zipping, "MOST_BYTES", 10)
    assert sign_in(alice).post("/studio/zip", {"ids": [str(paint(alice))]}).status_code == 413


def test_an_empty_zip_is_none(alice: Person, sign_in, paint) -> None:
    for ids in ([], [paint(alice, work=False)]):
        assert sign_in(alice).post("/studio/zip", {"ids": ids}).status_code == 422


def test_what_names_no_picture(alice: Person, sign_in, paint) -> None:
    task, client = paint(alice), sign_in(alice)
    for text in ("x", f"{task}/", f"{task}/x", f"{task}/-1", f"{task}/0/0", f"{task}/٣"):
        assert client.post("/studio/zip", {"ids": [text]}).status_code == 404


def test_one_of_another_spoils_the_zip(alice: Person, charlie: Person, sign_in, paint) -> None:
    ids = [str(paint(alice)), str(paint(charlie))]
    assert sign_in(alice).post("/studio/zip", {"ids": ids}).status_code == 404


def test_nothing_hidden_or_blocked_is_packed(alice: Person, sign_in, paint) -> None:
    task_id = paint(alice, count="2")
    Output.objects.filter(index=0).update(state="blocked", quarantine_until=timezone.now())
    answer = sign_in(alice).post("/studio/zip", {"ids": [str(task_id)]})
    with ZipFile(BytesIO(body(answer))) as archive:
        assert len(archive.namelist()) == 1
    Task.objects.update(hidden_at=timezone.now())
    assert sign_in(alice).post("/studio/zip", {"ids": [str(task_id)]}).status_code == 404


def test_no_other_format(alice: Person, sign_in, paint) -> None:
    assert sign_in(alice).get(f"/studio/tasks/{paint(alice)}/0/file?format=bmp").status_code == 404


def test_an_animation_plays_and_stays_what_it_is(alice: Person, sign_in, paint) -> None:
    task_id, client = paint(alice), sign_in(alice)
    assert "data-play" not in client.get(f"/studio/tasks/{task_id}/0").content.decode()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    film = BytesIO()
    frames[0].save(film, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    output = Output.objects.get(task=task_id)
    storage.write(output.file, film.getvalue())
    Output.objects.filter(pk=output.pk).update(format="webp", size=len(film.getvalue()))

    html = client.get(f"/studio/tasks/{task_id}/0").content.decode()
    assert re.search(r'<source srcset="[^"]+" media="\(prefers-reduced-motion: reduce\)"', html)
    assert "data-play" in html and 'name="format" value="png"' not in html
    file = f"/studio/tasks/{task_id}/0/file"
    assert Image.open(BytesIO(body(client.get(file)))).n_frames == 2
    assert client.get(f"{file}?format=png").status_code == 422


def test_what_only_begins_like_a_film_does_not_move() -> None:
    assert not picture_file.is_moving(encoded("webp"))
    assert not picture_file.is_moving(b"RIFF")
