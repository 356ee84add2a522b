"""What a person chooses becomes an upload of his; a task takes copies."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import ExifTags, Image

from generation import storage
from generation.models import Output, Task, Upload
from generation.studio.sources import keeping
from tests.generation.house import CHECKPOINT
from tests.generation.painting import encode, picture, pixels
from tests.generation.studio.conftest import FRAGMENT
from tests.generation.studio.sources.conftest import Send, file, small

SOURCES = "/studio/sources"


def test_a_picture_is_kept_and_told(alice, sign_in, send):
    client = sign_in(alice)
    told = send(client, small())
    assert (told["width"], told["height"]) == (128, 96)
    assert b"".join(client.get(told["url"]).streaming_content) == small()
    thumbnail = client.get(told["thumbnail"])
    assert thumbnail["Content-Type"] == "image/webp"
    assert "immutable" in thumbnail["Cache-Control"]
    assert client.get(f"{SOURCES}?ids={told['id']}").json()["sources"] == [told]


def test_the_same_bytes_are_one_upload(alice, sign_in, send):
    client = sign_in(alice)
    assert send(client, small())["id"] == send(client, small())["id"]


def test_choosing_again_prolongs(alice, sign_in, send):
    client = sign_in(alice)
    told = send(client, small())
    soon = timezone.now() + timedelta(minutes=1)
    Upload.objects.update(expires_at=soon)
    send(client, small())
    assert Upload.objects.get(pk=told["id"]).expires_at > soon


def test_the_oldest_give_way(alice, sign_in, send, monkeypatch):
    monkeypatch.setattr(keeping, "MOST", 2)
    client = sign_in(alice)
    first, *others = (send(client, small(seed=seed))["id"] for seed in range(3))
    left = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    assert left == set(others)
    assert client.get(f"{SOURCES}?ids={first}").json()["sources"] == []


def test_a_cameras_picture_is_turned_upright(alice, sign_in, send):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # a quarter to the right
    flat = encode(picture(128, 96), "jpg", exif=exif.tobytes())
    told = send(sign_in(alice), flat)
    assert (told["width"], told["height"]) == (96, 128)
    kept = Image.open(BytesIO(storage.open_stored(Upload.objects.get().file)))
    assert kept.getexif().get(ExifTags.Base.Orientation) is None


def test_a_mask_has_its_pictures_size_and_one_channel(alice, sign_in, send):
    client = sign_in(alice)
    init = send(client, small())
    brush = Image.new("RGBA", (64, 48))  # transparent: not painted
    brush.paste("white", (0, 0, 32, 48))
    mask = send(client, encode(brush), like=init["id"])
    assert (mask["width"], mask["height"]) == (128, 96)
    kept = pixels(storage.open_stored(Upload.objects.get(pk=mask["id"]).file))
    assert kept.ndim == 2
    assert kept[48, 16] == 255
    assert kept[48, 112] == 0


def test_a_picture_of_the_history(alice, sign_in, paint, send):
    task = paint(alice)
    told = send(sign_in(alice), source=f"{task}/0")
    output = Output.objects.get()
    assert (told["width"], told["height"]) == (output.width, output.height)
    chooser = sign_in(alice).get(f"{SOURCES}/history").content.decode()
    assert f'data-source="{task}/0"' in chooser


def test_a_task_has_a_copy_of_its_own(alice, sign_in, paint, send):
    client = sign_in(alice)
    told = send(client, small())
    task_id = paint(alice, init=told["id"], work=False)
    stored = Task.objects.get(pk=task_id).image_request.init.image.stored
    assert stored != Upload.objects.get().file
    assert storage.open_stored(stored) == small()


def test_a_refused_task_leaves_no_copy(alice, sign_in, send):
    client = sign_in(alice)
    told = send(client, small())
    before = files()
    answer = client.post(
        "/", {"prompt": "x", "checkpoint": "gone", "init": told["id"]}, headers=FRAGMENT
    )
    assert "unknown" in answer.content.decode().lower()
    assert files() == before


def files() -> set[str]:
    days = storage.input_days()
    return {name for day in days for name in default_storage.listdir(f"{storage.INPUTS}/{day}")[1]}


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"GIF89a, and so on", "not a PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\nbroken", "cannot be used"),
        (b"\x89PNG\r\n\x1a\n" + bytes(storage.MAX_INPUT_BYTES), "larger than 20 MB"),
    ],
)
def test_what_cannot_be_used(alice, sign_in, house, data, said):
    answer = sign_in(alice).post(SOURCES, {"image": file(data)})
    assert answer.status_code == 422
    assert said in answer.json()["error"]
    assert not Upload.objects.exists()


def test_a_bomb_costs_nothing(alice, sign_in, house):
    bomb = BytesIO()
    Image.fromarray(np.zeros((9000, 9000), np.uint8)).convert("1").save(bomb, "PNG")
    answer = sign_in(alice).post(SOURCES, {"image": file(bomb.getvalue())})
    assert answer.status_code == 422
    assert "pixels" in answer.json()["error"]


def test_nothing_at_all(alice, sign_in, house):
    assert sign_in(alice).post(SOURCES, {}).status_code == 422


def test_anothers_pictures_are_not_there(alice, charlie, sign_in, paint, send):
    told = send(sign_in(alice), small())
    task = paint(alice)
    stranger = sign_in(charlie)
    for upload_id in (told["id"], uuid4()):
        assert stranger.get(f"{SOURCES}?ids={upload_id}").json() == {"sources": []}
        assert stranger.get(f"{SOURCES}/{upload_id}/picture").status_code == 404
        sent = {"image": file(small()), "like": upload_id}
        assert stranger.post(SOURCES, sent).status_code == 404
    for source in (f"{task}/0", f"{uuid4()}/0", f"{task}/9", f"{task}", "nonsense"):
        assert stranger.post(SOURCES, {"source": source}).status_code == 404
    assert sign_in(alice).post(SOURCES, {"source": f"{task}/9"}).status_code == 404


def test_a_viewer_sends_nothing(alice, sign_in, house):
    alice.user.memberships.update(role="viewer")
    assert sign_in(alice).post(SOURCES, {"image": file(small())}).status_code == 422


def test_who_did_not_sign_in_is_sent_to_do_so(client, db):
    for path in (SOURCES, f"{SOURCES}/history", f"{SOURCES}/{uuid4()}/picture"):
        assert client.get(path).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_without_scripts_the_form_carries_its_files(send: Send, alice, sign_in) -> None:
    client, form = sign_in(alice), {"prompt": "a boat", "checkpoint": CHECKPOINT, "steps": "2"}
    html = client.get("/").content.decode()
    for name in ("init_file", "mask_file"):
        assert f'type="file" name="{name}"' in html
    assert 'formenctype="multipart/form-data"' in html
    both = {"init_file": file(small()), "mask_file": file(small(64, 64), "m.png")}
    assert client.post("/", form | both).status_code == 302
    request = Task.objects.get().image_request
    assert request.init and request.mask
    assert storage.open_stored(request.init.image.stored) == small()


def test_a_file_that_is_no_picture_is_refused_at_its_field(send: Send, alice, sign_in) -> None:
    form = {"prompt": "a boat", "checkpoint": CHECKPOINT, "init_file": file(b"no picture")}
    answer = sign_in(alice).post("/", form)
    assert answer.status_code == 200
    told = answer.content.decode().partition('id="error-init"')[2].partition("</p>")[0]
    assert "PNG" in told
    assert not Task.objects.exists()
