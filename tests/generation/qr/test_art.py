"""QR pictures on the real sketch painter: painted, readable, and mostly art."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from generation import storage
from generation.models import Output, Task
from generation.request import ImageRequest, QrArt
from tests.generation.house import House
from tests.generation.qr.second_reader import texts_after_harm
from tests.people import Person

PROMPTS = (
    "a lake in the mountains with trees",
    "two cats in a garden",
    "a castle at night under the stars",
    "a girl in a red hanfu in a bamboo forest",
    "a city street in the rain",
    "",
    "a fox in a snowy forest",
    "sunset on the beach with palm trees",
    "a robot on the moon",
    "夕阳下的海边小屋",
)
STYLES = ("default", "anime", "guofeng", "ink", "scifi", "realistic")


def asked(seed: int) -> ImageRequest:
    content = f"https://example.com/p/{seed * 7919}"
    qr = QrArt(content=content, style=STYLES[seed % len(STYLES)])
    prompt = PROMPTS[seed % len(PROMPTS)]
    return ImageRequest(prompt=prompt, qr=qr, width=592, height=592, steps=4, seed=seed)


def paint(house: House, person: Person, seeds: range) -> list[Output]:
    receipts = [house.draw(person, request=asked(seed)) for seed in seeds]
    house.work()
    outputs = Output.objects.select_related("task").in_bulk(
        [
            task.outputs.get().pk
            for task in Task.objects.filter(pk__in=[r.task_id for r in receipts])
        ]
    )
    return sorted(outputs.values(), key=lambda output: output.seed)


def check(output: Output) -> None:
    """Two readers, and still after harm."""
    content = output.task.request["qr"]["content"]
    data = storage.open_stored(output.file)
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(data)).convert("L"))
    assert [each.text for each in found] == [content]
    assert texts_after_harm(data) == [content] * 4, output.qr
    assert output.qr is not None
    assert output.qr["content"] == content


@pytest.mark.django_db(transaction=True)
def test_six_pictures_can_be_scanned(sketch_house: House, alice: Person) -> None:
    outputs = paint(sketch_house, alice, range(6))
    assert len(outputs) == 6
    for output in outputs:
        check(output)
    assert sum(output.qr["is_art"] for output in outputs if output.qr) >= 4


@pytest.mark.django_db(transaction=True)
def test_without_a_controlnet_model_it_is_painted_over_the_code(
    sketch_house: House, alice: Person
) -> None:
    backend = sketch_house.backend
    backend.offers = [word for word in backend.offers if not word.startswith("controlnet")]
    backend.save()
    (output,) = paint(sketch_house, alice, range(1, 2))
    assert "img2img" in output.task.needs
    check(output)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
def test_of_fifty_seeds_most_are_art_and_each_can_be_scanned(
    sketch_house: House, alice: Person
) -> None:
    outputs = [
        each for at in range(0, 50, 10) for each in paint(sketch_house, alice, range(at, at + 10))
    ]
    assert len(outputs) == 50
    art = sum(output.qr["is_art"] for output in outputs if output.qr)
    print(f"{art} of 50 are art; attempts: {[o.qr['attempts'] for o in outputs if o.qr]}")
    for output in outputs:
        check(output)
    assert art >= 30
