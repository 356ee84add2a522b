"""What the lists say of what the painter has, and that Easel's own probe reads it."""

from __future__ import annotations

import pytest

from generation.backends.base import FEATURES, Target
from generation.backends.sdwebui.client import SDWebUI
from tests.generation.engine.gradients import FULL, HASH, Capable
from tests.generation.engine.reading import opened, png


@pytest.fixture
def engine(run):
    return run(painter=Capable(0))


def names(rows) -> list[str]:
    return [row["name"] for row in rows]


def test_easels_own_probe_reads_it_all(engine):
    found = SDWebUI(Target(url=engine.server.url)).probe()
    assert found.software == "Easel engine"
    assert found.features == FEATURES - {"fetch"}  # only our own with an address fetch
    assert [model.name for model in found.checkpoints] == ["gradients.easel", "stripes.easel"]
    assert [(lora.name, lora.base_model) for lora in found.loras] == [
        ("ink", "Gradients"),
        ("folder/oil", "Other"),
    ]
    assert [vae.name for vae in found.vaes] == ["soft.safetensors"]
    assert [each.name for each in found.embeddings] == ["ugly"]
    assert [each.name for each in found.upscalers] == [
        "Latent",
        "Latent (nearest)",
        "None",
        "Lanczos",
        "Nearest",
    ]
    assert [each.name for each in found.controlnets] == [
        f"control_canny [{HASH[:8]}]",
        "control_depth",
    ]
    assert found.controlnet_modules == FULL.modules
    assert found.max_side == 1024


def test_a_name_as_listed_is_a_name_to_use(engine):
    (first, _) = engine.get("/controlnet/model_list").json()["model_list"]
    unit = {"model": first, "module": "canny", "image": png()}
    answer = engine.txt2img(alwayson_scripts={"controlnet": {"args": [unit]}})
    assert answer.status_code == 200


def test_scripts_are_the_features(engine, run):
    assert engine.get("/sdapi/v1/scripts").json()["txt2img"] == ["controlnet", "adetailer"]
    assert run().get("/sdapi/v1/scripts").json()["txt2img"] == []
    about = engine.get("/sdapi/v1/script-info").json()
    assert [(row["name"], row["is_img2img"]) for row in about] == [
        ("controlnet", False),
        ("adetailer", False),
        ("controlnet", True),
        ("adetailer", True),
    ]
    assert about[1]["args"][0]["choices"] == list(FULL.detectors)


def test_embeddings_of_another_family_are_skipped(engine):
    answer = engine.get("/sdapi/v1/embeddings").json()
    assert answer["loaded"]["ugly"]["vectors"] == 4
    assert list(answer["skipped"]) == ["other"]


def test_vaes_under_both_names(engine):
    both = [engine.get(f"/sdapi/v1/{path}").json() for path in ("sd-vae", "sd-modules")]
    assert both[0] == both[1]
    assert both[0][0]["model_name"] == "soft.safetensors"


def test_face_restorers(engine):
    assert names(engine.get("/sdapi/v1/face-restorers").json()) == ["GFPGAN"]


def test_every_painter_has_three_upscalers(run):
    assert names(run().get("/sdapi/v1/upscalers").json()) == ["None", "Lanczos", "Nearest"]


def test_control_types(engine):
    types = engine.get("/controlnet/control_types").json()["control_types"]
    assert list(types) == ["All", "Canny", "Depth"]
    assert types["Canny"]["default_option"] == "canny"
    assert types["Canny"]["default_model"] == f"control_canny [{HASH[:8]}]"


def test_controlnets_version_and_settings(engine):
    assert engine.get("/controlnet/version").json() == {"version": 2}
    assert engine.get("/controlnet/settings").json() == {"control_net_unit_count": 3}


def test_what_a_preprocessor_sees(engine):
    body = {"controlnet_module": "canny", "controlnet_input_images": [png(), png((32, 32))]}
    answer = engine.post("/controlnet/detect", body).json()
    assert answer["info"] == "Success"
    assert [opened(image).size for image in answer["images"]] == [(64, 64), (32, 32)]
    assert opened(answer["images"][0]).getpixel((0, 0)) == (255, 127, 127)


