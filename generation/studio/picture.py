"""What the light box shows of one picture: everything that is known about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.actor import Actor
from catalog import access as catalog
from generation.errors import NotFound
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.studio import cards, recall, sentences
from generation.studio.results import again, parameters, stage
from generation.studio.sources.again import has_pictures

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Scan:
    """How the code in a picture was read before it was handed out."""

    content: str
    is_art: bool  # False: no painting could be read, so it is the code itself in its colours


@dataclass(frozen=True, kw_only=True)
class Picture:
    key: str
    task_id: UUID
    kind: cards.Kind
    title: str
    explanation: str
    prompt: str
    negative_prompt: str
    url: str
    placeholder: str
    width: int
    height: int
    file_name: str
    labels: list[str]
    facts: Facts
    warnings: tuple[str, ...]
    settings: str  # JSON, for the form; "" where another page has to make it
    delete_text: str
    again: str  # the page of the form that made it
    scan: Scan | None = None
    index: int
    medium: stage.Medium
    text: str  # of a caption
    poster: str  # of an animation: its first picture, standing still; "" of any other
    before: stage.Before | None
    siblings: list[stage.Sibling]
    rows: Facts  # what else was asked for
    offers: stage.Offers


def picture(actor: Actor, task: TaskSnapshot, index: int) -> Picture:
    """NotFound for a place that the task does not have; a task without pictures has place 0."""
    output = _output(task, index)
    kind = cards.kind_of(task, output)
    visible = output if kind == "picture" else None
    moving = stage.is_moving(visible)
    is_qr = bool(task.request.get("qr"))
    return Picture(
        key=f"{task.id}-{index}",
        task_id=task.id,
        kind=kind,
        title=cards.title_of(kind),
        explanation=_explanation(task, kind),
        prompt=cards.prompt_of(task),
        negative_prompt=str(task.request.get("negative_prompt") or ""),
        url=visible.url if visible else "",
        placeholder=visible.placeholder if visible else "",
        width=output.width if output else 0,
        height=output.height if output else 0,
        file_name=f"easel-{output.seed}.{output.format}" if output else "",
        labels=_labels(visible),
        facts=_facts(actor, task, output, visible),
        warnings=task.warnings,
        settings=""
        if is_qr or has_pictures(task.request)
        else json.dumps(recall.of_snapshot(actor, task, output)),
        delete_text=_delete_text(task),
        again=reverse("studio:qr" if is_qr else "studio:studio"),
        scan=_scan(visible),
        index=index,
        medium=stage.medium(visible),
        text=visible.infotext if visible and visible.format == "txt" else "",
        poster=visible.thumbnail_url if visible and moving else "",
        before=stage.before(task) if visible and not moving else None,
        siblings=stage.siblings(task, index),
        rows=parameters.rows(again.whole(task)),
        offers=stage.offers(actor, task, visible, moving=moving),
    )


def _output(task: TaskSnapshot, index: int) -> OutputSnapshot | None:
    if not task.is_final:
        raise NotFound("the task is unfinished")
    if not task.outputs and index == 0:
        return None
    for output in task.outputs:
        if output.index == index:
            return output
    raise NotFound("no such picture")


def _explanation(task: TaskSnapshot, kind: cards.Kind) -> str:
    if kind == "blocked":
        return _(
            "The content check found something that may not be shown here. "
            "The picture was withheld and not charged."
        )
    if kind == "picture":
        return ""
    if kind == "expired":
        return _("Its time was over and its file was removed. You can paint it again.")
    return sentences.of_code(task.error_code, task.error_message)


def _scan(output: OutputSnapshot | None) -> Scan | None:
    if output is None or output.qr is None:
        return None
    return Scan(str(output.qr["content"]), bool(output.qr["is_art"]))


def _labels(output: OutputSnapshot | None) -> list[str]:
    """Only flagged pictures carry labels that a person should see."""
    if output is None or output.verdict != "flag":
        return []
    return [
        f"{label.name} {label.confidence:.0%}" if label.confidence is not None else label.name
        for label in output.labels
    ] or [_("Flagged")]


def _facts(
    actor: Actor,
    task: TaskSnapshot,
    output: OutputSnapshot | None,
    visible: OutputSnapshot | None,
) -> Facts:
    facts = [(_("Size"), f"{_side(task, output, 0)} × {_side(task, output, 1)}")]
    if task.kind == "image":
        facts = [*_painted_with(actor, task, output), *facts]
    if visible:
        facts.append((_("File"), f"{visible.format.upper()}, {filesizeformat(visible.size)}"))
    if task.spent is not None:
        facts.append((_("Paid"), sentences.credits(task.spent)))
    created = localtime(task.created_at)
    facts.append((_("Made"), date_format(created, "DATETIME_FORMAT")))
    return [(name, value) for name, value in facts if value]


def _painted_with(actor: Actor, task: TaskSnapshot, output: OutputSnapshot | None) -> Facts:
    request = task.request
    return [
        (_("Model"), model_title(actor, str(request.get("checkpoint") or ""))),
        (_("Seed"), str(output.seed if output else request.get("seed") or "")),
        (_("Steps"), str(request.get("steps", ""))),
        ("CFG", f"{float(str(request.get('cfg_scale') or 0)):g}"),
        (_("Sampler"), str(request.get("sampler", ""))),
    ]


def _side(task: TaskSnapshot, output: OutputSnapshot | None, axis: int) -> object:
    if output:
        return (output.width, output.height)[axis]
    return task.request.get(("width", "height")[axis], "")


def model_title(actor: Actor, name: str) -> str:
    """How the catalog calls a checkpoint; the bare name where it knows it no more."""
    found = catalog.resolve_checkpoint(actor.tenant_id, name) if name else None
    if found is None or found.entry is None or found.name != name:
        return name
    return str(found.entry.display_title)


def _delete_text(task: TaskSnapshot) -> str:
    count = max(len(task.outputs), 1)
    return _("Delete all %(count)d of this task") % {"count": count} if count > 1 else _("Delete")
