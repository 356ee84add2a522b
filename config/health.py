"""/healthz: this process answers. /readyz: the installation works, or 503 with the reasons."""

from __future__ import annotations

from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

_migrated = False  # once true, true until the process is replaced by a newer one


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Database reachable and migrated, a cluster of workers alive. For a load balancer."""
    try:
        problems = _problems()
    except DatabaseError:
        problems = ["database"]
    return JsonResponse(
        {"ready": not problems, "problems": problems}, status=503 if problems else 200
    )


def _problems() -> list[str]:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not _migrated:
            return ["migrations"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind FROM generation_clusterbeat"
            " WHERE beat_at > now() - interval '10 seconds' GROUP BY kind"
        )
        alive = {row[0] for row in cursor.fetchall()}
    return [f"workers: {kind}" for kind in ("generation", "delivery") if kind not in alive]
