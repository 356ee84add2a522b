"""A row in every table that can tell of somebody, and the search for what is left of him.

``fill`` makes what no test made by hand: for each model one row, its texts saying who it is about,
its keys pointing to him. A new model is filled, and searched, without a word here; one that cannot
be filled fails the test that says so.
"""

from __future__ import annotations

import base64
import itertools
import re
import uuid
import zlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

OURS = ("accounts", "catalog", "generation", "tools", "admin", "account", "mfa", "socialaccount",
        "usersessions", "sessions")  # fmt: skip
_numbers = itertools.count(1)


class Filler:
    """``about``: model → the row that keys to it should name. ``words``: what texts say."""

    def __init__(self, about: dict[type[models.Model], Any], words: str) -> None:
        self.about = dict(about)
        self.words = words
        self.failed: dict[str, str] = {}

    def fill(self, spared: Iterable[str]) -> None:
        """One row of each model that has none about this person yet."""
        for _round in range(4):  # a row may need another's that comes later in the list
            self.failed = {}
            for model in ours():
                if model._meta.label not in spared and model not in self.about:
                    self._one(model)

    def _one(self, model: type[models.Model]) -> None:
        """Tried in four ways: a constraint may want one choice, or nothing where null may be."""
        for last, nulls in itertools.product((False, True), (False, True)):
            try:
                values = {
                    field.name: self._value(field, last, nulls)
                    for field in model._meta.local_concrete_fields
                    if self._wanted(field)
                }
                with transaction.atomic():
                    self.about[model] = model._base_manager.create(**values)
                self.failed.pop(model._meta.label, None)
                return
            except (IntegrityError, KeyError, ValueError, TypeError) as error:
                self.failed[model._meta.label] = str(error).splitlines()[0]

    @staticmethod
    def _wanted(field: models.Field[Any, Any]) -> bool:
        if isinstance(field, models.AutoField):
            return False
        return field.is_relation or not (field.has_default() and not _is_text(field))

    def _value(self, field: models.Field[Any, Any], last: bool, nulls: bool) -> Any:
        if field.is_relation:
            found = self.about.get(field.related_model)
            if found is None and not field.null:
                raise KeyError(f"no {field.related_model} for {field}")
            return found
        if field.choices:
            values = [value for value, _words in field.flatchoices if value != ""]
            return values[-1 if last else 0]
        if nulls and field.null:
            return None
        return self._plain(field)

    def _plain(self, field: models.Field[Any, Any]) -> Any:
        if field.name.endswith("_hash"):
            return f"{next(_numbers):064x}"
        if isinstance(field, models.EmailField):
            return self.words
        if isinstance(field, models.SlugField):
            return f"s{next(_numbers)}"
        if isinstance(field, models.CharField | models.TextField):
            return f"{next(_numbers)} {self.words}"[: field.max_length or 500]
        kinds: tuple[tuple[Any, Any], ...] = (
            (models.JSONField, {"text": self.words}),
            (ArrayField, []),
            (models.UUIDField, uuid.uuid4()),
            (models.DateTimeField, timezone.now() + timedelta(days=1)),
            (models.DateField, timezone.localdate()),
            (models.BooleanField, False),
            (models.GenericIPAddressField, "192.0.2.1"),
            (models.BinaryField, self.words.encode()),
            (models.DurationField, timedelta(1)),
        )
        for kind, value in kinds:
            if isinstance(field, kind):
                return value
        if isinstance(field, models.IntegerField | models.FloatField | models.DecimalField):
            return next(_numbers)
        if field.null:
            return None
        raise KeyError(f"no value for {field}")


def ours() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in OURS and model._meta.managed and not model._meta.proxy:
            yield model


def _is_text(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.CharField | models.TextField | models.JSONField)


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def told(words: Iterable[str]) -> dict[str, list[str]]:
    """Table → its rows, as text, in which one of the words stands: in any column of any type, in
    the bytes of files that columns hold, and in what a session's text unpacks to."""
    wanted = [word.lower() for word in words]
    found: dict[str, list[str]] = {}
    for table in tables():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT r.*::text, to_jsonb(r)::text FROM "{table}" r')
            for row in cursor.fetchall():
                text = f"{row[0]} {row[1]} {_unpacked(str(row[1]))}".lower()
                if any(word in text for word in wanted):
                    found.setdefault(table, []).append(text[:300])
    return found


def _unpacked(text: str) -> str:
    """What stands in a signed, packed session, and in bytes that are written as hex."""
    parts = []
    for packed in re.findall(r"\.(eJ[\w-]+):", text):
        parts.append(zlib.decompress(base64.urlsafe_b64decode(packed + "==")).decode())
    for packed in re.findall(r"\"(eyJ[\w-]+):", text):
        parts.append(base64.urlsafe_b64decode(packed + "==").decode())
    for digits in re.findall(r"\\\\x((?:[0-9a-f]{2})+)", text):
        parts.append(bytes.fromhex(digits).decode("utf-8", "replace"))
    return " ".join(parts)


def keyed(target: type[models.Model], pk: int) -> dict[str, int]:
    """Table.column → rows whose foreign key, or whose column of that name, is this number."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            points = field.is_relation and field.related_model is target
            named = not field.is_relation and field.column == f"{target._meta.model_name}_id"
            if points or named:
                count = model._base_manager.filter(**{field.attname: pk}).count()
                if count:
                    found[f"{model._meta.db_table}.{field.column}"] = count
    return found


def files(folder: str = "") -> set[str]:
    """Every file in the default storage."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return set()
    below = {f"{folder}/{name}".lstrip("/") for name in names}
    for each in folders:
        below |= files(f"{folder}/{each}".lstrip("/"))
    return below
