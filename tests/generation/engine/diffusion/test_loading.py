"""What was written is what is loaded, in every family and layout; other things are refused."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.loading import (
    Loaded,
    load,
    load_controlnet,
    load_vae,
    with_vae,
)
from generation.engine.diffusion.shelf import Item, Shelf
from scripts.tiny_extras import controlnet
from scripts.tiny_models import SHORT, components, vae

ORDER = ("text_encoder", "text_encoder_2", "text_encoder_3")


@pytest.fixture(scope="module")
def shelf(tiny_models: Path) -> Shelf:
    shelf = Shelf(tiny_models)
    shelf.scan()
    return shelf


def checkpoint(shelf: Shelf, name: str) -> Item:
    return shelf.find(Kind.CHECKPOINT, name)


def same_weights(model: Any, written: Any) -> bool:
    ours, theirs = model.state_dict(), written.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[n], theirs[n]) for n in ours)


def parts(loaded: Loaded) -> dict[str, Any]:
    named = {"unet": loaded.unet, "transformer": loaded.unet, "vae": loaded.vae}
    named["image_encoder"] = loaded.image_encoder
    return named | dict(zip(ORDER, loaded.text_encoders, strict=False))


@pytest.mark.parametrize("family", list(Family))
def test_both_layouts_are_what_was_written(shelf: Shelf, family: Family) -> None:
    file = load(checkpoint(shelf, f"tiny-{SHORT[family]}.safetensors"))
    folder = load(checkpoint(shelf, f"tiny-{SHORT[family]}-folder"))
    for name, model in components(family).items():
        assert same_weights(parts(file)[name], model), name
        assert same_weights(parts(folder)[name], model), name
    assert file.family is folder.family is family
    assert file.scheduler_config == folder.scheduler_config
    assert told(file) == told(folder)
    words = [tokenizer("a red apple").input_ids for tokenizer in file.tokenizers]
    assert words == [tokenizer("a red apple").input_ids for tokenizer in folder.tokenizers]


def told(loaded: Loaded) -> dict[str, object]:
    """The diffusion model's configuration, defaults included."""
    found = {k: v for k, v in dict(loaded.unet.config).items() if not k.startswith("_")}
    if found.get("transformer_layers_per_block") == 1:
        found["transformer_layers_per_block"] = [1, 1]  # the same, written out
    return {key: _plain(value) for key, value in found.items()}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def test_the_tokenizer_is_clips_own(shelf: Shelf) -> None:
    loaded = load(checkpoint(shelf, "tiny-sd1.safetensors"))
    ids = loaded.tokenizers[0]("a photo of a cat").input_ids
    assert ids == [49406, 320, 1125, 539, 320, 2368, 49407]


def test_t5s_tokenizer_is_its_own(shelf: Shelf) -> None:
    loaded = load(checkpoint(shelf, "tiny-flux.safetensors"))
    assert loaded.tokenizers[1]("a photo of a cat").input_ids == [3, 9, 1202, 13, 3, 9, 1712, 1]


def test_inpainting_reads_nine_channels(shelf: Shelf) -> None:
    loaded = load(checkpoint(shelf, "tiny-sd1-inpainting.safetensors"))
    assert (loaded.family, loaded.unet.config.in_channels) == (Family.SD1, 9)


def test_a_bare_transformer_finds_its_companions(shelf: Shelf) -> None:
    loaded = load(checkpoint(shelf, "tiny-sd3-bare.safetensors"))
    widths = [encoder.config.hidden_size for encoder in loaded.text_encoders]
    assert (widths, loaded.vae.config.latent_channels) == ([32, 64, 96], 16)


def test_gguf_stays_quantised_and_computes_the_same(shelf: Shelf) -> None:
    from scripts.tiny_models import flux_transformer

    loaded = load(checkpoint(shelf, "tiny-flux.gguf"))
    assert loaded.unet.transformer_blocks[0].attn.to_q.weight.dtype == torch.uint8
    seed = torch.Generator().manual_seed(1)
    call = {
        "hidden_states": torch.randn((1, 16, 64), generator=seed),
        "encoder_hidden_states": torch.randn((1, 7, 32), generator=seed),
        "pooled_projections": torch.randn((1, 32), generator=seed),
        "timestep": torch.tensor([0.5]),
        "img_ids": torch.zeros(16, 3),
        "txt_ids": torch.zeros(7, 3),
        "guidance": torch.tensor([3.5]),
    }
    with torch.no_grad():
        ours, exact = loaded.unet(**call).sample, flux_transformer(82)(**call).sample
    # Eight bits: a relative error of 1/256 a weight, summed over two blocks
    assert (ours - exact).std() < 0.05 * exact.std()


def test_half_precision_where_it_is_asked_for(shelf: Shelf) -> None:
    loaded = load(checkpoint(shelf, "tiny-sdxl.safetensors"), "cpu", torch.float16)
    assert loaded.unet.dtype == torch.float16
    assert loaded.vae.dtype == torch.float32  # SDXL's VAE overflows in halves


