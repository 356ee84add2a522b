from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.engine.diffusion.details import detectors, faces
from generation.engine.diffusion.details.detectors import Detectors
from generation.engine.diffusion.details.yolo import Letterbox, boxes_of, overlap
from generation.engine.diffusion.shelf import Shelf
from tests.generation.engine.diffusion.onnx_files import fixed
from tests.generation.engine.diffusion.portraits import couple, portrait

FULL, SHORT = "mediapipe_face_full", "mediapipe_face_short"
GREY = Image.new("RGB", (256, 256), (120, 120, 120))


def row(x: float, y: float, w: float, h: float, *rest: float) -> list[float]:
    return [x, y, w, h, *rest]


def answer(*rows: list[float]) -> np.ndarray:
    """(1, values, candidates)"""
    return np.array([rows], np.float32).transpose(0, 2, 1)


def shelf_of(models: Path) -> Detectors:
    shelf = Shelf(models)
    shelf.scan()
    return Detectors(shelf)


# --- faces ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [FULL, SHORT])
def test_a_face_is_found_where_it_is(name: str) -> None:
    (face,) = faces.faces(name, portrait(), 0.5)
    edges = np.array([face.left, face.top, face.right, face.bottom])
    assert np.abs(edges - (62, 67, 193, 197)).max() < 8 and face.score > 0.7


@pytest.mark.parametrize("size", [(512, 256), (300, 700), (1000, 1000)])
def test_faces_are_framed_in_pictures_of_any_shape(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (120, 150, 190))
    image.paste(portrait(200), (40, 30))
    (face,) = faces.faces(FULL, image, 0.4)
    middle = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    assert middle == pytest.approx((140, 133), abs=10)


def test_two_faces_are_two() -> None:
    left, right = sorted(faces.faces(FULL, couple(), 0.4), key=lambda face: face.left)
    assert left.right < 256 < right.left


def test_a_picture_without_a_face_has_none() -> None:
    assert faces.faces(FULL, GREY, 0.3) == [] == faces.faces(SHORT, GREY, 0.3)


def test_confidence_chooses() -> None:
    assert faces.faces(FULL, portrait(), 0.99) == []


def test_a_mesh_gives_a_faces_outline(tmp_path: Path) -> None:
    (found,) = shelf_of(tmp_path).find("mediapipe_face_mesh", portrait(), 0.5)
    mask = np.asarray(found.mask) > 0
    edges = found.mask.getbbox()
    # Round, in the face: its corners are free, and its middle is not.
    assert edges and mask[130, 128] and not mask[edges[1], edges[0]]
    assert 0.5 < mask.mean() * 256 * 256 / (131 * 132) < 1.1
    assert np.abs(np.array(edges) - (75, 45, 181, 200)).max() < 30


def test_a_mesh_needs_a_face(tmp_path: Path) -> None:
    assert shelf_of(tmp_path).find("mediapipe_face_mesh", GREY, 0.3) == []


# --- YOLO -------------------------------------------------------------------------------------


def test_boxes_come_back_to_the_pictures_pixels() -> None:
    wide = Letterbox.fit(Image.new("RGB", (200, 100)), (1, 3, 64, 64))
    (box,) = boxes_of(answer(row(32, 32, 32, 16, 0.9)), wide, 0.5, classes=1)
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((50, 25, 150, 75))


def test_of_boxes_over_each_other_the_surest_stays() -> None:
    square = Letterbox.fit(GREY, (1, 3, 64, 64))
    rows = answer(row(30, 30, 20, 20, 0.6), row(31, 30, 20, 20, 0.8), row(50, 50, 8, 8, 0.7))
    assert [round(b.score, 1) for b in boxes_of(rows, square, 0.5, classes=1)] == [0.8, 0.7]


def test_boxes_of_other_classes_stay() -> None:
    square = Letterbox.fit(GREY, (1, 3, 64, 64))
    rows = answer(row(30, 30, 20, 20, 0.6, 0.0), row(30, 30, 20, 20, 0.0, 0.8))
    assert len(boxes_of(rows, square, 0.5, classes=2)) == 2


