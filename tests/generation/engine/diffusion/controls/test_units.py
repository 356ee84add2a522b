from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    EulerDiscreteScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionXLControlNetPipeline,
)
from PIL import Image

from generation.engine.diffusion.controls.units import SOFT, ControlNets, Unit, as_tensor
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.passes import Pass, run
from generation.engine.diffusion.shelf import Shelf
from generation.engine.painter import Control, ControlMode, ResizeMode

SIZE = (64, 64)
STRIPES = Image.fromarray(np.kron(np.eye(8), np.ones((8, 8))).astype(np.uint8) * 255).convert("RGB")
UNIT = Control(model="tiny-control-sd1", image=STRIPES)


@pytest.fixture(scope="module")
def shelf(tiny_models: Path) -> Shelf:
    shelf = Shelf(tiny_models)
    shelf.scan()
    return shelf


@pytest.fixture(scope="module")
def nets(shelf: Shelf) -> ControlNets:
    return ControlNets(shelf)


@pytest.fixture(scope="module")
def loaded(shelf: Shelf) -> Callable[[str], Loaded]:
    return cache(lambda name: load(shelf.find(Kind.CHECKPOINT, name)))


Paint = Callable[..., Image.Image]


@pytest.fixture(scope="module")
def paint(nets: ControlNets, loaded: Callable[[str], Loaded]) -> Paint:
    def picture(*controls: Control, checkpoint: str = "tiny-sd1", **options: Any) -> Image.Image:
        model = loaded(checkpoint)
        init = options.get("init")
        units = nets.prepare(model, controls, SIZE, init, options.get("mask"))
        words = {"prompt": "a cat", "negative_prompt": "blurry", "steps": 4, "sampler": "Euler"}
        one = Pass(width=64, height=64, seed=3, controls=units, **{**words, **options})
        return run(one, model, lambda *args: None)

    return picture


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean over all values, 0 … 255."""
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


# --- against diffusers ------------------------------------------------------------------------


def pipeline(model: Loaded, net: Any) -> Any:
    if model.family is Family.SDXL:
        kind: Any = StableDiffusionXLControlNetPipeline
        parts = {
            "text_encoder": model.text_encoders[0],
            "text_encoder_2": model.text_encoders[1],
            "tokenizer": model.tokenizers[0],
            "tokenizer_2": model.tokenizers[1],
        }
        rest: dict[str, Any] = {"add_watermarker": False}
    else:
        kind = StableDiffusionControlNetPipeline
        parts = {"text_encoder": model.text_encoders[0], "tokenizer": model.tokenizers[0]}
        rest = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    scheduler = EulerDiscreteScheduler.from_config(
        model.scheduler_config, timestep_spacing="linspace"
    )
    pipe = kind(
        vae=model.vae, unet=model.unet, controlnet=net, scheduler=scheduler, **parts, **rest
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    ("checkpoint", "control", "weight"),
    [
        ("tiny-sd1", "tiny-control-sd1", 1.0),
        ("tiny-sd1", "tiny-control-folder", 0.6),
        ("tiny-sdxl", "tiny-control-sdxl", 0.8),
    ],
)
def test_balanced_is_what_diffusers_paints(
    checkpoint: str, control: str, weight: float, nets: ControlNets, paint: Paint, loaded: Any
) -> None:
    model = loaded(checkpoint)
    unit = replace(UNIT, model=control, weight=weight)
    network = nets.prepare(model, [unit], SIZE)[0].network
    theirs = pipeline(model, network)(
        "a cat",
        image=STRIPES,
        negative_prompt="blurry",
        num_inference_steps=4,
        guidance_scale=7.0,
        controlnet_conditioning_scale=weight,
        generator=torch.Generator().manual_seed(3),
        height=64,
        width=64,
    ).images[0]
    ours = paint(unit, checkpoint=checkpoint)
    # One grey level: diffusers rounds the timesteps of this sampler to single precision.
    assert np.abs(np.asarray(ours, int) - np.asarray(theirs, int)).max() <= 1
    assert difference(ours, paint(checkpoint=checkpoint)) > 1


# --- fields -----------------------------------------------------------------------------------


def test_the_picture_follows_the_control_picture(paint: Paint) -> None:
    turned = replace(UNIT, image=STRIPES.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert difference(paint(UNIT), paint(turned)) > 1


def test_weight_zero_is_no_control(paint: Paint) -> None:
    assert paint(replace(UNIT, weight=0.0)).tobytes() == paint().tobytes()


def test_more_weight_moves_the_picture_further(paint: Paint) -> None:
    free = paint()
    moved = [difference(paint(replace(UNIT, weight=weight)), free) for weight in (0.1, 0.5, 1.0)]
    assert moved[0] < moved[1] < moved[2]


def test_control_acts_between_start_and_end(paint: Paint) -> None:
    free, whole = paint(), paint(UNIT)
    parts = [
        paint(replace(UNIT, guidance_start=start, guidance_end=end))
        for start, end in ((0.0, 0.4), (0.6, 1.0))
    ]
    assert len({picture.tobytes() for picture in (free, whole, *parts)}) == 4
    beyond = paint(replace(UNIT, guidance_start=0.9, guidance_end=1.0))
    assert beyond.tobytes() == free.tobytes()  # the last of 4 steps begins at 0.75


def test_the_three_modes_differ(paint: Paint) -> None:
    pictures = {mode: paint(replace(UNIT, mode=mode)) for mode in ControlMode}
    assert len({picture.tobytes() for picture in pictures.values()}) == 3


def test_low_vram_changes_no_pixel(paint: Paint) -> None:
    assert paint(replace(UNIT, low_vram=True)).tobytes() == paint(UNIT).tobytes()


def test_units_add_up(paint: Paint) -> None:
    tenth, fifth, free = replace(UNIT, weight=0.1), replace(UNIT, weight=0.2), paint()
    both = paint(tenth, tenth)
    assert difference(both, paint(fifth)) < 0.01
    assert difference(both, free) > difference(paint(tenth), free)


def test_a_unit_without_a_picture_takes_the_init_image(paint: Paint) -> None:
    options = {"init": STRIPES, "denoising_strength": 0.9}
    given = paint(UNIT, **options)
    assert paint(replace(UNIT, image=None), **options).tobytes() == given.tobytes()
    assert given.tobytes() != paint(**options).tobytes()


def test_on_a_long_prompt(paint: Paint) -> None:
    assert difference(paint(UNIT, prompt="a cat, " * 40), paint(prompt="a cat, " * 40)) > 1


# --- one call ---------------------------------------------------------------------------------


class Net:
    """Gives 1 everywhere, and remembers where it was."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.places: list[str] = []

    def to(self, device: Any) -> Net:
        self.places.append(str(device))
        return self

    def __call__(self, sample: torch.Tensor, *args: Any, **named: Any) -> Any:
        self.seen.append(len(sample))
        ones = torch.ones(len(sample), 2, 4, 4)
        return [ones, ones], ones