@pytest.mark.parametrize(
    ("name", "family", "seed"),
    [
        ("tiny-control-sd1.safetensors", Family.SD1, 61),
        ("tiny-control-sdxl.safetensors", Family.SDXL, 62),
        ("tiny-control-folder", Family.SD1, 63),
    ],
)
def test_controlnets(shelf: Shelf, name: str, family: Family, seed: int) -> None:
    item = shelf.find(Kind.CONTROLNET, name)
    assert item.family is family
    assert same_weights(load_controlnet(item), controlnet(family, seed))


def test_another_vae(shelf: Shelf) -> None:
    loaded = load(checkpoint(shelf, "tiny-sd1"))
    changed = with_vae(loaded, load_vae(shelf.find(Kind.VAE, "tiny-vae")))
    assert changed.unet is loaded.unet
    assert same_weights(changed.vae, vae(Family.SD1, seed=31))


def test_a_vae_file_with_diffusers_names(tmp_path: Path) -> None:
    written = vae(Family.SDXL, seed=32)
    old = {n.replace(".to_q.", ".query."): t for n, t in written.state_dict().items()}
    save_file(old, tmp_path / "sdxl_vae.safetensors")
    item = Item("sdxl_vae", tmp_path / "sdxl_vae.safetensors", "", None, Kind.VAE)
    loaded = load_vae(item, family=Family.SDXL)
    assert same_weights(loaded, written)
    assert loaded.config.scaling_factor == 0.13025


def test_v_prediction_by_marker(tiny_models: Path, tmp_path: Path) -> None:
    source = tiny_models / "Stable-diffusion" / "tiny-sdxl.safetensors"
    tensors = load_file(source) | {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}
    save_file(tensors, tmp_path / "v.safetensors")
    item = Item("v", tmp_path / "v.safetensors", "", Family.SDXL, Kind.CHECKPOINT)
    config = load(item).scheduler_config
    assert config["prediction_type"] == "v_prediction"
    assert config["rescale_betas_zero_snr"]


def test_sd2_predicts_v_unless_the_file_beside_it_says_otherwise(
    tiny_models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "base.safetensors"
    shutil.copy(tiny_models / "Stable-diffusion" / "tiny-sd2.safetensors", path)
    item = Item("base", path, "", Family.SD2, Kind.CHECKPOINT)
    assert load(item).scheduler_config["prediction_type"] == "v_prediction"
    path.with_suffix(".yaml").write_text('model:\n  params:\n    parameterization: "eps"\n')
    assert load(item).scheduler_config["prediction_type"] == "epsilon"


def test_weights_do_not_lie_in_the_file(tiny_models: Path, tmp_path: Path) -> None:
    path = tmp_path / "short-lived.safetensors"
    shutil.copy(tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors", path)
    loaded = load(Item("short-lived", path, "", Family.SD1, Kind.CHECKPOINT))
    before = loaded.unet.conv_in.weight.clone()
    os.truncate(path, 0)
    assert torch.equal(loaded.unet.conv_in.weight, before)


def broken(tiny_models: Path, folder: Path, family: Family, drop: str) -> Item:
    source = tiny_models / "Stable-diffusion" / f"tiny-{SHORT[family]}.safetensors"
    kept = {n: t for n, t in load_file(source).items() if drop not in n}
    save_file(kept, folder / "broken.safetensors")
    return Item("broken", folder / "broken.safetensors", "", family, Kind.CHECKPOINT)


@pytest.mark.parametrize(
    ("drop", "said"),
    [
        ("input_blocks.1.0.in_layers.2", "diffusion model is incomplete"),
        ("middle_block.0.out_layers.3.bias", "lacks mid_block.resnets.0.conv2.bias"),
        ("first_stage_model", "has no VAE"),
        ("decoder.mid.block_1.norm1.weight", "lacks decoder.mid_block.resnets.0.norm1.weight"),
        ("cond_stage_model", "has no text encoder"),
        ("token_embedding", "text encoder is incomplete"),
    ],
)
def test_incomplete_checkpoints_are_refused(
    tiny_models: Path, tmp_path: Path, drop: str, said: str
) -> None:
    with pytest.raises(BadWeights, match=f"^broken.safetensors: .*{said}"):
        load(broken(tiny_models, tmp_path, Family.SD1, drop))


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("conditioner.embedders.0.model.ln_final.bias", "SDXL's refiner"),
        ("edm_mean", "trained after EDM"),
    ],
)
def test_relatives_that_are_painted_otherwise_are_refused(
    tiny_models: Path, tmp_path: Path, extra: str, said: str
) -> None:
    source = tiny_models / "Stable-diffusion" / "tiny-sdxl.safetensors"
    save_file(load_file(source) | {extra: torch.zeros(4)}, tmp_path / "other.safetensors")
    item = Item("other", tmp_path / "other.safetensors", "", Family.SDXL, Kind.CHECKPOINT)
    with pytest.raises(BadWeights, match=f"^other.safetensors: {said}"):
        load(item)


