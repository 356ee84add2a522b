from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog import access
from catalog.models import Checkpoint, Lora, Price

MODELS = [model._meta.model_name for model in apps.get_app_config("catalog").get_models()]


@pytest.fixture
def operator(catalog: None, client: Client) -> Client:
    user = get_user_model().objects.create_superuser(
        email="operator@example.com", password="correct horse"
    )
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def change(client: Client, entry: Checkpoint, **fields: str) -> None:
    """Saves the entry's change form as a browser would, with some fields set otherwise."""
    url = reverse("admin:catalog_checkpoint_change", args=[entry.pk])
    form = client.get(url).context["adminform"].form
    posted = {
        name: value
        for name in form.fields
        if (value := form[name].value()) not in (None, False, [])
    } | fields
    response = client.post(url, {name: value for name, value in posted.items() if value != "off"})
    assert response.status_code == 302, response.context["errors"]
    entry.refresh_from_db()


@pytest.mark.parametrize("model", MODELS)
def test_each_list_opens_and_searches(
    operator: Client, backend_has: Callable[..., object], model: str
) -> None:
    backend_has(checkpoints=["a"], samplers=["Restart"])
    url = reverse(f"admin:catalog_{model}_changelist")
    assert operator.get(url).status_code == 200
    assert operator.get(url, {"q": "a"}).status_code == 200


@pytest.mark.parametrize("model", [model for model in MODELS if model != "presence"])
def test_each_form_opens(operator: Client, model: str) -> None:
    assert operator.get(reverse(f"admin:catalog_{model}_add")).status_code == 200


def test_a_list_asks_as_many_queries_for_ten_rows_as_for_one(
    operator: Client, django_assert_max_num_queries: Callable[..., object], alice: int
) -> None:
    for n in range(10):
        Lora.objects.create(tenant_id=alice, name=f"lora-{n}")
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        operator.get(reverse("admin:catalog_lora_changelist"))


def test_online_set_by_hand_no_longer_follows_the_backends(
    operator: Client, backend_has: Callable[..., object]
) -> None:
    backend_has(checkpoints=["a"])
    entry = Checkpoint.objects.get(name="a")
    change(operator, entry, online="off")
    assert (entry.online, entry.follows_backends) == (False, False)
    change(operator, entry, follows_backends="on")
    assert (entry.online, entry.follows_backends) == (True, True)


def test_a_change_is_seen_at_once(operator: Client, backend_has: Callable[..., object]) -> None:
    backend_has(checkpoints=["a"])
    assert access.resolve_checkpoint(None, "Dawn") is None
    change(operator, Checkpoint.objects.get(name="a"), title="Dawn")
    assert access.resolve_checkpoint(None, "Dawn") is not None


def test_a_title_edit_leaves_online_to_the_backends(
    operator: Client, backend_has: Callable[..., object]
) -> None:
    backend_has(checkpoints=["a"])
    entry = Checkpoint.objects.get(name="a")
    change(operator, entry, title="Dawn")
    assert (entry.title, entry.online, entry.follows_backends) == ("Dawn", True, True)


@pytest.mark.parametrize(
    ("action", "online", "follows"),
    [("put_online", True, False), ("take_offline", False, False), ("follow_backends", False, True)],
)
def test_actions(operator: Client, action: str, online: bool, follows: bool) -> None:
    entry = Checkpoint.objects.create(name="a")
    operator.post(
        reverse("admin:catalog_checkpoint_changelist"),
        {"action": action, "_selected_action": [entry.pk]},
    )
    entry.refresh_from_db()
    assert (entry.online, entry.follows_backends) == (online, follows)


def test_nobody_enters_a_presence_by_hand(operator: Client) -> None:
    assert operator.get(reverse("admin:catalog_presence_add")).status_code == 403


def test_a_stranger_sees_no_list(catalog: None, client: Client) -> None:
    assert client.get(reverse("admin:catalog_lora_changelist")).status_code == 302


# ── Covers ───────────────────────────────────────────────────────────────────────────────────
def upload(client: Client, entry: Checkpoint, data: bytes) -> Any:
    url = reverse("admin:catalog_checkpoint_change", args=[entry.pk])
    form = client.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value not in (None, False, [])}
    return client.post(url, sent | {"cover_file": SimpleUploadedFile("c.png", data)})


def painted(colour: str = "teal") -> bytes:
    out = BytesIO()
    Image.new("RGB", (900, 600), colour).save(out, "PNG")
    return out.getvalue()


def test_a_cover_is_kept_small_served_and_cleared(
    operator: Client, settings: LazySettings, tmp_path: Path
) -> None:
    kept_in(settings, tmp_path)
    entry = Checkpoint.objects.create(name="a", upload_status=2)
    assert upload(operator, entry, painted()).status_code == 302
    entry.refresh_from_db()
    answer = Client().get(entry.cover_url)
    picture = Image.open(BytesIO(answer.getvalue()))
    assert (picture.format, max(picture.size)) == ("WEBP", 640)
    assert entry.cover_url in operator.get("/admin/catalog/checkpoint/").content.decode()
    change(operator, entry, clear_cover="on")
    assert entry.cover_url == ""
    assert not list(tmp_path.rglob("*.webp"))


def test_a_cover_that_another_entry_has_stays(
    operator: Client, settings: LazySettings, tmp_path: Path
) -> None:
    kept_in(settings, tmp_path)
    first, second = (Checkpoint.objects.create(name=name, upload_status=2) for name in "ab")
    for entry in (first, second):
        upload(operator, entry, painted())
    first.refresh_from_db()
    change(operator, first, clear_cover="on")
    second.refresh_from_db()
    answer = Client().get(second.cover_url)
    assert (answer.status_code, len(answer.getvalue()) > 100) == (200, True)


@pytest.mark.parametrize("data", [b"no picture", b"GIF89a" + b"\0" * 40, painted()[:200]])
def test_what_is_no_picture_is_no_cover(
    operator: Client, settings: LazySettings, tmp_path: Path, data: bytes
) -> None:
    kept_in(settings, tmp_path)
    entry = Checkpoint.objects.create(name="a", upload_status=2)
    assert upload(operator, entry, data).status_code == 200
    assert not list(tmp_path.rglob("*.webp"))


def kept_in(settings: LazySettings, folder: Path) -> None:
    place = {"location": folder, "base_url": None}
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": place}
    settings.STORAGES = settings.STORAGES | {"default": files}


def test_a_price_shows_what_it_comes_to(operator: Client) -> None:
    rule = Price.objects.create(kind="image", per_megapixel_step=200)
    page = operator.get(reverse("admin:catalog_price_change", args=[rule.pk])).content.decode()
    assert "one picture, 512 × 512, 20 steps</td><td class='num'>1</td>" in page


def test_adult_is_marked_in_bulk(operator: Client) -> None:
    entry = Checkpoint.objects.create(name="a")
    for action, marked in (("mark_adult", True), ("mark_for_all", False)):
        data = {"action": action, "_selected_action": [entry.pk]}
        operator.post(reverse("admin:catalog_checkpoint_changelist"), data)
        entry.refresh_from_db()
        assert entry.is_adult is marked
