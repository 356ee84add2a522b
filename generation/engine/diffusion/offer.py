"""What a shelf offers, in the words of the painter's door."""

from __future__ import annotations

from collections.abc import Iterable

from generation.engine.canvas.upscale import BUILT_IN
from generation.engine.diffusion import embeddings
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.controls.units import ControlNets
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.latents import LATENT_UPSCALERS
from generation.engine.diffusion.shelf import Item, Shelf
from generation.engine.painter import Extra, ModelCard, Stock

FEATURES = frozenset(
    {
        *("txt2img", "img2img", "inpaint", "hires", "controlnet", "tiling", "loras"),
        *("embeddings", "vae", "clip_skip", "subseed", "previews"),
        *("refiner", "sampler_noise", "skip_uncond", "fetch"),
    }
)
LARGEST = 2048


class Offer:
    """Read once a scan. What finds and restores faces is Finishing's to offer."""

    def __init__(self, shelf: Shelf, controls: ControlNets) -> None:
        self.shelf = shelf
        self.upscalers = (*BUILT_IN, *_extras(shelf.upscalers))
        self.face_restorers = _extras(shelf.face_restorers)
        self.stock = Stock(
            features=FEATURES,
            loras=_extras(shelf.loras),
            vaes=_extras(shelf.vaes),
            embeddings=tuple(_embedding(item) for item in shelf.embeddings),
            controlnets=_extras(shelf.controlnets),
            modules=controls.modules(),
            latent_upscalers=tuple(LATENT_UPSCALERS),
            upscalers=self.upscalers,
            max_side=LARGEST,
            rng="CPU",
        )

    def cards(self) -> list[ModelCard]:
        return [
            ModelCard(
                name=item.name,
                title=f"{item.name} [{item.sha256[:10]}]",
                base_model=_label(item.family),
                sha256=item.sha256,
                description=f"{_label(item.family)}, in the models folder",
            )
            for item in self.shelf.checkpoints
        ]


def _label(family: Family | None) -> str:
    return family.value if family else ""


def _extras(items: Iterable[Item]) -> tuple[Extra, ...]:
    return tuple(
        Extra(item.name, base_model=_label(item.family), sha256=item.sha256, path=str(item.path))
        for item in items
    )


def _embedding(item: Item) -> Extra:
    try:
        family = item.family or Family.SD1
        vectors = len(embeddings.read(item.path, item.name, family))
    except (BadWeights, OSError):
        vectors = 0
    return Extra(
        item.name,
        base_model=_label(item.family),
        sha256=item.sha256,
        path=str(item.path),
        vectors=vectors,
    )
