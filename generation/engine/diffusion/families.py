"""Which family of models a weight file belongs to, and what it is, from its header alone.

Names decide before widths: a fine-tune may change sizes, hardly ever names. Sources of the names:
the published checkpoints of each family, kohya's sd-scripts and diffusers for LoRAs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from generation.engine.diffusion.checks import PICKLES, SAFE, BadWeights, Header, read_header

PREFIXES = ("model.diffusion_model.", "diffusion_model.")


class Family(StrEnum):
    """The value is the label `base_model` of cards and extras."""

    SD1 = "SD 1.5"
    SD2 = "SD 2.1"
    SDXL = "SDXL"
    SD3 = "SD 3.5"
    FLUX = "Flux"
    SVD = "SVD"


class Kind(StrEnum):
    CHECKPOINT = "checkpoint"
    LORA = "LoRA"
    VAE = "VAE"
    EMBEDDING = "embedding"
    CONTROLNET = "ControlNet"
    TEXT_ENCODER = "text encoder"
    UPSCALER = "upscaler"
    DETECTOR = "detector"
    FACE_RESTORER = "face restorer"


PIPELINES = {
    "StableDiffusionPipeline": Family.SD1,
    "StableDiffusionInpaintPipeline": Family.SD1,
    "StableDiffusionInstructPix2PixPipeline": Family.SD1,
    "StableDiffusionXLPipeline": Family.SDXL,
    "StableDiffusionXLInpaintPipeline": Family.SDXL,
    "StableDiffusion3Pipeline": Family.SD3,
    "FluxPipeline": Family.FLUX,
    "StableVideoDiffusionPipeline": Family.SVD,
}
# Widths of the text that a cross attention reads.
TEXT_WIDTHS = {768: Family.SD1, 1024: Family.SD2, 2048: Family.SDXL}


@dataclass(frozen=True)
class Identity:
    kind: Kind
    family: Family | None
    """None: the file goes with any, or does not say."""


class Names:
    """The tensors of a file, for questions about their names."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = {_bare(name): shape for name, shape in shapes.items()}

    def some(self, *parts: str) -> bool:
        """Whether any of these stands in any name."""
        return any(part in self._text for part in parts)

    def begins(self, *starts: str) -> bool:
        return any(f"\n{start}" in self._text for start in starts)

    def shape(self, *ends: str) -> tuple[int, ...]:
        """The shape of the first tensor whose name ends so; () where there is none."""
        return next((self.shapes[n] for n in self.shapes if n.endswith(ends)), ())

    @cached_property
    def _text(self) -> str:
        return "\n" + "\n".join(self.shapes) + "\n"


def _bare(name: str) -> str:
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def family_of(path: Path) -> Family:
    """The family of a checkpoint, LoRA or ControlNet: a safetensors or GGUF file, or a diffusers
    folder. Raises BadWeights where the file is none of these.
    """
    family = identify(path).family
    if family is None:
        raise BadWeights(path, "does not say which family of models it belongs to")
    return family


def identify(path: Path) -> Identity:
    """What a file or folder of weights is. Raises BadWeights."""
    if path.is_dir():
        return identify_folder(path)
    if path.suffix in SAFE:
        return identify_header(path, read_header(path))
    if path.suffix == ".gguf":
        from generation.engine.diffusion.gguf_file import gguf_header

        return identify_header(path, gguf_header(path))
    if path.suffix in PICKLES:
        return identify_pickle(path)
    raise BadWeights(path, "no kind of weight file that is read here")


def identify_pickle(path: Path) -> Identity:
    from generation.engine.diffusion.checks import pickled_tensors, read_pickle

    content = read_pickle(path)
    if "string_to_param" in content:
        params = content["string_to_param"]
        shapes = {str(k): tuple(v.shape) for k, v in params.items() if hasattr(v, "shape")}
        width = next(iter(shapes.values()), (0,))[-1]
        return Identity(Kind.EMBEDDING, TEXT_WIDTHS.get(width))
    tensors = pickled_tensors(path)
    return identify_header(path, Header({name: tuple(t.shape) for name, t in tensors.items()}))


