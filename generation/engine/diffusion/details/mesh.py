"""The outline of a face instead of its frame: MediaPipe's face mesh, in each face that was found.

Expected of the network: one input (1, 192, 192, 3), RGB in 0 … 1, a square around a face; outputs
of 468 × 3 values, the points in the input's pixels, and of one, whether there is a face (a logit).
Source of the square's size: MediaPipe, `face_landmark_front_cpu.pbtxt`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.engine.diffusion.details import faces
from generation.engine.diffusion.details.yolo import Box

NAME = "mediapipe_face_mesh"
FILE = "face_landmark.tflite"
SIDE, POINTS = 192, 468
AROUND = 1.5
"""The square's side over the face's larger one."""
PRESENT = 0.0
"""Of the logit: one in two."""


def installed() -> bool:
    return bool(faces.installed()) and faces.weights(FILE).is_file()


def outlines(image: Image.Image, confidence: float) -> list[tuple[Box, Image.Image]]:
    """Each face's frame, and its outline: L, of the picture's size, white."""
    found = []
    for face in faces.faces("mediapipe_face_full", image, confidence):
        points = _points(image, face)
        if points is not None:
            mask = np.zeros((image.height, image.width), np.uint8)
            cv2.fillConvexPoly(mask, cv2.convexHull(points.round().astype(np.int32)), 255)
            found.append((face, Image.fromarray(mask)))
    return found


def _points(image: Image.Image, face: Box) -> NDArray[np.float32] | None:
    """(468, 2) in the picture's pixels; None where the network sees no face."""
    side = max(face.right - face.left, face.bottom - face.top) * AROUND
    left = (face.left + face.right - side) / 2
    top = (face.top + face.bottom - side) / 2
    square = image.convert("RGB").transform(
        (SIDE, SIDE), Image.Transform.EXTENT, (left, top, left + side, top + side),
        Image.Resampling.BILINEAR,
    )  # fmt: skip
    interpreter = faces.interpreter(FILE)
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(entry, np.asarray(square, np.float32)[None] / 255)
    interpreter.invoke()
    outs = [interpreter.get_tensor(out["index"]) for out in interpreter.get_output_details()]
    points = next(out for out in outs if out.size == POINTS * 3)
    if float(next(out for out in outs if out.size == 1).ravel()[0]) < PRESENT:
        return None
    placed: NDArray[np.float32] = points.reshape(POINTS, 3)[:, :2] * (side / SIDE) + (left, top)
    return placed
