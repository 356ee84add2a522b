"""Faces drawn for tests: MediaPipe's networks see them."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

HAIR, SKIN, SHADE = (60, 40, 25), (224, 180, 150), (205, 155, 125)


def portrait(size: int = 256, ground: tuple[int, int, int] = (120, 150, 190)) -> Image.Image:
    """One face, from 62 to 193 of 256 across and from 65 to 198 down, as BlazeFace frames it."""
    image = Image.new("RGB", (256, 256), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 20, 196, 180), HAIR)
    draw.ellipse((30, 190, 226, 400), (70, 80, 120))
    draw.rectangle((105, 170, 151, 215), SHADE)
    draw.ellipse((75, 40, 181, 200), SKIN)
    draw.ellipse((70, 18, 186, 80), HAIR)
    for x in (104, 152):
        draw.ellipse((x - 14, 98, x + 14, 114), (245, 245, 245))
        draw.ellipse((x - 6, 100, x + 6, 113), (60, 40, 30))
        draw.line((x - 17, 86, x + 17, 84), HAIR, width=5)
    draw.ellipse((117, 138, 139, 148), SHADE)
    draw.ellipse((106, 160, 150, 176), (180, 80, 80))
    return image.filter(ImageFilter.GaussianBlur(1.2)).resize((size, size))


def couple() -> Image.Image:
    """Two faces, 512 × 256."""
    image = Image.new("RGB", (512, 256))
    image.paste(portrait(), (0, 0))
    image.paste(portrait(ground=(150, 130, 110)), (256, 0))
    return image
