"""GGUF: transformers of SD 3 and Flux with quantised weights, as diffusers runs them.

The weights stay quantised in memory; a layer is brought to `dtype` while it is used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from generation.engine.diffusion.checks import BadWeights, Header
from generation.engine.diffusion.families import PREFIXES, Family

MAGIC = b"GGUF"


def gguf_header(path: Path) -> Header:
    """Names and shapes in torch's order of dimensions. Raises BadWeights."""
    import gguf

    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            raise BadWeights(path, "no GGUF file")
    try:
        reader = gguf.GGUFReader(path)
        size = path.stat().st_size
        for tensor in reader.tensors:
            if tensor.data_offset + tensor.n_bytes > size:
                raise BadWeights(path, f"truncated: {tensor.name!r} ends after the file")
        return Header({t.name: tuple(int(n) for n in t.shape[::-1]) for t in reader.tensors})
    except BadWeights:
        raise
    except Exception as error:  # the reader raises whatever numpy raises at damaged counts
        raise BadWeights(path, f"truncated, or no GGUF file ({error})") from error


def gguf_model(path: Path, family: Family, dtype: torch.dtype) -> Any:
    """The transformer, the weights of its linear layers quantised. Raises BadWeights."""
    from diffusers import FluxTransformer2DModel, SD3Transformer2DModel
    from diffusers.loaders.single_file_utils import (
        convert_sd3_transformer_checkpoint_to_diffusers,
    )

    from generation.engine.diffusion import configs
    from generation.engine.diffusion.flux_names import flux_tensors

    kind: Any
    shapes = {_bare(name): shape for name, shape in gguf_header(path).shapes.items()}
    tensors = _read(path)
    try:
        if family is Family.FLUX:
            kind, config = FluxTransformer2DModel, configs.flux_config(shapes)
            tensors = flux_tensors(tensors)
        elif family is Family.SD3:
            kind, config = SD3Transformer2DModel, configs.sd3_config(shapes)
            tensors = convert_sd3_transformer_checkpoint_to_diffusers(dict(tensors))
        else:
            raise BadWeights(path, f"a GGUF of {family}; SD 3.5 and Flux can be read")
    except (KeyError, IndexError) as error:
        raise BadWeights(path, f"its transformer is incomplete ({error})") from error
    with torch.device("meta"):
        model = kind.from_config(config)
    _fill(model, tensors, path, dtype)
    return model.requires_grad_(False).eval()


def _bare(name: str) -> str:
    return next((name.removeprefix(p) for p in PREFIXES if name.startswith(p)), name)


def _read(path: Path) -> dict[str, Any]:
    from diffusers.models.model_loading_utils import load_gguf_checkpoint

    try:
        return {_bare(name): t for name, t in load_gguf_checkpoint(str(path)).items()}
    except ValueError as error:  # a quantisation that diffusers does not know
        raise BadWeights(path, str(error).partition("\n")[0]) from error


def _fill(model: nn.Module, tensors: dict[str, Any], path: Path, dtype: torch.dtype) -> None:
    from diffusers.quantizers.gguf.utils import (
        GGUFLinear,
        GGUFParameter,
        dequantize_gguf_tensor,
    )

    for name in list(model.state_dict()):
        stem, _, last = name.rpartition(".")
        tensor, module = tensors.get(name), model.get_submodule(stem)
        if tensor is None:
            raise BadWeights(path, f"{type(model).__name__} lacks {name}")
        if isinstance(tensor, GGUFParameter) and not isinstance(module, nn.Linear):
            tensor = dequantize_gguf_tensor(tensor)
        if isinstance(tensor, GGUFParameter) and isinstance(module, nn.Linear):
            with torch.device("meta"):
                module = GGUFLinear(
                    module.in_features, module.out_features, module.bias is not None, dtype
                )
            model.set_submodule(stem, module)
            module.register_parameter(last, tensor)
        elif last in module._buffers:
            module.register_buffer(last, tensor.to(dtype))
        else:
            module.register_parameter(last, nn.Parameter(tensor.to(dtype), requires_grad=False))
