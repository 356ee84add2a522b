"""Many pictures as one ZIP, written while it is sent: nothing is kept in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import RawIOBase
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from generation import access, storage
from generation.errors import InvalidRequest, NotFound, StorageFailed, TooMany
from generation.models import Output
from generation.studio.doors import member
from generation.studio.places import named
from generation.studio.results.files import file_name

MOST_PICTURES = 500
MOST_BYTES = 2 * 1024**3
_MISSING = "missing.txt"


@require_POST
@member
def zip_file(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """``ids``: tasks, each with all its pictures, or single pictures as ``<task>/<index>``.
    NotFound where one is not the actor's to see; 413 with a sentence where they are too many."""
    try:
        pictures = chosen(actor, request.POST.getlist("ids"))
    except (TooMany, InvalidRequest) as error:
        return HttpResponse(
            error.message,
            status=413 if isinstance(error, TooMany) else 422,
            content_type="text/plain; charset=utf-8",
        )
    answer = StreamingHttpResponse(_zipped(pictures), content_type="application/zip")
    name = f"easel-{timezone.localtime():%Y%m%d-%H%M%S}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def chosen(actor: Actor, ids: Sequence[str]) -> list[Output]:
    """In the order of time. NotFound, TooMany; InvalidRequest where there is nothing to pack."""
    if len(ids) > MOST_PICTURES:
        raise _too_many()
    wanted = named(ids)
    whole, single = set(wanted.tasks), set(wanted.pictures)
    tasks = whole | {task for task, _index in single}
    if access.visible_tasks(actor).filter(pk__in=tasks, hidden_at=None).count() != len(tasks):
        raise NotFound("no such task")
    rows = Output.objects.visible().shown().filter(task__in=tasks).exclude(file="")
    rows = rows.order_by("created_at", "task_id", "index")
    found = [
        row
        for row in rows[: MOST_PICTURES * 8]
        if row.task_id in whole or (row.task_id, row.index) in single
    ]
    if len(found) > MOST_PICTURES or sum(row.size for row in found) > MOST_BYTES:
        raise _too_many()
    if not found:
        raise InvalidRequest(_("There is no picture among these that can be downloaded."))
    return found


def _too_many() -> TooMany:
    return TooMany(
        _("At most %(count)d pictures and %(size)s at once. Choose fewer.")
        % {"count": MOST_PICTURES, "size": filesizeformat(MOST_BYTES)}
    )


class _Sink(RawIOBase):
    """What the archive wrote since it was last drained. It cannot be wound back, so the archive
    writes each file's sum behind it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def drained(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _zipped(pictures: Iterable[Output]) -> Iterator[bytes]:
    """The bytes of the archive, as they are read from the storage."""
    sink = _Sink()
    missing: list[str] = []
    with ZipFile(sink, "w", ZIP_STORED) as archive:  # pictures are compressed already
        for picture in pictures:
            name = file_name(picture)
            try:
                pieces = storage.chunks(picture.file)
            except (NotFound, StorageFailed):  # deleted meanwhile; the rest is still wanted
                missing.append(name)
                continue
            entry = ZipInfo(name, timezone.localtime(picture.created_at).timetuple()[:6])
            with archive.open(entry, "w") as file:
                for piece in pieces:
                    file.write(piece)
                    yield sink.drained()
        if missing:
            archive.writestr(_MISSING, "\n".join(missing) + "\n")
    yield sink.drained()
