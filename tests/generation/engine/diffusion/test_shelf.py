"""What the shelf finds, by which names, and that it reads nothing twice."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from generation.engine.diffusion import shelf as module
from generation.engine.diffusion.checks import Header
from generation.engine.diffusion.families import Family, Kind, family_of, identify_header
from generation.engine.diffusion.shelf import HASHES, Shelf


def scanned(models: Path) -> Shelf:
    shelf = Shelf(models)
    shelf.scan()
    return shelf


def some_lora(path: Path, version: str = "sd_v1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    down = "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"
    save_file({down: torch.zeros(4, 32)}, path, {"ss_base_model_version": version})
    return path


def test_everything_tiny_is_found(tiny_models: Path) -> None:
    shelf = scanned(tiny_models)
    assert shelf.refused == {}
    assert {item.family for item in shelf.checkpoints} == set(Family)
    assert [item.name for item in shelf.loras] == [
        "tiny-sd1-kohya",
        "tiny-sd1-peft",
        "tiny-sdxl-kohya",
        "tiny-sdxl-peft",
    ]
    assert [item.name for item in shelf.upscalers] == ["tiny-esrgan-2x.pth"]
    assert {item.name for item in shelf.embeddings} == {"tiny-old", "tiny-style", "tiny-xl"}


def test_a_sum_is_the_files(tiny_models: Path) -> None:
    item = scanned(tiny_models).find(Kind.VAE, "tiny-vae.safetensors")
    assert item.sha256 == hashlib.sha256(item.path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "tiny-sd1.safetensors",
        "tiny-sd1",
        "TINY-SD1",
        "tiny-sd1.safetensors [0123456789]",
    ],
)
def test_names_by_which_a_checkpoint_is_found(tiny_models: Path, name: str) -> None:
    found = scanned(tiny_models).find(Kind.CHECKPOINT, name)
    assert found.name == "tiny-sd1.safetensors"


def test_a_name_below_a_folder(tmp_path: Path) -> None:
    some_lora(tmp_path / "Lora" / "styles" / "ink.v2.safetensors")
    shelf = scanned(tmp_path)
    assert shelf.loras[0].name == "styles/ink.v2"
    assert shelf.find(Kind.LORA, "ink.v2") == shelf.find(Kind.LORA, "styles/ink.v2")


@pytest.mark.parametrize("folder", ["Lora", "loras", "LyCORIS"])
def test_folders_in_either_spelling(tmp_path: Path, folder: str) -> None:
    some_lora(tmp_path / folder / "ink.safetensors")
    assert [item.name for item in scanned(tmp_path).loras] == ["ink"]


def test_a_thousand_files_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = some_lora(tmp_path / "Lora" / "0.safetensors")
    for number in range(1, 1000):
        shutil.copy(first, first.with_name(f"{number}.safetensors"))
    assert len(scanned(tmp_path).loras) == 1000

    def never(path: Path) -> str:
        raise AssertionError(f"{path} is read again")

    monkeypatch.setattr(module, "_sum", never)
    monkeypatch.setattr(module, "identify", never)
    assert len(scanned(tmp_path).loras) == 1000


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = some_lora(tmp_path / "Lora" / "a.safetensors")
    shelf = scanned(tmp_path)
    before = shelf.loras[0]
    some_lora(path, "sdxl_base_v1-0")
    os.utime(path, (1, 1))
    shelf.scan()
    after = shelf.loras[0]
    assert (before.family, after.family) == (Family.SD1, Family.SDXL)
    assert before.sha256 != after.sha256


def test_a_read_only_folder_is_noted_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_lora(tmp_path / "models" / "Lora" / "a.safetensors")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "models" / HASHES).mkdir()  # no file can be written in its place
    assert len(scanned(tmp_path / "models").loras) == 1
    assert len(list((tmp_path / "cache" / "easel").glob("hashes-*.json"))) == 1


def test_damaged_notes_are_written_anew(tmp_path: Path) -> None:
    some_lora(tmp_path / "Lora" / "a.safetensors")
    (tmp_path / HASHES).write_text('{"half')
    assert len(scanned(tmp_path).loras) == 1
    assert (tmp_path / HASHES).read_text().endswith("}")


def test_a_file_that_vanished_is_gone_after_a_scan(tmp_path: Path) -> None:
    path = some_lora(tmp_path / "Lora" / "a.safetensors")
    shelf = scanned(tmp_path)
    path.unlink()
    shelf.scan()
    assert shelf.loras == []


@pytest.mark.parametrize(
    ("names", "metadata", "kind", "family"),
    [
        ({"lora_te2_x.lora_up.weight": (8, 4)}, {}, Kind.LORA, Family.SDXL),
        ({"a_attn2_to_k.lora_down.weight": (4, 768)}, {}, Kind.LORA, Family.SD1),
        ({"a_attn2_to_k.lora_down.weight": (4, 1024)}, {}, Kind.LORA, Family.SD2),
        ({"a.attn2.to_k.lora_A.weight": (4, 2048)}, {}, Kind.LORA, Family.SDXL),
        ({"a.attn2.to_k.lora.down.weight": (4, 768)}, {}, Kind.LORA, Family.SD1),
        ({"lora_unet_double_blocks_0.lora_up.weight": (8, 4)}, {}, Kind.LORA, Family.FLUX),
        (
            {"transformer.single_transformer_blocks.0.a.lora_A.weight": (4, 8)},
            {},
            Kind.LORA,
            Family.FLUX,
        ),
        ({"lora_unet_joint_blocks_0.lora_up.weight": (8, 4)}, {}, Kind.LORA, Family.SD3),
        ({"a.lora_up.weight": (8, 4)}, {"ss_base_model_version": "sd_v2_v"}, Kind.LORA, Family.SD2),
        (
            {"a.lora_up.weight": (8, 4)},
            {"modelspec.architecture": "flux-1-dev/lora"},
            Kind.LORA,
            Family.FLUX,
        ),
        ({"<toy>": (768,)}, {}, Kind.EMBEDDING, Family.SD1),
        ({"emb_params": (2, 768)}, {}, Kind.EMBEDDING, Family.SD1),
        ({"emb_params": (2, 1024)}, {}, Kind.EMBEDDING, Family.SD2),
        ({"clip_l": (2, 768), "clip_g": (2, 1280)}, {}, Kind.EMBEDDING, Family.SDXL),
    ],
)
def test_what_names_and_widths_say(
    names: dict[str, tuple[int, ...]], metadata: dict[str, str], kind: Kind, family: Family
) -> None:
    found = identify_header(Path("x.safetensors"), Header(names, metadata=metadata))
    assert (found.kind, found.family) == (kind, family)


def test_the_family_of_a_lora(tiny_models: Path) -> None:
    assert family_of(tiny_models / "Lora" / "tiny-sdxl-peft.safetensors") is Family.SDXL


def test_a_lora_among_checkpoints_is_not_offered(tmp_path: Path) -> None:
    path = some_lora(tmp_path / "Stable-diffusion" / "a.safetensors")
    shelf = scanned(tmp_path)
    assert shelf.checkpoints == []
    assert shelf.refused == {
        path: "a.safetensors: lies among checkpoints and is no checkpoint, but a LoRA"
    }


def test_something_else_among_checkpoints_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    save_file({"bert.weight": torch.zeros(2, 2, 2)}, tmp_path / "checkpoints" / "bert.safetensors")
    (tmp_path / "checkpoints" / "page.ckpt").write_text("<html>")
    shelf = scanned(tmp_path)
    assert shelf.checkpoints == []
    reasons = sorted(shelf.refused.values())
    assert reasons[0] == "bert.safetensors: no weights of a kind that is known here"
    assert reasons[1].startswith("page.ckpt: ")


def test_a_folder_of_another_pipeline_is_not_offered(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" / "other"
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text('{"_class_name": "KandinskyPipeline"}')
    shelf = scanned(tmp_path)
    assert "a pipeline that is not painted here: 'KandinskyPipeline'" in shelf.refused[folder]


def test_a_link_back_up_is_not_followed(tmp_path: Path) -> None:
    some_lora(tmp_path / "Lora" / "a.safetensors")
    (tmp_path / "Lora" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [item.name for item in scanned(tmp_path).loras] == ["a"]


def test_a_models_folder_that_is_not_there(tmp_path: Path) -> None:
    assert scanned(tmp_path / "nowhere").checkpoints == []


def test_an_unknown_name(tiny_models: Path) -> None:
    with pytest.raises(KeyError):
        scanned(tiny_models).find(Kind.LORA, "nothing")
