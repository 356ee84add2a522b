"""Our engine beside diffusers' own pipeline, same weights, same device, in one run.

    python -m bench.engine [--device cpu|cuda] [--compiled]

Weights are random: speed does not depend on them. Shapes: SD 1.5 and SDXL where there is a GPU,
two small models of SD 1.5's build where there is none. Both sides read a prompt that they have not
seen, walk 20 steps of Euler with a negative prompt, and decode; rounds alternate.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from generation.engine.diffusion import configs, fusing
from generation.engine.diffusion.cache import ModelCache
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.loading import Loaded, load, tokenizers_for
from generation.engine.diffusion.memory import park
from generation.engine.diffusion.passes import Pass, run, run_batch
from generation.engine.diffusion.shelf import Item, Shelf
from generation.engine.diffusion.speed import Speed

STEPS, ROUNDS = 20, 7
SMALL = {"block_out_channels": (64, 96, 128, 128), "attention_head_dim": 4,
         "cross_attention_dim": 64}  # fmt: skip
TINY = {"block_out_channels": (32, 32, 64, 64), "attention_head_dim": 2,
        "cross_attention_dim": 64}  # fmt: skip
XL = {
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
    "use_linear_projection": True,
}
WIDE = {"block_out_channels": (320, 640, 1280, 1280), "cross_attention_dim": 768}


@dataclass(frozen=True)
class Shape:
    name: str
    family: Family
    side: int
    unet: dict[str, Any]
    vae: tuple[int, ...] = (128, 256, 512, 512)
    text: tuple[int, ...] = (768,)
    """Width of each text encoder."""


SHAPES = {
    # In the smaller one, as on a fast GPU, starting the kernels takes as long as what they do.
    "cpu": [
        Shape("small, 128²", Family.SD1, 128, SMALL, (16, 32, 32, 32), (64,)),
        Shape("tiny, 64²", Family.SD1, 64, TINY, (16, 16, 16, 16), (64,)),
    ],
    "cuda": [
        Shape("SD 1.5, 512²", Family.SD1, 512, WIDE),
        Shape("SDXL, 1024²", Family.SDXL, 1024, XL, text=(768, 1280)),
    ],
}


@dataclass(frozen=True)
class Row:
    name: str
    ours: float
    """Pictures a second."""
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def build(shape: Shape, device: torch.device) -> Loaded:
    """A checkpoint of this shape with random weights, in the device's type."""
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel(sample_size=shape.side // 8, **shape.unet)
    blocks = len(shape.vae)
    vae = diffusers.AutoencoderKL(
        block_out_channels=shape.vae, latent_channels=4, norm_num_groups=16,
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
    )  # fmt: skip
    loaded = Loaded(
        family=shape.family,
        item=Item(shape.name, Path(shape.name), "", shape.family, Kind.CHECKPOINT),
        unet=unet.eval().to(dtype),
        vae=vae.eval().to(dtype),
        text_encoders=[
            _reader(width, number == 1).eval().to(dtype) for number, width in enumerate(shape.text)
        ],
        tokenizers=tokenizers_for(shape.family),
        scheduler_config=configs.scheduler_config(shape.family),
        dtype=dtype,
    )
    return loaded.to(device)


def _reader(width: int, projected: bool) -> Any:
    config = CLIPTextConfig(
        hidden_size=width, intermediate_size=4 * width, num_attention_heads=width // 64,
        num_hidden_layers=12 if width >= 512 else 2, projection_dim=width,
    )  # fmt: skip
    return CLIPTextModelWithProjection(config) if projected else CLIPTextModel(config)


def pipeline(loaded: Loaded) -> Any:
    """diffusers' own, on the same networks."""
    way = diffusers.EulerDiscreteScheduler.from_config(
        loaded.scheduler_config, timestep_spacing="linspace"
    )
    parts = {
        "vae": loaded.vae, "unet": loaded.unet, "scheduler": way,
        "text_encoder": loaded.text_encoders[0], "tokenizer": loaded.tokenizers[0],
    }  # fmt: skip
    if loaded.family is Family.SDXL:
        pipe = diffusers.StableDiffusionXLPipeline(
            **parts, text_encoder_2=loaded.text_encoders[1], tokenizer_2=loaded.tokenizers[1],
            add_watermarker=False,
        )  # fmt: skip
    else:
        pipe = diffusers.StableDiffusionPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def compare(shape: Shape, device: torch.device, *, compiled: bool = False) -> Row:
    plain, mine = build(shape, device), build(shape, device)
    # On a CPU a small picture has kernels of its own; on a GPU the sizes stay open.
    small = ((shape.side, shape.side),) if device.type == "cpu" else ()
    speed = Speed(device, compiled, sizes=small)
    speed.prepared(mine)
    if mine.fuses:
        fusing.fuse(mine.unet)
    speed.warmed(mine)
    pipe = pipeline(plain)

    def theirs(number: int) -> None:
        pipe(
            prompt=f"a boat, number {number}", negative_prompt="blurry", width=shape.side,
            height=shape.side, num_inference_steps=STEPS, guidance_scale=7.0,
            generator=torch.Generator().manual_seed(number),
        )  # fmt: skip

    def ours(number: int) -> None:
        one = Pass(
            prompt=f"a boat, number {number}", negative_prompt="blurry", width=shape.side,
            height=shape.side, steps=STEPS, cfg_scale=7.0, sampler="Euler", seed=number,
        )  # fmt: skip
        run(one, mine, lambda step, steps, preview: None)

    # On a CPU the time of this process on one core: others on the machine do not count.
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    took: dict[Callable[[int], None], list[float]] = {ours: [], theirs: []}
    for paint in took:
        paint(-1)  # the first call warms up, and compiles
    for number in range(ROUNDS):
        # Each begins every second round: whoever comes second finds warmer caches.
        for paint in (ours, theirs) if number % 2 else (theirs, ours):
            start = clock()
            paint(number)
            took[paint].append(clock() - start)
    name = f"{shape.name}, compiled" if compiled else shape.name
    return Row(name, *(1 / statistics.median(took[paint]) for paint in (ours, theirs)))


def side_by_side(one: Callable[[int], None], other: Callable[[int], None], clock: Any) -> float:
    """How many times as fast the first is: medians of rounds that alternate."""
    took: dict[Callable[[int], None], list[float]] = {one: [], other: []}
    for paint in took:
        paint(-1)
    for number in range(ROUNDS):
        for paint in (one, other) if number % 2 else (other, one):
            start = clock()
            paint(number)
            took[paint].append(clock() - start)
    return statistics.median(took[other]) / statistics.median(took[one])


def gains(shape: Shape, device: torch.device) -> tuple[float, float]:
    """(four pictures together against one by one, projections joined against apart)."""
    joined, apart = build(shape, device), build(shape, device)
    fusing.fuse(joined.unet)
    clock = time.perf_counter if device.type == "cuda" else time.process_time

    def four(number: int) -> list[Pass]:
        return [
            Pass(
                prompt="a boat", negative_prompt="blurry", width=shape.side, height=shape.side,
                steps=5, sampler="Euler", seed=4 * number + n,
            )
            for n in range(4)
        ]  # fmt: skip

    def together(number: int) -> None:
        run_batch(four(number), apart, lambda *_: None)

    def alone(number: int) -> None:
        for one in four(number):
            run(one, apart, lambda *_: None)

    def in_one(number: int) -> None:
        run(four(number)[0], joined, lambda *_: None)

    def in_three(number: int) -> None:
        run(four(number)[0], apart, lambda *_: None)

    return side_by_side(together, alone, clock), side_by_side(in_one, in_three, clock)


def switch_seconds(device: torch.device) -> float:
    """From one cached checkpoint to another and back: the median of one change."""
    shape = SHAPES[device.type][-1]
    if device.type == "cpu":
        return _switch_files(device)
    made = {n: build(shape, torch.device("cpu")) for n in ("a", "b")}
    items = [Item(n, Path(n), n, shape.family, Kind.CHECKPOINT) for n in made]
    cache = ModelCache(2**40, lambda item: made[item.name], device)
    cache._keep((items[0].sha256, "a"), made["a"], 0)
    cache._keep((items[1].sha256, "b"), made["b"], 0)

    def leave() -> None:
        """What a full GPU does: the weights are copied at each change."""
        for one in made.values():
            park(one)

    return _switches(cache, items, leave)


def _switch_files(device: torch.device) -> float:
    from scripts.tiny_models import write_all

    with tempfile.TemporaryDirectory() as folder:
        write_all(Path(folder))
        shelf = Shelf(Path(folder))
        shelf.scan()
        items = [shelf.find(Kind.CHECKPOINT, n) for n in ("tiny-sd1", "tiny-sdxl")]
        cache = ModelCache(2**30, lambda item: load(item, "cpu"), device)
        for item in items:
            cache.get(item)
        return _switches(cache, items)


def _switches(
    cache: ModelCache, items: list[Item], before: Callable[[], None] = lambda: None
) -> float:
    took = []
    for number in range(6):
        before()
        start = time.perf_counter()
        cache.get(items[number % 2])
        took.append(time.perf_counter() - start)
    return statistics.median(took[1:])


@contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    has_cuda = torch.cuda.is_available()
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if has_cuda else "cpu")
    parser.add_argument("--compiled", action="store_true", help="our side also compiled")
    asked = parser.parse_args()
    report(torch.device(asked.device), compiled=asked.compiled)


def report(device: torch.device, *, compiled: bool = False) -> None:
    """Prints a table; about half a minute on a CPU."""
    if device.type == "cpu":
        torch.set_num_threads(1)
    diffusers.logging.set_verbosity_error()
    name = torch.cuda.get_device_name() if device.type == "cuda" else "one core of a CPU"
    print(f"\nengine on {name}: {STEPS} steps, medians of {ROUNDS}, batch 1")
    print(f"{'':24}{'ours/s':>9}{'diffusers/s':>13}{'Easel is':>10}")
    with quiet():
        for shape in SHAPES[device.type]:
            for is_compiled in (False, True) if compiled else (False,):
                row = compare(shape, device, compiled=is_compiled)
                figures = f"{row.ours:9.2f}{row.theirs:13.2f}{row.ratio:8.2f} x"
                print(f"{row.name:24}{figures}", flush=True)
        for shape in SHAPES[device.type]:
            together, joined = gains(shape, device)
            print(f"{shape.name}: four pictures together {together:.2f} x one by one")
            print(f"{shape.name}: query, key, value joined {joined:.2f} x apart")
        print(f"a cached checkpoint is switched to in {switch_seconds(device) * 1e3:.3f} ms")


if __name__ == "__main__":
    main()
