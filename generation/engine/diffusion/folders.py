"""Models in diffusers' layout: a folder with a model_index.json and a folder a component.

Only classes that are named here are made, only from safetensors; nothing in a folder is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from generation.engine.diffusion import configs
from generation.engine.diffusion.building import Tensors, build, read_tensors
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.families import Family, read_json
from generation.engine.diffusion.loading import Loaded, tokenizers_for
from generation.engine.diffusion.shelf import Item
from generation.engine.diffusion.single_file import modern_attention, t5_model, vae_dtype

DIFFUSERS = frozenset(
    {
        "AutoencoderKL",
        "AutoencoderKLTemporalDecoder",
        "AutoencoderTiny",
        "ControlNetModel",
        "FluxTransformer2DModel",
        "SD3Transformer2DModel",
        "UNet2DConditionModel",
        "UNetSpatioTemporalConditionModel",
    }
)
TRANSFORMERS = {
    "CLIPTextModel": "CLIPTextConfig",
    "CLIPTextModelWithProjection": "CLIPTextConfig",
    "CLIPVisionModelWithProjection": "CLIPVisionConfig",
    "T5EncoderModel": "T5Config",
}


def load_folder(item: Item, dtype: torch.dtype) -> Loaded:
    """Raises BadWeights."""
    index = read_json(item.path / "model_index.json")
    family = item.family
    assert family is not None

    def part(name: str) -> Any:
        entry = index.get(name)
        if not isinstance(entry, list) or len(entry) != 2 or not entry[1]:
            return None
        return load_component(item.path / name, str(entry[1]), dtype)

    names = ("text_encoder", "text_encoder_2", "text_encoder_3")
    present = [name for name in names if name in index]
    loaded = Loaded(
        family=family,
        item=item,
        unet=part("unet") or part("transformer"),
        vae=part("vae"),
        text_encoders=[part(name) for name in present],
        tokenizers=_tokenizers(item.path, family, len(present)),
        scheduler_config=_scheduler(item.path, family),
        image_encoder=part("image_encoder"),
        dtype=dtype,
    )
    if loaded.unet is None or loaded.vae is None:
        raise BadWeights(item.path, "has no U-Net or transformer, or no VAE")
    return loaded


def load_component(folder: Path, name: str, dtype: torch.dtype) -> Any:
    """The model in one folder, of the class `name`. Raises BadWeights."""
    config = read_json(folder / "config.json")
    if not config:
        raise BadWeights(folder, "has no config.json")
    _check_size(folder, config)
    tensors = folder_tensors(folder)
    if name == "T5EncoderModel":
        return t5_model(tensors, folder, dtype)
    try:
        if name in TRANSFORMERS:
            made = getattr(transformers, TRANSFORMERS[name])(**config)
            kind = getattr(transformers, name)
            return build(kind, made, _flattened(tensors, name), folder, dtype)
        if name in DIFFUSERS:
            kind = getattr(diffusers, name)
            return build(
                kind, config, modern_attention(tensors), folder, _dtype(name, config, dtype)
            )
    except (TypeError, KeyError, ValueError, RuntimeError) as error:
        if isinstance(error, BadWeights):
            raise
        raise BadWeights(folder, f"its config.json does not fit a {name} ({error})") from error
    raise BadWeights(folder, f"a component that is not made here: {name[:80]!r}")


MOST_LAYERS = 256
MOST_BLOCKS = 16


def _check_size(folder: Path, config: dict[str, Any]) -> None:
    """Layers are made one by one before their weights are looked for: a number that no model has
    would keep the engine busy for ever.
    """
    for key, value in config.items():
        values = value if isinstance(value, list) else [value]
        many = len(values) > (MOST_LAYERS if key == "dual_attention_layers" else MOST_BLOCKS)
        layers = "layers" in key and any(isinstance(n, int) and n > MOST_LAYERS for n in values)
        if (many and "block" in key) or layers:
            raise BadWeights(folder, f"its config.json has too much {key}")


def _dtype(name: str, config: dict[str, Any], dtype: torch.dtype) -> torch.dtype:
    return vae_dtype(config, dtype) if name == "AutoencoderKL" else dtype


def folder_tensors(folder: Path) -> Tensors:
    """All tensors of a component: of one file, or of the shards of one model."""
    files = sorted(folder.glob("*.safetensors"))
    plain = [f for f in files if f.name.count(".") == 1]  # not model.fp16.safetensors
    files = plain or files
    if not files:
        raise BadWeights(folder, "has no safetensors")
    tensors: Tensors = {}
    for file in files:
        tensors |= read_tensors(file)
    return tensors


def _flattened(tensors: Tensors, name: str) -> Tensors:
    """transformers dropped a level of names from CLIPTextModel in version 5.6."""
    if name != "CLIPTextModel":
        return tensors
    return {key.removeprefix("text_model."): tensor for key, tensor in tensors.items()}


def _tokenizers(folder: Path, family: Family, count: int) -> list[Any]:
    """The folder's own tokenizers where it has them, else the family's."""
    found = tokenizers_for(family)[:count]
    for number, name in enumerate(("tokenizer", "tokenizer_2", "tokenizer_3")[:count]):
        own = folder / name
        is_t5 = isinstance(found[number], transformers.T5Tokenizer)
        readable = (own / "tokenizer.json").is_file()
        if readable or (not is_t5 and (own / "vocab.json").is_file()):
            kind = transformers.T5Tokenizer if is_t5 else transformers.CLIPTokenizer
            try:
                found[number] = kind.from_pretrained(own, local_files_only=True)
            except (OSError, ValueError, TypeError, KeyError) as error:
                raise BadWeights(own, f"its tokenizer cannot be read ({error})") from error
    return found


def _scheduler(folder: Path, family: Family) -> dict[str, Any]:
    own = read_json(folder / "scheduler" / "scheduler_config.json")
    return dict(own) if own else configs.scheduler_config(family)
