"""What work costs. Pure: integers in, integers out, no clock and no database.

A price is in millicredits (1000 = one credit). One picture costs::

    pass        per_megapixel_step × megapixels × steps, a megapixel being 2^20 pixels
                (× img2img_percent for image to image)
    hires       the same of the second pass, × hires_percent
    surcharges  percent of pass + hires: each ControlNet unit, each ADetailer unit, faces
    minimum     what is missing to ``per_image``

and a request costs ``base_millicredits`` and its pictures, of which the tenant pays
``tenant_percent``, rounded up to ``step_millicredits``.
Each line is rounded up by itself, so the lines always sum to the total; and each only grows with
what it measures, so more pictures, steps or pixels are never cheaper. No picture costs nothing:
a task that delivered none is refunded whole.
"""

from __future__ import annotations

from dataclasses import dataclass

MEGAPIXEL = 2**20


@dataclass(frozen=True, kw_only=True)
class PriceRule:
    """One row of ``Price``. The defaults are the price of a fresh installation: a picture of
    512 × 512 in 20 steps costs exactly one credit."""

    base_millicredits: int = 0
    per_megapixel_step: int = 200
    per_image: int = 0
    hires_percent: int = 100
    img2img_percent: int = 100
    controlnet_percent: int = 30
    adetailer_percent: int = 50
    restore_faces_percent: int = 10
    step_millicredits: int = 1
    tenant_percent: int = 100

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 0 or self.step_millicredits < 1:
            raise ValueError("a price rule holds no negative number, and a step of at least 1")


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be paid for. Sides are pixels; the hires sides are those that come out of the
    second pass, 0 without one."""

    images: int = 1
    width: int
    height: int
    steps: int
    hires_width: int = 0
    hires_height: int = 0
    hires_steps: int = 0
    img2img: bool = False
    restore_faces: bool = False
    controlnet_units: int = 0
    adetailer_units: int = 0

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 0:
            raise ValueError("no amount of work is negative")


@dataclass(frozen=True)
class Line:
    """``code``: base, pass, hires, controlnet, adetailer, restore_faces, minimum, tenant or
    rounding. Only ``tenant`` may be negative: a discount."""

    code: str
    millicredits: int


@dataclass(frozen=True)
class Quote:
    total: int
    lines: tuple[Line, ...] = ()


def price(rule: PriceRule, work: Work) -> Quote:
    """The price of ``work`` under ``rule``, with the lines that it is made of (none is 0)."""
    if work.images == 0:
        return Quote(0)
    drawn = _drawn(rule, work)
    pictures = sum(amount for _, amount in drawn)
    missing = max(0, rule.per_image * work.images - pictures)
    listed = rule.base_millicredits + pictures + missing
    paid = _up(listed * rule.tenant_percent, 100)
    rounding = -paid % rule.step_millicredits
    amounts = [("base", rule.base_millicredits), *drawn, ("minimum", missing)]
    amounts += [("tenant", paid - listed), ("rounding", rounding)]
    return Quote(paid + rounding, tuple(Line(code, n) for code, n in amounts if n))


def _drawn(rule: PriceRule, work: Work) -> list[tuple[str, int]]:
    """The lines that grow with pictures, pixels and steps.

    Amounts are kept as integers over one denominator until the last division: floats would make
    a picture of one credit cost 1001 millicredits now and then.
    """
    denominator = MEGAPIXEL * 100
    rate = rule.per_megapixel_step * work.images
    first = rate * work.width * work.height * work.steps
    first *= rule.img2img_percent if work.img2img else 100
    second = rate * work.hires_width * work.hires_height * work.hires_steps * rule.hires_percent
    surcharges = [
        ("controlnet", work.controlnet_units * rule.controlnet_percent),
        ("adetailer", work.adetailer_units * rule.adetailer_percent),
        ("restore_faces", int(work.restore_faces) * rule.restore_faces_percent),
    ]
    return [
        ("pass", _up(first, denominator)),
        ("hires", _up(second, denominator)),
        *(
            (code, _up((first + second) * percent, denominator * 100))
            for code, percent in surcharges
        ),
    ]


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
