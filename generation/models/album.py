from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generation.models.output import Output


class Favourite(models.Model):
    """A picture that a person marked with a heart. ``made_at`` and ``task_id`` are its task's: by
    them a list of favourites runs in the order of the history, and they never change."""

    id = models.BigAutoField(primary_key=True)
    # No index of its own: those below begin with it.
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    output = models.ForeignKey(
        Output, on_delete=models.CASCADE, related_name="favourites", db_index=False
    )
    made_at = models.DateTimeField()
    task_id = models.UUIDField()

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [
            models.UniqueConstraint(fields=["output", "user"], name="favourite_once"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "user", "-made_at", "-task_id"],
                name="favourite_list",  # history: a person's favourites, newest first
            ),
        ]

    def __str__(self) -> str:
        return f"favourite {self.output_id}"


class AlbumQuerySet(models.QuerySet["Album"]):
    def of(self, tenant_id: int, user_id: int | None) -> Self:
        """Albums are each person's own: not even an owner looks into a member's."""
        return self.filter(tenant_id=tenant_id, user_id=user_id)


class Album(models.Model):
    """Pictures that a person put together under a name. Deleting it deletes no picture."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    # null: the newest picture stands for it
    cover = models.ForeignKey(
        Output, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects = AlbumQuerySet.as_manager()

    class Meta:
        verbose_name = _("album")
        verbose_name_plural = _("albums")
        constraints = [
            models.UniqueConstraint("tenant", "user", Lower("name"), name="album_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class AlbumEntry(models.Model):
    """A picture in an album; ``made_at`` and ``task_id`` as in a Favourite."""

    id = models.BigAutoField(primary_key=True)
    album = models.ForeignKey(
        Album, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    task_id = models.UUIDField()

    class Meta:
        verbose_name = _("picture in an album")
        verbose_name_plural = _("pictures in albums")
        constraints = [
            models.UniqueConstraint(fields=["album", "output"], name="album_entry_once"),
        ]
        indexes = [
            models.Index(
                fields=["album", "-made_at", "-task_id"],
                name="album_entry_list",  # history: an album, newest first
            ),
        ]

    def __str__(self) -> str:
        return f"{self.output_id} in {self.album_id}"