def identify_folder(path: Path) -> Identity:
    """A folder in diffusers' layout, by the name of its pipeline."""
    index = read_json(path / "model_index.json")
    if not index:
        config = read_json(path / "config.json")
        if str(config.get("_class_name", "")).startswith("ControlNet"):
            wide = config.get("addition_embed_type") == "text_time"
            width = config.get("cross_attention_dim")
            family = TEXT_WIDTHS.get(width) if isinstance(width, int) else None
            return Identity(Kind.CONTROLNET, Family.SDXL if wide else family or Family.SD1)
        if config.get("_class_name") == "AutoencoderKL":
            return Identity(Kind.VAE, None)
        raise BadWeights(path, "a folder without model_index.json or config.json")
    name = str(index.get("_class_name", ""))
    if name not in PIPELINES:
        raise BadWeights(path, f"a pipeline that is not painted here: {name[:80]!r}")
    family = PIPELINES[name]
    if family is Family.SD1:
        # SD 2 runs in the same pipeline; its linear projections tell it apart.
        unet = read_json(path / "unet" / "config.json")
        family = Family.SD2 if unet.get("use_linear_projection") else Family.SD1
    return Identity(Kind.CHECKPOINT, family)


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file; {} where it is missing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadWeights(path, f"not JSON ({error})") from error
    if not isinstance(content, dict):
        raise BadWeights(path, "not a JSON object")
    return content


def identify_header(path: Path, header: Header) -> Identity:
    names = Names(header.shapes)
    if names.some(
        "lora_up.",
        "lora_down.",
        "lora_A.",
        "lora_B.",
        ".lora.up.",
        ".lora.down.",
        ".hada_w1_",
        ".lokr_",
    ):
        return Identity(Kind.LORA, lora_family(names, header.metadata))
    if names.begins("control_model.", "input_hint_block.0", "controlnet_cond_embedding."):
        return Identity(Kind.CONTROLNET, _unet_family(names))
    family = _diffusion_family(names)
    if family is not None:
        return Identity(Kind.CHECKPOINT, family)
    if names.some("decoder.conv_in.weight") and names.some("encoder.conv_in.weight"):
        return Identity(Kind.VAE, None)
    if names.begins("emb_params") or (len(header.shapes) == 2 and "clip_g" in header.shapes):
        wide = "clip_g" in header.shapes
        width = names.shape("emb_params")[-1:] or (0,)
        return Identity(Kind.EMBEDDING, Family.SDXL if wide else TEXT_WIDTHS.get(width[0]))
    if names.some("encoder.layers.0.self_attn.q_proj.weight", "block.0.layer.0.SelfAttention.q."):
        return Identity(Kind.TEXT_ENCODER, None)
    if names.begins("model.0.weight", "conv_first.weight", "model.1.sub.", "body.0.rdb1."):
        return Identity(Kind.UPSCALER, None)
    if len(names.shapes) == 1:
        shape = next(iter(names.shapes.values()))
        if len(shape) in (1, 2):  # diffusers' learned_embeds: one vector, or a row for each token
            return Identity(Kind.EMBEDDING, TEXT_WIDTHS.get(shape[-1]))
    raise BadWeights(path, "no weights of a kind that is known here")


def _diffusion_family(names: Names) -> Family | None:
    if names.begins("double_blocks.0.", "single_transformer_blocks.0."):
        return Family.FLUX
    if names.begins("joint_blocks.0.", "transformer_blocks.0.attn.add_k_proj."):
        return Family.SD3
    if names.some(".time_stack.") and names.begins("input_blocks."):
        return Family.SVD
    if names.begins("input_blocks.0.0.weight"):
        return _unet_family(names)
    return None


def _unet_family(names: Names) -> Family:
    if names.begins("label_emb.", "control_model.label_emb.", "add_embedding."):
        return Family.SDXL
    if names.begins("cond_stage_model.model."):
        return Family.SD2
    # SD 2 made the projections of its attention linear; SD 1's are 1 × 1 convolutions.
    return Family.SD2 if len(names.shape(".proj_in.weight")) == 2 else Family.SD1


def lora_family(names: Names, metadata: Mapping[str, str]) -> Family | None:
    """By what the trainer wrote, else by names, else by the width of the text."""
    told = metadata.get("ss_base_model_version", "") or metadata.get("modelspec.architecture", "")
    for start, family in (
        ("sdxl", Family.SDXL),
        ("stable-diffusion-xl", Family.SDXL),
        ("sd_v2", Family.SD2),
        ("stable-diffusion-v2", Family.SD2),
        ("sd_v1", Family.SD1),
        ("stable-diffusion-v1", Family.SD1),
        ("sd3", Family.SD3),
        ("stable-diffusion-3", Family.SD3),
        ("flux", Family.FLUX),
    ):
        if told.lower().startswith(start):
            return family
    if names.some("double_blocks", "single_transformer_blocks", "single_blocks"):
        return Family.FLUX
    if names.some("joint_blocks", "add_k_proj"):
        return Family.SD3
    if names.some("lora_te2_", "text_encoder_2."):
        return Family.SDXL
    width = names.shape(*_widths(("down.weight", "A.weight")))
    return TEXT_WIDTHS.get(width[1]) if len(width) > 1 else None


def _widths(ends: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        f"attn2{sep}to_k.lora{joint}{end}"
        for end in ends
        for sep in ("_", ".")
        for joint in ("_", ".")
    )
