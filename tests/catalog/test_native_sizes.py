"""Names as they are published; where a family is told it decides."""

from __future__ import annotations

import pytest

from catalog.native_sizes import Size, native_size

LARGE = (1024, 1024)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("juggernautXL_v9Rundiffusion.safetensors", LARGE),
        ("sd_xl_base_1.0.safetensors", LARGE),
        ("dreamshaperxl-lightning", LARGE),
        ("turbovisionxlSuperFast_tvxlV431", LARGE),
        ("sdxlturbo", LARGE),
        ("ponyDiffusionV6", LARGE),
        ("Illustrious-v1.1", LARGE),
        ("flux1-dev-bnb-nf4-v2.safetensors", LARGE),
        ("STOIQO_FLUX", LARGE),
        ("sd3_medium_incl_clips", LARGE),
        ("sd3.5_large", LARGE),
        ("stable-diffusion-3.5-medium", LARGE),
        ("v2-1_768-ema-pruned.ckpt", (768, 768)),
        ("svd_xt_1_1.safetensors", (1024, 576)),
    ],
)
def test_a_name_tells_the_size(name: str, size: Size) -> None:
    assert native_size("", name) == size


@pytest.mark.parametrize(
    "name",
    ["v1-5-pruned-emaonly", "axlotl_v2", "sd-30-anime", "influx", "realisticVisionV51", "1768", ""],
)
def test_any_other_name_is_512(name: str) -> None:
    assert native_size("", name) == (512, 512)


def test_a_family_that_is_told_decides() -> None:
    assert native_size("SD 1.5", "looks-like-XL") == (512, 512)
    assert native_size("SDXL", "v1-5-pruned") == native_size("SD 3", "medium") == LARGE
