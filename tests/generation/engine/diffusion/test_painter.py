"""The diffusers painter: a row for each field, refusals, batches, interruption, memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from generation.engine import encode
from generation.engine.diffusion import passes
from generation.engine.diffusion.latents import LATENT_UPSCALERS
from generation.engine.diffusion.painter import DiffusersPainter
from generation.engine.painter import (
    Control,
    Hires,
    Interrupted,
    Mask,
    MaskFill,
    OutOfMemory,
    PaintJob,
    ResizeMode,
)

SIDE = 64


@pytest.fixture(scope="module")
def painter(tiny_models: Path) -> DiffusersPainter:
    return DiffusersPainter(tiny_models, "cpu")


def picture(width: int = 80, height: int = 96) -> Image.Image:
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    values = np.stack([across, down, (across + down) / 2], axis=-1)
    return Image.fromarray(values.astype(np.uint8))


def spot(width: int = 80, height: int = 96) -> Image.Image:
    mask = Image.new("L", (width, height))
    mask.paste(255, (24, 24, 48, 56))
    return mask


def job(**more: Any) -> PaintJob:
    wanted: dict[str, Any] = {
        "prompt": "a red boat", "negative_prompt": "blurry", "width": SIDE, "height": SIDE,
        "steps": 3, "seed": 5, "checkpoint": "tiny-sd1.safetensors",
    }  # fmt: skip
    return PaintJob(**(wanted | more))


def given(**more: Any) -> PaintJob:
    return job(init_image=picture(), **more)


def masked(fill: MaskFill = MaskFill.ORIGINAL, only_masked: bool = False, **more: Any) -> PaintJob:
    mask = Mask(image=spot(), fill=fill, only_masked=only_masked, **more)
    return given(mask=mask, width=80, height=96)


def large(**more: Any) -> PaintJob:
    return job(hires=Hires(**({"width": 96, "height": 96} | more)))


def paint(painter: DiffusersPainter, one: PaintJob) -> np.ndarray[Any, np.dtype[np.int64]]:
    (image,) = painter.paint([one], lambda step, steps, preview: None)
    assert image.mode == "RGB"
    assert image.size == one.size
    return np.asarray(image, dtype=np.int64)


def apart(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> int:
    return int(np.abs(a - b).max())


# --- a row for each field -----------------------------------------------------------------------

CHANGES: dict[str, tuple[PaintJob, PaintJob]] = {
    "prompt": (job(), job(prompt="a green hill")),
    "weights in the prompt": (job(), job(prompt="a (red:1.6) boat")),
    "a prompt's schedule": (job(), job(prompt="a [red:green:0.5] boat")),
    "a LoRA": (job(), job(prompt="a red boat <lora:tiny-sd1-kohya:1>")),
    "an embedding": (job(prompt="a boat"), job(prompt="a boat tiny-style")),
    "negative_prompt": (job(), job(negative_prompt="trees")),
    "steps": (job(), job(steps=4)),
    "seed": (job(), job(seed=6)),
    "subseed": (
        job(subseed=1, subseed_strength=0.4),
        job(subseed=2, subseed_strength=0.4),
    ),
    "subseed_strength": (job(subseed=1), job(subseed=1, subseed_strength=0.4)),
    "seed_resize_from": (job(), job(seed_resize_from=(96, 96))),
    "cfg_scale": (job(), job(cfg_scale=3.0)),
    "sampler": (job(), job(sampler="DPM++ 2M")),
    "scheduler": (job(), job(scheduler="Karras")),
    "eta": (job(), job(eta=0.3)),
    "s_noise": (job(), job(s_noise=1.1)),
    "s_churn": (job(sampler="Euler"), job(sampler="Euler", s_churn=2.0)),
    "s_tmin": (
        job(sampler="Euler", s_churn=2.0),
        job(sampler="Euler", s_churn=2.0, s_tmin=5.0),
    ),
    "s_tmax": (
        job(sampler="Euler", s_churn=2.0),
        job(sampler="Euler", s_churn=2.0, s_tmax=5.0),
    ),
    "s_min_uncond": (job(), job(s_min_uncond=8.0)),
    "checkpoint": (job(), job(checkpoint="tiny-sd1-inpainting.safetensors")),
    "vae": (job(), job(vae="tiny-vae.safetensors")),
    "clip_skip": (job(), job(clip_skip=2)),
    "tiling": (job(), job(tiling=True)),
    "refiner": (job(), job(refiner="tiny-sd1-inpainting.safetensors", refiner_switch_at=0.3)),
    "refiner_switch_at": (
        job(refiner="tiny-sd1-inpainting.safetensors", refiner_switch_at=0.3),
        job(refiner="tiny-sd1-inpainting.safetensors", refiner_switch_at=0.7),
    ),
    "init_image": (job(), given()),
    "resize_mode 1": (given(), given(resize_mode=ResizeMode.CROP_AND_RESIZE)),
    "resize_mode 2": (given(), given(resize_mode=ResizeMode.RESIZE_AND_FILL)),
    "resize_mode 3": (given(), given(resize_mode=ResizeMode.LATENT_UPSCALE)),
    "denoising_strength": (given(), given(denoising_strength=0.4)),
    "noise_multiplier": (given(), given(noise_multiplier=1.2)),
    "mask": (given(width=80, height=96), masked()),
    "mask blur": (masked(), masked(blur_x=12, blur_y=12)),
    "mask blur, one axis": (masked(blur_x=12), masked(blur_y=12)),
    "mask padding": (masked(only_masked=True), masked(only_masked=True, padding=16)),
    "mask inverted": (masked(), masked(invert=True)),
    "mask, only what it covers": (masked(), masked(only_masked=True)),
    "mask fill": (masked(), masked(MaskFill.FILL)),
    "mask latent noise": (masked(), masked(MaskFill.LATENT_NOISE)),
    "mask latent nothing": (masked(), masked(MaskFill.LATENT_NOTHING)),
    "hires denoising_strength": (large(), large(denoising_strength=0.4)),
    "hires steps": (large(), large(steps=8)),
    "hires upscaler": (large(), large(upscaler="Lanczos")),
    "hires network": (large(upscaler="Lanczos"), large(upscaler="tiny-esrgan-2x")),
    "hires prompt": (large(), large(prompt="a green hill")),
    "hires negative_prompt": (large(), large(negative_prompt="trees")),
    "hires sampler": (large(), large(sampler="DPM++ 2M")),
    "hires scheduler": (large(), large(scheduler="Karras")),
    "hires checkpoint": (large(), large(checkpoint="tiny-sd1-inpainting.safetensors")),
    "hires cfg_scale": (large(), large(cfg_scale=3.0)),
    "distilled_cfg_scale": (
        job(checkpoint="tiny-flux.safetensors", negative_prompt=""),
        job(checkpoint="tiny-flux.safetensors", negative_prompt="", distilled_cfg_scale=6.0),
    ),
    "controls": (
        job(),
        job(controls=(Control(model="tiny-control-sd1.safetensors", image=picture()),)),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_field_changes_the_picture(painter: DiffusersPainter, name: str) -> None:
    before, after = CHANGES[name]
    assert painter.refuse(before) is None
    assert painter.refuse(after) is None
    first, second = paint(painter, before), paint(painter, after)
    assert first.shape != second.shape or apart(first, second) > 1


SAME: dict[str, tuple[PaintJob, PaintJob]] = {
    "a weight of one": (job(), job(prompt="a (red:1) boat")),
    "a LoRA of weight nothing": (job(), job(prompt="a red boat<lora:tiny-sd1-kohya:0>")),
    "a subseed without strength": (job(), job(subseed=9)),
    "seed_resize_from the same size": (job(), job(seed_resize_from=(SIDE, SIDE))),
    "the default schedule by its name": (job(), job(scheduler="Uniform")),
    "eta by its default": (job(), job(eta=1.0)),
    "a VAE that is automatic": (job(), job(vae="Automatic")),
    "clip_skip 1": (job(), job(clip_skip=1)),
    "denoising_strength without a picture": (job(), job(denoising_strength=0.2)),
    "image_cfg_scale where nothing is edited": (job(), job(image_cfg_scale=3.0)),
    "distilled_cfg_scale of a model without": (job(), job(distilled_cfg_scale=9.0)),
    "noise_multiplier by its default": (given(), given(noise_multiplier=1.0)),
    "a refiner that never comes": (
        job(),
        job(refiner="tiny-sd1-inpainting.safetensors", refiner_switch_at=1.0),
    ),
    "a checkpoint by its title": (job(), job(checkpoint="tiny-sd1 [0123456789]")),
}


@pytest.mark.parametrize("name", SAME)
def test_a_default_changes_nothing(painter: DiffusersPainter, name: str) -> None:
    before, after = SAME[name]
    assert apart(paint(painter, before), paint(painter, after)) == 0


def test_the_same_job_gives_the_same_pixels(painter: DiffusersPainter) -> None:
    assert apart(paint(painter, job()), paint(painter, job())) == 0


def test_a_lora_leaves_no_trace(painter: DiffusersPainter) -> None:
    before = paint(painter, job())
    paint(painter, job(prompt="a red boat <lora:tiny-sd1-kohya:1>"))
    assert apart(before, paint(painter, job())) == 0


def test_a_private_lora_is_the_same_file_elsewhere(
    painter: DiffusersPainter, tiny_models: Path, tmp_path: Path
) -> None:
    private = tmp_path / "private.safetensors"
    private.write_bytes((tiny_models / "Lora" / "tiny-sd1-kohya.safetensors").read_bytes())
    mine = job(prompt="a red boat <lora:mine:1>", files={"mine": str(private)})
    assert painter.refuse(mine) is None
    shelved = job(prompt="a red boat <lora:tiny-sd1-kohya:1>")
    assert apart(paint(painter, mine), paint(painter, shelved)) == 0


def test_tiling_is_undone(painter: DiffusersPainter) -> None:
    before = paint(painter, job())
    paint(painter, job(tiling=True))
    assert apart(before, paint(painter, job())) == 0


# --- what fields promise ------------------------------------------------------------------------


def test_no_denoising_keeps_the_given_picture(painter: DiffusersPainter) -> None:
    same = paint(painter, given(denoising_strength=0.0, width=80, height=96))
    assert apart(same, np.asarray(picture(), dtype=np.int64)) == 0


def test_full_denoising_ignores_the_given_picture(painter: DiffusersPainter) -> None:
    other = job(init_image=picture().transpose(Image.Transpose.ROTATE_180), denoising_strength=1.0)
    assert apart(paint(painter, given(denoising_strength=1.0)), paint(painter, other)) == 0


def test_what_is_not_masked_stays_to_the_pixel(painter: DiffusersPainter) -> None:
    """Away from the blur: 4 pixels of deviation reach 10 far."""
    painted = paint(painter, masked(only_masked=True, padding=8))
    before = np.asarray(picture(), dtype=np.int64)
    assert apart(painted[70:], before[70:]) == 0
    assert apart(painted[:12], before[:12]) == 0
    assert apart(painted[30:50, 28:44], before[30:50, 28:44]) > 1


@pytest.mark.parametrize("name", ["tiny-sdxl", "tiny-sd3", "tiny-flux", "tiny-sd2"])
def test_other_families_repaint_a_part(painter: DiffusersPainter, name: str) -> None:
    painted = paint(painter, replace(masked(only_masked=True, padding=8), checkpoint=name,
                                     width=SIDE, height=SIDE))  # fmt: skip
    before = np.asarray(picture(), dtype=np.int64)
    assert apart(painted[70:], before[70:]) == 0
    assert apart(painted[30:50, 28:44], before[30:50, 28:44]) > 1


def test_latent_fills_differ_from_each_other(painter: DiffusersPainter) -> None:
    seen = [paint(painter, masked(fill)) for fill in MaskFill]
    for number, one in enumerate(seen):
        assert all(apart(one, other) > 1 for other in seen[:number])


def test_latent_upscalers_differ(painter: DiffusersPainter) -> None:
    seen = [paint(painter, large(upscaler=name, steps=2)) for name in LATENT_UPSCALERS]
    for number, one in enumerate(seen):
        assert all(apart(one, other) > 0 for other in seen[:number])


def test_hires_of_an_odd_size(painter: DiffusersPainter) -> None:
    assert paint(painter, large(width=101, height=90)).shape == (90, 101, 3)


def test_a_video(painter: DiffusersPainter) -> None:
    wanted = given(
        checkpoint="tiny-svd-folder", sampler="Euler", extra={"frames": 3, "fps": 5}, cfg_scale=2.5
    )
    (first,) = painter.paint([wanted], lambda step, steps, preview: None)
    assert first.size == (SIDE, SIDE)
    assert len(first.info["frames"]) == 3
    film: Any = Image.open(io.BytesIO(encode.picture(first, "", "webp", 80)))
    assert (film.n_frames, film.format) == (3, "WEBP")
    film.seek(1)
    film.load()
    assert film.info["duration"] == 200


@pytest.mark.parametrize(
    "name", ["tiny-sd1-folder", "tiny-sdxl-folder", "tiny-sd3-bare", "tiny-flux.gguf"]
)
def test_other_layouts_paint(painter: DiffusersPainter, name: str) -> None:
    assert paint(painter, job(checkpoint=name)).std() > 5


# --- batches ------------------------------------------------------------------------------------


def test_joined_pictures_are_what_they_are_alone(painter: DiffusersPainter) -> None:
    """Within 2 of 255; prompts of one and of two chunks in one call."""
    jobs = [job(), job(seed=9, prompt="a green hill"), job(seed=7, prompt="many trees " * 50)]
    assert all(painter.may_join(jobs[0], other) for other in jobs[1:])
    together = painter.paint(jobs, lambda step, steps, preview: None)
    for one, joined in zip(jobs, together, strict=True):
        assert apart(paint(painter, one), np.asarray(joined, dtype=np.int64)) <= 2


@pytest.mark.parametrize(
    "change",
    [
        {"width": 128}, {"steps": 4}, {"sampler": "Euler"}, {"cfg_scale": 3.0}, {"vae": "tiny-vae"},
        {"checkpoint": "tiny-sd2"}, {"tiling": True}, {"clip_skip": 2}, {"s_noise": 1.1},
        {"init_image": picture()}, {"hires": Hires(width=96, height=96)},
        {"prompt": "a boat <lora:tiny-sd1-kohya:1>"}, {"refiner": "tiny-sd1-inpainting"},
    ],
)  # fmt: skip
def test_what_is_painted_otherwise_is_not_joined(
    painter: DiffusersPainter, change: dict[str, Any]
) -> None:
    assert not painter.may_join(job(), job(**change))


def test_a_sampler_that_looks_at_the_whole_batch_is_not_joined(painter: DiffusersPainter) -> None:
    adaptive = job(sampler="DPM adaptive")
    assert not painter.may_join(adaptive, replace(adaptive, seed=6))


# --- progress, interruption, memory -------------------------------------------------------------


def test_every_step_of_all_passes_is_reported(painter: DiffusersPainter) -> None:
    seen: list[tuple[int, int]] = []
    painter.paint([large(steps=4, denoising_strength=0.5)], lambda a, b, _: seen.append((a, b)))
    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_a_preview_is_a_small_picture_without_the_vae(
    painter: DiffusersPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(painter, job())
    previews: list[Image.Image] = []

    def watch(step: int, steps: int, preview: Callable[[], Image.Image]) -> None:
        previews.append(preview())

    painter.paint([given(denoising_strength=0.01, steps=20)], watch)
    loaded = painter.loaded(job(), job().checkpoint, "")
    monkeypatch.setattr(loaded.vae, "decode", None)
    with pytest.raises(TypeError):
        painter.paint([job()], watch)
    assert len(previews) == 1 + 3
    assert all(preview.size == (8, 8) for preview in previews)


def test_an_interrupted_job_stops_at_the_next_step(painter: DiffusersPainter) -> None:
    seen: list[int] = []

    def report(step: int, steps: int, preview: Callable[[], Image.Image]) -> None:
        seen.append(step)
        if step == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        painter.paint([job(steps=50)], report)
    assert seen == [1, 2]


def test_out_of_memory_is_named_and_the_cache_is_freed(
    painter: DiffusersPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = paint(painter, job())
    paint(painter, CHANGES["controls"][1])
    assert painter.nets._loaded

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(passes, "run", full)
        with pytest.raises(OutOfMemory, match="64 x 64"):
            painter.paint([job()], lambda *_: None)
    assert painter.cache.bytes == 0
    assert not painter.nets._loaded
    assert apart(before, paint(painter, job())) == 0


def test_everything_on_the_shelf_is_offered(painter: DiffusersPainter) -> None:
    cards = {card.name: card for card in painter.cards()}
    assert cards["tiny-sdxl.safetensors"].base_model == "SDXL"
    assert cards["tiny-flux.gguf"].base_model == "Flux"
    stock = painter.stock()
    assert {"inpaint", "controlnet", "hires", "refiner", "sampler_noise"} <= stock.features
    assert {extra.name: extra.vectors for extra in stock.embeddings}["tiny-style"] == 2
    assert stock.rng == "CPU"


# --- refusals -----------------------------------------------------------------------------------

REFUSED: list[tuple[str, PaintJob]] = [
    ("width: 65 is not a multiple of 8", job(width=65)),
    ("height: 4096 is not", job(height=4096)),
    ("width: 72 is not a multiple of 16", job(width=72, checkpoint="tiny-flux")),
    ("hires.width: 8192 is not", large(width=8192)),
    ("steps: 10000 is not from 1 to 150", job(steps=10_000)),
    ("seed: 4294967296 is not", job(seed=2**32)),
    ("cfg_scale: -1 is not", job(cfg_scale=-1)),
    ("denoising_strength: 1.2 is not", given(denoising_strength=1.2)),
    ("noise_multiplier: 9 is not", given(noise_multiplier=9)),
    ("clip_skip: 0 is not", job(clip_skip=0)),
    ("checkpoint: there is no 'nothing'", job(checkpoint="nothing")),
    ("vae: there is no 'nothing'", job(vae="nothing")),
    ("prompt: there is no LoRA 'nothing'", job(prompt="a <lora:nothing:1>")),
    ("prompt: LoRA 'tiny-sdxl-kohya' is for SDXL", job(prompt="a <lora:tiny-sdxl-kohya:1>")),
    ("prompt: <hypernet:x>: hypernet is not supported", job(prompt="a <hypernet:x:1>")),
    (
        "prompt: LoRA 'mine': gone.safetensors: cannot be read",
        job(prompt="a <lora:mine:1>", files={"mine": "/nowhere/gone.safetensors"}),
    ),
    ("sampler: 'Nothing' is not known", job(sampler="Nothing")),
    ("scheduler: 'Nothing' is not known", job(scheduler="Nothing")),
    ("sampler: LMS has no meaning", job(sampler="LMS", checkpoint="tiny-sd3")),
    ("mask: there is no init image", job(mask=Mask(image=spot()))),
    ("hires.upscaler: no 'Nothing'", large(upscaler="Nothing")),
    ("hires.sampler: 'Nothing' is not known", large(sampler="Nothing")),
    ("hires.checkpoint: there is no 'nothing'", large(checkpoint="nothing")),
    ("refiner: there is no 'nothing'", job(refiner="nothing")),
    ("refiner: 'tiny-sdxl' is for SDXL", job(refiner="tiny-sdxl")),
    ("restore_faces: there is no face restorer", job(restore_faces=True)),
    ("frames: only a video model", job(extra={"frames": 3})),
    ("init_image: a video begins with a picture", job(checkpoint="tiny-svd-folder")),
    (
        "frames: 9999 is not from 2 to 50",
        given(checkpoint="tiny-svd-folder", extra={"frames": 9999}),
    ),
    (
        "is for SDXL, the checkpoint is SD 1.5",
        job(controls=(Control(model="tiny-control-sdxl.safetensors", image=picture()),)),
    ),
    ("there is no ControlNet 'nothing'", job(controls=(Control(model="nothing"),))),
]


@pytest.mark.parametrize(("reason", "bad"), REFUSED, ids=[reason for reason, _ in REFUSED])
def test_what_cannot_be_done_is_refused_by_name(
    painter: DiffusersPainter, reason: str, bad: PaintJob
) -> None:
    assert reason in (painter.refuse(bad) or "")
    with pytest.raises(ValueError, match=r"\w+.*: "):
        painter.paint([bad], lambda *_: None)
