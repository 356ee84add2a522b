"""What every server of the sdapi family must give us, over real HTTP."""

from __future__ import annotations

import contextlib
import io
import threading
import time

import pytest
from PIL import Image

from generation.backends import registry
from generation.backends.base import FEATURES, Capabilities, Job, Progress, Target
from generation.errors import (
    BackendError,
    BackendRefused,
    BackendUnavailable,
    InternalError,
    Interrupted,
    TimedOut,
)
from generation.request import ImageRef, ImageRequest, Init
from generation.wording import infotext
from tests.generation.backends.conftest import TOKEN

LONG = 150  # steps


def job(id: str = "job-1", *, previews: bool = True, **fields: object) -> Job:
    defaults: dict[str, object] = {"prompt": "a cat", "seed": 7, "steps": 2, "width": 64}
    request = ImageRequest.model_validate(defaults | {"height": 128} | fields)
    return Job(id=id, request=request, previews=previews, request_id="request-1")


def ignore(progress: Progress) -> None:
    """For tests that look at the pictures only."""


def until(condition, seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(condition())


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return file.getvalue()


def test_probe_answers_what_the_server_has(serve, connect):
    found = connect(serve().url).probe()
    assert len(found.checkpoints) == 2
    assert all(len(model.sha256) == 64 for model in found.checkpoints)
    assert found.loaded_checkpoint == found.checkpoints[0].name
    assert "Euler a" in found.samplers
    assert {"txt2img", "img2img", "previews"} <= found.features <= FEATURES


def test_capabilities_survive_the_row(serve, connect):
    found = connect(serve().url).probe()
    assert Capabilities.from_json(found.to_json()) == found


def test_one_picture(serve, connect):
    (picture,) = connect(serve().url).generate(job(), ignore)
    assert picture.format == "png"
    assert picture.seed == 7
    assert Image.open(io.BytesIO(picture.data)).size == (64, 128)


def test_as_many_pictures_as_asked_for(serve, connect):
    pictures = connect(serve().url).generate(job(batch_size=2, n_iter=2), ignore)
    assert [picture.seed for picture in pictures] == [7, 8, 9, 10]
    assert len({picture.data for picture in pictures}) == 4


def test_same_seed_same_bytes(serve, connect):
    backend = connect(serve().url)
    assert backend.generate(job("a"), ignore) == backend.generate(job("b"), ignore)


def test_other_prompt_other_bytes(serve, connect):
    backend = connect(serve().url)
    (cat,) = backend.generate(job("a"), ignore)
    (dog,) = backend.generate(job("b", prompt="a dog"), ignore)
    assert cat.data != dog.data


@pytest.mark.parametrize("format", ["png", "jpg", "webp"])
def test_the_format_that_was_asked_for(serve, connect, format):
    (picture,) = connect(serve().url).generate(job(output_format=format), ignore)
    assert picture.format == format


def test_infotext_says_what_it_was_made_with(serve, connect):
    (picture,) = connect(serve().url).generate(job(prompt="一只猫", steps=3), ignore)
    read = infotext.parse(picture.infotext)
    assert read.prompt == "一只猫"
    assert (read.parameters["Steps"], read.parameters["Seed"]) == ("3", "7")
    assert Image.open(io.BytesIO(picture.data)).info["parameters"] == picture.infotext


def test_chosen_checkpoint(serve, connect):
    backend = connect(serve().url)
    name = backend.probe().checkpoints[1].name
    assert len(backend.generate(job(checkpoint=name), ignore)) == 1


def test_img2img(serve, connect):
    init = Init(image=ImageRef(stored="in.png"))
    given = job(init=init)
    given = Job(id=given.id, request=given.request, images={"in.png": png()})
    (picture,) = connect(serve().url).generate(given, ignore)
    assert Image.open(io.BytesIO(picture.data)).size == (64, 128)


def test_progress_rises_and_shows_new_previews(serve, connect):
    seen: list[Progress] = []
    connect(serve(0.02).url).generate(job(steps=70), seen.append)
    fractions = [progress.fraction for progress in seen]
    assert len(seen) >= 3
    assert fractions == sorted(fractions)
    assert 0 < fractions[1] <= 1
    previews = [progress.preview for progress in seen if progress.preview]
    assert previews
    assert all(Image.open(io.BytesIO(preview)).width <= 256 for preview in previews)


def test_no_previews_where_none_are_wanted(serve, connect):
    seen: list[Progress] = []
    connect(serve(0.02).url).generate(job(steps=40, previews=False), seen.append)
    assert seen
    assert not any(progress.preview for progress in seen)


def test_progress_is_called_from_the_calling_thread(serve, connect):
    threads = set()
    connect(serve(0.02).url).generate(
        job(steps=30), lambda progress: threads.add(threading.current_thread())
    )
    assert threads == {threading.current_thread()}


def test_interrupt_by_id_ends_the_job(serve, connect):
    peer = serve(0.05)
    backend = connect(peer.url)
    call = threading.Thread(target=_outcome, args=(backend, job(steps=LONG)))
    call.start()
    assert until(lambda: peer.running() == ["job-1"])
    connect(peer.url).interrupt("job-1")
    assert until(lambda: not peer.running(), 0.5)
    call.join(2)
    assert not call.is_alive()


def _outcome(backend, given) -> None:
    with contextlib.suppress(BackendError):
        backend.generate(given, ignore)


def test_interrupt_of_another_id_ends_nothing(serve, connect):
    peer = serve(0.02)
    pictures: list[object] = []
    call = threading.Thread(
        target=lambda: pictures.extend(connect(peer.url).generate(job(steps=20), ignore))
    )
    call.start()
    assert until(lambda: peer.running() == ["job-1"])
    connect(peer.url).interrupt("job-2")
    call.join(5)
    assert len(pictures) == 1


def test_interrupt_of_an_ended_job_is_no_error(serve, connect):
    backend = connect(serve().url)
    backend.generate(job(), ignore)
    backend.interrupt("job-1")


def test_two_jobs_run_one_after_the_other(serve, connect):
    peer = serve(0.01)
    ended: list[str] = []

    def run(id: str) -> None:
        connect(peer.url).generate(job(id, steps=30), ignore)
        ended.append(id)

    calls = [threading.Thread(target=run, args=(id,)) for id in ("one", "two")]
    for call in calls:
        call.start()
    while any(call.is_alive() for call in calls):
        assert len(peer.running()) <= 1
        time.sleep(0.01)
    assert sorted(ended) == ["one", "two"]


def test_a_token_opens(serve, connect):
    peer = serve(token=TOKEN)
    assert connect(peer.url, token=TOKEN).generate(job(), ignore)


# Refusals


def test_an_error_in_progress_ends_the_job(serve, connect):
    peer = serve(0.05)

    def cancel(progress: Progress) -> None:
        raise Interrupted("cancelled")

    with pytest.raises(Interrupted):
        connect(peer.url).generate(job(steps=LONG), cancel)
    assert until(lambda: not peer.running(), 0.5)


def test_out_of_time_ends_the_job(serve, connect):
    peer = serve(0.05)
    with pytest.raises(TimedOut):
        connect(peer.url, timeout=0.5).generate(job(steps=LONG), ignore)
    assert until(lambda: not peer.running(), 0.5)


def test_wrong_token(serve, connect):
    with pytest.raises(BackendRefused, match="credentials"):
        connect(serve(token=TOKEN).url, token="other").probe()


def test_nobody_listens(connect, unused_port):
    with pytest.raises(BackendUnavailable):
        connect(f"http://127.0.0.1:{unused_port}").probe()
    with pytest.raises(BackendUnavailable):
        connect(f"http://127.0.0.1:{unused_port}").generate(job(), ignore)


def test_an_input_picture_that_was_not_handed_over(serve, connect):
    given = job(init=Init(image=ImageRef(stored="gone.png")))
    with pytest.raises(BackendError, match=r"gone\.png"):
        connect(serve().url).generate(given, ignore)


def test_unknown_kind():
    with pytest.raises(InternalError, match="sdwebui"):
        registry.open("kettle", Target(url="http://127.0.0.1:1"))