def call(progress: float = 0.0, hires: bool = False) -> Any:
    return SimpleNamespace(
        sample=torch.zeros(2, 4, 4, 4),
        time=torch.zeros(2),
        hidden=torch.zeros(2, 77, 8),
        added={},
        guided=True,
        progress=progress,
        one=SimpleNamespace(first_pass_steps=20 if hires else None),
    )


def levels(unit: Unit, **options: Any) -> list[list[float]]:
    """What each layer gets: [negative, positive]."""
    found: Any = unit.residuals(call(**options))
    down, middle = (found[f"{place}_additional_residual{s}"] for place, s in
                    (("down_block", "s"), ("mid_block", "")))  # fmt: skip
    return [[float(row.mean()) for row in out] for out in (*down, middle)]


def unit(**options: Any) -> Unit:
    return Unit(Net(), torch.zeros(1, 3, 32, 32), **options)


def test_balanced_weighs_all_layers_alike() -> None:
    assert levels(unit(weight=0.5)) == [[0.5, 0.5]] * 3


def test_where_the_prompt_matters_more_outer_layers_count_less() -> None:
    expected = [[pytest.approx(SOFT**n)] * 2 for n in (2, 1, 0)]
    assert levels(unit(mode=ControlMode.PROMPT)) == expected


def test_where_controlnet_matters_more_only_the_prompt_is_steered() -> None:
    expected = [[0.0, pytest.approx(SOFT**n)] for n in (2, 1, 0)]
    one = unit(mode=ControlMode.CONTROL)
    assert levels(one) == expected and one.network.seen == [1]


def test_hard_lines_are_soft_in_the_second_pass() -> None:
    assert levels(unit(soft_in_hires=True)) == [[1.0, 1.0]] * 3
    assert levels(unit(soft_in_hires=True), hires=True)[0][0] == pytest.approx(SOFT**2)


