"""What an operator does for people in the admin: a new password, lost second factors."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from accounts.authentication import authenticate
from accounts.errors import Unauthenticated
from accounts.models import User
from tests.accounts.conftest import Ask
from tests.people import Person

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"


def operator(**rights: bool) -> Client:
    client = Client()
    user = User.objects.create_user("op@example.com", is_staff=True, **rights)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def remove(client: Client, user: User) -> None:
    client.post(USERS, {"action": "remove_factors", "_selected_action": [user.pk]})


def test_lost_factors_are_removed_with_sessions_and_tokens(alice: Person, ask: Ask) -> None:
    RecoveryCodes.activate(alice.user)
    token = ask({"Authorization": f"Bearer {alice.jwt}"})
    remove(operator(is_superuser=True), alice.user)
    assert not Authenticator.objects.filter(user=alice.user).exists()
    with pytest.raises(Unauthenticated):
        authenticate(token)


def test_a_new_password_ends_the_tokens(alice: Person, ask: Ask) -> None:
    token = ask({"Authorization": f"Bearer {alice.jwt}"})
    new = "eight blue plums"
    form = {"password1": new, "password2": new, "usable_password": "true"}
    operator(is_superuser=True).post(f"{USERS}{alice.user.pk}/password/", form)
    assert User.objects.get(pk=alice.user.pk).check_password(new)
    with pytest.raises(Unauthenticated):
        authenticate(token)


def test_lesser_staff_removes_none_of_a_superuser(alice: Person) -> None:
    from django.contrib.auth.models import Permission

    RecoveryCodes.activate(alice.user)
    User.objects.filter(pk=alice.user.pk).update(is_superuser=True)
    client = operator()
    staff = User.objects.get(email="op@example.com")
    staff.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    remove(client, alice.user)
    assert Authenticator.objects.filter(user=alice.user).exists()


def test_whoever_is_no_staff_comes_nowhere(alice: Person, bob: Person) -> None:
    RecoveryCodes.activate(alice.user)
    client = Client()
    client.force_login(bob.user, backend="django.contrib.auth.backends.ModelBackend")
    remove(client, alice.user)
    assert Authenticator.objects.filter(user=alice.user).exists()
