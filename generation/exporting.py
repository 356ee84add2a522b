"""One data export: everything into one ZIP file, in bounded memory.

Runs in a short-work worker that was handed a claim; ``run`` hands the writing to a thread of its
process and returns, as downloads do. The file grows on the local disk and is then stored; a worker
that dies leaves a temporary file without a name, and another begins again.
"""

from __future__ import annotations

import logging
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.mail import send_mail
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from generation import export_rows, storage
from generation.errors import EaselError, Interrupted, NotFound
from generation.models import DataExport
from generation.scheduling import exports as leases

log = logging.getLogger(__name__)
SAID_EVERY = 2.0  # seconds between two renewals of the lease, which also say how far it is
README = """This is everything that Easel keeps of you.

*.jsonl    one JSON object a line, one file a table; times are UTC, amounts millicredits
pictures/  what your tasks made, by day
uploads/   what you sent beforehand

Secrets (of keys and webhooks) are not in here. Pictures whose time was over when this was
written, or that were deleted meanwhile, are missing: %d.
"""


def run(export_id: str, lease_token: str) -> Future[None]:
    """The entry point of a worker that was handed a claim; returns before the file is written."""
    return _threads().submit(_carry_out, UUID(export_id), UUID(lease_token))


@cache
def _threads() -> ThreadPoolExecutor:
    """Made on first use: in the worker, after the fork."""
    return ThreadPoolExecutor(leases.CLUSTER_EXPORTS, thread_name_prefix="export")


def _carry_out(export_id: UUID, token: UUID) -> None:
    """In a thread. Raises nothing: what fails is on the row, or the reaper finds the lease."""
    try:
        export = DataExport.objects.filter(pk=export_id, lease_token=token).first()
        if export is not None:
            _write(export, token)
    except Interrupted:
        log.info("export ended early", extra={"export": str(export_id)})
    except EaselError as error:
        leases.fail(export_id, token, error.message)
    except Exception as error:
        log.exception("export failed", extra={"export": str(export_id)})
        leases.fail(export_id, token, f"internal error: {error!r}")
    finally:
        connection.close()


def _write(export: DataExport, token: UUID) -> None:
    key = f"exports/{export.tenant_id}/{export.pk}-{token.hex[:8]}.zip"
    with tempfile.TemporaryFile() as file:
        fill(export, file, _sayer(export, token))
        size = file.tell()
        file.seek(0)
        saved = default_storage.save(key, File(file))
    if not leases.finish(export.pk, token, saved, size, settings.EASEL_EXPORT_DAYS):
        storage.remove([saved])  # deleted meanwhile, or another's by now
        raise Interrupted("the lease is lost")
    _tell(export)


def fill(export: DataExport, file: IO[bytes], say: Callable[[int], None]) -> None:
    """Writes the ZIP; ``say`` hears how many pictures are in it, and may raise to end it."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in export_rows.tables(export):
            with archive.open(table.name, "w", force_zip64=True) as entry:
                for line in table.lines():
                    entry.write(line)
            say(0)
        missing = 0
        for number, (name, key) in enumerate(export_rows.pictures(export), 1):
            missing += not _add(archive, name, key)
            say(number)
        archive.writestr("README.txt", README % missing)


def _add(archive: zipfile.ZipFile, name: str, key: str) -> bool:
    """Pictures are packed already: stored as they are. False: the file is gone."""
    try:
        pieces = storage.chunks(key)
    except NotFound:
        return False
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
        for piece in pieces:
            entry.write(piece)
    return True


def _sayer(export: DataExport, token: UUID) -> Callable[[int], None]:
    total, said = export_rows.count(export), 0.0

    def say(done: int) -> None:
        nonlocal said
        if time.monotonic() < said + SAID_EVERY:
            return
        said = time.monotonic()
        if not leases.renew(export.pk, token, min(done, total), total):
            raise Interrupted("the lease is lost, or the export was deleted")

    return say


def _tell(export: DataExport) -> None:
    """A mail; the page says it too. A mail that cannot be sent changes nothing."""
    user = export.user
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = _("Your data export is ready")
        text = _("You find it at Account, Data. It is deleted after %(days)d days.")
        body = text % {"days": settings.EASEL_EXPORT_DAYS}
    try:
        send_mail(subject, body, None, [user.email])
    except Exception as error:
        log.warning("mail not sent: %s", error, extra={"export": str(export.pk)})
