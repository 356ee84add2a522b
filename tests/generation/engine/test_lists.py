from __future__ import annotations

from dataclasses import replace

import pytest

from tests.generation.engine.gradients import CARD, OTHER, Gradients
from tests.generation.engine.reading import info


def test_it_says_what_it_is(run):
    options = run().get("/sdapi/v1/options").json()
    assert options["easel_engine"] == "Easel engine"
    assert "txt2img" in options["easel_features"]


def test_checkpoints_say_what_they_are(run):
    (first, _) = run().get("/sdapi/v1/sd-models").json()
    assert first["title"] == f"gradients.easel [{first['sha256'][:10]}]"
    assert "not a neural network" in first["description"]


def test_an_echo_of_all_options_switches_the_checkpoint(run):
    engine = run()
    options = engine.get("/sdapi/v1/options").json()
    for name in ("Stripes", "stripes.easel", "STRIPES.EASEL"):
        echo = options | {"sd_model_checkpoint": name, "unknown": None, "sd_vae": None}
        assert engine.post("/sdapi/v1/options", echo).json() is None
        assert info(engine.txt2img()).sd_model_name == "stripes.easel"
        engine.post("/sdapi/v1/options", options)
        assert info(engine.txt2img()).sd_model_name == "gradients.easel"


@pytest.mark.parametrize(
    "path",
    [
        "samplers",
        "schedulers",
        "upscalers",
        "latent-upscale-modes",
        "sd-vae",
        "loras",
        "embeddings",
        "scripts",
        "script-info",
        "memory",
        "cmd-flags",
        "prompt-styles",
        "hypernetworks",
        "face-restorers",
        "extensions",
    ],
)
def test_list(run, path):
    assert run().get(f"/sdapi/v1/{path}").status_code == 200


# Refusals


def test_an_unknown_checkpoint_is_not_set(run):
    engine = run()
    assert engine.post("/sdapi/v1/options", {"sd_model_checkpoint": "gone"}).status_code == 404
    assert info(engine.txt2img()).sd_model_name == "gradients.easel"


def test_a_checkpoint_goes_by_its_stem(run):
    card = replace(CARD, name="folder/one.v2.safetensors", title="x")
    painter = Gradients(0)
    painter.cards = lambda: [OTHER, card]
    engine = run(painter=painter)
    for name in ("one.v2", "ONE.V2", "folder/one.v2.safetensors"):
        answer = engine.txt2img(override_settings={"sd_model_checkpoint": name})
        assert info(answer).sd_model_name == "one.v2"
