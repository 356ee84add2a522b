"""The states of a task and the allowed moves: one table, read by every conditional UPDATE.

    uploading ──► queued ──► claimed ──► running ──► done
        │            ▲          │           │  ├───► failed
        ▼            └──────────┴───────────┘  └───► cancelled
     failed, cancelled
    (given back: a lost lease, a dead cluster, a backend that broke; also claimed → failed, once
     the attempts are used up)

``uploading``: the request names input pictures by their addresses, and a worker of the short-work
cluster downloads them (it has a lease meanwhile). No GPU slot is taken before all of them are here.
``claimed``: a cluster took the task for one of its workers; not started within
EASEL_START_SECONDS means a dead or hung cluster, and the task is given back.
``running``: a worker holds the lease and renews it.
"""

from __future__ import annotations

from enum import StrEnum


class TaskState(StrEnum):
    UPLOADING = "uploading"
    QUEUED = "queued"
    CLAIMED = "claimed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: dict[TaskState, frozenset[TaskState]] = {
    TaskState.UPLOADING: frozenset({TaskState.QUEUED, TaskState.FAILED, TaskState.CANCELLED}),
    TaskState.QUEUED: frozenset({TaskState.CLAIMED, TaskState.CANCELLED, TaskState.FAILED}),
    TaskState.CLAIMED: frozenset(
        {TaskState.RUNNING, TaskState.QUEUED, TaskState.CANCELLED, TaskState.FAILED}
    ),
    TaskState.RUNNING: frozenset(
        {TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED, TaskState.QUEUED}
    ),
    TaskState.DONE: frozenset(),
    TaskState.FAILED: frozenset(),
    TaskState.CANCELLED: frozenset(),
}
FINAL = frozenset(state for state, onward in MOVES.items() if not onward)
UNFINISHED = frozenset(MOVES) - FINAL


def sources(target: TaskState) -> frozenset[TaskState]:
    """The states from which ``target`` may be reached."""
    return frozenset(state for state, onward in MOVES.items() if target in onward)


class OutputState(StrEnum):
    VISIBLE = "visible"
    BLOCKED = "blocked"  # quarantined: seen by operators in review alone
    DELETED = "deleted"  # blocked bytes that are gone


class Verdict(StrEnum):
    ALLOW = "allow"
    FLAG = "flag"  # shown, with its labels, and listed for review
    BLOCK = "block"
