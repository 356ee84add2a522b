"""Our walk against diffusers' own pipelines: same weights, prompt, scheduler and noise.

Pictures are equal within 1 of 255 in each colour: both count in float32, in another order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPImageProcessor

from generation.engine.diffusion import decode
from generation.engine.diffusion.adapters.base import Fixed
from generation.engine.diffusion.families import Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.passes import Pass, run, run_video
from generation.engine.diffusion.shelf import Shelf

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
PROMPT, NEGATIVE = "a red boat on a lake", "blurry"
SEED, STEPS, SIDE = 11, 5, 64


@pytest.fixture(scope="module")
def tiny(tiny_models: Path) -> Callable[[str], Loaded]:
    """A tiny checkpoint by name, loaded once."""
    shelf = Shelf(tiny_models)
    shelf.scan()
    return cache(lambda name: load(shelf.find(Kind.CHECKPOINT, name)))


def ask(**more: Any) -> Pass:
    wanted: dict[str, Any] = {
        "prompt": PROMPT, "negative_prompt": NEGATIVE, "width": SIDE, "height": SIDE,
        "steps": STEPS, "seed": SEED, "cfg_scale": 5.0, "sampler": "Euler",
    }  # fmt: skip
    return Pass(**(wanted | more))


def paint(loaded: Loaded, **more: Any) -> Image.Image:
    return run(ask(**more), loaded, lambda step, steps, preview: None)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(SEED)


def assert_equal(ours: Image.Image, theirs: Image.Image) -> None:
    apart = np.abs(np.asarray(ours, dtype=int) - np.asarray(theirs, dtype=int))
    assert apart.max() <= 1, f"{apart.max()} of 255 apart"


def quiet(pipe: Any) -> Any:
    pipe.set_progress_bar_config(disable=True)
    return pipe


def scheduler(loaded: Loaded, kind: str = "EulerDiscreteScheduler", **options: Any) -> Any:
    config = {name: value for name, value in loaded.scheduler_config.items() if name[0] != "_"}
    spaced = {"timestep_spacing": "linspace", "clip_sample": False}
    return getattr(diffusers, kind).from_config(config | spaced | options)


def sd_pipe(kind: Any, loaded: Loaded, way: Any = None, **more: Any) -> Any:
    parts: dict[str, Any] = {
        "vae": loaded.vae, "text_encoder": loaded.text_encoders[0],
        "tokenizer": loaded.tokenizers[0], "unet": loaded.unet, "safety_checker": None,
        "feature_extractor": None, "requires_safety_checker": False,
        "scheduler": way or scheduler(loaded),
    }  # fmt: skip
    return quiet(kind(**(parts | more)))


def asked(**more: Any) -> dict[str, Any]:
    return {
        "prompt": PROMPT, "negative_prompt": NEGATIVE, "num_inference_steps": STEPS,
        "guidance_scale": 5.0, "generator": generator(),
    } | more  # fmt: skip


# --- text to image ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tiny-sd1", "tiny-sd2"])
def test_stable_diffusion(tiny: Callable[[str], Loaded], name: str) -> None:
    loaded = tiny(name)
    pipe = sd_pipe(diffusers.StableDiffusionPipeline, loaded)
    assert_equal(paint(loaded), pipe(**asked(width=SIDE, height=SIDE)).images[0])


@pytest.mark.parametrize(
    ("sampler", "label", "kind", "options"),
    [
        ("Euler a", "Automatic", "EulerAncestralDiscreteScheduler", {}),
        ("DPM++ 2M", "Karras", "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
        (
            "DPM++ 2M SDE",
            "Automatic",
            "DPMSolverMultistepScheduler",
            {"algorithm_type": "sde-dpmsolver++"},
        ),
        (
            "DDIM",
            "Automatic",
            "DDIMScheduler",
            {"timestep_spacing": "leading", "steps_offset": 1, "set_alpha_to_one": False},
        ),
        ("UniPC", "Automatic", "UniPCMultistepScheduler", {}),
    ],
)
def test_with_other_samplers(
    tiny: Callable[[str], Loaded], sampler: str, label: str, kind: str, options: dict[str, Any]
) -> None:
    loaded = tiny("tiny-sd1")
    way = scheduler(loaded, kind, **options)
    pipe = sd_pipe(diffusers.StableDiffusionPipeline, loaded, way)
    theirs = pipe(**asked(width=SIDE, height=SIDE)).images[0]
    assert_equal(paint(loaded, sampler=sampler, scheduler=label), theirs)


def test_the_comparison_sees_a_small_difference(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sd1")
    with pytest.raises(AssertionError, match="of 255 apart"):
        assert_equal(paint(loaded), paint(loaded, cfg_scale=5.2))


def test_a_scale_of_one_leaves_the_negative_prompt_out(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sd1")
    pipe = sd_pipe(diffusers.StableDiffusionPipeline, loaded)
    theirs = pipe(**asked(width=SIDE, height=SIDE, guidance_scale=1.0)).images[0]
    assert_equal(paint(loaded, cfg_scale=1.0), theirs)


def xl_pipe(kind: Any, loaded: Loaded) -> Any:
    return quiet(kind(
        vae=loaded.vae, unet=loaded.unet, scheduler=scheduler(loaded),
        text_encoder=loaded.text_encoders[0], text_encoder_2=loaded.text_encoders[1],
        tokenizer=loaded.tokenizers[0], tokenizer_2=loaded.tokenizers[1], add_watermarker=False,
    ))  # fmt: skip


def test_sdxl(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sdxl")
    pipe = xl_pipe(diffusers.StableDiffusionXLPipeline, loaded)
    assert_equal(paint(loaded), pipe(**asked(width=SIDE, height=SIDE)).images[0])


def test_sdxl_knows_its_size(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sdxl")
    pipe = xl_pipe(diffusers.StableDiffusionXLPipeline, loaded)
    theirs = pipe(**asked(width=SIDE, height=96)).images[0]
    assert_equal(paint(loaded, height=96), theirs)


def sd3_pipe(kind: Any, loaded: Loaded) -> Any:
    first, second, third = loaded.text_encoders
    return quiet(kind(
        transformer=loaded.unet, vae=loaded.vae,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler.from_config(loaded.scheduler_config),
        text_encoder=first, text_encoder_2=second, text_encoder_3=third,
        tokenizer=loaded.tokenizers[0], tokenizer_2=loaded.tokenizers[1],
        tokenizer_3=loaded.tokenizers[2],
    ))  # fmt: skip


def test_sd3(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sd3")
    pipe = sd3_pipe(diffusers.StableDiffusion3Pipeline, loaded)
    theirs = pipe(**asked(width=SIDE, height=SIDE)).images[0]
    assert_equal(paint(loaded), theirs)


def flux_pipe(kind: Any, loaded: Loaded) -> Any:
    return quiet(kind(
        transformer=loaded.unet, vae=loaded.vae,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler.from_config(loaded.scheduler_config),
        text_encoder=loaded.text_encoders[0], text_encoder_2=loaded.text_encoders[1],
        tokenizer=loaded.tokenizers[0], tokenizer_2=loaded.tokenizers[1],
    ))  # fmt: skip


@pytest.mark.parametrize("size", [(64, 64), (64, 128)])
def test_flux(tiny: Callable[[str], Loaded], size: tuple[int, int]) -> None:
    """The size shifts the sigmas."""
    loaded = tiny("tiny-flux")
    pipe = flux_pipe(diffusers.FluxPipeline, loaded)
    theirs = pipe(
        prompt=PROMPT, width=size[0], height=size[1], num_inference_steps=STEPS,
        guidance_scale=3.0, generator=generator(),
    ).images[0]  # fmt: skip
    ours = paint(loaded, width=size[0], height=size[1], negative_prompt="", distilled_cfg_scale=3.0)
    assert_equal(ours, theirs)


def test_flux_painted_against_a_negative_prompt(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-flux")
    plain = paint(loaded, negative_prompt="")
    against = paint(loaded)
    assert np.abs(np.asarray(plain, dtype=int) - np.asarray(against, dtype=int)).max() > 1


def test_svd(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-svd-folder")
    picture = gradient()
    pipe = quiet(diffusers.StableVideoDiffusionPipeline(
        vae=loaded.vae, image_encoder=loaded.image_encoder, unet=loaded.unet,
        scheduler=diffusers.EulerDiscreteScheduler.from_config(loaded.scheduler_config),
        feature_extractor=CLIPImageProcessor(size=32, crop_size=32),
    ))  # fmt: skip
    torch.manual_seed(0)
    seen = torch.randn(1, 1, loaded.unet.config.cross_attention_dim)
    # Both sides get the same vision vector: diffusers blurs before it shrinks.
    pipe._encode_image = lambda *_: torch.cat([torch.zeros_like(seen), seen])
    frames = 3
    latents = torch.randn(1, frames, 4, SIDE // 8, SIDE // 8, generator=generator())
    theirs = pipe(
        picture, width=SIDE, height=SIDE, num_frames=frames, num_inference_steps=STEPS,
        max_guidance_scale=3.0, generator=generator(), latents=latents, decode_chunk_size=4,
    ).frames[0]  # fmt: skip
    one = ask(
        init=picture, frames=frames, cfg_scale=3.0,
        conditioning=Fixed(prompt_embeds=seen, negative_prompt_embeds=torch.zeros_like(seen)),
    )  # fmt: skip
    ours = run_video(one, loaded, lambda *_: None)
    assert len(ours) == frames
    for mine, its in zip(ours, theirs, strict=True):
        assert_equal(mine, its)


# --- over a given picture -----------------------------------------------------------------------


def gradient() -> Image.Image:
    across, down = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    values = np.stack([across * 4, down * 4, (across + down) * 2], axis=-1)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def right_half() -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE))
    mask.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    return mask


@pytest.mark.parametrize("strength", [0.4, 0.8])
@pytest.mark.parametrize(
    ("sampler", "kind"),
    [("Euler", "EulerDiscreteScheduler"), ("DPM++ 2M", "DPMSolverMultistepScheduler")],
)
def test_img2img(tiny: Callable[[str], Loaded], strength: float, sampler: str, kind: str) -> None:
    """diffusers is given our latents: it draws from what the VAE thinks likely, we take the
    middle."""
    loaded = tiny("tiny-sd1")
    latents = decode.latents(loaded, gradient())
    pipe = sd_pipe(diffusers.StableDiffusionImg2ImgPipeline, loaded, scheduler(loaded, kind))
    theirs = pipe(**asked(image=latents, strength=strength)).images[0]
    ours = paint(loaded, init=gradient(), denoising_strength=strength, sampler=sampler)
    assert_equal(ours, theirs)


@pytest.mark.parametrize("strength", [0.6, 1.0])
def test_inpaint(tiny: Callable[[str], Loaded], strength: float) -> None:
    loaded = tiny("tiny-sd1")
    latents = decode.latents(loaded, gradient())
    pipe = sd_pipe(diffusers.StableDiffusionInpaintPipeline, loaded)
    theirs = pipe(**asked(
        image=latents, masked_image_latents=latents, mask_image=right_half(), strength=strength,
        width=SIDE, height=SIDE,
    )).images[0]  # fmt: skip
    ours = paint(loaded, init=gradient(), mask=right_half(), denoising_strength=strength)
    assert_equal(ours, theirs)


def test_inpaint_with_a_model_that_sees_the_mask(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sd1-inpainting")
    values = decode.as_tensor(gradient(), loaded)
    values[..., SIDE // 2 :] = 0
    with torch.no_grad():
        kept = decode.raw_latents(loaded, values) * decode.scaling(loaded.vae)
    pipe = sd_pipe(diffusers.StableDiffusionInpaintPipeline, loaded)
    theirs = pipe(**asked(
        image=decode.latents(loaded, gradient()), masked_image_latents=kept,
        mask_image=right_half(), strength=1.0, width=SIDE, height=SIDE,
    )).images[0]  # fmt: skip
    ours = paint(loaded, init=gradient(), mask=right_half(), denoising_strength=1.0)
    assert_equal(ours, theirs)


def test_sdxl_img2img(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sdxl")
    latents = decode.latents(loaded, gradient())
    pipe = xl_pipe(diffusers.StableDiffusionXLImg2ImgPipeline, loaded)
    wanted = {"original_size": (SIDE, SIDE), "target_size": (SIDE, SIDE)}
    theirs = pipe(**asked(image=latents, strength=0.6, **wanted)).images[0]
    assert_equal(paint(loaded, init=gradient(), denoising_strength=0.6), theirs)


def test_sd3_img2img(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-sd3")
    latents = decode.latents(loaded, gradient())
    pipe = sd3_pipe(diffusers.StableDiffusion3Img2ImgPipeline, loaded)
    theirs = pipe(**asked(image=latents, strength=0.6, width=SIDE, height=SIDE)).images[0]
    assert_equal(paint(loaded, init=gradient(), denoising_strength=0.6), theirs)


def test_flux_img2img(tiny: Callable[[str], Loaded]) -> None:
    loaded = tiny("tiny-flux")
    latents = decode.latents(loaded, gradient())
    pipe = flux_pipe(diffusers.FluxImg2ImgPipeline, loaded)
    theirs = pipe(
        prompt=PROMPT, image=latents, strength=0.6, width=SIDE, height=SIDE,
        num_inference_steps=STEPS, guidance_scale=3.0, generator=generator(),
    ).images[0]  # fmt: skip
    ours = paint(
        loaded, init=gradient(), denoising_strength=0.6, negative_prompt="",
        distilled_cfg_scale=3.0,
    )  # fmt: skip
    assert_equal(ours, theirs)


def edit_model(loaded: Loaded) -> Loaded:
    torch.manual_seed(4)
    config = dict(loaded.unet.config) | {"in_channels": 8}
    return replace(loaded, unet=diffusers.UNet2DConditionModel.from_config(config).eval())


def test_a_model_that_edits_by_instruction(tiny: Callable[[str], Loaded]) -> None:
    loaded = edit_model(tiny("tiny-sd1"))
    pipe = sd_pipe(diffusers.StableDiffusionInstructPix2PixPipeline, loaded)
    theirs = pipe(**asked(image=gradient(), image_guidance_scale=1.7)).images[0]
    ours = paint(loaded, init=gradient(), denoising_strength=1.0, image_cfg_scale=1.7)
    assert_equal(ours, theirs)


def test_image_cfg_scale_changes_an_edit(tiny: Callable[[str], Loaded]) -> None:
    loaded = edit_model(tiny("tiny-sd1"))
    pictures = [
        np.asarray(paint(loaded, init=gradient(), image_cfg_scale=scale), dtype=int)
        for scale in (None, 1.5, 3.0)
    ]
    assert (pictures[0] == pictures[1]).all(), "the default is 1.5"
    assert np.abs(pictures[1] - pictures[2]).max() > 1


def test_a_model_that_is_told_its_scale(tiny: Callable[[str], Loaded]) -> None:
    """LCM: distilled to one call a step."""
    base = tiny("tiny-sd1")
    torch.manual_seed(4)
    config = dict(base.unet.config) | {"time_cond_proj_dim": 32}
    unet = diffusers.UNet2DConditionModel.from_config(config).eval()
    loaded = replace(base, unet=unet)
    way = scheduler(loaded, "LCMScheduler")
    pipe = sd_pipe(diffusers.StableDiffusionPipeline, loaded, way)
    theirs = pipe(**asked(width=SIDE, height=SIDE)).images[0]
    assert_equal(paint(loaded, sampler="LCM"), theirs)
