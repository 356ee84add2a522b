"""LoRA files → what each layer gets: names of kohya, diffusers and peft, all kinds of factors.

A layer's name is looked up among the model's own modules, as the trainers made it from them, by
diffusers' names and by those of the original checkpoints; Flux's joined projections are taken apart
by diffusers' converters. LoRA, LoCon, LoHa and LoKr are products of factors; DoRA also sets the
length of the columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.lora_pipeline import FluxLoraLoaderMixin
from diffusers.utils import state_dict_utils
from safetensors.torch import load_file

from generation.engine.diffusion.checks import SAFE, pickled_tensors, read_header
from generation.engine.diffusion.families import Family
from generation.engine.diffusion.ldm_names import layers_per_block, ldm_unet_name

Tensors = dict[str, torch.Tensor]

# diffusers gives these no types.
_unet_to_peft: Any = state_dict_utils.convert_unet_state_dict_to_peft
_to_peft: Any = state_dict_utils.convert_state_dict_to_peft
_to_diffusers: Any = state_dict_utils.convert_state_dict_to_diffusers

DENOISER = "denoiser"
_KOHYA = {
    "lora_unet_": DENOISER,
    "lora_te_": "0",
    "lora_te1_": "0",
    "lora_te2_": "1",
    "lora_te3_": "2",
}
_DIFFUSERS = {
    "unet.": DENOISER,
    "transformer.": DENOISER,
    "text_encoder.": "0",
    "text_encoder_2.": "1",
    "text_encoder_3.": "2",
}
_FACTOR = re.compile(
    r"^(?P<layer>.+?)\.(?P<factor>lora_(?:up|down|mid|A|B)(?:\.default)?\.weight"
    r"|lora_linear_layer\.(?:up|down)\.weight|lora\.(?:up|down)\.weight"
    r"|lora_magnitude_vector(?:\.default)?(?:\.weight)?|dora_scale|alpha"
    r"|hada_w[12]_[ab]|lokr_w[12](?:_[ab])?|bias_values|diff|diff_b)$"
)


class LoraFault(ValueError):
    """A LoRA that cannot be used on this model; the text says why."""


@dataclass(frozen=True)
class Layer:
    """The factors for one layer, by their names in `_FACTOR`, shortened."""

    factors: Mapping[str, torch.Tensor]

    def merged(self, weight: torch.Tensor, scale: float) -> torch.Tensor:
        """The layer's weight with this LoRA at `scale`, as float32 on the weight's device."""
        parts = {k: v.to(weight.device, torch.float32) for k, v in self.factors.items()}
        change = _product(parts, weight.shape) * scale
        whole: torch.Tensor = weight.float() + change
        if "magnitude" not in parts:
            return whole
        # DoRA: the length of each row's (peft) or, in older files, each column's weights is given.
        length = parts["magnitude"].flatten()
        by_row = len(length) == whole.shape[0]
        dims = tuple(range(1, whole.ndim)) if by_row else (0, *range(2, whole.ndim))
        norm = torch.linalg.vector_norm(whole, dim=dims)
        ratio = length / norm
        row = ratio.reshape(-1, *[1] * (whole.ndim - 1))
        scaled: torch.Tensor = whole * (row if by_row else row.transpose(0, 1))
        return scaled


def read(path: Path) -> Tensors:
    """Raises BadWeights."""
    if path.suffix in SAFE:
        read_header(path)
        tensors: Tensors = load_file(path)
        return tensors
    return pickled_tensors(path)


def layers(
    tensors: Tensors, family: Family, modules: Mapping[str, torch.nn.Module]
) -> dict[tuple[str, str], Layer]:
    """(component, layer's path in it) → factors; components are DENOISER and the numbers of the
    text encoders. Raises LoraFault where nothing fits, or a kind of factor is unknown.
    """
    plain = _plain_names(tensors, family)
    paths = {component: _paths(module) for component, module in modules.items()}
    grouped: dict[tuple[str, str], Tensors] = {}
    homeless: list[str] = []
    for name, tensor in plain.items():
        component, rest = _component(name)
        match = _FACTOR.match(rest)
        if not component or not match:
            raise LoraFault(f"a tensor of a kind that is not known: {name[:120]!r}")
        path = paths.get(component, {}).get(_flat(match["layer"]))
        if path is None:
            homeless.append(name)
        else:
            grouped.setdefault((component, path), {})[_short(match["factor"])] = tensor
    if not grouped or len(homeless) > len(plain) // 2:
        where = f": it has no layer {homeless[0]!r}" if homeless else ""
        raise LoraFault(f"does not fit this model{where}")
    found = {place: Layer(factors) for place, factors in grouped.items()}
    for (component, path), layer in found.items():
        _check(path, layer, modules[component].get_submodule(path))
    return found


def _plain_names(tensors: Tensors, family: Family) -> Tensors:
    tensors = dict(tensors)
    if family is Family.FLUX:
        found, alphas = FluxLoraLoaderMixin.lora_state_dict(tensors, return_alphas=True)
        alphas = {k: torch.as_tensor(v) for k, v in (alphas or {}).items()}
        return {**found, **alphas}
    if any(name.startswith(tuple(_KOHYA)) for name in tensors):
        return tensors
    return _peft_names(tensors)


def _peft_names(tensors: Tensors) -> Tensors:
    """diffusers' own older spellings in peft's."""
    named: Tensors = {}
    for prefix, component in _DIFFUSERS.items():
        part = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        if not part:
            continue
        if component == DENOISER:
            part = _unet_to_peft(part)
        elif not any(".lora_A" in name or ".lora.down" in name for name in part):
            part = _to_peft(_to_diffusers(part))
        named |= {prefix + k: v for k, v in part.items()}
    rest = [name for name in tensors if not name.startswith(tuple(_DIFFUSERS))]
    if rest:
        raise LoraFault(f"a tensor of a kind that is not known: {rest[0][:120]!r}")
    return named


def _component(name: str) -> tuple[str, str]:
    for prefix, component in (_KOHYA | _DIFFUSERS).items():
        if name.startswith(prefix):
            return component, name.removeprefix(prefix)
    return "", name


def _flat(path: str) -> str:
    # "text_model" stands in the files, and no more in newer versions of the encoder.
    return path.replace(".", "_").removeprefix("text_model_").removesuffix("_processor")


def _paths(module: torch.nn.Module) -> dict[str, str]:
    """Every layer's name in a LoRA file → its path in the module."""
    kinds = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.Conv1d)
    own = [path for path, part in module.named_modules() if isinstance(part, kinds)]
    found = {_flat(path): path for path in own}
    tensors = set(module.state_dict())
    if any(name.startswith("down_blocks.") for name in tensors):
        # SDXL's trainers name the layers of the original checkpoint.
        layers = layers_per_block(tensors)
        for path in own:
            original = ldm_unet_name(f"{path}.weight", tensors, layers).removesuffix(".weight")
            found[_flat(original)] = path
    return found


