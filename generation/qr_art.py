"""QR pictures: generated, read, and generated again with more of the code until they can be read.

One task is one lease and one bill, however many attempts it takes. Progress, previews and
cancellation work as in any other job, also between attempts. What no attempt makes readable is
handed out as the code itself in the painting's colours: never a picture that cannot be scanned.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from generation import picture_file
from generation.backends.base import Backend, Job, OnProgress, Picture, Progress
from generation.errors import BackendError
from generation.picture_file import UnreadablePicture
from generation.qr import code, plain, reading
from generation.qr.code import Code
from generation.qr.reading import Reading
from generation.request import ControlMode, ControlNetUnit, ImageRef, ImageRequest, Init, QrArt
from generation.wording import infotext

log = logging.getLogger(__name__)
# From the freest painting to the strictest; at strength 1.
WEIGHTS = (1.1, 1.4, 1.65, 2.0)  # of a ControlNet unit, at most 2
DENOISING = (0.4, 0.3, 0.2, 0.12)  # of img2img over the code
STILL_PAINTED = 0.05  # the least denoising: below it nothing is painted
CODE = "qr-code"  # the code's place among the job's pictures
_FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}


@dataclass(frozen=True)
class _Tried:
    """A painting and how its code reads; ``strength``: the weight or denoising it was made with."""

    picture: Picture
    image: Image.Image
    reads: Reading
    strength: float


def generate(
    server: Backend, job: Job, on_progress: OnProgress, *, seconds: float
) -> list[Picture]:
    """As ``Backend.generate``; each picture says in ``qr`` how it reads. No attempt is begun that
    would probably not end within ``seconds``."""
    qr = job.request.qr
    assert qr is not None
    code_ = code.make(qr.content)
    progress, began = _Scaled(on_progress), time.monotonic()
    best: dict[int, _Tried] = {}
    made: dict[int, int] = {}  # attempts
    seeds: dict[int, int] = {}
    for attempt, strength in enumerate(_strengths(qr), 1):
        conditioned = _conditioned(job, qr, code_, strength)
        missing = [index for index in range(job.request.images) if not _is_sure(best.get(index))]
        jobs = _jobs(conditioned, missing, seeds)
        for number, (indices, single) in enumerate(jobs):
            progress.part(attempt, number, len(jobs))
            pictures = server.generate(single, progress)
            if len(pictures) != len(indices):
                raise BackendError(f"asked for {len(indices)} pictures, got {len(pictures)}")
            for index, picture in zip(indices, pictures, strict=True):
                seeds.setdefault(index, picture.seed)
                made[index] = attempt
                best[index] = _better(best.get(index), _look(picture, code_, strength))
        spent = time.monotonic() - began
        if all(_is_sure(tried) for tried in best.values()) or spent * (1 + 1 / attempt) > seconds:
            break
    return [_finished(best[index], made[index], job, code_) for index in sorted(best)]


def _strengths(qr: QrArt) -> Iterator[float]:
    if qr.model:
        yield from dict.fromkeys(min(2.0, weight * qr.strength) for weight in WEIGHTS)
        return
    yield from (min(0.95, max(STILL_PAINTED, each / qr.strength)) for each in DENOISING)


def _conditioned(job: Job, qr: QrArt, code_: Code, strength: float) -> Job:
    """The job with the code before the painter's eyes."""
    request, image = job.request, ImageRef(stored=CODE)
    changes: dict[str, object] = {"qr": None}
    if qr.model:
        strict = strength >= WEIGHTS[-1]
        unit = ControlNetUnit(
            model=qr.model,
            image=image,
            weight=strength,
            control_mode=ControlMode.CONTROL if strict else ControlMode.BALANCED,
        )
        changes["controlnet"] = (unit,)
    else:
        changes["init"] = Init(image=image, denoising_strength=strength)
    drawn = _encoded(code.draw(code_, request.width, request.height), "png")
    images = {**job.images, CODE: drawn}
    return replace(job, request=request.model_copy(update=changes), images=images)


