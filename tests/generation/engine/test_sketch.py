from __future__ import annotations

import json
import time
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from generation.engine.painter import Interrupted, Painter, PaintJob
from generation.engine.sketch import SketchPainter, art, casting, meaning
from generation.engine.sketch.assets import DATA, sprites
from generation.engine.sketch.colour import recolour, to_lab
from generation.engine.sketch.places import PLACES
from generation.engine.sketch.words import MOODS
from generation.engine.sketch.words import PLACES as PLACE_WORDS

PAINTER: Painter = SketchPainter()


def silent(step: int, steps: int, preview: object) -> None:
    """A report that nobody reads."""


def paint(prompt: str, **values: object) -> Image.Image:
    job = PaintJob(prompt=prompt, **({"width": 256, "height": 256} | values))  # type: ignore[arg-type]
    return PAINTER.paint([job], silent)[0]


def digest(image: Image.Image) -> str:
    return sha256(image.tobytes()).hexdigest()


def test_it_works_in_the_size_asked_for() -> None:
    image = paint("a cat sitting on the moon", width=320, height=192)
    assert (image.mode, image.size) == ("RGB", (320, 192))
    assert len(image.resize((64, 64)).getcolors(5000) or range(5000)) > 300


def test_the_same_job_gives_the_same_bytes() -> None:
    assert digest(paint("三只鸭子在湖上", seed=7)) == digest(paint("三只鸭子在湖上", seed=7))


def test_another_seed_is_another_composition() -> None:
    assert len({digest(paint("two cats by a tree", seed=seed)) for seed in range(6)}) == 6


def test_the_order_of_jobs_does_not_matter() -> None:
    first = digest(paint("a red apple on a table", seed=3))
    paint("whale in the sea", seed=4)
    assert digest(paint("a red apple on a table", seed=3)) == first


def test_steps_do_not_change_the_picture() -> None:
    assert digest(paint("a cat", steps=1)) == digest(paint("a cat", steps=40))


def test_a_colour_moves_the_hue_of_the_thing() -> None:
    red, blue = paint("a red car", seed=5), paint("a blue car", seed=5)
    changed = np.asarray(red, dtype=int) - np.asarray(blue, dtype=int)
    body = np.abs(changed).sum(axis=2) > 60
    assert body.mean() > 0.03
    assert changed[body][:, 0].mean() > 50 > -50 > changed[body][:, 2].mean()


@pytest.mark.parametrize("name", ["blue", "green", "white", "black", "pink"])
def test_recolouring_keeps_windows_and_shape(name: str) -> None:
    car = art.draw("sprite:1f697", 200)
    other = recolour(car, name)
    assert other.getchannel("A").tobytes() == car.getchannel("A").tobytes()
    same = (np.asarray(other)[:, :, :3] == np.asarray(car)[:, :, :3]).all(axis=2)
    assert same[np.asarray(car)[:, :, 3] > 128].mean() > 0.1


def test_oklab_of_known_colours() -> None:
    white, red = to_lab(np.asarray([[[255, 255, 255], [255, 0, 0]]], dtype=np.uint8))[0]
    assert np.allclose(white, (1.0, 0.0, 0.0), atol=2e-3)
    assert np.allclose(red, (0.628, 0.225, 0.126), atol=2e-3)


def test_what_the_negative_prompt_names_is_not_drawn() -> None:
    assert digest(paint("a cat and a dog", negative_prompt="dog", seed=2)) == digest(
        paint("a cat", seed=2)
    )


def test_previews_come_for_every_step_and_get_clearer() -> None:
    seen: list[tuple[int, Image.Image]] = []
    job = PaintJob(prompt="a castle on a hill", width=256, height=256, steps=8)
    [final] = PAINTER.paint([job], lambda step, steps, preview: seen.append((step, preview())))
    assert [step for step, _ in seen] == list(range(1, 9))
    errors = [
        float(np.abs(np.asarray(image, dtype=int) - np.asarray(final, dtype=int)).mean())
        for _, image in seen
    ]
    assert errors == sorted(errors, reverse=True) and errors[-1] == 0 < errors[-2] < errors[0]


