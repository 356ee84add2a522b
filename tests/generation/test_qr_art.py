"""The loop: more of the code until it can be read, at last the code itself; one task, one bill."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image

from accounts import ledger
from generation import qr_art, storage
from generation.backends.base import Capabilities, Job, OnProgress, Picture, Progress
from generation.errors import Interrupted
from generation.models import Attempt, Output, Task
from generation.qr import code, reading
from generation.request import ImageRequest, QrArt
from tests.generation.house import House
from tests.generation.painting import encode, picture
from tests.people import CREDIT, Person

TEXT = "https://example.com/landing"


class Veiler:
    """A server that lays a veil of noise over the control picture. ``veil``: (strength, seed) →
    how much noise, 0 to 1."""

    def __init__(self, veil: Callable[[float, int], float]) -> None:
        self.jobs: list[Job] = []
        self._veil = veil

    def probe(self) -> Capabilities:
        return Capabilities()

    def interrupt(self, job_id: str) -> None:
        return None

    def generate(self, job: Job, on_progress: OnProgress) -> list[Picture]:
        self.jobs.append(job)
        on_progress(Progress(fraction=0.5, step=1, steps=2))
        first = job.request.seed or 0
        return [self._picture(job, seed) for seed in range(first, first + job.request.images)]

    def _picture(self, job: Job, seed: int) -> Picture:
        init, units = job.request.init, job.request.controlnet
        strength = init.denoising_strength if init else units[0].weight
        shown = Image.open(io.BytesIO(job.images[qr_art.CODE])).convert("RGB")
        noise = picture(*shown.size, seed=2)
        data = encode(Image.blend(shown, noise, self._veil(strength, seed)))
        return Picture(data=data, format="png", seed=seed, infotext="x\nSteps: 4")


def job(model: str = "", images: int = 1, strength: float = 1.0) -> Job:
    qr = QrArt(content=TEXT, model=model, strength=strength)
    request = ImageRequest(prompt="x", qr=qr, width=656, height=656, seed=7, n_iter=images)
    return Job(id="j", request=request)


def quiet(progress: Progress) -> None:
    return None


def test_one_attempt_where_it_reads_at_once() -> None:
    server = Veiler(lambda strength, seed: 0.0)
    (made,) = qr_art.generate(server, job("control"), quiet, seconds=60)
    assert made.qr == {
        "content": TEXT, "is_art": True, "attempts": 1, "strength": 1.1, "model": "control",
    }  # fmt: skip
    assert made.infotext == f'x\nSteps: 4, QR content: "{TEXT}", QR art: True, QR attempts: 1'


def test_a_control_unit_gets_heavier() -> None:
    server = Veiler(lambda weight, seed: 0.9 if weight < 1.6 else 0.0)
    (made,) = qr_art.generate(server, job("control"), quiet, seconds=60)
    units = [each.request.controlnet[0] for each in server.jobs]
    assert [unit.weight for unit in units] == [1.1, 1.4, 1.65]
    assert {unit.model for unit in units} == {"control"}
    assert made.qr
    assert (made.qr["is_art"], made.qr["attempts"]) == (True, 3)


def test_img2img_keeps_more_of_the_code() -> None:
    server = Veiler(lambda denoising, seed: 0.9 if denoising > 0.25 else 0.0)
    qr_art.generate(server, job(), quiet, seconds=60)
    inits = [each.request.init for each in server.jobs]
    assert [init.denoising_strength for init in inits if init] == [0.4, 0.3, 0.2]


def test_the_caller_shifts_the_ladder() -> None:
    server = Veiler(lambda weight, seed: 0.9)
    qr_art.generate(server, job("control", strength=1.5), quiet, seconds=60)
    assert server.jobs[0].request.controlnet[0].weight == pytest.approx(1.65)
    assert len(server.jobs) == 2  # 2 is the most that there is


def test_only_those_that_cannot_be_read_are_painted_again() -> None:
    server = Veiler(lambda weight, seed: 0.9 if seed == 8 and weight < 1.2 else 0.0)
    made = qr_art.generate(server, job("control", images=2), quiet, seconds=60)
    assert [each.qr["attempts"] for each in made if each.qr] == [1, 2]
    assert [each.seed for each in made] == [7, 8]
    assert (server.jobs[1].request.seed, server.jobs[1].request.images) == (8, 1)


def test_what_stays_unreadable_becomes_the_code_itself() -> None:
    server = Veiler(lambda weight, seed: 0.95)
    (made,) = qr_art.generate(server, job("control"), quiet, seconds=60)
    assert made.qr
    assert (made.qr["is_art"], made.qr["attempts"], len(server.jobs)) == (False, 4, 4)
    shown = Image.open(io.BytesIO(made.data)).convert("RGB")
    assert reading.judge(shown, code.make(TEXT)).is_steady


def test_the_bar_only_grows() -> None:
    seen: list[float] = []
    server = Veiler(lambda weight, seed: 0.95)
    qr_art.generate(
        server, job("control"), lambda progress: seen.append(progress.fraction), seconds=60
    )
    assert seen == sorted(seen)
    assert 0.3 < seen[1] < seen[-1] < 1


def test_a_cancellation_is_heard_between_attempts() -> None:
    server = Veiler(lambda weight, seed: 0.95)

    def cancelled(progress: Progress) -> None:
        if progress.fraction >= 0.8:
            raise Interrupted("cancelled")

    with pytest.raises(Interrupted):
        qr_art.generate(server, job("control"), cancelled, seconds=60)
    assert len(server.jobs) == 1


def test_no_attempt_is_begun_that_would_outrun_the_limit() -> None:
    server = Veiler(lambda weight, seed: 0.95)
    (made,) = qr_art.generate(server, job("control"), quiet, seconds=0.001)
    assert len(server.jobs) == 1
    assert made.qr
    assert not made.qr["is_art"]


# ── On the whole road, with a server that draws nothing that can be read ─────────────────────
@pytest.mark.django_db(transaction=True)
def test_one_lease_one_bill_and_a_record(house: House, alice: Person, client: Client) -> None:
    qr = {"content": TEXT, "style": "anime"}
    sent = {"prompt": "", "qr": qr, "width": 656, "height": 656, "steps": 4}
    made = client.post(
        "/api/v1/tasks", sent, content_type="application/json", headers=alice.headers
    )
    assert made.status_code == 201, made.content
    assert house.work() == 1
    task = Task.objects.get()
    assert (task.state, Attempt.objects.count()) == ("done", 1)
    assert ledger.balance(alice.tenant.pk) == CREDIT - task.price
    assert "img2img" in task.needs
    shown = client.get(f"/api/v1/tasks/{task.pk}", headers=alice.headers).json()
    assert shown["request"]["prompt"].startswith("a girl under cherry blossoms")
    assert "cel shading" in shown["request"]["prompt"]
    said = shown["outputs"][0]["qr"]
    assert (said["content"], said["is_art"], said["attempts"]) == (TEXT, False, 4)
    data = storage.open_stored(Output.objects.get().file)
    assert f'QR content: "{TEXT}", QR art: False, QR attempts: 4' in storage.read_parameters(data)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"qr": {"content": ""}}, "qr.content"),
        ({"qr": {"content": "x" * 400}}, "qr.content"),
        ({"qr": {"content": "x", "style": "baroque"}}, "qr.style"),
        ({"qr": {"content": "x", "strength": 9}}, "qr.strength"),
        ({"qr": {"content": "x", "model": "nope"}}, "qr.model"),
        ({"qr": {"content": "x"}, "hires": {}}, "qr"),
    ],
)
def test_refusals(
    house: House, alice: Person, client: Client, change: dict[str, object], named: str
) -> None:
    sent = {"prompt": "x", "width": 512, "height": 512} | change
    answer = client.post(
        "/api/v1/tasks", sent, content_type="application/json", headers=alice.headers
    )
    assert answer.status_code == 422, answer.content
    assert named in answer.json()["detail"] or answer.json().get("field") == named
    assert not Task.objects.exists()
