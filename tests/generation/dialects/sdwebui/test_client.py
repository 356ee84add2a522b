"""``webuiapi``, from its package, against a running Easel."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import webuiapi

from generation.wording import infotext
from tests.generation.dialects.live import Live
from tests.generation.house import CHECKPOINT
from tests.generation.painting import picture
from tests.people import Person, settle_in

pytestmark = pytest.mark.django_db(transaction=True)


def connect(live: Live, who: Person) -> webuiapi.WebUIApi:
    """As its users do: the access key's id and secret as name and password."""
    where = urlsplit(live.url)
    return webuiapi.WebUIApi(
        host=where.hostname, port=where.port, username=who.key.public_id, password=who.secret
    )


@pytest.fixture
def api(live: Live, alice: Person) -> Iterator[webuiapi.WebUIApi]:
    made = connect(live, alice)
    yield made
    made.session.close()


def test_it_paints(api: webuiapi.WebUIApi) -> None:
    result = api.txt2img(prompt="a red apple", seed=7, steps=4, width=256, height=128, n_iter=2)
    assert [image.size for image in result.images] == [(256, 128)] * 2
    assert result.info["all_seeds"] == [7, 8]
    assert infotext.parse(result.image.info["parameters"]).parameters["Seed"] == "7"


def test_it_paints_over(api: webuiapi.WebUIApi) -> None:
    result = api.img2img(images=[picture()], prompt="a hat", steps=4, denoising_strength=0.5)
    assert result.image.size == (512, 512)


def test_it_reads_a_picture_s_words(api: webuiapi.WebUIApi) -> None:
    made = api.txt2img(prompt="a red apple", steps=4)
    assert api.png_info(made.image).info == made.info["infotexts"][0]


def test_its_lists(api: webuiapi.WebUIApi) -> None:
    assert CHECKPOINT in api.get_sd_models()[0]["title"]
    assert api.util_get_model_names()[0].startswith("fake-v1")
    assert api.get_sd_vae()[0]["model_name"] == "fake.vae.pt"
    assert "Euler a" in api.util_get_sampler_names()
    assert "karras" in [row["name"] for row in api.get_schedulers()]
    assert "ESRGAN_4x" in [row["name"] for row in api.get_upscalers()]
    assert api.get_latent_upscale_modes() and api.get_face_restorers()
    assert [row["name"] for row in api.get_loras()] == ["fakeStyle"]
    assert "hanfu" in [row["name"] for row in api.get_prompt_styles()]
    assert api.get_hypernetworks() == api.get_realesrgan_models() == []
    assert api.get_artists() == api.get_artist_categories() == []
    assert api.get_scripts() == {"txt2img": [], "img2img": []}
    assert api.get_embeddings()["loaded"].keys() == {"EasyNegative"}
    assert api.get_cmd_flags() == {"api": True}
    assert api.get_memory().keys() == {"ram", "cuda"}
    assert api.refresh_checkpoints() is None


def test_it_switches_the_checkpoint(api: webuiapi.WebUIApi) -> None:
    api.util_set_model("fake-v2")
    assert api.util_get_current_model().startswith("fake-v2.safetensors")
    assert api.txt2img(prompt="a fox", steps=4).info["sd_model_name"] == "fake-v2"
    options = api.get_options()
    assert api.set_options(options) is None
    assert api.get_options() == options


def test_it_watches_and_interrupts(api: webuiapi.WebUIApi, live: Live, alice: Person) -> None:
    live.house.server.seconds_per_step = 0.2
    results: list[webuiapi.WebUIApiResult] = []

    def paint() -> None:
        results.append(api.txt2img(prompt="a slow fox", steps=100))

    painter = threading.Thread(target=paint)
    painter.start()
    watcher = connect(live, alice)
    stranger = connect(live, settle_in(alice.tenant, "dora", alice.role))
    deadline = time.monotonic() + 60
    while (seen := watcher.get_progress())["progress"] == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert 0 < seen["progress"] < 1
    assert seen["state"]["sampling_steps"] == 100
    assert stranger.get_progress()["state"]["job_count"] == 0
    assert stranger.interrupt() == {}
    assert not results
    assert watcher.interrupt() == {}
    painter.join(30)
    assert results[0].images == []
    assert watcher.get_progress()["progress"] == 0
    for each in (watcher, stranger):
        each.session.close()


def test_it_works_on_pictures(api: webuiapi.WebUIApi) -> None:
    given = picture()
    double = given.width * 2, given.height * 2
    assert api.extra_single_image(given, upscaling_resize=2).image.size == double
    batch = api.extra_batch_images([given, given], resize_mode=1, upscaling_resize_w=96)
    assert [image.size for image in batch.images] == [(96, 512)] * 2
    assert api.interrogate(given).info.startswith(f"a picture of {given.width}")


def test_it_hears_what_is_refused(api: webuiapi.WebUIApi) -> None:
    with pytest.raises(RuntimeError, match="Sampler not found"):
        api.txt2img(prompt="a fox", sampler_name="Nobody's")
    with pytest.raises(RuntimeError, match="upscaler"):
        api.extra_single_image(picture(), upscaler_1="Nobody's")
    assert api.skip() is None
