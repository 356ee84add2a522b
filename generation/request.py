"""ImageRequest: our one internal form of a request for images. Never a vendor's shape.

Frozen and complete: each field that the published text2image, image2image and controlnet calls
name has its place here. A dialect builds it; ``submit`` checks it against the catalog and the
backends; a backend adapter carries it out. Ranges here are the widest that any dialect allows: a
dialect or a tenant narrows them.

Lengths are pixels, fractions are 0 to 1, names are catalog names as the caller gave them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MAX_SIDE = 2048
MAX_SEED = 2**64 - 1
EXTRAS_SIDE = 8192  # pixels a side of what comes out of extras

Side = Annotated[int, Field(ge=64, le=MAX_SIDE, multiple_of=8)]
Fraction = Annotated[float, Field(ge=0, le=1)]


def _storable(text: str) -> str:
    if "\x00" in text:  # PostgreSQL has no place for it
        raise ValueError("contains a NUL character")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(max_length=255)]
Prompt = Annotated[Text, Field(max_length=8000)]


QrStyle = Literal["default", "realistic", "anime", "guofeng", "ink", "scifi"]


class ResizeMode(IntEnum):
    JUST_RESIZE = 0
    CROP_AND_RESIZE = 1
    RESIZE_AND_FILL = 2
    LATENT_UPSCALE = 3


class MaskFill(IntEnum):
    FILL = 0
    ORIGINAL = 1
    LATENT_NOISE = 2
    LATENT_NOTHING = 3


class ControlMode(StrEnum):
    BALANCED = "balanced"
    PROMPT = "prompt"  # "My prompt is more important"
    CONTROL = "control"  # "ControlNet is more important"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class ImageRef(_Part):
    """An input picture: bytes that we stored at submit, or an address that a worker downloads."""

    stored: Text = ""  # key in the default storage
    url: Text = Field(default="", max_length=4096)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.stored) == bool(self.url):
            raise ValueError("exactly one of stored and url")
        return self


class LoraUse(_Part):
    name: Name
    weight: float = Field(default=1.0, ge=-5, le=5)


class Hires(_Part):
    """The second pass at a higher resolution. A non-zero side wins over ``scale``; one zero side
    keeps the aspect ratio."""

    scale: float = Field(default=2.0, ge=1, le=4)
    width: int = Field(default=0, ge=0, le=MAX_SIDE, multiple_of=8)
    height: int = Field(default=0, ge=0, le=MAX_SIDE, multiple_of=8)
    upscaler: Name = "Latent"
    steps: int = Field(default=0, ge=0, le=150)  # 0 = as many as the first pass
    denoising_strength: Fraction = 0.75


class Init(_Part):
    """The picture that image to image starts from."""

    image: ImageRef
    resize_mode: ResizeMode = ResizeMode.JUST_RESIZE
    denoising_strength: Fraction = 0.75
    noise_multiplier: float | None = Field(default=None, ge=0.5, le=1.5)
    image_cfg_scale: float | None = Field(default=None, ge=0, le=3)


class Mask(_Part):
    """What image to image repaints: white, unless ``invert``."""

    image: ImageRef
    blur: int = Field(default=4, ge=0, le=64)
    blur_y: int | None = Field(default=None, ge=0, le=64)  # None: ``blur`` is of both directions
    fill: MaskFill = MaskFill.ORIGINAL
    only_masked: bool = False
    padding: int = Field(default=32, ge=0, le=256)
    invert: bool = False
    by_alpha: bool = False  # of an address: what is transparent is white, once it is here


class ControlNetUnit(_Part):
    model: Name
    module: Name = "none"
    image: ImageRef | None = None  # None: the unit uses the init image
    enabled: bool = True
    weight: float = Field(default=1.0, ge=0, le=2)
    resize_mode: ResizeMode = ResizeMode.CROP_AND_RESIZE
    low_vram: bool = False
    processor_res: int = Field(default=512, ge=64, le=2048)
    threshold_a: float = -1
    threshold_b: float = -1
    guidance_start: Fraction = 0.0
    guidance_end: Fraction = 1.0
    pixel_perfect: bool = False
    control_mode: ControlMode = ControlMode.BALANCED

    @property
    def is_reference(self) -> bool:
        """Led by the picture itself, through the checkpoint's own attention: no model is loaded."""
        return self.module.startswith("reference")


class ADetailerUnit(_Part):
    """One detect-and-repaint pass. None means: as the main pass does it."""

    model: Name
    prompt: Prompt = ""
    negative_prompt: Prompt = ""
    confidence: Fraction = 0.3
    mask_min_ratio: Fraction = 0.0
    mask_max_ratio: Fraction = 1.0
    dilate_erode: int = Field(default=4, ge=-128, le=256)
    x_offset: int = 0
    y_offset: int = 0
    mask_merge_invert: Literal["None", "Merge", "Merge and Invert"] = "None"
    mask_blur: int = Field(default=4, ge=0, le=64)
    denoising_strength: Fraction = 0.4
    only_masked: bool = True
    only_masked_padding: int = Field(default=32, ge=0)
    width: Side | None = None
    height: Side | None = None
    steps: int | None = Field(default=None, ge=1, le=150)
    cfg_scale: float | None = Field(default=None, ge=1, le=30)
    sampler: Name | None = None
    noise_multiplier: float | None = Field(default=None, ge=0.5, le=1.5)
    restore_face: bool = False
    controlnet_model: Name = "None"
    controlnet_module: Name = "None"
    controlnet_weight: float = Field(default=1.0, ge=0, le=2)
    controlnet_guidance_start: Fraction = 0.0
    controlnet_guidance_end: Fraction = 1.0