def test_a_model_for_depth_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    source = tiny_models / "Stable-diffusion" / "tiny-sd2.safetensors"
    tensors = load_file(source)
    name = "model.diffusion_model.input_blocks.0.0.weight"
    tensors[name] = torch.zeros(32, 5, 3, 3)
    save_file(tensors, tmp_path / "depth.safetensors")
    item = Item("depth", tmp_path / "depth.safetensors", "", Family.SD2, Kind.CHECKPOINT)
    with pytest.raises(BadWeights, match="^depth.safetensors: reads 5 channels"):
        load(item)


def test_a_tensor_of_another_shape_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    source = tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors"
    tensors = load_file(source)
    tensors["model.diffusion_model.time_embed.0.weight"] = torch.zeros(3, 3)
    save_file(tensors, tmp_path / "odd.safetensors")
    item = Item("odd", tmp_path / "odd.safetensors", "", Family.SD1, Kind.CHECKPOINT)
    with pytest.raises(BadWeights, match=r"time_embedding.linear_1.weight is \(3, 3\)"):
        load(item)


def test_flux_without_a_text_encoder_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match="has no text encoder t5"):
        load(broken(tiny_models, tmp_path, Family.FLUX, "t5xxl"))


def test_sd3_paints_without_t5(tiny_models: Path, tmp_path: Path) -> None:
    loaded = load(broken(tiny_models, tmp_path, Family.SD3, "t5xxl"))
    assert loaded.text_encoders[2] is None


@pytest.mark.parametrize("name", ["transformer.x.weight.absmax", "double_blocks.0.x.scale_weight"])
def test_quantised_weights_are_refused(tmp_path: Path, name: str) -> None:
    save_file({name: torch.zeros(1)}, tmp_path / "nf4.safetensors")
    item = Item("nf4", tmp_path / "nf4.safetensors", "", Family.FLUX, Kind.CHECKPOINT)
    with pytest.raises(BadWeights, match="^nf4.safetensors: quantised weights"):
        load(item)


def test_a_controlnet_for_many_tasks_is_refused(tmp_path: Path) -> None:
    state = controlnet(Family.SDXL, 62).state_dict() | {"task_embedding": torch.zeros(6, 32)}
    save_file(state, tmp_path / "union.safetensors")
    item = Item("union", tmp_path / "union.safetensors", "", Family.SDXL, Kind.CONTROLNET)
    with pytest.raises(BadWeights, match="many tasks at once"):
        load_controlnet(item)


def test_a_lora_is_no_checkpoint(shelf: Shelf) -> None:
    with pytest.raises(BadWeights, match="is no checkpoint but a LoRA"):
        load(shelf.loras[0])


def test_a_vae_of_another_family_is_refused(shelf: Shelf) -> None:
    loaded = load(checkpoint(shelf, "tiny-sd1"))
    other = load_vae(shelf.find(Kind.VAE, "tiny-ae"), family=Family.FLUX)
    with pytest.raises(BadWeights, match="reads 4 channels, its VAE makes 16"):
        with_vae(loaded, other)


def folder(tiny_models: Path, tmp_path: Path) -> Item:
    path = tmp_path / "folder"
    shutil.copytree(tiny_models / "Stable-diffusion" / "tiny-sd1-folder", path)
    return Item("folder", path, "", Family.SD1, Kind.CHECKPOINT)


def test_a_folder_cannot_name_a_class_of_its_own(tiny_models: Path, tmp_path: Path) -> None:
    item = folder(tiny_models, tmp_path)
    index = item.path / "model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {"unet": ["os", "system"]}))
    with pytest.raises(BadWeights, match="a component that is not made here: 'system'"):
        load(item)


def test_a_folder_without_weights_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    item = folder(tiny_models, tmp_path)
    for file in (item.path / "vae").glob("*.safetensors"):
        file.unlink()
    with pytest.raises(BadWeights, match="vae: has no safetensors"):
        load(item)


def test_a_folder_with_a_mad_configuration_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    item = folder(tiny_models, tmp_path)
    (item.path / "unet" / "config.json").write_text('{"down_block_types": ["Nonsense"]}')
    with pytest.raises(BadWeights, match="config.json does not fit a UNet2DConditionModel"):
        load(item)


def test_a_folder_with_endless_layers_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    item = folder(tiny_models, tmp_path)
    path = item.path / "unet" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"layers_per_block": 10**9}))
    with pytest.raises(BadWeights, match="unet: its config.json has too much layers_per_block"):
        load(item)


def test_a_file_with_endless_layers_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    source = tiny_models / "Stable-diffusion" / "tiny-sd1.safetensors"
    tensors = load_file(source)
    tensors["model.diffusion_model.input_blocks.999999999.0.x"] = torch.zeros(1)
    save_file(tensors, tmp_path / "endless.safetensors")
    item = Item("endless", tmp_path / "endless.safetensors", "", Family.SD1, Kind.CHECKPOINT)
    with pytest.raises(BadWeights, match="^endless.safetensors: its diffusion model is incomplete"):
        load(item)