def _jobs(
    job: Job, missing: Sequence[int], seeds: dict[int, int]
) -> list[tuple[Sequence[int], Job]]:
    """All in one job at first; then each alone, with the seed that it had."""
    if not seeds:
        return [(missing, job)]
    return [([index], replace(job, request=_alone(job.request, seeds[index]))) for index in missing]


def _alone(request: ImageRequest, seed: int) -> ImageRequest:
    return request.model_copy(update={"seed": seed, "batch_size": 1, "n_iter": 1})


def _look(picture: Picture, code_: Code, strength: float) -> _Tried:
    try:
        image = picture_file.load(picture.data).convert("RGB")
        reads = reading.judge(image, code_)
    except (UnreadablePicture, code.Unencodable) as error:
        raise BackendError(f"the server sent no usable picture: {error}") from error
    log.info(
        "a code was painted: strength %.2f, steady %s, margin %.2f, grain %.3f",
        strength, reads.is_steady, reads.margin, reads.grain,
    )  # fmt: skip
    return _Tried(picture, image, reads, strength)


def _is_sure(tried: _Tried | None) -> bool:
    return tried is not None and tried.reads.is_sure


def _better(old: _Tried | None, new: _Tried) -> _Tried:
    """The newer is the stricter; it stays behind only where it reads worse."""
    return old if old and _rank(old.reads) > _rank(new.reads) else new


def _rank(reads: Reading) -> tuple[bool, bool, float]:
    return reads.is_steady, reads.is_sure, reads.margin


def _finished(tried: _Tried, attempts: int, job: Job, code_: Code) -> Picture:
    qr = job.request.qr
    assert qr is not None
    is_art = tried.reads.is_steady
    picture, text = tried.picture, tried.reads.text
    if not is_art:
        image, text = _plain(tried.image, code_)
        fmt = job.request.output_format
        picture = replace(picture, data=_encoded(image, fmt), format=fmt)
    said = {"content": text, "is_art": is_art, "attempts": attempts, "strength": tried.strength}
    facts = {"QR content": text, "QR art": is_art, "QR attempts": attempts}
    words = ", ".join(f"{key}: {infotext.quote(value)}" for key, value in facts.items())
    joined = f"{picture.infotext}, {words}" if picture.infotext else words
    return replace(picture, infotext=joined, qr=said | {"model": qr.model})


def _plain(art: Image.Image, code_: Code) -> tuple[Image.Image, str]:
    """In the painting's colours, or black on white should those not do."""
    for colours in (art, None):
        image = plain.dressed(code_, colours, *art.size)
        reads = reading.judge(image, code_)
        if reads.is_steady:
            return image, reads.text
    raise BackendError("a code with this text cannot be read at this size", field="qr.content")


def _encoded(image: Image.Image, fmt: str) -> bytes:
    file = io.BytesIO()
    image.save(file, _FORMATS[fmt], **({} if fmt == "png" else {"quality": 92}))
    return file.getvalue()


class _Scaled:
    """One bar over an unknown number of attempts: the first fills four fifths of it, each further
    one four fifths of what is left."""

    FIRST = 0.8

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._from = 0.0
        self._to = self.FIRST
        self._most = 0.0

    def part(self, attempt: int, number: int, of: int) -> None:
        """The next job is ``number`` (from 0) of ``of`` of this attempt (from 1)."""
        left = (1 - self.FIRST) ** (attempt - 1)
        share = left * self.FIRST / of
        self._from = 1 - left + number * share
        self._to = self._from + share
        self(Progress(fraction=0.0))  # a cancellation is heard before the next attempt

    def __call__(self, progress: Progress) -> None:
        fraction = self._from + progress.fraction * (self._to - self._from)
        self._most = max(self._most, fraction)
        self._on_progress(replace(progress, fraction=self._most))