class QrArt(_Part):
    """A QR code that the picture shows and from which it can be read."""

    content: Text = Field(min_length=1, max_length=1273)  # UTF-8 bytes of the largest code at H
    source: Text = Field(default="", max_length=2048)  # a code in a picture there goes before it
    style: QrStyle = "default"
    strength: float = Field(default=1.0, ge=0.25, le=2)  # more: the code goes before the painting
    model: Name = ""  # the ControlNet model; "" = the best that there is, else img2img over it


class Extras(_Part):
    """What is done to the init image instead of painting: enlarging, restoring faces."""

    factor: float = Field(default=2.0, ge=1, le=8)
    width: int = Field(
        default=0, ge=0, le=EXTRAS_SIDE
    )  # with height: to this size, not by the factor
    height: int = Field(default=0, ge=0, le=EXTRAS_SIDE)
    crop: bool = True  # to the size exactly; else the ratio is kept and the size is covered
    upscaler: Name = "None"
    upscaler_2: Name = "None"  # blended over the first
    upscaler_2_visibility: Fraction = 0.0
    gfpgan_visibility: Fraction = 0.0
    codeformer_visibility: Fraction = 0.0
    codeformer_weight: Fraction = 0.0
    upscale_first: bool = False
    largest_input: int = Field(default=0, ge=0)  # pixels a side of the init image; 0: any

    @property
    def upscalers(self) -> tuple[str, ...]:
        """Those that have an effect."""
        second = (self.upscaler_2,) if self.upscaler_2_visibility else ()
        return tuple(name for name in (self.upscaler, *second) if name != "None")

    @property
    def restores_faces(self) -> bool:
        return bool(self.gfpgan_visibility or self.codeformer_visibility)

    def result(self, wide: int, high: int) -> tuple[int, int]:
        """Width and height of what comes out of a picture of this size, as WebUI does it."""
        factor = self.factor if self.upscaler != "None" else 1.0
        if self.width and self.height:
            if self.crop:
                return self.width, self.height
            factor = max(self.width / wide, self.height / high)
        return round(wide * factor), round(high * factor)

    def problem(self, wide: int, high: int) -> tuple[str, str]:
        """The field and why a picture of this size is not worked on; two empty texts: it is."""
        if self.largest_input and max(wide, high) > self.largest_input:
            return "init.image", f"{wide}x{high} has more than {self.largest_input} pixels a side"
        out = self.result(wide, high)
        if max(out) > EXTRAS_SIDE:
            field = "extras.width" if self.width and self.height else "extras.factor"
            return field, f"{out[0]}x{out[1]} has more than {EXTRAS_SIDE} pixels a side"
        return "", ""


class Preprocess(_Part):
    """What is done to the init image instead of painting: a ControlNet preprocessor's map of it,
    to be looked at before it steers a picture."""

    module: Name
    processor_res: int = Field(default=512, ge=64, le=2048)
    threshold_a: float = -1
    threshold_b: float = -1


class Cutout(_Part):
    """What is done to the init image instead of painting: what stands in front is cut out of its
    ground."""

    model: Name = ""  # by which it is seen; "" = the server's best
    background: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$")  # "" = transparent
    feather: float = Field(default=0.0, ge=0, le=64)  # pixels within the edge over which it fades
    with_mask: bool = False  # a second picture: what is kept is white


class Swap(_Part):
    """What is done to the init image instead of painting: its first face becomes this one's."""

    image: ImageRef


# Task kind → the code of the tool that it is: by it a price is found, and callers are told.
TOOLS = {"cutout": "background/remove", "extras": "enhance", "swap": "roop"}
CUTOUT_PIXELS = 4096 * 4096  # of the picture that is cut out; edges take 120 bytes a pixel
_OTHERS = ("extras", "caption", "preprocess", "cutout", "swap")  # what is done instead of painting


