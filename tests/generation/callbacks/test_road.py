"""The whole ladder in compressed time, dead receivers beside living ones, and a killed sender."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from generation import egress
from generation.callbacks import claim
from generation.models import Delivery
from generation.models.delivery import DeliveryState
from tests.generation.callbacks.conftest import Cluster
from tests.generation.receivers import Receiver, Says, Seen

Deliver = Callable[..., Delivery]


def count(state: str) -> int:
    return Delivery.objects.filter(state=state).count()


def test_eleven_requests_and_then_no_more(
    deliver: Deliver, cluster: Cluster, settings: LazySettings
) -> None:
    settings.EASEL_CALLBACK_TIME_SCALE = 0.0002
    with Receiver(Says(500)) as there:
        row = deliver(there.url)
        cluster.until(lambda: count("given_up") == 1)
        row.refresh_from_db()
        assert (row.state, row.attempt) == (DeliveryState.GIVEN_UP, 11)
        assert claim.seconds_to_next_due() is None and not cluster.step()
    attempts = [int(seen.headers["x-callback-attempt"]) for seen in there.seen]
    assert attempts == list(range(1, 12))
    assert {seen.headers["x-callback-id"] for seen in there.seen} == {str(row.pk)}
    gaps = [b.at - a.at for a, b in zip(there.seen, there.seen[1:], strict=False)]
    assert all(gap >= 3600 * 0.0002 for gap in gaps[6:])


def test_a_receiver_that_comes_back_is_told(
    deliver: Deliver, cluster: Cluster, settings: LazySettings
) -> None:
    settings.EASEL_CALLBACK_TIME_SCALE = 0.01

    def third_time(seen: Seen) -> Says:
        return Says() if seen.headers["x-callback-attempt"] == "3" else Says(503)

    with Receiver(third_time) as there:
        row = deliver(there.url)
        cluster.until(lambda: count("delivered") == 1)
    row.refresh_from_db()
    assert row.attempt == 3 == len(there.seen)


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_hanging_receivers_delay_nobody(
    deliver: Deliver,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """40 deliveries to receivers that hang until all of 60 younger ones have arrived elsewhere."""
    monkeypatch.setitem(egress.post_json.__kwdefaults__, "timeout", 100.0)
    arrived = threading.Event()

    def hang(seen: Seen) -> Says:
        arrived.wait(100)
        return Says(500)

    with ExitStack() as open_doors:
        dead = [open_doors.enter_context(Receiver(hang)) for _ in range(4)]
        living = open_doors.enter_context(Receiver())
        before = connections()
        later = timezone.now() + timedelta(hours=1)
        rows = [deliver(dead[number % 4].url, due_at=later) for number in range(40)]
        rows += [deliver(living.url, due_at=later) for number in range(60)]
        soon = timezone.now()
        for number, row in enumerate(rows):
            row.due_at = soon + timedelta(milliseconds=10 * max(number - 40, 0))
        Delivery.objects.bulk_update(rows, ["due_at"])
        cluster.until(lambda: count("delivered") == 60, seconds=90)
        assert len(living.seen) == 60
        assert count("sending") + count("due") == 40 and count("sending")
        assert connections() < before + 10
        arrived.set()
        cluster.settle()
    delivered = Delivery.objects.filter(state="delivered").values_list("lateness_ms", flat=True)
    late = sorted(lateness for lateness in delivered if lateness is not None)
    p50, p99 = statistics.median(late), late[int(len(late) * 0.99)]
    with capsys.disabled():
        print(f"\nlateness beside 40 hanging receivers: p50 {p50:g} ms, p99 {p99} ms")


SENDER = """
import django, sys
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.EASEL_EGRESS_ALLOW = ["127.0.0.1"]
from uuid import uuid4
from generation.callbacks import claim, send
found = claim.claim_one(uuid4())
send.run(str(found.delivery_id), str(found.lease_token)).result()
"""


def test_a_killed_sender_is_no_lost_callback(
    deliver: Deliver, cluster: Cluster, settings: LazySettings
) -> None:
    """Killed while the receiver thinks: the lease runs out, and it is sent again."""

    def slow_at_first(seen: Seen) -> Says:
        return Says(after=30.0 if seen.headers["x-callback-attempt"] == "1" else 0.0)

    with Receiver(slow_at_first) as there:
        row = deliver(there.url)
        name = connection.settings_dict["NAME"]
        sender = subprocess.Popen(
            [sys.executable, "-c", SENDER, name],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        )
        deadline = time.monotonic() + 30
        while not there.seen and time.monotonic() < deadline:
            time.sleep(0.05)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        row.refresh_from_db()
        assert (row.state, row.attempt) == (DeliveryState.SENDING, 1)
        assert claim.requeue_lapsed(row.lease_until + timedelta(seconds=1)) == []
        cluster.once(row)
    assert row.state == DeliveryState.DELIVERED
    assert [seen.headers["x-callback-attempt"] for seen in there.seen] == ["1", "2"]
