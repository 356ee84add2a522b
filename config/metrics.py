"""/metrics for Prometheus, read from the database at each scrape: the same from every process.

Open to the machine itself; to others with ``Authorization: Bearer EASEL_METRICS_TOKEN``.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.client_ip import client_ip

LOCAL = ("127.0.0.1", "::1")


def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        return HttpResponse("forbidden", status=403, content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(_Database())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    expected = settings.EASEL_METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if expected and constant_time_compare(given, f"Bearer {expected}"):
        return True
    # A proxy on this machine makes the whole world local: what it forwards needs the token.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return client_ip(request) in LOCAL and not expected and not forwarded


class _Database(Collector):
    def describe(self) -> Iterator[Metric]:
        return iter(())  # nothing is read when the registry is built

    def collect(self) -> Iterator[Metric]:
        yield from map(_family, _QUERIES)


def _family(query: tuple[str, str, list[str], str]) -> Metric:
    name, text, labels, sql = query
    family = GaugeMetricFamily(name, text, labels=labels)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for *values, number in cursor.fetchall():
            family.add_metric([str(value) for value in values], float(number))
    return family


_QUERIES: list[tuple[str, str, list[str], str]] = [
    (
        "easel_tasks_unfinished",
        "Unfinished tasks by kind and state",
        ["kind", "state"],
        """SELECT kind, state, count(*) FROM generation_task
           WHERE state IN ('uploading', 'queued', 'claimed', 'running')
           GROUP BY kind, state""",
    ),
    (
        "easel_tasks_finished_hour",
        "Tasks that ended in the last hour, by state and error",
        ["state", "error"],
        """SELECT state, error_code, count(*) FROM generation_task
           WHERE created_at > now() - interval '1 day'
             AND finished_at > now() - interval '1 hour' GROUP BY state, error_code""",
    ),
    (
        "easel_queue_age_seconds",
        "Age of the oldest queued task",
        [],
        """SELECT COALESCE(extract(epoch FROM now() - min(created_at)), 0)
           FROM generation_task WHERE state = 'queued'""",
    ),
    (
        "easel_backend_up",
        "1: the backend may be given tasks",
        ["backend"],
        """SELECT name, (enabled AND is_up AND NOT draining
           AND (open_until IS NULL OR open_until <= now()))::int FROM generation_backend""",
    ),
    (
        "easel_backend_slots",
        "Generations at once",
        ["backend"],
        "SELECT name, slots FROM generation_backend",
    ),
    (
        "easel_backend_busy",
        "Slots in use",
        ["backend"],
        """SELECT b.name, count(t.id) FROM generation_backend b
           LEFT JOIN generation_task t
             ON t.backend_id = b.id AND t.state IN ('claimed', 'running') GROUP BY b.name""",
    ),
    (
        "easel_workers",
        "Workers of living clusters",
        ["kind"],
        """SELECT kind, sum(workers) FROM generation_clusterbeat
           WHERE beat_at > now() - interval '10 seconds' GROUP BY kind""",
    ),
    (
        "easel_deliveries",
        "Callbacks that are not delivered yet, by state",
        ["state"],
        """SELECT state, count(*) FROM generation_delivery
           WHERE state IN ('due', 'sending') GROUP BY state""",
    ),
    (
        "easel_outputs_quarantined",
        "Blocked pictures that wait for review",
        [],
        "SELECT count(*) FROM generation_output WHERE state = 'blocked'",
    ),
]
