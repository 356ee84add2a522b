"""``python -m bench.operators [TASKS]``: the operators' lists and desk over many rows.

200,000 tasks with 400,000 pictures (``bench.history`` writes them), an attempt at each, two entries
of the books, a delivery for every second one, 30,000 of them within the last day; then the pages
that an operator opens, in this process, each five times. Beside each stands which tables of more
than LARGE rows one of its statements read from end to end. About three minutes.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.house import Installation

TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
TIMES = 5
LARGE = 10_000  # rows; to read a smaller table whole is what PostgreSQL should do


def main() -> None:
    house = Installation()
    try:
        house.start(patience=900.0)
        _measure()
    finally:
        house.remove()


def _measure() -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    from accounts.models import User
    from bench import history, people

    history.TASKS = TASKS
    begin = time.monotonic()
    with connection.cursor() as cursor:
        history._fill(cursor, people.caller("busy"))
        for statement in _MORE:
            cursor.execute(statement)
        cursor.execute("SELECT id FROM generation_task LIMIT 1")
        task = cursor.fetchone()[0]
    print(f"{TASKS:,} tasks, {2 * TASKS:,} pictures in {time.monotonic() - begin:.0f} s")
    client = Client(headers={"host": "localhost"})
    client.force_login(
        User.objects.create_superuser("op@bench.example"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    large = _large()
    print(f"\n{'page':52}{'median ms':>10}{'worst ms':>10}  read from end to end")
    for path in [*_pages(task), *_filtered()]:
        with _listening() as statements:
            _ask(client, path)
        whole = sorted({name for each in statements for name in _read_whole(each) & large})
        took = [_ask(client, path) for _ in range(TIMES)]
        shown = path.replace(str(task), "TASK")
        print(
            f"{shown:52}{statistics.median(took):10.0f}{max(took):10.0f}  {', '.join(whole)}",
            flush=True,
        )


Statement = tuple[str, Any]


@contextmanager
def _listening() -> Iterator[list[Statement]]:
    """What is asked of the database meanwhile."""
    from django.db import connection

    heard: list[Statement] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if not many and sql.lstrip().upper().startswith(("SELECT", "WITH")):
            heard.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        yield heard


def _large() -> set[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE reltuples > %s", [LARGE])
        return {name for (name,) in cursor.fetchall()}


def _read_whole(statement: Statement) -> set[str]:
    """The tables that the plan reads without an index."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement[0]}", statement[1])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    return set(re.findall(r"Seq Scan on (\w+)", plan))


def _filtered() -> list[str]:
    """Each list of the admin under each choice of each of its filters."""
    from django.contrib import admin
    from django.test import RequestFactory

    from accounts.models import User

    request = RequestFactory().get("/")
    request.user = User.objects.get(email="op@bench.example")
    found = []
    for model, each in admin.site._registry.items():
        path = f"{model._meta.app_label}/{model._meta.model_name}/"
        changes = each.get_changelist_instance(request)
        choices = {
            str(choice["query_string"])
            for spec in changes.filter_specs
            for choice in spec.choices(changes)
            if choice.get("query_string", "?") != "?"
        }
        found += [path, *(path + query for query in sorted(choices))]
    return found


def _ask(client: Any, path: str) -> float:
    begin = time.perf_counter()
    answer = client.get(f"/admin/{path}")
    took = (time.perf_counter() - begin) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return took


def _pages(task: Any) -> list[str]:
    lists = ["task", "attempt", "output", "delivery", "report"]
    return [
        "desk/",
        *(f"generation/{name}/" for name in lists),
        "accounts/entry/",
        "accounts/entry/?by=hand",
        "generation/task/?p=9",
        "generation/task/?p=150",
        "generation/task/?state=failed",
        "generation/task/?state=running",
        "generation/task/?since=day",
        f"generation/task/?q={task}",
        "generation/task/?q=busy",
        "generation/task/?q=rareword",
        "generation/task/?q=morning",
        "generation/delivery/?state=given_up",
        "accounts/entry/?q=busy",
        "desk/review/?tab=blocked",
        "desk/review/?tab=flagged",
        f"generation/task/{task}/change/",
    ]


_MORE = (
    # The last 30,000 were made within a day, so that the desk has something to count.
    """UPDATE generation_task SET created_at = now() - random() * interval '23 hours',
       finished_at = now() - random() * interval '22 hours'
       WHERE id IN (SELECT id FROM generation_task ORDER BY created_at DESC LIMIT 30000)""",
    """INSERT INTO generation_attempt (task_id, lease_token, worker_pid, outcome, detail, files,
           started_at, ended_at)
       SELECT id, gen_random_uuid(), 1, 'done', '', '{}', created_at, created_at
       FROM generation_task""",
    """INSERT INTO accounts_entry (tenant_id, kind, amount, task, reason, note, created_at)
       SELECT tenant_id, 'reserve', 0, id, '', '', created_at FROM generation_task""",
    """INSERT INTO accounts_entry (tenant_id, kind, amount, task, reason, note, created_at)
       SELECT tenant_id, 'settle', 0, id, '', '', created_at FROM generation_task""",
    """INSERT INTO generation_delivery (id, tenant_id, task_id, dialect, event, url, state, attempt,
           last_answer, last_error, created_at)
       SELECT gen_random_uuid(), tenant_id, id, 'saas', '', 'https://receiver.example/',
           CASE WHEN random() < 0.01 THEN 'given_up' ELSE 'delivered' END, 1, '', '', created_at
       FROM generation_task WHERE random() < 0.5""",
    # bench.history lets all pictures end at one moment: no order by that time could use its index.
    """UPDATE generation_output SET expires_at = created_at + interval '400 days'
       + random() * interval '1 day'""",
    "VACUUM (ANALYZE) generation_output",
    "VACUUM (ANALYZE) generation_task",
    "VACUUM (ANALYZE) generation_attempt",
    "VACUUM (ANALYZE) generation_delivery",
    "VACUUM (ANALYZE) accounts_entry",
)


if __name__ == "__main__":
    main()