class ImageRequest(_Part):
    prompt: Prompt = ""
    negative_prompt: Prompt = ""
    checkpoint: Name = ""  # "" = the tenant's default
    vae: Name = ""  # "" = the checkpoint's own
    loras: tuple[LoraUse, ...] = ()  # besides those written into the prompt as <lora:name:weight>
    styles: tuple[Name, ...] = ()
    clip_skip: int = Field(default=1, ge=1, le=12)
    width: Side = 512
    height: Side = 512
    steps: int = Field(default=20, ge=1, le=150)
    cfg_scale: float = Field(default=7.0, ge=1, le=30)
    sampler: Name = "Euler a"
    scheduler: Name = ""  # "" = the sampler's own
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)  # None = drawn at submit
    subseed: int | None = Field(default=None, ge=0, le=MAX_SEED)
    subseed_strength: Fraction = 0.0
    batch_size: int = Field(default=1, ge=1, le=64)
    n_iter: int = Field(default=1, ge=1, le=64)
    restore_faces: bool = False
    tiling: bool = False
    hires: Hires | None = None
    init: Init | None = None
    mask: Mask | None = None
    controlnet: tuple[ControlNetUnit, ...] = Field(default=(), max_length=3)
    adetailer: tuple[ADetailerUnit, ...] = Field(default=(), max_length=8)
    qr: QrArt | None = None
    extras: Extras | None = None  # nothing is painted: the init image is worked on
    caption: Literal["", "clip", "deepdanbooru"] = ""  # by what it is described; nothing is painted
    preprocess: Preprocess | None = None  # nothing is painted: the map alone is made
    cutout: Cutout | None = None  # nothing is painted: the ground is taken away
    swap: Swap | None = None  # nothing is painted: a face is
    output_format: Literal["jpg", "png", "webp"] = "png"

    @model_validator(mode="after")
    def _mask_needs_init(self) -> Self:
        if self.mask and not self.init:
            raise ValueError("mask: needs an init image")
        return self

    @model_validator(mode="after")
    def _qr_goes_alone(self) -> Self:
        for name in ("init", "mask", "hires", "controlnet"):
            if self.qr and getattr(self, name):
                raise ValueError(f"qr: does not go with {name}")
        return self

    @model_validator(mode="after")
    def _worked_on_alone(self) -> Self:
        if not self.is_painted:
            name = self.kind
            if not self.init or sum(bool(getattr(self, each)) for each in _OTHERS) > 1:
                raise ValueError(f"{name}: needs an init image, and goes alone")
            if self.mask or self.hires or self.controlnet or self.adetailer or self.qr:
                raise ValueError(f"{name}: does not go with what is for painting")
        return self

    @model_validator(mode="after")
    def _transparency_has_a_place(self) -> Self:
        if self.cutout and not self.cutout.background and self.output_format == "jpg":
            raise ValueError("output_format: jpg has no transparency: name a background")
        return self

    @property
    def kind(self) -> str:
        """What the task is called: "image", or by the field that says what is done instead."""
        return next((name for name in _OTHERS if getattr(self, name)), "image")

    @property
    def is_painted(self) -> bool:
        return not any(getattr(self, name) for name in _OTHERS)

    @property
    def inputs(self) -> dict[str, ImageRef]:
        """Its input pictures by the names of their fields: "init.image", "controlnet.0.image"."""
        parts: dict[str, Init | Mask | Swap | ControlNetUnit | None]
        parts = {"init": self.init, "mask": self.mask, "swap": self.swap}
        units = enumerate(self.controlnet)
        parts |= {f"controlnet.{index}": unit for index, unit in units if unit.enabled}
        return {f"{name}.image": part.image for name, part in parts.items() if part and part.image}

    @property
    def addresses(self) -> dict[str, str]:
        """Those that are still to be downloaded: field → address."""
        return {name: ref.url for name, ref in self.inputs.items() if ref.url}

    def downloaded(self, stored: Mapping[str, str]) -> Self:
        """The same request with each picture of ``stored`` (address → key) in our storage."""
        return self._with_images(lambda image: stored.get(image.url, ""))

    def stored_as(self, keys: Mapping[str, str]) -> Self:
        """The same request with each stored picture under another key (old → new)."""
        return self._with_images(lambda image: keys[image.stored] if image.stored else "")

    def _with_images(self, key_of: Callable[[ImageRef], str]) -> Self:
        """``key_of`` answers "" for a picture that stays what it is."""

        def kept(part: Any) -> Any:
            if part is None or part.image is None or not (key := key_of(part.image)):
                return part
            return part.model_copy(update={"image": ImageRef(stored=key)})

        return self.model_copy(
            update={
                "init": kept(self.init),
                "mask": kept(self.mask),
                "swap": kept(self.swap),
                "controlnet": tuple(kept(unit) for unit in self.controlnet),
            }
        )

    @property
    def must_fetch(self) -> bool:
        """Whether something is to be downloaded before it can be queued."""
        return bool(self.addresses or (self.qr and self.qr.source))

    @property
    def images(self) -> int:
        """How many pictures the request asks for."""
        if self.cutout:
            return 1 + self.cutout.with_mask
        return self.batch_size * self.n_iter

    @property
    def final_size(self) -> tuple[int, int]:
        """Width and height of the pictures that come out, the hires pass included."""
        if not self.hires:
            return self.width, self.height
        wide, high = self.hires.width, self.hires.height
        if not wide and not high:
            return round(self.width * self.hires.scale), round(self.height * self.hires.scale)
        wide = wide or round(self.width * high / self.height)
        high = high or round(self.height * wide / self.width)
        return wide, high
