"""The one error tree. Every error that crosses a layer is one of these.

EaselError                     accounts.errors: code, permanent, retry_after, field
├── Unauthenticated            unauthenticated
├── Forbidden                  forbidden
├── NotFound                   not_found               never existed, or is another tenant's
├── NotConfigured              not_configured          an operator has to configure it first
├── RateLimited                rate_limited            (temporary)
├── QueueFull                  queue_full              (temporary)
├── UnderMaintenance           maintenance             (temporary) nothing new is let in
├── InsufficientCredit         insufficient_credit     balance, price
├── InvalidRequest             invalid                 field
│   ├── UnknownModel           unknown_model           field
│   └── NotServable            not_servable            no backend could ever do this
├── TooMany                    too_many                there is room for no more of these
├── ContentRefused             content_refused         the audit of the prompt said no
├── TaskConflict               task_conflict           same caller id, other body, still running
├── BackendError               backend_failed          the GPU server answered with a fault
│   ├── BackendUnavailable     backend_unavailable     no connection, no answer (temporary)
│   ├── BackendBusy            backend_busy            it took another job first (temporary)
│   ├── BackendRefused         backend_refused         it will never do this request
│   ├── OutOfMemory            out_of_memory           (temporary: another backend may have more)
│   └── TimedOut               timed_out               the attempt outran its time limit
├── Interrupted                interrupted             cancelled, or the lease was lost
├── EgressRefused              egress_refused          an address that we do not connect to
├── FetchFailed                fetch_failed            (temporary)
│   └── InputUnusable          input_unusable          what came is too large, or no picture of ours
├── FaceNotFound               face_not_found          a picture of a face swap shows none
├── AuditUnavailable           audit_unavailable       the audit process did not answer (temporary)
├── StorageFailed              storage_failed          a file was not stored or deleted (temporary)
├── DatabaseAway               database_away           (temporary)
└── InternalError              internal                a defect of ours; details only in the log
"""

from __future__ import annotations

from accounts.errors import (
    EaselError,
    Forbidden,
    InsufficientCredit,
    NotConfigured,
    NotFound,
    QueueFull,
    RateLimited,
    Unauthenticated,
    UnderMaintenance,
)

__all__ = [
    "AuditUnavailable",
    "BackendBusy",
    "BackendError",
    "BackendRefused",
    "BackendUnavailable",
    "ContentRefused",
    "DatabaseAway",
    "EaselError",
    "EgressRefused",
    "FaceNotFound",
    "FetchFailed",
    "Forbidden",
    "InputUnusable",
    "InsufficientCredit",
    "InternalError",
    "Interrupted",
    "InvalidRequest",
    "NotConfigured",
    "NotFound",
    "NotServable",
    "OutOfMemory",
    "QueueFull",
    "RateLimited",
    "StorageFailed",
    "TaskConflict",
    "TimedOut",
    "TooMany",
    "Unauthenticated",
    "UnderMaintenance",
    "UnknownModel",
]


class InvalidRequest(EaselError):
    code = "invalid"


class UnknownModel(InvalidRequest):
    code = "unknown_model"


class NotServable(InvalidRequest):
    code = "not_servable"


class TooMany(EaselError):
    code = "too_many"


class ContentRefused(EaselError):
    code = "content_refused"


class TaskConflict(EaselError):
    code = "task_conflict"


class BackendError(EaselError):
    code = "backend_failed"
    permanent = False


class BackendUnavailable(BackendError):
    code = "backend_unavailable"


class BackendBusy(BackendError):
    code = "backend_busy"


class BackendRefused(BackendError):
    code = "backend_refused"
    permanent = True


class OutOfMemory(BackendError):
    code = "out_of_memory"


class TimedOut(BackendError):
    code = "timed_out"


class Interrupted(EaselError):
    code = "interrupted"
    permanent = False


class EgressRefused(EaselError):
    code = "egress_refused"


class FetchFailed(EaselError):
    code = "fetch_failed"
    permanent = False


class InputUnusable(FetchFailed):
    code = "input_unusable"
    permanent = True


class FaceNotFound(EaselError):
    code = "face_not_found"


class AuditUnavailable(EaselError):
    code = "audit_unavailable"
    permanent = False
    retry_after = 2.0


class StorageFailed(EaselError):
    code = "storage_failed"
    permanent = False
    retry_after = 2.0


class DatabaseAway(EaselError):
    code = "database_away"
    permanent = False


class InternalError(EaselError):
    code = "internal"
