from __future__ import annotations

import hashlib
import struct
import zlib
from base64 import b64decode
from io import BytesIO

import pytest
from django.core.files.storage import Storage
from django.test import override_settings
from PIL import Image

from generation import storage
from generation.errors import BackendError, InvalidRequest, NotFound, StorageFailed
from generation.picture_file import UnreadablePicture, load
from generation.storage import AiLabel, keep
from tests.generation.painting import encode, encoded, picture, pixels

STEM = "outputs/7/2026-11-21/abc-0"


@pytest.fixture(params=["png", "jpg", "webp"])
def fmt(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def kept(data: bytes, fmt: str, label: AiLabel, **options: bool) -> storage.Kept:
    return keep(data, fmt, stem=STEM, parameters="a cat\nSteps: 1", label=label, **options)


def test_it_works(files: Storage, label: AiLabel, fmt: str) -> None:
    data = encoded(fmt)
    row = kept(data, fmt, label)
    stored = storage.open_stored(row.file)
    assert (row.format, row.width, row.height) == (fmt, 96, 64)
    assert (row.size, row.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert (pixels(stored) == pixels(data)).all()
    assert storage.read_label(stored) == label
    assert storage.read_parameters(stored) == "a cat\nSteps: 1"


def test_only_the_announced_names_are_written(files: Storage, label: AiLabel, fmt: str) -> None:
    row = kept(encoded(fmt), fmt, label)
    assert [row.file, row.thumbnail] == storage.file_names(STEM, fmt)
    assert sorted(files.listdir("outputs/7/2026-11-21")[1]) == [
        name.rpartition("/")[2] for name in sorted((row.file, row.thumbnail))
    ]


@pytest.mark.parametrize("size", [(1024, 512), (100, 900), (40, 40)])
def test_the_thumbnail_is_webp_of_256_at_most(
    files: Storage, label: AiLabel, fmt: str, size: tuple[int, int]
) -> None:
    row = kept(encode(picture(*size), fmt), fmt, label)
    thumb = Image.open(BytesIO(storage.open_stored(row.thumbnail)))
    assert thumb.format == "WEBP"
    assert max(thumb.size) == min(256, max(size))
    assert (row.width, row.height) == size
    assert thumb.width / thumb.height == pytest.approx(size[0] / size[1], rel=0.03)


def test_the_thumbnail_keeps_transparency(files: Storage, label: AiLabel) -> None:
    row = kept(encode(picture(mode="RGBA"), "png"), "png", label)
    assert Image.open(BytesIO(storage.open_stored(row.thumbnail))).mode == "RGBA"


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "I;16"])
def test_pictures_of_any_mode_are_kept(files: Storage, label: AiLabel, mode: str) -> None:
    image = Image.new("I;16", (40, 30)) if mode == "I;16" else picture().convert(mode)
    assert kept(encode(image), "png", label).thumbnail


def test_the_placeholder_is_a_tiny_data_uri(files: Storage, label: AiLabel) -> None:
    noise = picture(512, 512, seed=3)
    uri = kept(encode(noise), "png", label).placeholder
    assert len(uri) <= 400
    head, _comma, body = uri.partition(",")
    assert head == "data:image/webp;base64"
    assert max(Image.open(BytesIO(b64decode(body))).size) <= 16


def test_a_picture_for_quarantine_has_no_small_companions(files: Storage, label: AiLabel) -> None:
    row = kept(encoded(), "png", label, thumbnail=False)
    assert (row.thumbnail, row.placeholder) == ("", "")
    assert files.listdir("outputs/7/2026-11-21")[1] == ["abc-0.png"]


def test_the_visible_mark_is_drawn_in_the_corner(files: Storage, label: AiLabel, fmt: str) -> None:
    ground = Image.new("RGB", (400, 300), (90, 120, 60))
    stored = storage.open_stored(kept(encode(ground, fmt), fmt, label, visible_mark=True).file)
    changed = abs(pixels(stored).astype(int) - (90, 120, 60)).max(axis=2) > 60
    rows, columns = changed.any(axis=1).nonzero()[0], changed.any(axis=0).nonzero()[0]
    assert rows.min() > 270 and columns.min() > 330  # and nothing anywhere else
    assert rows.max() - rows.min() >= 15 - 2  # GB 45438-2025: 5 % of the shortest side
    assert storage.read_label(stored) == label