@pytest.mark.parametrize(
    ("progress", "acts"), [(0.2, False), (0.3, True), (0.6, True), (0.7, False)]
)
def test_it_rests_outside_of_its_span(progress: float, acts: bool) -> None:
    found = unit(start=0.3, end=0.6).residuals(call(progress))
    assert (found is not None) is acts


def test_low_vram_keeps_the_network_elsewhere() -> None:
    one = unit(low_vram=True)
    one.residuals(call())
    assert one.network.places == ["cpu", "cpu"]


# --- control pictures -------------------------------------------------------------------------


def test_none_takes_the_picture_as_it_is(nets: ControlNets, loaded: Any) -> None:
    one = nets.prepare(loaded("tiny-sd1"), [UNIT], SIZE)[0]
    assert torch.equal(one.picture, as_tensor(STRIPES))


@pytest.mark.parametrize("mode", [ResizeMode.JUST_RESIZE, ResizeMode.CROP_AND_RESIZE])
def test_a_map_is_as_large_as_the_pass(mode: ResizeMode, nets: ControlNets) -> None:
    wide = replace(UNIT, image=STRIPES.resize((160, 80)), module="canny", resize_mode=mode)
    assert nets.draw(wide, (96, 64), None).size == (96, 64)


def test_pixel_perfect_draws_at_the_size_of_the_pass(nets: ControlNets) -> None:
    fine = replace(UNIT, image=STRIPES.resize((512, 512)), module="canny", processor_res=64)
    assert nets.draw(fine, (256, 256), None) != nets.draw(
        replace(fine, pixel_perfect=True), (256, 256), None
    )


def test_harmonious_inpainting_blanks_what_is_masked(nets: ControlNets, loaded: Any) -> None:
    half = Image.new("L", SIZE, 0)
    half.paste(255, (0, 0, 32, 64))
    control = replace(UNIT, image=None, module="inpaint_global_harmonious")
    picture = nets.prepare(loaded("tiny-sd1"), [control], SIZE, STRIPES, half)[0].picture
    assert bool((picture[..., :32] == -1).all()) and float(picture[..., 32:].min()) >= 0


def test_a_map_can_be_had_alone(nets: ControlNets) -> None:
    fine = replace(UNIT, image=STRIPES.resize((200, 100)), module="canny", processor_res=64)
    assert nets.preprocess(fine).size == (128, 64)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"module": "magic"}, "module: .*'magic'"),
        ({"module": "depth_midas"}, "annotators/depth_midas.onnx"),
        ({"image": None}, "image"),
    ],
)
def test_a_map_alone_is_refused_by_name(
    change: dict[str, Any], reason: str, nets: ControlNets
) -> None:
    with pytest.raises(ValueError, match=reason):
        nets.preprocess(replace(UNIT, **change))


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model": "nope"}, "model: there is no ControlNet 'nope'"),
        ({"model": "tiny-control-sdxl"}, "is for SDXL, the checkpoint is SD 1.5"),
        ({"module": "magic"}, "module: there is no preprocessor 'magic'"),
        ({"module": "openpose"}, "openpose needs a model file, annotators/openpose.onnx"),
        ({"image": None}, "image: the unit has no picture"),
        ({"guidance_start": 0.8, "guidance_end": 0.2}, "guidance_start: it is after"),
    ],
)
def test_refused_by_name(
    change: dict[str, Any], reason: str, nets: ControlNets, loaded: Any
) -> None:
    control = replace(UNIT, **change)
    refusal = nets.refuse([UNIT, control], Family.SD1, has_init=False)
    assert refusal and refusal.startswith("controlnet.args[1].") and reason in refusal
    with pytest.raises(ValueError, match="controlnet"):
        nets.prepare(loaded("tiny-sd1"), [control], SIZE)


@pytest.mark.parametrize("family", [Family.SD3, Family.FLUX, Family.SVD])
def test_families_without_controlnets_are_refused(family: Family, nets: ControlNets) -> None:
    assert family.value in (nets.refuse([UNIT], family, has_init=True) or "")


def test_titles_with_a_hash_are_found(nets: ControlNets) -> None:
    named = replace(UNIT, model="tiny-control-sd1 [a371b31b]")
    assert nets.refuse([named], Family.SD1, has_init=False) is None
