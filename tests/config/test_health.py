from __future__ import annotations

import uuid

import pytest
from django.conf import LazySettings
from django.test import Client

from generation.models import ClusterBeat
from tests.generation.house import House
from tests.people import Person


def test_alive_asks_nobody(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


def test_ready_needs_a_cluster(db: None, client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert [each["check"] for each in answer.json()["reasons"]] == ["workers"]
    ClusterBeat.objects.create(id=uuid.uuid4(), kind="generation", host="h", pid=1, workers=4)
    assert client.get("/readyz").status_code == 200


def test_metrics_tell_tasks_and_backends(house: House, alice: Person, client: Client) -> None:
    house.draw(alice)
    text = client.get("/metrics").content.decode()
    assert 'easel_tasks_unfinished{kind="image",state="queued"} 1.0' in text
    assert 'easel_backend_up{backend="fake"} 1.0' in text


def test_metrics_with_a_token(db: None, client: Client, settings: LazySettings) -> None:
    settings.EASEL_METRICS_TOKEN = "s3cret"
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize(
    "where", [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}]
)
def test_metrics_are_not_for_strangers(db: None, client: Client, where: dict[str, str]) -> None:
    assert client.get("/metrics", **where).status_code == 403  # type: ignore[arg-type]


def test_a_monitor_may_ask_for_the_head_of_the_page(db: None, client: Client) -> None:
    assert client.head("/").status_code == 302  # to the sign-in