def test_the_mark_keeps_what_the_server_wrote(files: Storage, label: AiLabel) -> None:
    served = storage.open_stored(kept(encoded("jpg"), "jpg", label).file)
    row = keep(served, "jpg", stem="outputs/x", parameters="ours", label=label, visible_mark=True)
    assert storage.read_parameters(storage.open_stored(row.file)) == "a cat\nSteps: 1"


def test_a_second_attempt_of_one_name_overwrites(files: Storage, label: AiLabel) -> None:
    kept(encoded(), "png", label)
    row = kept(encode(picture(seed=9)), "png", label)
    assert hashlib.sha256(storage.open_stored(row.file)).hexdigest() == row.sha256
    assert len(files.listdir("outputs/7/2026-11-21")[1]) == 2


def test_another_format_than_said_is_refused(files: Storage, label: AiLabel, fmt: str) -> None:
    other = {"png": "jpg", "jpg": "webp", "webp": "png"}[fmt]
    with pytest.raises(BackendError, match=f"not a {fmt} file"):
        kept(encoded(other), fmt, label)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95, 0.999])
def test_a_truncated_file_is_refused(
    files: Storage, label: AiLabel, fmt: str, share: float
) -> None:
    data = encode(picture(300, 200), fmt)
    with pytest.raises(BackendError, match="no usable picture"):
        kept(data[: int(len(data) * share)], fmt, label)
    assert not files.exists(f"{STEM}.{fmt}")


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_is_refused(files: Storage, label: AiLabel, data: bytes) -> None:
    with pytest.raises(BackendError):
        kept(data, "png", label)


def bomb(side: int) -> bytes:
    """A PNG that says it has side² pixels and holds none of them."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8200, 11_000, 60_000])
def test_a_decompression_bomb_is_refused_for_its_size(
    files: Storage, label: AiLabel, side: int
) -> None:
    with pytest.raises(BackendError, match="pixels"):
        kept(bomb(side), "png", label)


def test_a_picture_of_just_the_limit_is_decoded() -> None:
    assert load(encode(picture(10, 10)), max_pixels=100).size == (10, 10)
    with pytest.raises(UnreadablePicture, match="10×10 pixels"):
        load(encode(picture(10, 10)), max_pixels=99)


def test_an_input_is_stored_as_it_is(files: Storage) -> None:
    data = encoded("jpg")
    name = storage.store_input(data)
    assert name.startswith("inputs/") and name.endswith(".jpg")
    assert storage.open_stored(name) == data


def test_the_same_input_twice_is_two_files(files: Storage) -> None:
    data = encoded()
    assert storage.store_input(data) != storage.store_input(data)


def test_a_copy_outlives_its_source(files: Storage) -> None:
    name = storage.store_input(encoded())
    copy = storage.copy_input(name)
    storage.remove([name])
    assert storage.open_stored(copy) == encoded()


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a" + b"\0" * 50, encoded()[:-30], bomb(20_000), b"\0" * 20_971_521]
)
def test_a_bad_input_names_its_field(files: Storage, data: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        storage.store_input(data, field="init_images")
    assert caught.value.field == "init_images"


def test_removing_twice_is_no_error(files: Storage, label: AiLabel) -> None:
    row = kept(encoded(), "png", label)
    storage.remove([row.file, row.thumbnail, ""])
    storage.remove([row.file, row.thumbnail])
    with pytest.raises(NotFound):
        storage.open_stored(row.file)


def test_it_works_on_a_disk_too(tmp_path: object, label: AiLabel) -> None:
    disk = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    with override_settings(STORAGES={"default": disk | {"OPTIONS": {"location": str(tmp_path)}}}):
        kept(encoded(), "png", label)
        row = kept(encoded(), "png", label)
        assert row.file == f"{STEM}.png"
        assert storage.size(row.file) == row.size
        storage.chunks(row.file).close()  # a reader that went away before the first byte
        storage.remove([row.file, row.file])


def test_a_storage_that_is_down_is_a_temporary_error(label: AiLabel) -> None:
    nowhere = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    options = {"OPTIONS": {"location": "/proc/nowhere"}}
    down = override_settings(STORAGES={"default": nowhere | options})
    with down, pytest.raises(StorageFailed) as caught:
        kept(encoded(), "png", label)
    assert caught.value.permanent is False
