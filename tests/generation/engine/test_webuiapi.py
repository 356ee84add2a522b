"""webuiapi, a client that knows nothing of Easel, against the engine with the sketch painter."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import pytest
import webuiapi
from PIL import Image

from generation.engine.sketch.painter import SketchPainter
from tests.generation.engine.reading import until

SMALL = {"width": 128, "height": 128, "steps": 3, "seed": 7}


@pytest.fixture
def engine(run):
    return run(painter=SketchPainter(), pace=0.0)


@pytest.fixture
def client(engine) -> webuiapi.WebUIApi:
    address = urlsplit(engine.server.url)
    return webuiapi.WebUIApi(host=address.hostname, port=address.port, sampler="Euler a")


def test_txt2img(client):
    made = client.txt2img(prompt="a red house", negative_prompt="cat", **SMALL)
    assert made.image.size == (128, 128)
    assert made.info["all_seeds"] == [7]
    again = client.txt2img(prompt="a red house", negative_prompt="cat", **SMALL)
    assert made.image.tobytes() == again.image.tobytes()


def test_img2img(client):
    given = Image.new("RGB", (100, 60), "orange")
    made = client.img2img(images=[given], prompt="a cat", denoising_strength=0.5, **SMALL)
    assert made.image.size == (128, 128)
    assert made.image.tobytes() != given.resize((128, 128)).tobytes()


def test_extras(client):
    given = Image.radial_gradient("L").convert("RGB").resize((40, 30))
    one = client.extra_single_image(image=given, upscaler_1="Lanczos", upscaling_resize=2)
    assert one.image.size == (80, 60)
    both = client.extra_batch_images(images=[given, given], upscaler_1="Nearest")
    assert [image.size for image in both.images] == [(80, 60)] * 2


def test_png_info(client):
    made = client.txt2img(prompt="a boat", **SMALL)
    assert client.png_info(made.image).info.startswith("a boat")


def test_lists(client):
    assert "Euler a" in client.util_get_sampler_names()
    assert "karras" in {row["name"] for row in client.get_schedulers()}
    assert client.util_get_model_names()
    assert {row["name"] for row in client.get_upscalers()} >= {"Lanczos", "Nearest"}
    for ask in (
        client.get_sd_vae,
        client.get_latent_upscale_modes,
        client.get_hypernetworks,
        client.get_face_restorers,
        client.get_realesrgan_models,
        client.get_prompt_styles,
        client.get_artists,
        client.get_artist_categories,
        client.get_loras,
    ):
        assert isinstance(ask(), list)
    for ask in (client.get_embeddings, client.get_scripts, client.get_cmd_flags, client.get_memory):
        assert isinstance(ask(), dict)
    assert client.refresh_checkpoints() is None


def test_controlnets_routes(client):
    assert client.controlnet_version() == 2
    assert isinstance(client.controlnet_model_list(), list)
    assert isinstance(client.controlnet_module_list(), list)


def test_options(client):
    options = client.get_options()
    client.set_options(options | {"samples_format": "jpg"})
    assert client.get_options()["samples_format"] == "jpg"
    client.util_set_model(client.util_get_model_names()[-1])
    assert client.util_get_current_model()


def test_progress_and_interrupt(run):
    engine = run(painter=SketchPainter(), pace=0.02)
    address = urlsplit(engine.server.url)
    client, other = (webuiapi.WebUIApi(host=address.hostname, port=address.port) for _ in "ab")
    assert client.get_progress()["progress"] == 0
    fields = SMALL | {"steps": 150}
    call = threading.Thread(target=lambda: client.txt2img(prompt="a dog", **fields))
    call.start()
    assert until(lambda: 0 < other.get_progress()["progress"] < 1, 15)
    other.interrupt()
    call.join(10)
    assert not call.is_alive()
    other.util_wait_for_ready(check_interval=0.01)
    other.skip()


def test_with_a_password(run):
    engine = run(painter=SketchPainter(), token="secret")
    address = urlsplit(engine.server.url)
    client = webuiapi.WebUIApi(host=address.hostname, port=address.port)
    client.set_auth("anyone", "secret")
    assert client.get_samplers()


# Refusals


def test_no_model_that_describes_pictures(client):
    with pytest.raises(RuntimeError, match="501"):
        client.interrogate(Image.new("RGB", (8, 8)))
