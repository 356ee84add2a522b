"""The rows of the road: what was asked (Task), what came of it (Output), who tried (Attempt),
who can (Backend, ClusterBeat), who is to be told (Delivery, WebhookEndpoint), what a tenant lets
through (AuditThresholds), what a caller set for himself (CallerOptions), sent beforehand (Upload),
lets others see (Share) or put together (Album, Favourite); what people say of pictures (Report,
Appeal), and whether anything is accepted (Maintenance)."""

from __future__ import annotations

from generation.models.album import Album, AlbumEntry, Favourite
from generation.models.audit import AuditThresholds
from generation.models.backend import Backend, ClusterBeat, FairShare
from generation.models.caller import CallerOptions
from generation.models.delivery import Delivery, DeliveryAttempt
from generation.models.export import DataExport
from generation.models.grid import Grid
from generation.models.maintenance import Maintenance
from generation.models.output import Output
from generation.models.report import Appeal, AppealState, Category, Report, ReportState
from generation.models.rules import PromptRule
from generation.models.share import Share
from generation.models.task import Attempt, Progress, Task
from generation.models.upload import Upload
from generation.models.usage import UsageMark, UsageQuarter
from generation.models.webhook import WebhookEndpoint

__all__ = [
    "Album",
    "AlbumEntry",
    "Appeal",
    "AppealState",
    "Attempt",
    "AuditThresholds",
    "Backend",
    "CallerOptions",
    "Category",
    "ClusterBeat",
    "DataExport",
    "Delivery",
    "DeliveryAttempt",
    "FairShare",
    "Favourite",
    "Grid",
    "Maintenance",
    "Output",
    "Progress",
    "PromptRule",
    "Report",
    "ReportState",
    "Share",
    "Task",
    "Upload",
    "UsageMark",
    "UsageQuarter",
    "WebhookEndpoint",
]
