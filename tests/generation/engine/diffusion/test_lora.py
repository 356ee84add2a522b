from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

from generation.engine.diffusion import lora, lora_files, memory
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.conditioning import encode
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.loading import Loaded, load
from generation.engine.diffusion.lora import Wanted
from generation.engine.diffusion.lora_files import LoraFault
from generation.engine.diffusion.shelf import Shelf
from tests.generation.engine.diffusion.texts import Model, model

BLOCK = "down_blocks.1.attentions.0.transformer_blocks.0"
LINEAR = (f"{BLOCK}.attn1.to_q", f"{BLOCK}.attn2.to_out.0", f"{BLOCK}.ff.net.0.proj")
CONV = ("down_blocks.0.resnets.0.conv1", "conv_in")
TEXT = tuple(f"encoder.layers.0.{part}" for part in ("self_attn.q_proj", "self_attn.out_proj"))
RANK, ALPHA = 2, 1.0


@pytest.fixture
def loaded() -> Model:
    return model(Family.SD1, denoiser=True)


def weights(loaded: Model | Loaded) -> dict[str, torch.Tensor]:
    parts = {"unet": loaded.unet, "text": loaded.text_encoders[0]}
    return {
        f"{name}.{path}": tensor.clone()
        for name, part in parts.items()
        for path, tensor in part.state_dict().items()
    }


def writes(loaded: Model) -> dict[str, int]:
    """How often each weight was written to."""
    return {path: tensor._version for path, tensor in loaded.unet.named_parameters()}


def changed(before: dict[str, torch.Tensor], loaded: Model | Loaded) -> set[str]:
    return {path for path, now in weights(loaded).items() if not torch.equal(before[path], now)}


