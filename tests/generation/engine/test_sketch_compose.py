from __future__ import annotations

import numpy as np
import pytest

from generation.engine.sketch import art
from generation.engine.sketch.actors import Actor
from generation.engine.sketch.casting import complete
from generation.engine.sketch.compose import Composer
from generation.engine.sketch.light import light_for
from generation.engine.sketch.places import PLACES
from generation.engine.sketch.reading import understand
from generation.engine.sketch.stage import Stage

CAT, MOON, TREE, TABLE, APPLE = (
    "sprite:1f408",
    "sprite:1f315",
    "sprite:1f333",
    "prop:table",
    "sprite:1f34e",
)


def cast(prompt: str, seed: int = 1, size: tuple[int, int] = (512, 512)) -> list[Actor]:
    """The things of a prompt on their marks, in reading order of the picture."""
    scene = understand(prompt)
    complete(scene, seed)
    place = PLACES[scene.place]
    stage = Stage(*size, seed, light_for(scene.time, scene.weather))
    stage.horizon = size[1] * place.horizon
    return sorted(Composer(scene, stage, place).compose(), key=lambda actor: actor.x)


def only(actors: list[Actor], name: str) -> Actor:
    (found,) = (actor for actor in actors if actor.art == name)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_cat_stands_on_top_of_the_moon(seed: int) -> None:
    actors = cast("a cat on the moon", seed)
    cat, moon = only(actors, CAT), only(actors, MOON)
    top = moon.foot - moon.height
    assert abs(cat.foot - top) < moon.height * 0.12
    assert cat.order > moon.order and cat.height < moon.height


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 12])
def test_as_many_as_were_asked_for(count: int) -> None:
    assert sum(actor.art == CAT for actor in cast(f"{count} cats")) == count


def test_three_apples_lie_side_by_side_on_a_table() -> None:
    actors = cast("three apples on a table")
    apples = [actor for actor in actors if actor.art == APPLE]
    table = only(actors, TABLE)
    assert len(apples) == 3
    assert all(b.x - a.x > a.width * 0.7 for a, b in zip(apples, apples[1:], strict=False))
    assert all(abs(apple.x - table.x) < table.width / 2 for apple in apples)


def test_behind_is_painted_first_and_stands_higher() -> None:
    actors = cast("a cat behind a tree")
    assert only(actors, CAT).order < only(actors, TREE).order


def test_between_is_in_the_middle() -> None:
    assert [actor.art for actor in cast("a cat between two trees")] == [TREE, CAT, TREE]


def test_a_car_is_larger_than_a_cat() -> None:
    actors = cast("a cat beside a car")
    assert only(actors, "sprite:1f697").height > 1.3 * only(actors, CAT).height


def test_giant_and_tiny_are_seen() -> None:
    sizes = [
        only(actors, CAT).height / only(actors, TREE).height
        for actors in (cast("a giant cat and a tree"), cast("a tiny cat and a tree"))
    ]
    assert sizes[0] > 3 * sizes[1]


def test_a_rider_sits_behind_the_flank() -> None:
    actors = cast("an astronaut riding a horse")
    rider, horse = only(actors, "sprite:1f9d1-200d-1f680"), only(actors, "sprite:1f40e")
    assert rider.order < horse.order and rider.keep < 1 and rider.foot < horse.foot


def test_a_house_in_a_lake_gets_dry_ground_and_a_duck_none() -> None:
    actors = cast("a house and a duck on a lake")
    assert only(actors, "sprite:1f3e0").ground == "island"
    assert only(actors, "sprite:1f986").ground == "water"


@pytest.mark.parametrize("size", [(512, 512), (1024, 256), (256, 1024), (64, 64)])
@pytest.mark.parametrize(
    "prompt", ["an astronaut riding a horse on the moon", "a castle on a hill", "9 ducks on a lake"]
)
def test_everything_stays_in_the_picture(prompt: str, size: tuple[int, int]) -> None:
    for actor in cast(prompt, size=size):
        assert -0.1 * size[0] < actor.x - actor.width / 2
        assert actor.x + actor.width / 2 < 1.1 * size[0]
        assert actor.foot - actor.height > -0.05 * size[1]
        assert actor.foot < 1.05 * size[1]


def test_heads_get_bodies() -> None:
    for code in ("1f43c", "1f467", "1f9d9", "1f916"):
        assert art.nature(f"sprite:{code}").aspect < 0.95


def test_large_pictures_are_not_blurred() -> None:
    """Measure: pixels that the edge of a thing takes, at four times the illustration's size."""
    alpha = np.asarray(art.draw("sprite:1f697", 900).getchannel("A"), dtype=float)
    edge = ((alpha > 25) & (alpha < 230)).sum(axis=1)[200:600]
    assert 0 < edge.mean() < 8


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a shark under a boat", ("sunk",)),
        ("a crown on a table", ("on",)),
    ],
)
def test_how_carried_things_meet_what_carries_them(prompt: str, words: tuple[str, ...]) -> None:
    assert {one.ground for one in cast(prompt)} >= set(words)


def test_what_stands_behind_is_partly_hidden() -> None:
    cat, box = sorted(cast("a cat behind a box"), key=lambda one: one.order)[:2]
    assert cat.art == "sprite:1f408"
    assert abs(cat.x - box.x) < (cat.width + box.width) / 2 * 0.95


def test_twelve_eggs_are_seen_over_the_rim_of_their_basket() -> None:
    actors = cast("a dozen eggs in a basket")
    basket = max(actors, key=lambda one: one.height)
    eggs = [one for one in actors if one is not basket]
    rim = basket.foot - basket.height * 0.62
    assert len(eggs) == 12 and all(egg.foot - egg.height < rim for egg in eggs)


def test_what_is_on_a_table_is_large_enough_to_be_seen() -> None:
    actors = cast("a crown on a table")
    table, crown = only(actors, TABLE), only(actors, "sprite:1f451")
    assert crown.height > 0.4 * table.height
