from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from catalog import access
from catalog.models import Checkpoint, Lora

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
