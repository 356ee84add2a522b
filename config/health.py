"""Alive, ready, and how it goes: what a load balancer and Prometheus ask."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from functools import cache

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import CollectorRegistry

from accounts.client_ip import client_ip
from generation.states import TaskState

_FRESH = "interval '5 seconds'"  # clusters beat each second


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nobody: a database that is away is no reason to restart us."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """503 with the reasons while this installation could not do what it is asked."""
    reasons = []
    for name, check in _CHECKS.items():
        try:
            if (reason := check()) is not None:
                reasons.append({"check": name, "reason": reason})
        except DatabaseError:
            reasons.append({"check": name, "reason": "the database does not answer"})
            break
    status = "not ready" if reasons else "ready"
    return JsonResponse({"status": status, "reasons": reasons}, status=503 if reasons else 200)


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def _migrations() -> str | None:
    return None if _migrated() else "migrations are not applied"


def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _workers() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM generation_clusterbeat "
            f"WHERE kind = 'generation' AND beat_at > now() - {_FRESH})"
        )
        found = cursor.fetchone()[0]
    return None if found else "no generation cluster is alive"


_CHECKS: dict[str, Callable[[], str | None]] = {
    "database": _database,
    "migrations": _migrations,
    "workers": _workers,
}


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text. For this machine, or with ``Authorization: Bearer`` EASEL_METRICS_TOKEN:
    how busy a house is, is nobody else's business."""
    if not _may_scrape(request):
        return JsonResponse({"error": "forbidden"}, status=403)
    try:
        return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return JsonResponse({"error": "the database does not answer"}, status=503)


def _may_scrape(request: HttpRequest) -> bool:
    token: str = settings.EASEL_METRICS_TOKEN
    if token:
        said = request.headers.get("Authorization", "")
        return hmac.compare_digest(said.encode(), f"Bearer {token}".encode())
    return client_ip(request) in ("127.0.0.1", "::1")


@cache
def _registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())
    return registry


class Collector:
    """Reads the database at each scrape: every process answers the same, and nothing is counted
    twice or lost with a process. A finished task counts for an hour."""

    def collect(self) -> Iterator[Metric]:
        yield self._by_label(
            "easel_tasks", "Unfinished tasks by state", "state", _TASKS, list(TaskState)[:3]
        )
        yield self._by_label(
            "easel_tasks_finished_1h", "Tasks that ended in the last hour", "state", _FINISHED
        )
        yield self._one("easel_queue_age_seconds", "Age of the oldest task that waits", _QUEUE_AGE)
        yield self._by_label("easel_backend_up", "1 = answers", "backend", _BACKENDS_UP)
        yield self._by_label("easel_backend_slots", "Generations at once", "backend", _SLOTS)
        yield self._by_label("easel_backend_busy", "Generations now", "backend", _BUSY)
        yield self._by_label("easel_workers", "Worker processes alive", "queue", _WORKERS)
        yield self._one("easel_deliveries_due", "Callbacks that wait for an attempt", _DUE)
        yield self._one("easel_delivery_age_seconds", "Oldest overdue callback", _DUE_AGE)

    def describe(self) -> list[Metric]:
        return []  # nothing is read at registration

    def _by_label(
        self, name: str, text: str, label: str, query: str, always: list[TaskState] | None = None
    ) -> Metric:
        """One sample a row (label, value); those of ``always`` are 0 where no row names them."""
        family = GaugeMetricFamily(name, text, labels=[label])
        with connection.cursor() as cursor:
            cursor.execute(query)
            found = {str(key): 0.0 for key in always or []} | dict(cursor.fetchall())
        for key, value in sorted(found.items()):
            family.add_metric([key], float(value))
        return family

    def _one(self, name: str, text: str, query: str) -> Metric:
        with connection.cursor() as cursor:
            cursor.execute(query)
            value = cursor.fetchone()[0]
        return GaugeMetricFamily(name, text, value=float(value))


_TASKS = """SELECT state, count(*) FROM generation_task
            WHERE state IN ('queued', 'claimed', 'running') GROUP BY state"""
_FINISHED = """SELECT state, count(*) FROM generation_task
               WHERE finished_at > now() - interval '1 hour'
                 AND created_at > now() - interval '1 day' GROUP BY state"""
_QUEUE_AGE = """SELECT COALESCE(extract(epoch FROM max(now() - created_at)), 0)
                FROM generation_task WHERE state = 'queued'"""
_BACKENDS_UP = "SELECT name, (enabled AND is_up)::int FROM generation_backend"
_SLOTS = "SELECT name, slots FROM generation_backend"
_BUSY = """SELECT b.name, count(t.id) FROM generation_backend b
           LEFT JOIN generation_task t ON t.backend_id = b.id AND t.state IN ('claimed', 'running')
           GROUP BY b.name"""
_WORKERS = f"""SELECT kind, sum(workers) FROM generation_clusterbeat
              WHERE beat_at > now() - {_FRESH} GROUP BY kind"""
_DUE = "SELECT count(*) FROM generation_delivery WHERE state = 'due'"
_DUE_AGE = """SELECT COALESCE(extract(epoch FROM max(now() - due_at)), 0)
              FROM generation_delivery WHERE state = 'due' AND due_at <= now()"""
