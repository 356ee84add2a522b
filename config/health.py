"""Alive and ready: what a load balancer asks. How it goes: ``config.metrics``."""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

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
