from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import (
    FluxPipeline,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
)
from safetensors.torch import save_file

from generation.engine.diffusion import embeddings, encoders, memory
from generation.engine.diffusion.checks import BadWeights
from generation.engine.diffusion.conditioning import encode
from generation.engine.diffusion.encoders import emphasise
from generation.engine.diffusion.families import Family, Kind
from generation.engine.diffusion.loading import load
from generation.engine.diffusion.shelf import Shelf
from tests.generation.engine.diffusion.texts import Model, model

CAT, BLUR = "a cat on a red sofa", "blurry, lowres"
LONG = "a very long tale, " * 35


@pytest.fixture(scope="module")
def loaded() -> Callable[[Family], Model]:
    return cache(model)


def texts(loaded: Model, prompt: str = CAT, negative: str = BLUR, **options: Any) -> Any:
    return encode(loaded, prompt, negative, steps=4, **options).at(1)


@pytest.fixture(autouse=True)
def no_grad() -> Iterator[None]:
    with torch.no_grad():
        yield


def same(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    return torch.equal(ours, theirs)


# --- against diffusers ------------------------------------------------------------------------


@pytest.mark.parametrize("family", [Family.SD1, Family.SD2])
def test_a_short_prompt_is_encoded_as_diffusers_does(family: Family, loaded: Any) -> None:
    one = loaded(family)
    parts = (one.text_encoders[0], one.tokenizers[0])
    pipe = StableDiffusionPipeline(None, *parts, *[None] * 4, requires_safety_checker=False)
    yes, no = pipe.encode_prompt(CAT, "cpu", 1, True, BLUR)
    ours = texts(one)
    assert same(ours["prompt_embeds"], yes) and same(ours["negative_prompt_embeds"], no)


@pytest.mark.parametrize("negative", [BLUR, ""])
def test_sdxl_is_encoded_as_diffusers_does(negative: str, loaded: Any) -> None:
    one = loaded(Family.SDXL)
    pipe = StableDiffusionXLPipeline(
        None, *one.text_encoders, *one.tokenizers, None, None, add_watermarker=False
    )
    theirs = pipe.encode_prompt(CAT, device="cpu", negative_prompt=negative or None)
    ours = texts(one, negative=negative)
    names = ("prompt_embeds", "negative_prompt_embeds")
    names += ("pooled_prompt_embeds", "negative_pooled_prompt_embeds")
    assert all(same(ours[name], tensor) for name, tensor in zip(names, theirs, strict=True))


def test_sd3_is_encoded_as_diffusers_does(loaded: Any) -> None:
    one = loaded(Family.SD3)
    (clip, big, t5), (small, last, pieces) = one.text_encoders, one.tokenizers
    pipe = StableDiffusion3Pipeline(None, None, None, clip, small, big, last, t5, pieces)
    # T5 is wider than CLIP in the published models, and here narrower: that side is filled up.
    theirs = pipe._get_clip_prompt_embeds(CAT, clip_model_index=0)
    second = pipe._get_clip_prompt_embeds(CAT, clip_model_index=1)
    spoken = pipe._get_t5_prompt_embeds(CAT)
    ours = texts(one)
    joined = torch.cat([theirs[0], second[0]], dim=-1)
    assert same(ours["prompt_embeds"][:, :77], joined)
    assert same(ours["prompt_embeds"][:, 77:, :24], spoken)
    assert ours["prompt_embeds"].shape[1] == 77 + 256
    assert same(ours["pooled_prompt_embeds"], torch.cat([theirs[1], second[1]], dim=-1))


def test_flux_is_encoded_as_diffusers_does(loaded: Any) -> None:
    one = loaded(Family.FLUX)
    pipe = FluxPipeline(
        None,
        None,
        one.text_encoders[0],
        one.tokenizers[0],
        one.text_encoders[1],
        one.tokenizers[1],
        None,
    )
    embeds, pooled, _ = pipe.encode_prompt(CAT, None, device="cpu")
    ours = texts(one)
    assert same(ours["prompt_embeds"], embeds) and same(ours["pooled_prompt_embeds"], pooled)


def test_sd3_without_t5_has_zeros_in_its_place(loaded: Any) -> None:
    whole = loaded(Family.SD3)

    class Config:
        joint_attention_dim = 48

    class Denoiser:
        config = Config()

    bare = Model(Family.SD3, [*whole.text_encoders[:2], None], whole.tokenizers, Denoiser())
    embeds = texts(bare)["prompt_embeds"]
    assert embeds.shape == (1, 77 + 256, 48) and not embeds[:, 77:].any()


# --- clip skip --------------------------------------------------------------------------------


def test_clip_skip_counts_from_the_last_layer(loaded: Any) -> None:
    one = loaded(Family.SD1)
    encoder, tokenizer = one.text_encoders[0], one.tokenizers[0]
    ids = tokenizer(CAT, padding="max_length", return_tensors="pt").input_ids
    states = encoder(ids, output_hidden_states=True).hidden_states
    for skip in (1, 2, 3):
        wanted = encoder.final_layer_norm(states[-skip])
        assert same(texts(one, clip_skip=skip)["prompt_embeds"], wanted)


@pytest.mark.parametrize("family", [Family.SD2, Family.SDXL, Family.SD3])
def test_models_of_the_layer_before_the_last_skip_from_there(family: Family, loaded: Any) -> None:
    one, two, three = (texts(loaded(family), clip_skip=n)["prompt_embeds"] for n in (1, 2, 3))
    assert same(one, two) and not same(two, three)


def test_more_layers_than_there_are_stop_at_the_first(loaded: Any) -> None:
    one = loaded(Family.SD1)
    assert same(*(texts(one, clip_skip=skip)["prompt_embeds"] for skip in (4, 12)))


# --- weights and chunks -----------------------------------------------------------------------


def test_weights_of_one_change_nothing(loaded: Any) -> None:
    one = loaded(Family.SD1)
    assert same(
        texts(one)["prompt_embeds"], texts(one, "a (cat:1.0) on a red sofa")["prompt_embeds"]
    )


def test_emphasis_multiplies_and_keeps_the_mean() -> None:
    vectors = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    weighted = emphasise(vectors, [1.0, 2.0])
    assert torch.allclose(weighted.mean(), vectors.mean())
    assert torch.allclose(weighted[0, 1] / weighted[0, 0], torch.tensor([6.0, 4.0]))


def test_emphasis_never_makes_what_is_no_number() -> None:
    vectors = torch.tensor([[[1.0], [-1.0], [5.0]]])
    assert emphasise(vectors, [1.0, 1.0, 0.0]).isfinite().all()


def test_a_weight_moves_its_own_token_most(loaded: Any) -> None:
    one = loaded(Family.SD1)
    plain, weighted = texts(one)["prompt_embeds"], texts(one, "a (cat:1.5) on a red sofa")
    moved = (weighted["prompt_embeds"] / plain).median(-1).values[0]
    assert float(moved[2] / moved[5]) == pytest.approx(1.5)


def test_a_long_prompt_has_chunks_and_the_other_side_as_many(loaded: Any) -> None:
    tensors = texts(loaded(Family.SD1), LONG, BLUR)
    assert tensors["prompt_embeds"].shape == tensors["negative_prompt_embeds"].shape == (1, 231, 16)
    empty = texts(loaded(Family.SD1), "", "")["prompt_embeds"]
    assert same(tensors["negative_prompt_embeds"][:, 77:154], empty)


def test_break_opens_a_chunk(loaded: Any) -> None:
    one = loaded(Family.SD1)
    both = texts(one, f"{CAT} BREAK {BLUR}", "")["prompt_embeds"]
    assert same(both[:, :77], texts(one)["prompt_embeds"])
    assert same(both[:, 77:], texts(one)["negative_prompt_embeds"])


def test_t5_reads_more_than_its_usual_length(loaded: Any) -> None:
    assert texts(loaded(Family.SD3), "word " * 400)["prompt_embeds"].shape[1] == 77 * 6 + 401


# --- schedules --------------------------------------------------------------------------------


def test_the_prompt_changes_with_the_steps(loaded: Any) -> None:
    one = loaded(Family.SD1)
    plan = encode(one, "a [cat:dog:2]", BLUR, steps=4)
    assert plan.at(1) is plan.at(2) and plan.at(3) is plan.at(4)
    assert same(plan.at(2)["prompt_embeds"], texts(one, "a cat")["prompt_embeds"])
    assert same(plan.at(3)["prompt_embeds"], texts(one, "a dog")["prompt_embeds"])


def test_all_steps_have_the_same_shape(loaded: Any) -> None:
    plan = encode(loaded(Family.SD1), f"[a:{LONG}:2]", "[x|y]", steps=4)
    assert {plan.at(step)["prompt_embeds"].shape for step in range(1, 5)} == {(1, 231, 16)}


def test_a_text_is_encoded_once(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = loaded(Family.SD1)
    texts(one, "seen before")
    monkeypatch.setattr(encoders.Reader, "_encode", lambda *args: pytest.fail("encoded again"))
    texts(one, "seen before")


def test_encoded_texts_are_bounded(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = loaded(Family.SD1)
    monkeypatch.setattr(encoders, "CACHED_BYTES", 4 * 77 * 16 * 4)
    for number in range(6):
        texts(one, f"text {number}")
    assert len(encoders._ENCODED[one.text_encoders[0]]) == 4


@pytest.mark.parametrize("way", list(memory.Offload))
@pytest.mark.parametrize("name", ["tiny-sd1", "tiny-sd3"])
def test_encoders_may_wait_in_memory(name: str, way: memory.Offload, tiny_models: Path) -> None:
    shelf = Shelf(tiny_models)
    shelf.scan()
    one = load(shelf.find(Kind.CHECKPOINT, name))
    here = texts(one, LONG, "(blurry:1.2)", clip_skip=2)
    encoders._ENCODED.clear()
    memory.bring(one, torch.device("cpu"), way)
    there = texts(one, LONG, "(blurry:1.2)", clip_skip=2)
    assert all(same(here[part], there[part]) for part in here)


# --- embeddings -------------------------------------------------------------------------------


def put(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    if path.suffix == ".pt":
        torch.save({"string_to_param": {"*": tensors["emb_params"]}, "name": "x"}, path)
    else:
        save_file(tensors, path)
    return path


@pytest.mark.parametrize("ending", [".pt", ".safetensors"])
def test_a_name_stands_for_its_vectors(ending: str, tmp_path: Path, loaded: Any) -> None:
    one = loaded(Family.SD1)
    table = one.text_encoders[0].get_input_embeddings().weight.detach()
    red, sofa = (one.tokenizers[0].convert_tokens_to_ids(f"{word}</w>") for word in ("red", "sofa"))
    path = put(tmp_path / f"mine{ending}", {"emb_params": table[[red, sofa]].clone()})
    known = {"easynegative": path}
    named = texts(one, "a cat on a EasyNegative", embeddings=known)["prompt_embeds"]
    assert torch.allclose(named, texts(one)["prompt_embeds"], atol=1e-6)
    assert not same(texts(one, "a cat on a easynegative")["prompt_embeds"], named)


def test_an_embedding_is_not_torn_between_chunks(tmp_path: Path, loaded: Any) -> None:
    one = loaded(Family.SD1)
    path = put(tmp_path / "long.pt", {"emb_params": torch.randn(70, 16)})
    known = {"zzz": path}
    assert texts(one, "one two three four five six zzz", embeddings=known)[
        "prompt_embeds"
    ].shape == (
        1,
        154,
        16,
    )


def test_sdxl_has_vectors_for_both_encoders(tmp_path: Path, loaded: Any) -> None:
    one = loaded(Family.SDXL)
    path = put(
        tmp_path / "two.safetensors", {"clip_l": torch.ones(2, 16), "clip_g": torch.ones(2, 24)}
    )
    known = {"zzz": path}
    assert embeddings.refusal("zzz", path, one) is None
    plain, named = (
        texts(one, "a zzz", embeddings=e)["prompt_embeds"] for e in (dict[str, Any](), known)
    )
    assert not same(plain[..., :16], named[..., :16]) and not same(plain[..., 16:], named[..., 16:])


def test_vectors_of_another_width_are_refused_by_name(tmp_path: Path, loaded: Any) -> None:
    path = put(tmp_path / "wide.pt", {"emb_params": torch.ones(2, 768)})
    one = loaded(Family.SD1)
    reason = embeddings.refusal("wide", path, one)
    assert same(*(texts(one, "wide", embeddings=e)["prompt_embeds"] for e in ({}, {"wide": path})))
    assert reason and "'wide'" in reason and "768" in reason and "16" in reason


@pytest.mark.parametrize(
    "tensors",
    [
        {"emb_params": torch.ones(76, 16)},
        {"emb_params": torch.ones(2, 3, 16)},
        {"clip_l": torch.ones(2, 16), "clip_g": torch.ones(2, 24)},
        {"a": torch.ones(2, 16), "b": torch.ones(2, 16)},
    ],
)
def test_what_is_no_embedding_is_refused(tensors: dict[str, torch.Tensor], tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match="odd.safetensors"):
        embeddings.read(put(tmp_path / "odd.safetensors", tensors), "odd", Family.SD1)
