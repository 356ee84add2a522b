"""``make bench-history``: the history of one person who has a million pictures, page by page.

Half a million tasks of two pictures each, written by SQL: words by a steep curve (some stand in
every third prompt, some in one of a hundred thousand), five models of which one was used in the
older half alone, marks of the content check, favourites, an album. Then the pages that a person
opens, asked of the running server as a browser asks. Ends by itself, in less than two minutes on a
quiet machine of two cores.
"""

from __future__ import annotations

import http.client
import statistics
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.house import Installation

TASKS = 500_000
PICTURES = 2  # of each task
TIMES = 7
DEEP = 0.9


@dataclass(frozen=True)
class Filled:
    user_id: int
    cookie: str
    album: int
    cursor: str


def main() -> None:
    house = Installation()
    try:
        house.start(patience=300.0)
        _measure(house)
    finally:
        house.remove()


def _measure(house: Installation) -> None:
    import django

    django.setup()
    from django.db import connection

    from bench import people

    begin = time.monotonic()
    someone = people.caller("historian")
    with connection.cursor() as cursor:
        filled = _fill(cursor, someone)
    print(f"{TASKS * PICTURES:,} pictures of {TASKS:,} tasks in {time.monotonic() - begin:.0f} s")
    print(f"\n{'a page of 40 tasks':36}{'median ms':>10}{'worst ms':>10}{'tasks':>7}")
    for name, asked in _questions(filled):
        path = asked.pop("path", "/studio/history")
        took, tasks = _ask(house.port, filled.cookie, f"{path}?{urlencode(asked)}")
        print(f"{name:36}{statistics.median(took):10.0f}{max(took):10.0f}{tasks:7d}", flush=True)


def _questions(filled: Filled) -> list[tuple[str, dict[str, str]]]:
    return [
        ("first page", {}),
        ("deep page (90 %)", {"cursor": filled.cursor}),
        ("oldest first", {"sort": "oldest"}),
        ("frequent word (1 of 3)", {"q": "w1"}),
        ("frequent word, deep page", {"q": "w1", "cursor": filled.cursor}),
        ("rare word (1 of 100,000)", {"q": "rareword"}),
        ("word that nobody used", {"q": "nosuchword"}),
        ("beginning of a word", {"q": "rarew"}),
        ("short beginning of many words", {"q": "w1 w2 w3"}),
        ("two frequent words, never together", {"q": "morning evening"}),
        ("Chinese, two characters, 1 of 50", {"q": "月亮"}),
        ("Chinese, two characters, rare", {"q": "罕见"}),
        ("quotation", {"q": '"picture of w7"'}),
        ("all but a word", {"q": "-w1"}),
        ("model, frequent", {"model": "m0"}),
        ("model, in the older half alone", {"model": "old"}),
        ("model, rare (1 of 1,000)", {"model": "rare"}),
        ("kind, frequent", {"kind": "text"}),
        ("kind, rare (1 of 1,000)", {"kind": "qr"}),
        ("kind, grid (none)", {"kind": "grid"}),
        ("shape", {"shape": "wide"}),
        ("content check: fine", {"state": "fine"}),
        ("content check: flagged (1 of 100)", {"state": "flagged"}),
        ("content check: blocked (1 of 1,000)", {"state": "blocked"}),
        ("failed or cancelled (1 of 200)", {"state": "unpainted"}),
        ("a week, long ago", {"since": "2025-02-01", "until": "2025-02-07"}),
        ("a word in a week, long ago", {"q": "w5", "since": "2025-02-01", "until": "2025-02-07"}),
        ("favourites (5,000)", {"favourites": "1"}),
        ("favourites with a word", {"favourites": "1", "q": "w20"}),
        ("album (20,000)", {"path": f"/studio/albums/{filled.album}"}),
        ("albums", {"path": "/studio/albums"}),
        ("everybody's, frequent word", {"whose": "all", "q": "w1"}),
    ]


def _ask(port: int, cookie: str, path: str) -> tuple[list[float], int]:
    took, tasks = [], 0
    for _ in range(TIMES):
        door = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        begin = time.perf_counter()
        door.request("GET", path, headers={"Cookie": cookie, "HX-Request": "true"})
        answer = door.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - begin) * 1000)
        door.close()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        tasks = body.count(b'data-task="') // PICTURES
    return took, tasks


def _fill(cursor: Any, someone: Any) -> Filled:
    from bench.people import Caller
    from generation import keyset

    assert isinstance(someone, Caller)
    values = {
        "tenant": someone.tenant.pk,
        "user": someone.user.pk,
        "lineage": someone.actor.lineage,
        "count": TASKS,
        "pictures": PICTURES,
    }
    indexes = _without_indexes(cursor)
    cursor.execute("SET synchronous_commit = off")
    cursor.execute(_TASKS, values)
    cursor.execute(_OUTPUTS, values)
    for definition in indexes:
        cursor.execute(definition)
    cursor.execute(_FAVOURITES, values)
    cursor.execute(_ALBUM, values)
    album = int(cursor.fetchone()[0])
    cursor.execute(
        "VACUUM (ANALYZE) generation_task, generation_output, generation_favourite, "
        "generation_albumentry"
    )
    cursor.execute(_PLACE, values | {"skip": int(TASKS * DEEP)})
    at, last = cursor.fetchone()
    place = keyset.encode(at.isoformat(), last)
    return Filled(someone.user.pk, someone.session(), album, place)