def factors(module: torch.nn.Module, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """up and down for a layer, as kohya shapes them."""
    dice = torch.Generator().manual_seed(seed)
    out, into, *kernel = module.weight.shape
    up = torch.randn(out, RANK, *[1] * len(kernel), generator=dice)
    return up / 4, torch.randn(RANK, into, *kernel, generator=dice) / 4


def kohya(loaded: Model, seed: int = 5, linear: bool = False) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    parts = [("lora_unet_", loaded.unet, path) for path in (*LINEAR, *(() if linear else CONV))]
    parts += [("lora_te_text_model_", loaded.text_encoders[0], path) for path in TEXT]
    for number, (prefix, part, path) in enumerate(parts):
        name = prefix + path.replace(".", "_")
        up, down = factors(part.get_submodule(path), seed * 100 + number)
        tensors[f"{name}.lora_up.weight"], tensors[f"{name}.lora_down.weight"] = up, down
        tensors[f"{name}.alpha"] = torch.tensor(ALPHA)
    return tensors


def peft(loaded: Model, seed: int = 5) -> dict[str, torch.Tensor]:
    """The same as kohya(linear=True) at alpha = rank."""
    tensors: dict[str, torch.Tensor] = {}
    parts = [("unet.", loaded.unet, path) for path in LINEAR]
    parts += [("text_encoder.text_model.", loaded.text_encoders[0], path) for path in TEXT]
    for number, (prefix, part, path) in enumerate(parts):
        up, down = factors(part.get_submodule(path), seed * 100 + number)
        tensors[f"{prefix}{path}.lora_B.weight"], tensors[f"{prefix}{path}.lora_A.weight"] = (
            up,
            down,
        )
    return tensors


def put(folder: Path, tensors: dict[str, torch.Tensor], name: str = "ink", **one: float) -> Wanted:
    path = folder / f"{name}.safetensors"
    save_file({key: value.contiguous() for key, value in tensors.items()}, path)
    return Wanted(name, path, name, **one)


def pipeline(loaded: Model) -> Any:
    parts = (loaded.text_encoders[0], loaded.tokenizers[0], loaded.unet)
    return StableDiffusionPipeline(None, *parts, *[None] * 3, requires_safety_checker=False)


@pytest.mark.parametrize("kind", [kohya, peft])
def test_merged_as_diffusers_loads_and_fuses(kind: Any, loaded: Model, tmp_path: Path) -> None:
    wanted = put(tmp_path, kind(loaded, **({"linear": True} if kind is kohya else {})))
    other = model(Family.SD1, denoiser=True)
    pipe = pipeline(other)
    pipe.load_lora_weights(tmp_path, weight_name="ink.safetensors")
    pipe.fuse_lora(components=["unet", "text_encoder"], lora_scale=0.7)
    pipe.unload_lora_weights()
    before = weights(loaded)
    lora.apply(loaded, [Wanted("ink", wanted.path, "a", 0.7, 0.7)])
    theirs = weights(other)
    assert len(changed(before, loaded)) == len(LINEAR) + len(TEXT)
    for path, ours in weights(loaded).items():
        assert torch.allclose(ours, theirs[path], atol=1e-6), path


def test_taken_out_without_a_trace(loaded: Model, tmp_path: Path) -> None:
    before = weights(loaded)
    one = put(tmp_path, kohya(loaded))
    two = put(tmp_path, kohya(loaded, seed=6), "wash", denoiser=-0.3)
    lora.apply(loaded, [one, two])
    assert changed(before, loaded)
    lora.apply(loaded, [two])
    lora.remove(loaded)
    assert not changed(before, loaded)


def test_half_precision_too_is_put_back_bit_by_bit(loaded: Model, tmp_path: Path) -> None:
    wanted = put(tmp_path, kohya(loaded))
    loaded.unet.to(torch.bfloat16)
    before = weights(loaded)
    for weight in (1.0, 0.3, -2.0):
        lora.apply(loaded, [Wanted("ink", wanted.path, "ink", weight, weight)])
    lora.remove(loaded)
    assert not changed(before, loaded)


def test_the_order_of_use_leaves_nothing_behind(loaded: Model, tmp_path: Path) -> None:
    one, two = put(tmp_path, kohya(loaded)), put(tmp_path, kohya(loaded, seed=6), "wash")
    lora.apply(loaded, [two])
    alone = weights(loaded)
    lora.apply(loaded, [one, two])
    lora.apply(loaded, [two])
    assert not changed(alone, loaded)


def test_weights_are_apart_for_text_and_picture(loaded: Model, tmp_path: Path) -> None:
    wanted, before = put(tmp_path, kohya(loaded), text_encoder=0.0), weights(loaded)
    lora.apply(loaded, [wanted])
    assert {path.split(".")[0] for path in changed(before, loaded)} == {"unet"}


def test_twice_the_weight_is_twice_the_change(loaded: Model, tmp_path: Path) -> None:
    place, before = f"unet.{LINEAR[0]}.weight", weights(loaded)
    moves = []
    for weight in (0.5, 1.0, -0.5):
        lora.apply(loaded, [put(tmp_path, kohya(loaded), denoiser=weight)])
        moves.append(weights(loaded)[place] - before[place])
    assert torch.allclose(moves[1], 2 * moves[0], atol=1e-6)
    assert torch.allclose(moves[2], -moves[0], atol=1e-6)


def test_the_same_again_touches_nothing(loaded: Model, tmp_path: Path) -> None:
    wanted = put(tmp_path, kohya(loaded))
    lora.apply(loaded, [wanted])
    wanted.path.unlink()
    before = writes(loaded)
    lora.apply(loaded, [wanted])
    assert writes(loaded) == before


def test_prompts_are_encoded_again_under_a_lora(loaded: Model, tmp_path: Path) -> None:
    def embeds() -> torch.Tensor:
        return encode(loaded, "a cat", "", steps=1).at(1)["prompt_embeds"]

    plain = embeds()
    lora.apply(loaded, [put(tmp_path, kohya(loaded))])
    assert not torch.equal(plain, embeds())
    lora.remove(loaded)
    assert torch.equal(plain, embeds())


def merged(
    loaded: Model, path: str, factors: dict[str, torch.Tensor], folder: Path
) -> torch.Tensor:
    name = "lora_unet_" + path.replace(".", "_")
    before = loaded.unet.get_submodule(path).weight.clone()
    lora.apply(loaded, [put(folder, {f"{name}.{key}": value for key, value in factors.items()})])
    return loaded.unet.get_submodule(path).weight - before


def test_loha_is_a_product_of_products(loaded: Model, tmp_path: Path) -> None:
    out, into = loaded.unet.get_submodule(LINEAR[0]).weight.shape
    a, b, c, d = (
        torch.randn(out, 2),
        torch.randn(2, into),
        torch.randn(out, 2),
        torch.randn(2, into),
    )
    names = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
    parts = dict(zip(names, (a, b, c, d), strict=True)) | {"alpha": torch.tensor(1.0)}
    change = merged(loaded, LINEAR[0], parts, tmp_path)
    assert torch.allclose(change, (a @ b) * (c @ d) / 2, atol=1e-5)


def test_lokr_is_a_kronecker_product(loaded: Model, tmp_path: Path) -> None:
    out, into, *kernel = loaded.unet.get_submodule(CONV[0]).weight.shape
    one, two = torch.randn(2, 2), torch.randn(out // 2, into // 2, *kernel)
    change = merged(loaded, CONV[0], {"lokr_w1": one, "lokr_w2": two}, tmp_path)
    assert torch.allclose(change[: out // 2, : into // 2], one[0, 0] * two, atol=1e-5)


def test_dora_sets_the_length_of_rows(loaded: Model, tmp_path: Path) -> None:
    layer = loaded.unet.get_submodule(LINEAR[0])
    up, down = factors(layer, 3)
    length = torch.rand(layer.weight.shape[0], 1) + 1
    parts = {"lora_up.weight": up, "lora_down.weight": down, "lora_magnitude_vector": length}
    merged(loaded, LINEAR[0], parts, tmp_path)
    assert torch.allclose(layer.weight.norm(dim=1), length.flatten(), atol=1e-5)


# --- weights that come and go -----------------------------------------------------------------


@pytest.fixture(scope="module")
def cached(tiny_models: Path) -> Callable[[str], Loaded]:
    """Checkpoints that every test gives back as they were."""
    shelf = Shelf(tiny_models)
    shelf.scan()
    return cache(lambda name: load(shelf.find(Kind.CHECKPOINT, name)))


@pytest.mark.parametrize("kind", ["kohya", "peft"])
@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_every_layer_of_a_file_finds_its_place(
    family: str, kind: str, cached: Callable[[str], Loaded], tiny_models: Path
) -> None:
    one = cached(f"tiny-{family}")
    tensors = lora_files.read(tiny_models / f"Lora/tiny-{family}-{kind}.safetensors")
    encoders = {str(n): encoder for n, encoder in enumerate(one.text_encoders)}
    found = lora_files.layers(tensors, one.family, {lora_files.DENOISER: one.unet, **encoders})
    ups = [name for name in tensors if "lora_up" in name or "lora_B" in name]
    assert len(found) == len(ups) > 0


def test_sdxl_by_the_names_of_the_original_checkpoint(
    cached: Callable[[str], Loaded], tmp_path: Path
) -> None:
    one = cached("tiny-sdxl")
    places = {
        "input_blocks_0_0": "conv_in",
        "input_blocks_1_0_in_layers_2": "down_blocks.0.resnets.0.conv1",
        "input_blocks_2_0_op": "down_blocks.0.downsamplers.0.conv",
        "input_blocks_3_1_transformer_blocks_1_attn2_to_k":
            "down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k",
        "middle_block_1_transformer_blocks_0_ff_net_2":
            "mid_block.attentions.0.transformer_blocks.0.ff.net.2",
        "output_blocks_0_0_emb_layers_1": "up_blocks.0.resnets.0.time_emb_proj",
        "label_emb_0_2": "add_embedding.linear_2",
    }  # fmt: skip
    before, tensors = weights(one), {}
    for number, (name, place) in enumerate(places.items()):
        up, down = factors(one.unet.get_submodule(place), number)
        tensors[f"lora_unet_{name}.lora_up.weight"] = up
        tensors[f"lora_unet_{name}.lora_down.weight"] = down
    lora.apply(one, [put(tmp_path, tensors, "sgm")])
    touched = changed(before, one)
    lora.remove(one)
    assert touched == {f"unet.{place}.weight" for place in places.values()}


@pytest.mark.parametrize("kind", ["kohya", "transformer"])
def test_flux_has_its_own_names(kind: str, cached: Callable[[str], Loaded], tmp_path: Path) -> None:
    one = cached("tiny-flux")
    place = "transformer_blocks.0.attn.to_q"
    out, into = one.unet.get_submodule(place).weight.shape
    up, down = torch.randn(out, 2), torch.randn(2, into)
    before = one.unet.get_submodule(place).weight.clone()
    if kind == "kohya":  # query, key and value are one layer there
        name = "lora_unet_double_blocks_0_img_attn_qkv"
        three = torch.cat([up, torch.zeros(2 * out, 2)])
        tensors = {f"{name}.lora_up.weight": three, f"{name}.lora_down.weight": down,
                   f"{name}.alpha": torch.tensor(2.0)}  # fmt: skip
    else:
        name = f"transformer.{place}"
        tensors = {f"{name}.lora_B.weight": up, f"{name}.lora_A.weight": down}
    lora.apply(one, [put(tmp_path, tensors, kind)])
    change = one.unet.get_submodule(place).weight - before
    lora.remove(one)
    assert torch.allclose(change, up @ down, atol=1e-4)


@pytest.fixture
def ink(tiny_models: Path) -> Wanted:
    return Wanted("ink", tiny_models / "Lora/tiny-sd1-kohya.safetensors", "ink")


@pytest.mark.parametrize("way", list(memory.Offload))
def test_a_lora_lasts_over_a_change_of_checkpoint(
    way: memory.Offload, cached: Callable[[str], Loaded], ink: Wanted
) -> None:
    one, device = cached("tiny-sd1"), torch.device("cpu")
    before = weights(one)
    lora.apply(one, [ink])
    merged = weights(one)
    lora.remove(one)
    for _ in range(2):
        memory.bring(one, device, way)
        lora.apply(one, [ink])
        memory.park(one)
        lora.apply(one, [ink])
        assert all(torch.equal(merged[path], now) for path, now in weights(one).items())
    memory.bring(one, device, way)
    lora.remove(one)
    memory.park(one)
    assert not changed(before, one)


# --- refusals ---------------------------------------------------------------------------------


def test_one_of_another_model_is_refused_and_changes_nothing(loaded: Model, tmp_path: Path) -> None:
    good = put(tmp_path, kohya(loaded), "good")
    lora.apply(loaded, [good])
    before = weights(loaded)
    name = "lora_unet_" + LINEAR[0].replace(".", "_")
    wide = {f"{name}.lora_up.weight": torch.ones(640, 4)}
    wide[f"{name}.lora_down.weight"] = torch.ones(4, 2048)
    with pytest.raises(LoraFault, match="'wide'.*does not fit"):
        lora.apply(loaded, [good, put(tmp_path, wide, "wide")])
    assert not changed(before, loaded) and lora.applied_to(loaded.unet) == (("good", 1.0),)


@pytest.mark.parametrize(
    "tensors",
    [
        {"lora_unet_no_such_layer.lora_up.weight": torch.ones(4, 4)},
        {"something.else": torch.ones(4)},
        {"lora_unet_conv_in.strange": torch.ones(4)},
        {"lora_unet_conv_in.lora_up.weight": torch.ones(8, 4, 1, 1)},
    ],
)
def test_what_cannot_be_merged_is_refused(
    tensors: dict[str, torch.Tensor], loaded: Model, tmp_path: Path
) -> None:
    with pytest.raises(LoraFault, match="'odd'"):
        lora.apply(loaded, [put(tmp_path, tensors, "odd")])


def test_a_truncated_file_is_refused(loaded: Model, tmp_path: Path) -> None:
    wanted = put(tmp_path, kohya(loaded))
    wanted.path.write_bytes(wanted.path.read_bytes()[:-50])
    with pytest.raises(BadWeights, match="truncated"):
        lora.apply(loaded, [wanted])


def test_a_quantised_checkpoint_is_refused(loaded: Model, tmp_path: Path) -> None:
    wanted = put(tmp_path, kohya(loaded))
    layer = loaded.unet.get_submodule(LINEAR[0])
    layer.weight = torch.nn.Parameter(layer.weight.data.to(torch.uint8), requires_grad=False)
    with pytest.raises(LoraFault, match="quantised"):
        lora.apply(loaded, [wanted])


def test_files_kept_in_memory_are_bounded(
    loaded: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lora, "CACHED_BYTES", 10_000)
    for number in range(4):
        lora.apply(loaded, [put(tmp_path, kohya(loaded, seed=number), f"l{number}")])
    assert len(lora._FILES) == 1
    assert lora_files.read(tmp_path / "l3.safetensors")
