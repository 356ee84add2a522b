"""How things stand to each other where an eye that has not read the prompt would stumble."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageChops

from generation.engine.sketch import art
from generation.engine.sketch.actors import Actor
from generation.engine.sketch.casting import complete
from generation.engine.sketch.chance import Seeds
from generation.engine.sketch.drawing import Sketch, read
from generation.engine.sketch.kinds import WORDED
from generation.engine.sketch.reading import understand
from generation.engine.sketch.styles import style_for, wearing
from tests.generation.engine.test_sketch_compose import cast, only

BALLOON, KITE, GIRL, BOY = "sprite:1f388", "sprite:1fa81", "sprite:1f467", "sprite:1f466"
DOG, BASKET, PLATE = "sprite:1f415", "sprite:1f9fa", "prop:plate"


@pytest.mark.parametrize(
    ("prompt", "art_", "who"),
    [("a girl holding a balloon", BALLOON, GIRL), ("男孩在山坡上放风筝", KITE, BOY)],
)
def test_a_string_ends_in_the_hand(prompt: str, art_: str, who: str) -> None:
    actors = cast(prompt)
    child, holder = only(actors, art_), only(actors, who)
    assert child.string is not None
    image = holder.picture()
    x = round(child.string[0] - holder.x + image.width / 2)
    y = round(child.string[1] - holder.foot + image.height)
    assert image.getchannel("A").getpixel((x, y)) == 255
    assert abs(child.string[0] - holder.x) > 0.3 * holder.width


@pytest.mark.parametrize("name", sorted(WORDED))
def test_letters_are_never_mirrored(name: str) -> None:
    plain, turned = (Actor(name, 0, 0, 64, mirror=mirror).picture() for mirror in (False, True))
    assert ImageChops.difference(plain, turned).getbbox() is None


def test_the_tent_brings_no_moon_of_its_own() -> None:
    pixels = np.asarray(art.draw("sprite:26fa", 200)).astype(int)
    seen = pixels[..., 3] > 128
    assert (pixels[..., 0] - pixels[..., 1])[seen].max() < 30


@pytest.mark.parametrize(
    "prompt", ["海上日出", "fireworks over the city", "aurora over a snowy forest", "长城"]
)
def test_nobody_stands_before_a_view(prompt: str) -> None:
    scene = understand(prompt)
    complete(scene, 1)
    assert not scene.things


def test_who_keeps_a_place_company_is_small() -> None:
    for seed in range(3):
        (one,) = cast("desert", seed)
        assert one.height < 512 * 0.35


def luminary(prompt: str) -> float:
    """The radius of its sun or moon."""
    sketch = Sketch(
        prompt=prompt,
        negative_prompt="",
        width=128,
        height=128,
        seeds=Seeds(1, 0, 0.0),
        style=style_for("", prompt),
    )
    with wearing(sketch.style):
        _, place, stage = read(sketch)
        place.paint(stage)
    assert stage.luminary is not None
    return stage.luminary[2]


def test_a_sun_that_rises_alone_is_large() -> None:
    assert luminary("海上日出") > 1.5 * luminary("海上日出, 一艘帆船")


def test_two_dogs_look_at_each_other_and_differ() -> None:
    left, right = (one for one in cast("两只狗在公园里") if one.art == DOG)
    assert left.mirror != right.mirror and left.height != right.height


def test_a_dog_in_a_basket_is_cut_by_the_rim() -> None:
    actors = cast("a dog in a basket")
    dog, basket = only(actors, DOG), only(actors, BASKET)
    assert dog.keep < 1 and dog.order > basket.order
    assert basket.foot - basket.height < dog.foot < basket.foot - basket.height * 0.5


@pytest.mark.parametrize("prompt", ["一盘饺子", "a plate of dumplings", "桌子上的一盘饺子"])
def test_dumplings_lie_on_a_plate(prompt: str) -> None:
    actors = cast(prompt)
    plate = only(actors, PLATE)
    dumplings = [one for one in actors if one.art == "sprite:1f95f"]
    assert len(dumplings) == 5
    for one in dumplings:
        assert plate.foot - plate.height < one.foot < plate.foot and one.order > plate.order


def test_spaghetti_has_its_plate_already() -> None:
    assert PLATE not in {one.art for one in cast("a plate of spaghetti")}


@pytest.mark.parametrize(
    ("prompt", "name", "ground"),
    [
        ("a lighthouse in the sea", "prop:lighthouse", "reef"),
        ("a bridge over a river", "prop:bridge", "span"),
        ("粽子和龙舟", "prop:zongzi", "shore"),
        ("仙鹤在湖上", "prop:crane", "water"),
    ],
)
def test_what_stands_in_water_stands_on_something(prompt: str, name: str, ground: str) -> None:
    assert only(cast(prompt), name).ground == ground


def test_a_bouquet_that_nobody_holds_stands_in_a_vase() -> None:
    assert "prop:posy" in {one.art for one in cast("a bouquet of flowers on a table")}
    assert "sprite:1f490" in {one.art for one in cast("a girl holding a bouquet")}


def test_a_flower_reaches_no_higher_than_the_waist() -> None:
    actors = cast("a girl beside a flower")
    assert only(actors, "sprite:1f33c").height < 0.5 * only(actors, GIRL).height


def test_a_goldfish_in_a_bowl_swims_behind_its_glass() -> None:
    actors = cast("a goldfish in a bowl")
    bowl = only(actors, "prop:fishbowl")
    fish = next(one for one in actors if one is not bowl)
    assert fish.colour == "orange" and fish.order < bowl.order
    assert bowl.foot - bowl.height < fish.foot - fish.height and fish.foot < bowl.foot
