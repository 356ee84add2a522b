"""GGUF: transformers of SD 3 and Flux with quantised weights, as diffusers runs them.

The weights stay quantised in memory; a layer is brought to `dtype` while it is used.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import torch

from generation.engine.diffusion.checks import BadWeights, Header
from generation.engine.diffusion.families import Family

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
    """The transformer, its weights quantised. Raises BadWeights."""
    from diffusers import FluxTransformer2DModel, GGUFQuantizationConfig, SD3Transformer2DModel
    from diffusers.loaders.single_file_utils import (
        convert_sd3_transformer_checkpoint_to_diffusers,
    )
    from diffusers.models.model_loading_utils import load_gguf_checkpoint

    from generation.engine.diffusion import configs
    from generation.engine.diffusion.flux_names import flux_tensors

    if family not in (Family.SD3, Family.FLUX):
        raise BadWeights(path, f"a GGUF of {family}; transformers of SD 3 and Flux can be read")
    shapes = dict(gguf_header(path).shapes)
    tensors = load_gguf_checkpoint(str(path))
    kind: Any
    if family is Family.FLUX:
        kind, config = FluxTransformer2DModel, configs.flux_config(shapes)
        tensors = flux_tensors(tensors)
    else:
        kind, config = SD3Transformer2DModel, configs.sd3_config(shapes)
        tensors = convert_sd3_transformer_checkpoint_to_diffusers(dict(tensors))
    with tempfile.TemporaryDirectory() as folder:
        # from_single_file reads a configuration from a folder only
        text = json.dumps({"_class_name": kind.__name__, **config})
        (Path(folder) / "config.json").write_text(text, encoding="utf-8")
        model = kind.from_single_file(
            tensors,
            config=folder,
            quantization_config=GGUFQuantizationConfig(compute_dtype=dtype),
            dtype=dtype,
            local_files_only=True,
        )
    return model.requires_grad_(False).eval()
