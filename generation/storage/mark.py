"""The visible mark "AI生成" in the lower right corner.

GB 45438-2025 §5.3: characters no lower than 5 % of the shortest side, at an edge or a corner. The
strokes are drawn here, so that no Chinese font needs to be installed.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from generation.picture_file import FORMATS

_Stroke = tuple[tuple[int, int], ...]
# Each character on a square of 100 units: the width that it takes, and its strokes.
_CHARACTERS: tuple[tuple[int, tuple[_Stroke, ...]], ...] = (
    (80, (((5, 92), (40, 8), (75, 92)), ((18, 62), (62, 62)))),  # A
    (35, (((15, 8), (15, 92)),)),  # I
    (  # 生
        105,
        (
            ((28, 8), (22, 26), (10, 42)),
            ((22, 28), (85, 28)),
            ((20, 56), (80, 56)),
            ((50, 6), (50, 90)),
            ((8, 90), (92, 90)),
        ),
    ),
    (  # 成
        100,
        (
            ((16, 26), (88, 26)),
            ((18, 26), (17, 60), (6, 92)),
            ((18, 48), (44, 48), (42, 76), (34, 72)),
            ((52, 6), (56, 44), (68, 74), (84, 92), (91, 74)),
            ((82, 42), (66, 70), (42, 92)),
            ((66, 8), (76, 17)),
        ),
    ),
)
_WIDTH = sum(width for width, _strokes in _CHARACTERS)


def draw(image: Image.Image, fmt: str) -> tuple[bytes, Image.Image]:
    """The picture with the mark, encoded and as it is. This re-encodes: PNG without loss, JPEG and
    WebP at quality 95."""
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    height = max(12, round(min(image.size) * 0.05))
    left = image.width - height * (_WIDTH + 40) // 100
    top = image.height - height * 140 // 100
    pen = ImageDraw.Draw(image)
    # A dark edge below light strokes reads on any ground.
    for ink, thickness in (((0, 0, 0), height * 0.22), ((255, 255, 255), height * 0.1)):
        _write(pen, left, top, height, ink, max(1, round(thickness)))
    out = BytesIO()
    # subsampling 0 keeps the mark's edges; compress level 1: 4 times as fast as 6, 10 % larger
    options = {"png": {"compress_level": 1}, "jpg": {"quality": 95, "subsampling": 0}}
    image.save(out, FORMATS[fmt], **options.get(fmt, {"quality": 95, "method": 2}))
    return out.getvalue(), image


def _write(
    pen: ImageDraw.ImageDraw, left: int, top: int, height: int, ink: tuple[int, ...], width: int
) -> None:
    for advance, strokes in _CHARACTERS:
        for stroke in strokes:
            points = [(left + x * height / 100, top + y * height / 100) for x, y in stroke]
            pen.line(points, fill=ink, width=width, joint="curve")
        left += advance * height // 100