def _without_indexes(cursor: Any) -> list[str]:
    """Takes the indexes away that no constraint needs; the statements that bring them back. One
    built at the end takes a fraction of one that grows by a million rows."""
    cursor.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i "
        "WHERE i.tablename IN ('generation_task', 'generation_output') "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname) "
        "AND i.indexdef NOT LIKE 'CREATE UNIQUE%'"
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f'DROP INDEX "{name}"')
    cursor.execute("SET maintenance_work_mem = '512MB'")
    return [definition for _name, definition in found]


# Words w0 … w3999, of which w1 stands in a third of the prompts and the last ones in very few.
_TASKS = """
INSERT INTO generation_task (id, tenant_id, user_id, lineage, dialect, kind, client_id, body_hash,
    request_id, base_url, callback_url, request, raw, warnings, checkpoint, needs, images, work,
    state, priority, strikes, starts, price, error_code, error_message, created_at, finished_at,
    ready_at, words)
SELECT gen_random_uuid(), %(tenant)s, %(user)s, %(lineage)s, 'studio', 'image', '', '', '', '', '',
    jsonb_build_object('prompt', said.prompt, 'checkpoint', said.model, 'width', 512,
        'height', 512, 'steps', 20, 'seed', n, 'negative_prompt', 'lowres, blurry',
        'cfg_scale', 7, 'sampler', 'Euler a'),
    '{}', '{}', said.model, '{}', %(pictures)s, 5.2, said.state, 0, 0, 1, 1000, '', '',
    said.at, said.at, said.at,
    array_to_tsvector(string_to_array(said.prompt, ' ') || said.marks)
FROM (
    SELECT n, at, state, model,
        'a picture of w' || floor(r1 ^ 3 * 4000) || ' w' || floor(r2 ^ 3 * 4000)
        || ' w' || floor(r3 ^ 3 * 4000) || ' w' || floor(r4 ^ 2 * 4000)
        || CASE WHEN n %% 3 = 0 THEN ' w1' ELSE ' alone' END
        || CASE WHEN n %% 2 = 0 THEN ' morning' ELSE ' evening' END
        || CASE WHEN n %% 50 = 0 THEN ' 月 亮 月亮' ELSE '' END
        || CASE WHEN n %% 60000 = 0 THEN ' 罕 见 罕见' ELSE '' END
        || CASE WHEN n %% 100000 = 0 THEN ' rareword' ELSE '' END AS prompt,
        ARRAY['@t' || %(tenant)s, '@t' || %(tenant)s || 'u' || %(user)s, '@m:' || model,
            '@s:' || CASE WHEN n %% 4 = 0 THEN 'wide' ELSE 'square' END,
            '@k:' || CASE WHEN n %% 1000 = 0 THEN 'qr' WHEN n %% 10 = 1 THEN 'image'
                     ELSE 'text' END] AS marks
    FROM (
        SELECT n, timestamptz '2025-01-01' + n * interval '1 minute' AS at,
            CASE WHEN n %% 200 = 7 THEN 'failed' ELSE 'done' END AS state,
            CASE WHEN n %% 1000 = 5 THEN 'rare'
                 WHEN n < %(count)s / 2 AND n %% 3 = 0 THEN 'old'
                 ELSE 'm' || n %% 4 END AS model,
            random() AS r1, random() AS r2, random() AS r3, random() AS r4
        FROM generate_series(1, %(count)s) n
    ) drawn
) said
"""
_OUTPUTS = """
INSERT INTO generation_output (id, task_id, index, kind, state, file, thumbnail, placeholder,
    format, width, height, size, sha256, seed, infotext, verdict, labels, created_at, expires_at,
    quarantine_until)
SELECT gen_random_uuid(), t.id, i, 'image',
    CASE WHEN t.n %% 1000 = 11 THEN 'blocked' ELSE 'visible' END, 'x.png', 'x.webp', '', 'png',
    512, 512, 400000, '', t.n, '',
    CASE WHEN t.n %% 1000 = 11 THEN 'block' WHEN t.n %% 100 = 3 THEN 'flag' ELSE 'allow' END,
    '[]', t.created_at, now() + interval '30 days',
    CASE WHEN t.n %% 1000 = 11 THEN now() + interval '30 days' END
FROM (SELECT id, created_at, (request->>'seed')::int AS n FROM generation_task
      WHERE tenant_id = %(tenant)s AND state = 'done') t, generate_series(0, %(pictures)s - 1) i
"""
_FAVOURITES = """
INSERT INTO generation_favourite (tenant_id, user_id, output_id, made_at, task_id)
SELECT t.tenant_id, t.user_id, o.id, t.created_at, t.id
FROM generation_task t JOIN generation_output o ON o.task_id = t.id AND o.index = 0
WHERE t.tenant_id = %(tenant)s AND (t.request->>'seed')::int %% 100 = 1
"""
_ALBUM = """
WITH made AS (
    INSERT INTO generation_album (tenant_id, user_id, name, created_at)
    VALUES (%(tenant)s, %(user)s, 'Twenty thousand', now()) RETURNING id
), entries AS (
    INSERT INTO generation_albumentry (album_id, output_id, made_at, task_id)
    SELECT made.id, o.id, t.created_at, t.id
    FROM made, generation_task t JOIN generation_output o ON o.task_id = t.id AND o.index = 0
    WHERE t.tenant_id = %(tenant)s AND (t.request->>'seed')::int %% 25 = 2
)
SELECT id FROM made
"""
_PLACE = """
SELECT created_at, id FROM generation_task WHERE tenant_id = %(tenant)s
ORDER BY created_at DESC, id DESC OFFSET %(skip)s LIMIT 1
"""


if __name__ == "__main__":
    main()