def test_the_detectors_are_told_as_adetailer_tells_them(engine):
    listed = engine.get("/adetailer/v1/ad_model").json()
    assert listed == {"ad_model": list(FULL.detectors)}
    assert SDWebUI(Target(url=engine.server.url)).probe().detectors == FULL.detectors


@pytest.mark.parametrize("path", ["checkpoints", "loras", "vae", "embeddings"])
def test_a_refresh_looks_again(engine, path):
    assert engine.post(f"/sdapi/v1/refresh-{path}").json() is None
    assert engine.painter.refreshed == 1


def test_unload_and_reload(engine):
    assert engine.post("/sdapi/v1/unload-checkpoint").json() == {}
    assert engine.painter.unloaded == 1
    engine.painter.warmed.clear()
    assert engine.post("/sdapi/v1/reload-checkpoint").json() == {}
    assert engine.painter.warmed.is_set()


def test_a_painter_that_holds_nothing_unloads_nothing(run):
    assert run().post("/sdapi/v1/unload-checkpoint").json() == {}


def test_memory(engine):
    ram = engine.get("/sdapi/v1/memory").json()["ram"]
    assert 0 < ram["used"] < ram["total"]


def test_the_machine_without_its_secrets(engine):
    about = engine.get("/internal/sysinfo").json()
    assert about["Painter"] == "gradients"
    assert not {"Environment", "Commandline", "Data path"} & set(about)
    assert engine.get("/internal/profile-startup").json()["total"] >= 0
    hints = names(engine.get("/internal/quicksettings-hint").json())
    assert "sd_model_checkpoint" in hints


# Metrics


def test_metrics(run):
    engine = run(token="secret")
    engine.session.headers["Authorization"] = "Bearer secret"
    engine.txt2img(n_iter=3)
    engine.txt2img(prompt="fail")
    engine.txt2img(prompt="oom")
    answer = engine.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = answer.text.splitlines()
    for line in (
        'easel_engine_jobs_total{outcome="done"} 1.0',
        'easel_engine_jobs_total{outcome="failed"} 1.0',
        'easel_engine_jobs_total{outcome="out_of_memory"} 1.0',
        'easel_engine_jobs_total{outcome="interrupted"} 0.0',
        "easel_engine_pictures_total 3.0",
        f"easel_engine_pixels_total {3 * 64 * 64:.1f}",
        "easel_engine_waiting_jobs 0.0",
        "easel_engine_job_seconds_count 3.0",
    ):
        assert line in lines
    assert any(line.startswith("easel_engine_resident_bytes ") for line in lines)


def test_metrics_are_not_for_everyone(run):
    assert run(token="secret").get("/metrics").status_code == 401


# Refusals


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sdapi/v1/train/embedding", 501),
        ("/sdapi/v1/train/hypernetwork", 501),
        ("/sdapi/v1/create/embedding", 501),
        ("/sdapi/v1/create/hypernetwork", 501),
        ("/sdapi/v1/server-kill", 403),
        ("/sdapi/v1/server-restart", 403),
        ("/sdapi/v1/server-stop", 403),
    ],
)
def test_what_this_engine_does_not_do_for_anyone(engine, path, status):
    answer = engine.post(path)
    assert answer.status_code == status
    assert answer.json()["errors"]
    assert engine.get("/internal/ping").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"controlnet_module": "gone"}, 404, "controlnet_module"),
        ({"controlnet_module": "canny"}, 422, "controlnet_input_images"),
        (
            {"controlnet_module": "canny", "controlnet_input_images": ["!"]},
            422,
            "controlnet_input_images",
        ),
    ],
)
def test_a_detect_that_is_wrong(engine, body, status, field):
    answer = engine.post("/controlnet/detect", body)
    assert answer.status_code == status
    assert answer.json()["errors"].startswith(f"{field}: ")


def test_a_painter_without_preprocessors(run):
    answer = run().post("/controlnet/detect", {"controlnet_module": "canny"})
    assert answer.json()["errors"] == "controlnet_module: this engine's painter has no controlnet"
