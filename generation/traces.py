"""Traces of a person or an organisation in tables that no foreign key joins to them: what
``erasure`` could not find by looking at the models.

The logs of the admin and of the operators stay as logs: what was done, when, and to which number.
Names go out of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q

from accounts.models import (
    Entry,
    EntryKind,
    HeldMail,
    Invitation,
    OutgoingMail,
    RateWindow,
    Tenant,
    User,
)


def forget_person(user: User) -> None:
    """The e-mail address, wherever others wrote it down."""
    HeldMail.objects.filter(recipients__icontains=user.email).delete()
    OutgoingMail.objects.filter(recipients__icontains=user.email).delete()
    Invitation.objects.filter(email=user.email).delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('easel.erasing', 'yes', true)")
        # Whatever the operator himself did stays, without his name and address.
        cursor.execute(
            "UPDATE accounts_trailentry SET operator = '', address = ''"
            " WHERE operator_id = %s OR operator = %s",
            [user.pk, user.email],
        )
        cursor.execute(
            "UPDATE accounts_trailentry SET label = '', reason = '', before = '{}', after = '{}'"
            " WHERE (kind = 'accounts.user' AND object_id = %(id)s::text)"
            " OR concat_ws(' ', label, reason, before, after) ILIKE %(email)s",
            {"id": user.pk, "email": f"%{_literally(user.email)}%"},
        )
    _forget_notes(user.email)
    _blank(LogEntry.objects.filter(_mentions(user.email)))


def _forget_notes(email: str) -> None:
    """What an operator wrote into books by hand begins with his address."""
    by_hand = Entry.objects.filter(kind__in=(EntryKind.GRANT, EntryKind.ADJUST, EntryKind.REVIEW))
    naming = by_hand.filter(note__icontains=email, lineage=None).order_by()
    for tenant_id in naming.values_list("tenant", flat=True).distinct():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('easel.closing_tenant', %s, true)", [str(tenant_id)])
        naming.filter(tenant=tenant_id).update(note="")


def forget_tenant(tenant: Tenant) -> None:
    RateWindow.objects.filter(subject=f"tenant:{tenant.pk}").delete()
    lineages = tenant.keys.values_list("lineage", flat=True)
    forget_counters(lineages)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('easel.erasing', 'yes', true)")
        cursor.execute(
            "UPDATE accounts_trailentry SET label = '', reason = '', before = '{}', after = '{}'"
            " WHERE tenant_id = %(id)s OR (kind = 'accounts.tenant' AND object_id = %(id)s::text)",
            {"id": tenant.pk},
        )
    kinds = ContentType.objects.get_for_model(Tenant)
    _blank(LogEntry.objects.filter(content_type=kinds, object_id=str(tenant.pk)))


def forget_counters(lineages: Iterable[object]) -> None:
    RateWindow.objects.filter(subject__in=[f"key:{lineage}" for lineage in lineages]).delete()


def anonymise_books(tenant_id: int) -> None:
    """Words and key lineages go out of the entries (migration accounts.0007 lets just this pass);
    amounts, kinds and times stay."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('easel.closing_tenant', %s, true)", [str(tenant_id)])
        cursor.execute(
            "UPDATE accounts_entry SET note = '', lineage = NULL"
            " WHERE tenant_id = %s AND (note <> '' OR lineage IS NOT NULL)",
            [tenant_id],
        )


def forget_labels() -> None:
    """The admin's log keeps the name of each row that it tells of: those of rows that are gone go
    too."""
    kinds = LogEntry.objects.order_by().values_list("content_type", flat=True).distinct()
    for kind in ContentType.objects.filter(pk__in=kinds):
        model = kind.model_class()
        entries = LogEntry.objects.filter(content_type=kind).exclude(object_repr="")
        if model is None:
            _blank(entries)
            continue
        named = set(entries.values_list("object_id", flat=True).distinct())
        there = {str(pk) for pk in _existing(model, named)}
        _blank(entries.filter(object_id__in=named - there))


def _existing(model: type, ids: set[str | None]) -> Iterable[object]:
    valid = []
    for text in ids:
        try:
            valid.append(model._meta.pk.to_python(text))  # type: ignore[attr-defined]
        except Exception:  # no id of this model at all: nothing is there
            continue
    manager = model._base_manager  # type: ignore[attr-defined]
    return list(manager.filter(pk__in=valid).values_list("pk", flat=True))


def _blank(entries: object) -> None:
    entries.update(object_repr="", change_message="")  # type: ignore[attr-defined]


def _mentions(text: str) -> Q:
    return Q(object_repr__icontains=text) | Q(change_message__icontains=text)


def _literally(text: str) -> str:
    """For LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
