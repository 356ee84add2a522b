"""What the form offers: models, ratios, examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from django.templatetags.static import static
from django.utils.translation import gettext as _

from accounts.actor import Actor
from catalog import access as catalog
from catalog.kinds import Kind
from catalog.models import BaseModel, Checkpoint

EXAMPLE_CONTENT = "https://example.com/"
_TINTS = 5  # colours of a model without a cover
# The sketch painter's styles: scripts/sketch_covers.py painted their covers.
_SKETCHES = frozenset(
    {
        *("sketch", "sketch-flat", "sketch-watercolour"),
        *("sketch-ink", "sketch-pixel", "sketch-poster"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Model:
    name: str
    title: str
    family: str
    cover: str
    tint: int
    side: int  # pixels: the side of the square that it was made for


@dataclass(frozen=True, kw_only=True)
class Ratio:
    wide: int
    high: int
    title: str

    @property
    def name(self) -> str:
        return f"{self.wide}:{self.high}"

    @property
    def icon(self) -> str:
        return f"r{self.wide}{self.high}"


@dataclass(frozen=True)
class Example:
    """``fields``: what the form sends for it."""

    caption: str
    picture: str  # a static file
    fields: Mapping[str, str]


def models(actor: Actor) -> list[Model]:
    """The checkpoints that the tenant can have now, those of a GPU server first."""
    found = [
        _model(entry)
        for entry in catalog.choices(Kind.CHECKPOINT, actor.tenant_id)
        if isinstance(entry, Checkpoint) and entry.online
    ]
    return sorted(found, key=lambda model: model.title.lower())


def _model(entry: Checkpoint) -> Model:
    return Model(
        name=entry.name,
        title=entry.display_title,
        family=entry.base_model or _("unknown family"),
        cover=_cover(entry),
        tint=crc32(entry.name.encode()) % _TINTS + 1,
        side=round((entry.default_width * entry.default_height) ** 0.5),
    )


def _cover(entry: Checkpoint) -> str:
    """The page shows no picture of another server: its policy forbids it."""
    if entry.cover_url.startswith("/"):
        return entry.cover_url
    is_ours = entry.base_model == BaseModel.SKETCH and entry.name in _SKETCHES
    return static(f"easel/covers/{entry.name}.webp") if is_ours else ""


def ratios() -> list[Ratio]:
    return [
        Ratio(wide=1, high=1, title=_("Square")),
        Ratio(wide=3, high=4, title=_("Portrait")),
        Ratio(wide=4, high=3, title=_("Landscape")),
        Ratio(wide=9, high=16, title=_("Tall, as a phone")),
        Ratio(wide=16, high=9, title=_("Wide, as a screen")),
    ]


def examples() -> list[Example]:
    """What a first visitor can paint with one click; the pictures were painted by these prompts."""
    prompts = [
        _("a cat sitting on the moon under a sky full of stars"),
        _("a little house by the sea at sunset"),
        _("a panda in a bamboo forest"),
        _("a rainbow over a castle"),
        _("a fox in the forest in the rain"),
        _("three red balloons in a blue sky"),
    ]
    return [
        Example(prompt, f"easel/examples/{number}.webp", {"prompt": prompt})
        for number, prompt in enumerate(prompts, start=1)
    ]


def qr_examples() -> list[Example]:
    """The same for the QR page; each picture can be scanned."""
    wishes = [
        ("guofeng", _("a pavilion by a lake among bamboo")),
        ("anime", _("a little house by the sea at sunset")),
        ("scifi", _("a robot under the stars")),
    ]
    return [
        Example(
            prompt,
            f"easel/examples/qr-{style}.webp",
            {"content": EXAMPLE_CONTENT, "style": style, "prompt": prompt},
        )
        for style, prompt in wishes
    ]
