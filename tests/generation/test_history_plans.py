"""Which index answers which question, among twenty thousand tasks."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation import history
from generation.access import Whose
from generation.history import Filters
from tests.people import Person

TASKS = 20_000
_FILL = """
INSERT INTO generation_task (id, tenant_id, user_id, lineage, dialect, kind, client_id, body_hash,
    request_id, base_url, callback_url, request, raw, warnings, checkpoint, needs, images, work,
    state, priority, strikes, starts, price, error_code, error_message, created_at, finished_at,
    words)
SELECT gen_random_uuid(), %(tenant)s, %(user)s, gen_random_uuid(), 'studio', 'image', '', '', '',
    '', '', '{"prompt": "w"}', '{}', '{}', '', '{}', 1, 1, 'done', 0, 0, 1, 0, '', '',
    now() - n * interval '1 minute', now(),
    array_to_tsvector(ARRAY['w' || n %% 5000, 'common', '月亮', '@t' || %(tenant)s,
        '@t' || %(tenant)s || 'u' || %(user)s, '@k:' || CASE WHEN n %% 5000 = 4999 THEN 'qr'
        ELSE 'text' END])
FROM generate_series(1, %(count)s) n
"""
_OUTPUTS = """
INSERT INTO generation_output (id, task_id, index, kind, state, file, thumbnail, placeholder,
    format, width, height, size, sha256, seed, infotext, verdict, labels, created_at, expires_at)
SELECT gen_random_uuid(), id, 0, 'image', 'visible', '', '', '', 'png', 8, 8, 1, '', 1, '',
    CASE WHEN words @@ '''w4999'''::tsquery THEN 'flag' ELSE 'allow' END, '[]', now(), now()
FROM generation_task
"""
_FAVOURITES = """
INSERT INTO generation_favourite (tenant_id, user_id, output_id, made_at, task_id)
SELECT t.tenant_id, t.user_id, o.id, t.created_at, t.id
FROM generation_task t JOIN generation_output o ON o.task_id = t.id LIMIT 10000
"""


@pytest.fixture
def filled(alice: Person) -> Person:
    values = {"tenant": alice.tenant.pk, "user": alice.user.pk, "count": TASKS}
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        cursor.execute(_OUTPUTS)
        cursor.execute(_FAVOURITES)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE generation_task, generation_output, generation_favourite")
    return alice


def plans(person: Person, filters: Filters) -> list[str]:
    """The plan of each statement that looked for tasks."""
    whose = Whose(person.tenant.pk, person.user.pk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        history.page(person.in_person, whose, filters, cursor=None, limit=40)
    found = []
    for query in asked.captured_queries:
        if not re.match(r"(SELECT t\.id, t\.created_at|WITH found)", query["sql"]):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query['sql'].replace('%', '%%')}", None)
            found.append("\n".join(row[0] for row in cursor.fetchall()))
    return found


FAR = {
    "a rare word": (Filters(text="w4321"), "task_words"),
    "its beginning": (Filters(text="w432"), "task_words"),
    "a rare kind": (Filters(genre="qr"), "task_words"),
    "flagged": (Filters(state="flagged"), "output_not_fine"),
}
NEAR = {  # with one person in the tenant, his history and the tenant's are one order
    "everything": (Filters(), "history on generation_task"),
    "a frequent word": (Filters(text="common"), "history on generation_task"),
    "two Chinese characters": (Filters(text="月亮"), "history on generation_task"),
    "favourites": (Filters(favourites=True), "favourite_list"),
}


def test_the_index_is_asked_for_what_is_rare_and_the_order_for_what_is_not(filled: Person) -> None:
    for name, (filters, index) in (FAR | NEAR).items():
        found = plans(filled, filters)
        assert index in found[-1], f"{name}:\n{found[-1]}"
        assert "Seq Scan on generation_task" not in found[-1], name
        assert name in FAR or "Sort" not in found[-1], f"{name}:\n{found[-1]}"
    for name, (filters, _index) in NEAR.items():
        assert len(plans(filled, filters)) == 1, name  # the near look was enough
