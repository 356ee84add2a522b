from __future__ import annotations

import pytest

from generation.backends.base import FEATURES
from generation.backends.fake import FakeServer
from generation.backends.sdwebui.probe import setting_names
from generation.errors import BackendError, BackendUnavailable
from tests import samples

PAINTING = {"txt2img", "img2img", "inpaint", "hires", "tiling", "subseed", "clip_skip"}
ALWAYS = PAINTING | {"extras", "interrogate"}


def probe(connect, software: str, **changed: object):
    answers = samples.load("sdwebui", f"{software}.lists.json") | changed
    with FakeServer(answers=answers) as server:
        return connect(server.url).probe()


def test_a1111(connect):
    found = probe(connect, "a1111")
    assert found.software == "AUTOMATIC1111"
    assert found.features == FEATURES - {"fetch"}  # only our own with an address fetch
    assert [model.name for model in found.vaes] == ["vae-ft-mse-840000-ema-pruned.ckpt"]
    assert [model.name for model in found.controlnets] == ["control_v11p_sd15_canny [d14c016b]"]
    assert found.controlnet_modules == ("none", "canny", "depth_midas")


def test_checkpoints_are_named_by_their_files(connect):
    photon, anime = probe(connect, "a1111").checkpoints
    assert (photon.name, photon.title) == ("photon_v1_84728.safetensors", "photon_v1_84728")
    assert photon.sha256.startswith("ec41bd2a82")
    assert anime.name == "anime/revAnimated_v122_7371.safetensors"


def test_the_loaded_checkpoint_is_one_of_them(connect):
    found = probe(connect, "a1111")
    assert found.loaded_checkpoint == found.checkpoints[0].name


def test_loras_tell_their_base_model(connect):
    assert [model.base_model for model in probe(connect, "a1111").loras] == ["sd_v1", ""]


def test_only_embeddings_that_fit_are_listed(connect):
    assert [model.name for model in probe(connect, "a1111").embeddings] == ["EasyNegative"]


def test_samplers_also_under_their_names_before_1_9(connect):
    samplers = probe(connect, "a1111").samplers
    assert {"DPM++ 2M", "DPM++ 2M Karras", "Euler a"} <= set(samplers)


def test_forge_has_modules_for_vaes(connect):
    found = probe(connect, "forge")
    assert found.software == "Forge"
    assert [model.name for model in found.vaes] == ["ae.safetensors"]
    assert "vae" in found.features


def test_forge_without_controlnet_models_has_no_controlnet(connect):
    assert "controlnet" not in probe(connect, "forge").features


def test_sdnext_lacks_lists_and_task_progress(connect):
    found = probe(connect, "sdnext", **{"/rembg": None, "/reactor/models": None})
    assert found.software == "SD.Next"
    assert found.loras == ()
    assert found.features == ALWAYS | {"embeddings", "restore_faces"}
    assert "DPM++ 2M Karras" not in found.samplers


def test_previews_that_the_server_switched_off(connect):
    options = samples.load("sdwebui", "a1111.lists.json")["/sdapi/v1/options"]
    found = probe(connect, "a1111", **{"/sdapi/v1/options": options | {"live_previews_enable": 0}})
    assert "previews" not in found.features


def test_settings_that_were_never_saved_can_be_overridden_all_the_same():
    names = setting_names({"sd_model_checkpoint": "a"})
    assert {"sd_vae", "CLIP_stop_at_last_layers", "samples_format"} <= names


def test_forge_has_no_vae_setting():
    names = setting_names({"forge_preset": "sd"})
    assert "sd_vae" not in names
    assert "forge_additional_modules" in names


# Refusals


@pytest.mark.parametrize("path", ["/sdapi/v1/options", "/sdapi/v1/sd-models"])
def test_a_server_without_settings_or_checkpoints(connect, path):
    with pytest.raises(BackendError):
        probe(connect, "a1111", **{path: None})


@pytest.mark.parametrize("answer", ["text", [], 5])
def test_settings_that_are_no_object(connect, answer):
    with pytest.raises(BackendError):
        probe(connect, "a1111", **{"/sdapi/v1/options": answer})


@pytest.mark.parametrize("answer", [{}, [5], ["x"], [{}], "text"])
def test_lists_of_anything_are_read_as_empty(connect, answer):
    found = probe(connect, "a1111", **{"/sdapi/v1/loras": answer, "/sdapi/v1/sd-models": answer})
    assert found.loras == found.checkpoints == ()


def test_a_server_that_is_not_there(connect, unused_port):
    with pytest.raises(BackendUnavailable):
        connect(f"http://127.0.0.1:{unused_port}").probe()


def test_the_rembg_extension_is_found_by_its_answer(connect):
    assert {"auto", "person", "object", "isnet-anime"} <= set(probe(connect, "a1111").cutters)
    without = probe(connect, "a1111", **{"/rembg": None})
    assert without.cutters == () and "rembg" not in without.features


def test_our_engine_lists_its_cutters(connect):
    told = {"easel_features": ["txt2img", "rembg"], "easel_rembg": ["auto", "u2net"]}
    with FakeServer() as server:
        server.options |= told
        found = connect(server.url).probe()
    assert found.cutters == ("auto", "u2net")
    assert "rembg" in found.features
