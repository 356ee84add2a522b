from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts import groups, keys
from accounts.authentication import authenticate
from accounts.errors import Unauthenticated
from accounts.models import ApiKey, Entry, KeyKind, Plan, Tenant, TrailEntry, User
from tests.accounts.conftest import Ask
from tests.people import Person

pytestmark = pytest.mark.usefixtures("plain_pages")
MODELS = ["tenant", "user", "membership", "apikey", "balance", "entry"]


@pytest.fixture
def operator(db: None, client: Client) -> Client:
    client.force_login(
        User.objects.create_superuser("op@example.com"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:accounts_{name}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_lists_open(operator: Client, alice: Person, model: str) -> None:
    answer = operator.get(page(f"{model}_changelist"), {"q": "studio"})
    assert answer.status_code == 200


@pytest.mark.parametrize("model", ["tenant", "user", "membership", "apikey"])
def test_forms_open(operator: Client, alice: Person, model: str) -> None:
    pk = {
        "tenant": alice.tenant.pk,
        "user": alice.user.pk,
        "membership": alice.user.memberships.get().pk,
        "apikey": alice.key.pk,
    }[model]
    assert operator.get(page(f"{model}_change", pk)).status_code == 200
    assert operator.get(page(f"{model}_add")).status_code == 200


def form_of(operator: Client, url: str) -> dict[str, Any]:
    """What a browser would send back without a change."""
    form = operator.get(url).context["adminform"].form
    values = {field.html_name: field.value() for field in form}
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


def test_a_new_key_is_shown_once(operator: Client, alice: Person, ask: Ask) -> None:
    url = page("apikey_add")
    values = form_of(operator, url) | {
        "tenant": alice.tenant.pk,
        "user": alice.user.pk,
        "kind": "api_token",
    }
    shown = operator.post(url, values, follow=True).content.decode()
    token = re.search(r"easel_[0-9a-f]{16}_[0-9a-f]{64}", shown)
    assert token is not None
    assert authenticate(ask({"Authorization": f"Bearer {token[0]}"})).user_id == alice.user.pk
    assert token[0] not in operator.get(page("apikey_changelist")).content.decode()


def test_an_open_door_needs_addresses(operator: Client, alice: Person) -> None:
    url = page("apikey_add")
    door = {"tenant": alice.tenant.pk, "user": alice.user.pk, "kind": "open_sdtest"}
    refused = operator.post(url, form_of(operator, url) | door).content.decode()
    assert "needs the IP ranges" in refused
    operator.post(url, form_of(operator, url) | door | {"ip_ranges": "198.51.100.0/24"})
    assert ApiKey.objects.get(kind="open_sdtest").secret_hash == ""


def act(operator: Client, model: str, action: str, pk: int) -> str:
    answer = operator.post(
        page(f"{model}_changelist"), {"action": action, "_selected_action": pk}, follow=True
    )
    return answer.content.decode()


def test_rotating_shows_the_new_secret(operator: Client, alice: Person) -> None:
    assert "the secret is" in act(operator, "apikey", "rotate", alice.key.pk)
    assert ApiKey.objects.get(pk=alice.key.pk).revoked_at is not None


def test_a_revoked_key_cannot_be_rotated(operator: Client, alice: Person) -> None:
    keys.revoke(alice.key)
    assert "cannot be rotated" in act(operator, "apikey", "rotate", alice.key.pk)


def test_revoking_works_at_once(operator: Client, alice: Person, ask: Ask) -> None:
    authenticate(ask(alice.headers))
    act(operator, "apikey", "revoke", alice.key.pk)
    with pytest.raises(Unauthenticated):
        authenticate(ask(alice.headers))


def test_tokens_of_a_user_are_revoked(operator: Client, alice: Person, ask: Ask) -> None:
    token = alice.jwt
    act(operator, "user", "revoke_tokens", alice.user.pk)
    with pytest.raises(Unauthenticated):
        authenticate(ask({"Authorization": token}))


def test_no_secret_and_no_hash_is_on_a_page(operator: Client, alice: Person) -> None:
    shown = operator.get(page("apikey_change", alice.key.pk)).content.decode()
    assert alice.secret not in shown
    assert alice.key.secret_hash not in shown


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", ["add", "change", "delete"])
def test_the_books_are_only_read(operator: Client, alice: Person, what: str) -> None:
    entry = Entry.objects.for_tenant(alice.tenant).get()
    args = () if what == "add" else (entry.pk,)
    assert operator.post(page(f"entry_{what}", *args), {"amount": 1}).status_code == 403


def test_a_tenant_is_not_deleted_here(operator: Client, alice: Person) -> None:
    answer = operator.post(page("tenant_delete", alice.tenant.pk), {"post": "yes"})
    assert answer.status_code == 403
    assert Tenant.objects.filter(pk=alice.tenant.pk).exists()


def test_the_test_users_kind_is_not_offered(operator: Client, db: None) -> None:
    form = operator.get(page("apikey_add")).context["adminform"].form
    assert KeyKind.TEST_TOKEN not in dict(form.fields["kind"].choices)


def test_an_owner_of_a_tenant_is_no_operator(client: Client, alice: Person) -> None:
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page("tenant_changelist")).status_code == 302


# ── Plans and groups ─────────────────────────────────────────────────────────────────────────
def test_a_tenant_is_put_on_a_plan(operator: Client, alice: Person) -> None:
    plan = Plan.objects.create(name="Small", max_concurrent=2, price_percent=120)
    data = {"action": f"plan_{plan.pk}", "_selected_action": alice.tenant.pk}
    said = operator.post(page("tenant_changelist"), data, follow=True).content.decode()
    assert "1 tenant was changed." in said
    alice.tenant.refresh_from_db()
    assert (alice.tenant.max_concurrent, alice.tenant.price_percent) == (2, 120)
    assert alice.tenant.plan == plan
    assert TrailEntry.objects.get().before["max_concurrent"] == 16


def test_a_changed_plan_is_applied_when_it_is_asked_for(operator: Client, alice: Person) -> None:
    plan = Plan.objects.create(name="Small", max_concurrent=2)
    Tenant.objects.filter(pk=alice.tenant.pk).update(plan=plan)
    act(operator, "plan", "apply_again", plan.pk)
    alice.tenant.refresh_from_db()
    assert alice.tenant.max_concurrent == 2


def test_every_permission_of_a_group_exists(db: None) -> None:
    for name, wanted in groups.GROUPS.items():
        for permission in wanted:
            app, _dot, codename = permission.partition(".")
            found = Permission.objects.filter(content_type__app_label=app, codename=codename)
            assert found.exists(), (name, permission)


def test_staff_who_may_look_put_nobody_on_a_plan(client: Client, alice: Person) -> None:
    staff = User.objects.create_user("staff@example.com", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_tenant"))
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    plan = Plan.objects.create(name="Small", max_concurrent=2)
    data = {"action": f"plan_{plan.pk}", "_selected_action": alice.tenant.pk}
    client.post(page("tenant_changelist"), data)
    alice.tenant.refresh_from_db()
    assert alice.tenant.max_concurrent == 16