def _short(factor: str) -> str:
    words = {
        "A": "down",
        "B": "up",
        "lora_magnitude_vector": "magnitude",
        "dora_scale": "magnitude",
    }
    factor = factor.replace(".default", "").removesuffix(".weight")
    if factor in words:
        return words[factor]
    last = re.split(r"[._]", factor)[-1]
    if factor.startswith("lora"):
        return words.get(last, last)
    return factor


def _check(path: str, layer: Layer, module: torch.nn.Module) -> None:
    weight = module.weight
    if not isinstance(weight, torch.Tensor) or not weight.is_floating_point():
        raise LoraFault("cannot be merged into a quantised checkpoint")
    try:
        _product({k: v.to("meta") for k, v in layer.factors.items()}, weight.shape)
    except (RuntimeError, KeyError) as error:
        shapes = {name: tuple(tensor.shape) for name, tensor in layer.factors.items()}
        reason = f"{path}: {shapes} do not make {tuple(weight.shape)}"
        raise LoraFault(f"does not fit this model: {reason}") from error


def _product(parts: Mapping[str, torch.Tensor], shape: torch.Size) -> torch.Tensor:
    """The change at weight 1, of the layer's shape. KeyError: a factor is missing or unknown."""
    if "diff" in parts:
        return parts["diff"].reshape(shape)
    if "hada_w1_a" in parts:
        rank = parts["hada_w1_b"].shape[0]
        one, two = (parts[f"hada_w{n}_a"] @ parts[f"hada_w{n}_b"] for n in (1, 2))
        return _scale(parts, rank) * (one * two).reshape(shape)
    if "lokr_w1" in parts or "lokr_w1_a" in parts:
        return _kronecker(parts).reshape(shape)
    up, down = parts["up"].float(), parts["down"].float()
    rank = down.shape[0]
    if "mid" in parts:  # LoCon's core between two 1 × 1 convolutions
        core = torch.einsum("mnkl,nj->mjkl", parts["mid"].float(), down.flatten(1))
        return _scale(parts, rank) * (up.flatten(1) @ core.flatten(1)).reshape(shape)
    return _scale(parts, rank) * (up.flatten(1) @ down.flatten(1)).reshape(shape)


def _kronecker(parts: Mapping[str, torch.Tensor]) -> torch.Tensor:
    rank, factors = 0, []
    for name in ("lokr_w1", "lokr_w2"):
        if name in parts:
            factors.append(parts[name])
        else:
            rank = parts[f"{name}_b"].shape[0]
            factors.append(parts[f"{name}_a"] @ parts[f"{name}_b"].flatten(1))
    one, two = factors
    scale = _scale(parts, rank) if rank else 1.0
    return scale * torch.kron(one.reshape(*one.shape, *[1] * (two.ndim - 2)), two.contiguous())


def _scale(parts: Mapping[str, torch.Tensor], rank: int) -> float:
    alpha = parts.get("alpha")
    return 1.0 if alpha is None or alpha.device.type == "meta" else float(alpha) / rank
