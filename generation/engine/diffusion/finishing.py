"""What is done to a painted picture: faces restored, what ADetailer finds painted once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image

from generation.engine.canvas import restore
from generation.engine.diffusion.details import faces, second_pass
from generation.engine.diffusion.details.detectors import Detectors
from generation.engine.diffusion.shelf import Shelf
from generation.engine.painter import Extra, PaintJob

FINDER = "mediapipe_face_full"
SURE = 0.5
"""Of a face that is to be restored: MediaPipe's own threshold."""


class Finishing:
    def __init__(self, shelf: Shelf, restorers: Sequence[Extra], device: str) -> None:
        self.detectors = Detectors(shelf)
        self.device = device
        # Without what finds the faces a restorer has nothing to do.
        self.restorers = tuple(restorers) if FINDER in faces.installed() else ()

    @property
    def features(self) -> frozenset[str]:
        """In the words of Stock.features."""
        details = {"adetailer"} if self.detectors.names() else set()
        return frozenset(details | ({"restore_faces"} if self.restorers else set()))

    def refuse(self, job: PaintJob) -> Iterator[str]:
        """Each as "field: reason"."""
        if job.restore_faces and not self.restorers:
            yield "restore_faces: there is no face restorer in the models folder"
        if any(detail.restore_face for detail in job.details) and not self.restorers:
            yield "ad_restore_face: there is no face restorer in the models folder"
        if reason := second_pass.refuse(job.details, self.detectors):
            yield reason

    def finished(self, image: Image.Image, job: PaintJob, paint: second_pass.Paint) -> Image.Image:
        """`paint` paints the jobs that repaint a part, finished themselves."""
        if job.restore_faces:
            image = self.restored(image, self.restorers[0].name)
        return second_pass.finish(image, job, self.detectors, paint)

    def restored(
        self, image: Image.Image, name: str, visibility: float = 1.0, weight: float = 0.5
    ) -> Image.Image:
        """As painter.RestoresFaces."""
        return restore.restore(
            image,
            name,
            self.restorers,
            find_faces,
            visibility=visibility,
            weight=weight,
            device=self.device,
        )


def find_faces(image: Image.Image) -> list[restore.Box]:
    return [
        (round(face.left), round(face.top), round(face.right), round(face.bottom))
        for face in faces.faces(FINDER, image, SURE)
    ]
