"""The canvas of one picture, while it is being painted."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageFilter

from .chance import Chance, Seeds
from .light import Light
from .raster import Colour, gradient


@dataclass
class Decor:
    """Something that the place brings along: a tree at the edge of the meadow, a shell on the
    beach.
    """

    art: str
    x: float
    """Centre, in pixels."""
    foot: float
    """Where it touches the ground, in pixels."""
    height: float
    """In pixels."""
    haze: float = 0.0
    mirror: bool = False
    shadow: bool = True


@dataclass
class Stage:
    """Canvas and light. `horizon` is the y in pixels where the ground begins."""

    width: int
    height: int
    seed: Seeds | int
    light: Light
    image: Image.Image = field(init=False)
    things: Image.Image = field(init=False)
    """L: how much of each pixel is a thing rather than ground or sky."""
    rims: Image.Image | None = None
    """L: the outlines of things, as far as nothing stands before them; None where the style needs
    none."""
    horizon: float = 0.0
    decor: list[Decor] = field(default_factory=list)
    luminary: tuple[float, float, float] | None = None
    """x, y and radius in pixels of the sun or moon that has been painted."""
    asked: set[str] = field(default_factory=set)
    """The art that the prompt names: no place paints it a second time."""

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height))
        self.things = Image.new("L", (self.width, self.height))

    @property
    def unit(self) -> float:
        """The length by which details are measured, in pixels."""
        return min(self.width * 1.25, float(self.height))

    def chance(self, *purpose: object) -> Chance:
        """The stream of this picture for a purpose."""
        return Chance(self.seed, *purpose)

    def sky(self, bottom: float | None = None) -> None:
        """Fills the canvas with the sky; its last colour is reached at `bottom` (the horizon)."""
        reach = max(2, round(bottom if bottom is not None else self.horizon))
        self.image.paste(self.light.sky[-1], (0, 0, self.width, self.height))
        self.image.paste(gradient((self.width, min(reach, self.height)), self.light.sky), (0, 0))

    def fill(self, colour: Colour, mask: Image.Image, at: tuple[int, int] = (0, 0)) -> None:
        """Paints a colour through a mask."""
        self.image.paste(colour, (at[0], at[1], at[0] + mask.width, at[1] + mask.height), mask)

    def lay(self, picture: Image.Image, x: float, y: float) -> None:
        """Puts an RGBA picture with its left top corner at (x, y)."""
        self.image.paste(picture, (round(x), round(y)), picture)

    def lay_thing(self, picture: Image.Image, x: float, y: float, *, is_near: bool) -> None:
        """`lay`, for something that styles are to tell from the ground; what is far away gets no
        outline."""
        self.lay(picture, x, y)
        alpha = picture.getchannel("A")
        at = round(x), round(y)
        self.things.paste(255, at, alpha)
        if self.rims is not None:
            self.rims.paste(0, at, alpha)
            if is_near:
                inner = alpha.filter(ImageFilter.MinFilter(2 * round(self.unit / 720) + 3))
                self.rims.paste(255, at, ImageChops.subtract(alpha, inner))

    def deep(self, depth: float) -> float:
        """The y of the ground at a depth: 0 at the lower edge, 1 at the horizon."""
        return self.height + (self.horizon - self.height) * depth
