"""The same storage on a server that speaks S3: no path, no folder, no rename."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone

from config.files import default_storage as configured
from generation import storage
from generation.errors import NotFound, StorageFailed
from generation.retention import sweep_inputs
from generation.storage import AiLabel
from tests.generation.painting import encoded
from tests.generation.storage.buckets import Bucket, a_bucket


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with a_bucket("the-key") as server:
        monkeypatch.setenv("EASEL_S3_BUCKET", "pictures")
        monkeypatch.setenv("EASEL_S3_ENDPOINT", server.url)
        monkeypatch.setenv("EASEL_S3_ACCESS_KEY_ID", "the-key")
        monkeypatch.setenv("EASEL_S3_SECRET_ACCESS_KEY", "the-secret")
        with override_settings(STORAGES={"default": configured(Path("/nowhere"))}):
            yield server


def keep(label: AiLabel) -> storage.Kept:
    return storage.keep(encoded(), "png", stem="outputs/1/a-0", parameters="p", label=label)


def test_a_picture_is_kept_read_and_removed(bucket: Bucket, label: AiLabel) -> None:
    row = keep(label)
    assert sorted(bucket.objects) == sorted([row.file, row.thumbnail])
    assert storage.open_stored(row.file) == bucket.objects[row.file]
    assert storage.size(row.file) == row.size
    assert storage.read_label(storage.open_stored(row.file)) == label
    storage.remove([row.file, row.thumbnail, row.file])
    assert bucket.objects == {}


def test_a_part_is_read(bucket: Bucket, label: AiLabel) -> None:
    row = keep(label)
    part = b"".join(storage.chunks(row.file, 100, 50))
    assert part == bucket.objects[row.file][100:150]


def test_the_same_name_is_overwritten(bucket: Bucket, label: AiLabel) -> None:
    assert keep(label) == keep(label)
    assert len(bucket.objects) == 2


def test_what_is_not_there_is_not_found(bucket: Bucket) -> None:
    with pytest.raises(NotFound):
        storage.open_stored("outputs/none.png")
    with pytest.raises(NotFound):
        storage.size("outputs/none.png")


def test_old_inputs_are_swept(bucket: Bucket) -> None:
    name = storage.store_input(encoded())
    assert sweep_inputs(timezone.now()) == 0
    assert list(bucket.objects) == [name]
    assert sweep_inputs(timezone.now() + timedelta(days=33)) == 1
    assert bucket.objects == {}


def test_a_refusal_is_our_own_temporary_error(bucket: Bucket, label: AiLabel) -> None:
    bucket.access_key = "another"
    with pytest.raises(StorageFailed):
        keep(label)
    with pytest.raises(StorageFailed):
        storage.remove(["outputs/x.png"])
