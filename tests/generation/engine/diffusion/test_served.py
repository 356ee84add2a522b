"""The diffusers painter behind the server: what only both together can do."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from generation.backends.base import Target
from generation.backends.sdwebui.client import SDWebUI
from generation.engine.diffusion.painter import DiffusersPainter
from generation.engine.engine import Engine
from generation.engine.fetching import Fetch
from generation.engine.server import EngineServer
from tests.generation.engine.conftest import Running
from tests.generation.engine.reading import info, opened, picture, png

SD1 = "tiny-sd1.safetensors"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def storage(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    """A folder behind HTTP with one LoRA in it, and that LoRA's name in the models folder."""
    folder = tmp_path_factory.mktemp("storage")
    lora = next(path for path in (tiny_models / "Lora").rglob("*sd1*.safetensors"))
    shutil.copy(lora, folder / "private.safetensors")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", lora
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def served(tiny_models, storage, tmp_path_factory) -> Iterator[Running]:
    fetch = Fetch(storage[0], tmp_path_factory.mktemp("fetched"))
    engine = Engine(lambda: DiffusersPainter(tiny_models, "cpu"), models=tiny_models, fetch=fetch)
    running = Running(EngineServer(("127.0.0.1", 0), engine), painter=None)
    engine.start()
    threading.Thread(target=running.server.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.session.close()
    running.server.shutdown()
    running.server.server_close()


def painted(served, **fields):
    answer = served.txt2img(override_settings={"sd_model_checkpoint": SD1}, **fields)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_private_lora_paints_as_the_same_one_in_the_folder(served, storage):
    prefix, lora = storage
    sha256 = hashlib.sha256(lora.read_bytes()).hexdigest()
    mine = {"url": f"{prefix}private.safetensors", "sha256": sha256}
    plain, own, shelved = (
        picture(painted(served, **fields)).tobytes()
        for fields in (
            {},
            {"prompt": "a cat <lora:mine:1>", "easel_files": {"mine": mine}},
            {"prompt": f"a cat <lora:{lora.stem}:1>"},
        )
    )
    assert own == shelved
    assert own != plain


def test_a_private_lora_is_for_its_request_only(served):
    answer = served.txt2img(
        prompt="a cat <lora:mine:1>", override_settings={"sd_model_checkpoint": SD1}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"].startswith("prompt: there is no LoRA 'mine'")


def test_a_batch_is_its_pictures_alone(served):
    together = painted(served, batch_size=2)
    alone = [painted(served, seed=seed) for seed in (5, 6)]
    for index, answer in enumerate(alone):
        one, other = picture(together, index), picture(answer)
        near = [abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True)]
        assert max(near) <= 2


def test_only_masked_keeps_the_size_of_the_picture(served):
    answer = served.img2img(
        init_images=[png((160, 96))],
        mask=png((160, 96), (255, 255, 255, 255)),
        override_settings={"sd_model_checkpoint": SD1},
    )
    assert answer.status_code == 200, answer.text
    assert picture(answer).size == (160, 96)


def test_hires_by_a_network(served):
    names = [row["name"] for row in served.get("/sdapi/v1/upscalers").json()]
    network = next(name for name in names if name not in ("None", "Lanczos", "Nearest"))
    answer = painted(served, enable_hr=True, hr_upscaler=network, denoising_strength=0.5)
    assert picture(answer).size == (128, 128)
    body = {"image": png((24, 16)), "upscaler_1": network}
    made = served.post("/sdapi/v1/extra-single-image", body).json()["image"]
    assert opened(made).size == (48, 32)


def test_a_preprocessor_is_shown(served):
    body = {"controlnet_module": "canny", "controlnet_input_images": [png((128, 128))]}
    answer = served.post("/controlnet/detect", body)
    assert answer.status_code == 200, answer.text
    assert min(opened(answer.json()["images"][0]).size) > 64


def test_easels_probe(served):
    found = SDWebUI(Target(url=served.server.url)).probe()
    assert {"txt2img", "inpaint", "hires", "loras", "controlnet"} <= found.features
    assert SD1 in {model.name for model in found.checkpoints}
    assert {lora.base_model for lora in found.loras} >= {"SD 1.5"}
    assert found.controlnets
    assert "canny" in found.controlnet_modules


def test_a_model_is_let_go_and_had_again(served):
    before = picture(painted(served)).tobytes()
    assert served.post("/sdapi/v1/unload-checkpoint").json() == {}
    assert picture(painted(served)).tobytes() == before


def test_info_tells_where_the_noise_is_made(served):
    text = info(painted(served)).infotexts[0]
    assert "RNG: CPU" in text
    assert "Model: tiny-sd1," in text


# Refusals


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": "<lora:gone:1>"}, "prompt"),
        ({"enable_hr": True, "hr_sampler_name": "DPM adaptive", "hr_upscaler": "x"}, "hr_upscaler"),
        ({"easel_video": {"frames": 4}}, "easel_video.frames"),
    ],
)
def test_what_the_painter_refuses(served, fields, field):
    answer = served.txt2img(override_settings={"sd_model_checkpoint": SD1}, **fields)
    assert answer.status_code == 422
    assert answer.json()["errors"].startswith(f"{field}: ")