def test_interrupt_stops_the_painting() -> None:
    reached: list[int] = []

    def report(step: int, steps: int, preview: object) -> None:
        reached.append(step)
        if step == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        PAINTER.paint([PaintJob(prompt="a cat", width=64, height=64, steps=20)], report)
    assert reached == [1, 2, 3]


def test_a_given_picture_is_kept_as_far_as_the_strength_says() -> None:
    given = Image.new("RGB", (128, 128), (200, 40, 40))
    far = [
        float(
            np.abs(
                np.asarray(paint("a cat", init_image=given, denoising_strength=strength), dtype=int)
                - (200, 40, 40)
            ).mean()
        )
        for strength in (0.0, 0.3, 0.75, 1.0)
    ]
    assert far[0] == 0
    assert far == sorted(far) and far[3] > 5
    whole = paint("a cat", init_image=given, denoising_strength=1.0)
    assert digest(whole) == digest(paint("a cat"))


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_place_can_be_painted_by_day_and_night(place: str) -> None:
    from generation.engine.sketch.light import light_for
    from generation.engine.sketch.stage import Stage

    for hour in ("day", "night"):
        stage = Stage(96, 64, 1, light_for(hour, []))
        stage.horizon = 64 * PLACES[place].horizon
        PLACES[place].paint(stage)
        assert stage.image.size == (96, 64)
        assert len(stage.image.getcolors(10000) or range(300)) > 8
        assert all(art.nature(decor.art).aspect > 0 for decor in stage.decor)


def test_every_name_in_the_tables_is_known() -> None:
    assert set(PLACE_WORDS) <= set(PLACES)
    assert {sprite.home for sprite in sprites().values()} <= set(PLACES)
    assert set(MOODS) == set(casting.MOODS)
    for scenes in casting.MOODS.values():
        for place, _, cast in scenes:
            assert place in PLACES
            assert all(art.nature(name).metres > 0 for name, _ in cast)


def test_every_sprite_can_be_drawn() -> None:
    for code in sprites():
        assert art.draw(f"sprite:{code}", 24).height == 24


def test_the_data_is_small_and_its_licences_are_with_it() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 12_000_000
    assert "MIT" in (DATA / "LICENSES.md").read_text(encoding="utf-8")


def test_the_vectors_were_built_from_the_tables_as_they_are() -> None:
    pairs = json.loads((DATA / "vectors.json").read_text(encoding="utf-8"))
    assert [tuple(pair) for pair in pairs] == meaning.concepts()
    assert len(pairs) == len(np.load(DATA / "vectors.npy"))


def test_the_card_says_that_it_is_no_neural_network() -> None:
    card, *others = PAINTER.cards()
    assert all("not a neural network" in other.description for other in others)
    assert "not a neural network" in card.description
    assert (card.name, card.base_model, len(card.sha256)) == ("sketch", "Sketch", 64)


def test_time_of_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    PAINTER.warm()
    for side in (512, 1024):
        started = time.perf_counter()
        paint("a blue car in the city at night", width=side, height=side, seed=9)
        with capsys.disabled():
            print(f" sketch {side}²: {(time.perf_counter() - started) * 1000:.0f} ms", end="")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 56),
        ("width", 2056),
        ("height", 100),
        ("height", 0),
        ("steps", 0),
        ("steps", 10_000),
        ("seed", -1),
        ("seed", 2**32),
        ("checkpoint", "sdxl"),
        ("denoising_strength", 1.5),
    ],
)
def test_what_it_cannot_do_is_refused_by_name(field: str, value: object) -> None:
    job = PaintJob(prompt="a cat", **{field: value})  # type: ignore[arg-type]
    reason = PAINTER.refuse(job)
    assert reason is not None and reason.startswith(f"{field}:")
    with pytest.raises(ValueError, match=field):
        PAINTER.paint([job], silent)
