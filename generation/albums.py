"""What a person keeps together: favourites, and albums with a name. Each person's own: nobody
else sees them, not even an owner. Deleting an album deletes no picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import access
from generation.access import SUPERVISORS
from generation.errors import Forbidden, InvalidRequest, NotFound, TooMany
from generation.models import Album, AlbumEntry, Favourite, Output
from generation.storage import links

MOST = 500  # albums of one person: a page shows them all
MOST_AT_ONCE = 500  # pictures in one call
LONGEST_NAME = 80
COUNTED = 1000  # more pictures than these are not counted

Place = tuple[UUID, int]
"""A picture by its task and its place in it."""


@dataclass(frozen=True, kw_only=True)
class Cover:
    """An album as a list shows it. ``count`` is COUNTED where there are as many or more;
    ``thumbnail_url`` "" where there is nothing to be seen."""

    id: int
    name: str
    count: int
    thumbnail_url: str
    placeholder: str

    @property
    def is_counted(self) -> bool:
        return self.count < COUNTED


def mark(actor: Actor, places: Iterable[Place], on: bool) -> int:
    """Hearts for pictures, or none any more: how many changed. NotFound, TooMany."""
    pictures, user_id = _pictures(actor, places), _person(actor)
    mine = Favourite.objects.filter(tenant_id=actor.tenant_id, user_id=user_id)
    if not on:
        return mine.filter(output__in=pictures).delete()[0]
    rows = [
        Favourite(
            tenant_id=actor.tenant_id,
            user_id=user_id,
            output=picture,
            made_at=picture.task.created_at,
            task_id=picture.task_id,
        )
        for picture in pictures
    ]
    return len(Favourite.objects.bulk_create(rows, ignore_conflicts=True))


def marked(actor: Actor, outputs: Iterable[UUID]) -> frozenset[UUID]:
    """Those of these pictures that the actor has marked."""
    if actor.user_id is None:
        return frozenset()
    mine = Favourite.objects.filter(user_id=actor.user_id, output_id__in=list(outputs))
    return frozenset(mine.values_list("output_id", flat=True))


def is_marked(actor: Actor, place: Place) -> bool:
    shown = Output.objects.filter(task=place[0], index=place[1])
    return bool(marked(actor, shown.values_list("pk", flat=True)))


def inside(album_id: int, outputs: Iterable[UUID]) -> frozenset[UUID]:
    """Those of these pictures that are in the album."""
    entries = AlbumEntry.objects.filter(album_id=album_id, output_id__in=list(outputs))
    return frozenset(entries.values_list("output_id", flat=True))


def create(actor: Actor, name: str) -> Album:
    """InvalidRequest for a name that is empty, too long, or in use already; TooMany."""
    named, user_id = _name(name), _person(actor)
    if Album.objects.of(actor.tenant_id, user_id).count() >= MOST:
        raise TooMany(_("There are %(most)d albums already: delete some.") % {"most": MOST})
    with _unique():
        return Album.objects.create(tenant_id=actor.tenant_id, user_id=user_id, name=named)


def one(actor: Actor, album_id: int) -> Album:
    """NotFound for another's, as for one that never was."""
    found = Album.objects.of(actor.tenant_id, _person(actor)).filter(pk=album_id).first()
    if found is None:
        raise NotFound("no such album")
    return found


def rename(actor: Actor, album_id: int, name: str) -> Album:
    """Same refusals as ``create`` and ``one``."""
    album = one(actor, album_id)
    album.name = _name(name)
    with _unique():
        album.save(update_fields=["name"])
    return album


def delete(actor: Actor, album_id: int) -> None:
    """The album alone: its pictures stay."""
    one(actor, album_id).delete()


def add(actor: Actor, album_id: int, places: Iterable[Place]) -> int:
    """How many were not in it before. NotFound, TooMany."""
    album = one(actor, album_id)
    rows = [
        AlbumEntry(
            album=album,
            output=picture,
            made_at=picture.task.created_at,
            task_id=picture.task_id,
        )
        for picture in _pictures(actor, places)
    ]
    before = AlbumEntry.objects.filter(album=album, output__in=[row.output_id for row in rows])
    known = before.count()
    AlbumEntry.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows) - known


