"""The worker's second half: what was generated is audited, and kept.

Blocked bytes are never served: they are kept in quarantine without a thumbnail, for review.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from catalog import access as catalog
from generation import needs, storage
from generation.audit import prompt, registry
from generation.audit.base import PATIENCE, AuditPolicy, Finding
from generation.backends.base import Picture, Weights
from generation.errors import EaselError
from generation.models import Attempt, Output, Task
from generation.models.output import id_of
from generation.states import OutputState, Verdict
from generation.steady import steadily


def audit(
    images: Sequence[bytes], rules: AuditPolicy, *, patience: float = PATIENCE
) -> list[Finding]:
    """One finding a picture, by the tenant's rules. Raises AuditUnavailable (temporary)."""
    return registry.open_auditor().look(images, rules, patience=patience)


def audit_made(made: Sequence[Picture], rules: AuditPolicy, tenant_id: int) -> list[Finding]:
    """One finding a result: a picture is looked at, a text is read as a prompt is."""
    if any(one.format == "txt" for one in made):
        read = [prompt.judge(tenant_id, one.data.decode()) for one in made]
        return [Finding(verdict=found.verdict, labels=found.labels) for found in read]
    return audit([one.data for one in made], rules)


def preview_filter(task: Task, rules: AuditPolicy) -> Callable[[bytes], bytes | None]:
    """Previews pass the audit too: what may not be seen at the end is not seen on the way."""

    def allowed(preview: bytes) -> bytes | None:
        try:
            # Not for long: whoever waits here hears of a cancellation that much later.
            (finding,) = audit([preview], rules, patience=0.5)
        except EaselError:
            return None  # no preview without an audit; the picture itself waits for it
        return None if finding.verdict == Verdict.BLOCK else preview

    if task.tenant.preview_policy == "blur":
        return storage.blurred
    return allowed


def inputs(task: Task) -> dict[str, bytes]:
    """The stored input pictures that the request names, by their key."""
    references = task.image_request.inputs.values()
    return {ref.stored: storage.open_stored(ref.stored) for ref in references if ref.stored}


def weights(task: Task) -> dict[str, Weights]:
    """The LoRAs of the request that the server is to fetch from us, by their names."""
    found = {}
    for name in needs.loras_of(task.image_request):
        known = catalog.resolve_lora(task.tenant_id, name)
        entry = known.entry if known else None
        if entry and entry.file and needs.word("lora", name) not in task.needs:
            path = storage.weights.sign(entry.sha256, timezone.now())
            found[name] = Weights(path=path, sha256=entry.sha256)
    return found


def store(
    task: Task, token: UUID, made: Sequence[Picture], findings: Sequence[Finding]
) -> list[Output]:
    """Writes the files and answers the rows, not saved yet. The names are on the attempt before
    the first byte is written: a worker that dies in between leaves nothing unknown."""
    stems = [_stem(task, token, index) for index in range(len(made))]
    names = [
        name
        for stem, picture in zip(stems, made, strict=True)
        for name in storage.file_names(stem, picture.format)
    ]
    steadily(Attempt.objects.filter(lease_token=token).update, files=names)
    return [
        _output(task, index, stem, picture, finding)
        for index, (stem, picture, finding) in enumerate(zip(stems, made, findings, strict=True))
    ]


def discard(outputs: Sequence[Output]) -> None:
    """Removes the files of outputs that were not to be."""
    storage.remove([name for output in outputs for name in (output.file, output.thumbnail) if name])


def _stem(task: Task, token: UUID, index: int) -> str:
    day = timezone.localdate(task.created_at)
    return f"outputs/{task.tenant_id}/{day:%Y-%m-%d}/{task.pk}-{token.hex[:8]}-{index}"


def _output(task: Task, index: int, stem: str, picture: Picture, finding: Finding) -> Output:
    blocked = finding.verdict == Verdict.BLOCK
    if picture.format == "txt":
        return _text(task, index, picture, finding)
    kept = storage.keep(
        picture.data,
        picture.format,
        stem=stem,
        parameters=picture.infotext,
        label=storage.label_of(task),
        visible_mark=task.tenant.visible_mark,
        thumbnail=not blocked,
    )
    now = timezone.now()
    return Output(
        id=id_of(task.pk, index),
        task=task,
        index=index,
        state=OutputState.BLOCKED if blocked else OutputState.VISIBLE,
        file=kept.file,
        thumbnail=kept.thumbnail,
        placeholder=kept.placeholder,
        format=kept.format,
        width=kept.width,
        height=kept.height,
        size=kept.size,
        sha256=kept.sha256,
        seed=picture.seed,
        infotext=picture.infotext,
        qr=picture.qr,
        verdict=finding.verdict,
        labels=[vars(label) for label in finding.labels],
        expires_at=now + timedelta(days=settings.EASEL_FILE_DAYS),
        quarantine_until=now + timedelta(days=settings.EASEL_QUARANTINE_DAYS) if blocked else None,
    )


def _text(task: Task, index: int, made: Picture, finding: Finding) -> Output:
    """A text has no file: it stands in the row. One that is blocked is not kept at all."""
    blocked = finding.verdict == Verdict.BLOCK
    now = timezone.now()
    return Output(
        task=task,
        index=index,
        kind="text",
        state=OutputState.DELETED if blocked else OutputState.VISIBLE,
        format="txt",
        width=0,
        height=0,
        size=len(made.data),
        sha256=hashlib.sha256(made.data).hexdigest(),
        seed=0,
        infotext="" if blocked else made.data.decode(),
        verdict=finding.verdict,
        labels=[vars(label) for label in finding.labels],
        expires_at=now + timedelta(days=settings.EASEL_FILE_DAYS),
    )
