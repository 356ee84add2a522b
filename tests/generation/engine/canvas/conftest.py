"""Small networks with weights by seed, in the files that operators have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def compact() -> dict[str, Any]:
    """The weights of a 2 × network of the Compact kind (Real-ESRGAN's small ones)."""
    import torch

    from generation.engine.canvas import networks

    networks._spandrel()
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(1)
    return dict(Compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=1, upscale=2).state_dict())


@pytest.fixture(scope="session")
def network(compact: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    from safetensors.torch import save_file

    path = tmp_path_factory.mktemp("ESRGAN") / "2x_small.safetensors"
    save_file(compact, path)
    return path


@pytest.fixture(scope="session")
def restorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A RestoreFormer with 32 channels and one block a level."""
    import torch
    from safetensors.torch import save_file

    from generation.engine.canvas import networks

    networks._spandrel()
    from spandrel.architectures.RestoreFormer import RestoreFormer

    torch.manual_seed(2)
    small = RestoreFormer(
        n_embed=16,
        embed_dim=32,
        ch=32,
        out_ch=3,
        ch_mult=(1, 1, 1, 1, 1, 1),
        num_res_blocks=1,
        attn_resolutions=(16,),
        dropout=0.0,
        in_channels=3,
        resolution=512,
        z_channels=32,
        double_z=False,
        enable_mid=True,
        head_size=8,
    )
    path = tmp_path_factory.mktemp("GFPGAN") / "RestoreFormer.safetensors"
    save_file({name: value.contiguous() for name, value in small.state_dict().items()}, path)
    return path