def test_boxes_below_the_confidence_are_left_out() -> None:
    square = Letterbox.fit(GREY, (1, 3, 64, 64))
    assert boxes_of(answer(row(30, 30, 20, 20, 0.4)), square, 0.5, classes=1) == []


def test_overlap_is_intersection_over_union() -> None:
    one, other = np.array([0.0, 0, 10, 10]), np.array([5.0, 0, 15, 10])
    assert overlap(one, other) == pytest.approx(1 / 3) and overlap(one, one + 50) == 0


@pytest.mark.parametrize("asked", ["face_yolov8n.pt", "face_yolov8n.onnx", "face_yolov8n"])
def test_a_network_of_the_operator_is_used(asked: str, tmp_path: Path) -> None:
    fixed(tmp_path / "adetailer/face_yolov8n.onnx", out=answer(row(16, 16, 16, 16, 0.9)))
    known = shelf_of(tmp_path)
    (found,) = known.find(asked, GREY, 0.3)
    assert "face_yolov8n.onnx" in known.names() and known.refuse(asked) is None
    assert found.mask.getbbox() == (32, 32, 97, 97) and found.area == 64 * 64


def test_segmenting_networks_give_shapes(tmp_path: Path) -> None:
    coefficients = [1.0, *[0.0] * 31]
    rows = answer(row(32, 32, 64, 64, 0.9, *coefficients))
    shapes = np.zeros((1, 32, 16, 16), np.float32)
    shapes[0, 0] = -9
    shapes[0, 0, :, 8:] = 9  # the right half
    fixed(tmp_path / "adetailer/person_yolov8n-seg.onnx", out=rows, shapes=shapes)
    (found,) = shelf_of(tmp_path).find("person_yolov8n-seg.pt", GREY, 0.3)
    assert found.mask.getbbox() == (128, 0, 256, 256)


def test_networks_with_an_open_size_are_fed_640(tmp_path: Path) -> None:
    rows = answer(row(320, 320, 320, 320, 0.9))
    shape = (1, 3, "height", "width")
    fixed(tmp_path / "adetailer/open.onnx", shape, out=rows)
    (found,) = shelf_of(tmp_path).find("open.onnx", GREY, 0.3)
    assert found.mask.getbbox() == (64, 64, 193, 193)


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("face_yolov8n.pt", "face_yolov8n.onnx does not lie in adetailer"),
        ("nonsense", "there is no detector 'nonsense'"),
    ],
)
def test_unknown_detectors_are_refused_by_name(name: str, reason: str, tmp_path: Path) -> None:
    assert reason in (shelf_of(tmp_path).refuse(name) or "")
    with pytest.raises(ValueError, match="no detector"):
        shelf_of(tmp_path).find(name, GREY, 0.3)


def test_without_its_packages_no_face_is_on_offer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "find_spec", lambda name: None)
    known = shelf_of(tmp_path)
    assert known.names() == () and "make engine" in (known.refuse(FULL) or "")


def test_a_file_that_is_no_network_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "adetailer/broken.onnx"
    path.parent.mkdir()
    path.write_bytes(b"\x08\x08nonsense")
    with pytest.raises(ValueError, match=r"broken\.onnx: no network"):
        shelf_of(tmp_path).find("broken.onnx", GREY, 0.3)


def test_a_network_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    fixed(tmp_path / "adetailer/other.onnx", out=np.zeros((1, 3, 5), np.float32))
    with pytest.raises(ValueError, match=r"other\.onnx.*not YOLOv8"):
        shelf_of(tmp_path).find("other.onnx", GREY, 0.3)


def test_sessions_are_kept(tmp_path: Path) -> None:
    path = fixed(tmp_path / "one.onnx", out=np.zeros((1, 5, 1), np.float32))
    assert detectors.session(path) is detectors.session(path)