def remove(actor: Actor, album_id: int, places: Iterable[Place]) -> int:
    """How many were in it. The pictures stay."""
    album = one(actor, album_id)
    pictures = _pictures(actor, places)
    Album.objects.filter(pk=album.pk, cover__in=pictures).update(cover=None)
    return AlbumEntry.objects.filter(album=album, output__in=pictures).delete()[0]


def move(actor: Actor, album_id: int, target_id: int, places: Sequence[Place]) -> int:
    """Out of one album into another, both or neither."""
    with transaction.atomic():
        moved = remove(actor, album_id, places)
        add(actor, target_id, places)
    return moved


def choose_cover(actor: Actor, album_id: int, place: Place) -> None:
    """NotFound where the picture is not in the album."""
    album = one(actor, album_id)
    (picture,) = _pictures(actor, [place])
    if not AlbumEntry.objects.filter(album=album, output=picture).exists():
        raise NotFound("no such image")
    Album.objects.filter(pk=album.pk).update(cover=picture)


def names(actor: Actor) -> list[tuple[int, str]]:
    mine = Album.objects.of(actor.tenant_id, actor.user_id).order_by(Lower("name"))
    return list(mine.values_list("pk", "name"))


def covers(actor: Actor) -> list[Cover]:
    """The actor's albums by name, each with the picture chosen for it, else its newest one."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COVERS,
            {
                "tenant": actor.tenant_id,
                "me": actor.user_id,
                "all": actor.role in SUPERVISORS,
                "counted": COUNTED,
            },
        )
        return [_cover(row) for row in cursor.fetchall()]


def _cover(row: tuple[Any, ...]) -> Cover:
    album_id, name, count, output_id, expires_at, placeholder = row
    shown = output_id is not None
    return Cover(
        id=album_id,
        name=name,
        count=count,
        thumbnail_url=links.sign(output_id, "thumbnail", expires_at, "webp") if shown else "",
        placeholder=placeholder or "",
    )


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise Forbidden(_("only a person has albums"))
    return actor.user_id


def _pictures(actor: Actor, places: Iterable[Place]) -> list[Output]:
    wanted = set(places)
    if len(wanted) > MOST_AT_ONCE:
        raise TooMany(_("At most %(most)d pictures at once.") % {"most": MOST_AT_ONCE})
    return access.pictures(actor, wanted)


def _name(name: str) -> str:
    cleaned = " ".join(name.replace("\x00", "").split())
    if not cleaned:
        raise InvalidRequest(_("Give the album a name."), field="name")
    if len(cleaned) > LONGEST_NAME:
        text = _("At most %(most)d characters.") % {"most": LONGEST_NAME}
        raise InvalidRequest(text, field="name")
    return cleaned


@contextmanager
def _unique() -> Iterator[None]:
    """Says in words which rule a doubled name broke."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        text = _("You have an album of that name already.")
        raise InvalidRequest(text, field="name") from error


_SEEN = """
    FROM generation_albumentry e JOIN generation_output o ON o.id = e.output_id
    JOIN generation_task t ON t.id = o.task_id
    WHERE e.album_id = a.id AND t.tenant_id = %(tenant)s AND (%(all)s OR t.user_id = %(me)s)
      AND t.hidden_at IS NULL AND o.hidden_at IS NULL
"""
_COVERS = f"""
SELECT a.id, a.name,
    (SELECT count(*) FROM (SELECT 1 {_SEEN} LIMIT %(counted)s) AS seen),
    COALESCE(chosen.id, newest.id), COALESCE(chosen.expires_at, newest.expires_at),
    COALESCE(chosen.placeholder, newest.placeholder)
FROM generation_album a
LEFT JOIN LATERAL (SELECT o.id, o.expires_at, o.placeholder {_SEEN}
    AND o.id = a.cover_id AND o.state = 'visible' LIMIT 1) chosen ON true
LEFT JOIN LATERAL (SELECT o.id, o.expires_at, o.placeholder {_SEEN}
    AND o.state = 'visible' ORDER BY e.made_at DESC, e.task_id DESC LIMIT 1) newest ON true
WHERE a.tenant_id = %(tenant)s AND a.user_id = %(me)s
ORDER BY lower(a.name)
"""
