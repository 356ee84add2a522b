from __future__ import annotations

from pathlib import Path

import pytest

from generation.engine.sketch.casting import complete
from generation.engine.sketch.lexicon import plural, singulars, tokens
from generation.engine.sketch.places import PLACES
from generation.engine.sketch.prompt import clauses
from generation.engine.sketch.reading import named, understand
from generation.engine.sketch.scene import Relation

CAT, MOON, TREE, APPLE, CAR, GIRL = (
    f"sprite:{code}" for code in ("1f408", "1f315", "1f333", "1f34e", "1f697", "1f467")
)


def arts(prompt: str) -> list[str]:
    return [thing.art for thing in understand(prompt).things]


@pytest.mark.parametrize(
    "prompt", ["a cat sitting on the moon", "一只猫坐在月亮上", "月亮上坐着一只猫"]
)
def test_a_cat_on_the_moon_is_the_same_scene_in_both_languages(prompt: str) -> None:
    scene = understand(prompt)
    (link,) = scene.relations
    assert {thing.art for thing in scene.things} == {CAT, MOON}
    assert (link.kind, scene.things[link.a].art, scene.things[link.b].art) == ("on", CAT, MOON)


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("two cats by a tree", 2),
        ("三只猫", 3),
        ("a cat", 1),
        ("一群猫", 7),
        ("a dozen cats", 12),
        ("cats", 3),
        ("2 cats", 2),
    ],
)
def test_counts(prompt: str, count: int) -> None:
    assert understand(prompt).things[0].count == count


@pytest.mark.parametrize("prompt", ["a blue car", "蓝色的车", "一辆蓝色的汽车", "(blue:1.2) car"])
def test_colours_belong_to_what_follows(prompt: str) -> None:
    (thing,) = understand(prompt).things
    assert (thing.art, thing.colour) == (CAR, "blue")


def test_a_colour_of_hair_is_not_the_colour_of_the_girl() -> None:
    (thing,) = understand("1girl, black hair, blue eyes, red dress").things
    assert (thing.art, thing.colour, thing.outfit, thing.outfit_colour) == (
        GIRL,
        "",
        "dress",
        "red",
    )


def test_hanfu_is_worn() -> None:
    (thing,) = understand("汉服少女立于竹林").things
    assert (thing.art, thing.outfit) == (GIRL, "hanfu")


@pytest.mark.parametrize(
    ("prompt", "place", "time", "weather"),
    [
        ("a dog in the forest at night", "forest", "night", []),
        ("雪山下的小木屋", "snowpeaks", "", []),
        ("whale in the sea", "sea", "", []),
        ("雨中的城市", "city", "", ["rain"]),
        ("a castle on a hill at sunset", "hill", "sunset", []),
    ],
)
def test_places_times_and_weather(prompt: str, place: str, time: str, weather: list[str]) -> None:
    scene = understand(prompt)
    assert (scene.place, scene.time, scene.weather) == (place, time, weather)


def test_a_list_shares_its_table() -> None:
    scene = understand("桌子上有三个苹果和一杯咖啡")
    table = [thing.art for thing in scene.things].index("prop:table")
    assert {(link.kind, link.b) for link in scene.relations} == {("on", table)}
    assert len(scene.relations) == 2


def test_beside_under_behind() -> None:
    assert understand("a dog under an umbrella").relations == [Relation("under", 0, 1)]
    assert understand("狗在树旁边").relations == [Relation("beside", 0, 1)]
    assert understand("a tiger behind a tree").relations == [Relation("behind", 0, 1)]


def test_a_word_that_no_list_has_is_understood_by_meaning() -> None:
    assert arts("a trumpeter") == ["sprite:1f3ba"]
    assert understand("西湖").place == "lake"


def test_quality_words_draw_nothing() -> None:
    assert arts("masterpiece, best quality, 8k, highly detailed, a cat, 杰作, 高清") == [CAT]


def test_a_feeling_without_things_is_a_mood() -> None:
    assert understand("happiness").mood == "joy"
    assert understand("抽象").mood == "abstract"
    assert understand("the bitter ache of parting").things == []


def test_syntax_is_taken_off() -> None:
    found = clauses(
        "((masterpiece)), (a cat:1.3) BREAK <lora:x:0.8> {tree}, [dog|wolf]\r\n[sun:moon:0.5]"
    )
    assert [clause.text for clause in found] == ["masterpiece", "a cat", "tree", "dog", "moon"]
    assert found[1].weight == 1.3


def test_the_longest_word_wins() -> None:
    assert [token.value for token in tokens("火车") if token.family == "thing"] == ["sprite:1f682"]
    assert [token.value for token in tokens("palm tree")] == ["sprite:1f334"]


def test_plurals() -> None:
    assert "leaf" in singulars("leaves")
    assert "mouse" not in singulars("glass")
    assert plural("cats") and not plural("grass")


def test_what_the_negative_prompt_names_is_left_out() -> None:
    scene = understand("a cat and a tree in the rain", "tree, blurry, rain")
    assert [thing.art for thing in scene.things] == [CAT]
    assert scene.weather == []
    assert named("lowres, bad anatomy, blurry") == set()


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "   ",
        "，。！",
        "((((",
        "\x00\x01",
        "a" * 9000,
        "())(",
        "(cat:99999999999)",
        "12345",
        "<lora:",
    ],
)
def test_no_prompt_is_an_error(prompt: str) -> None:
    understand(prompt)


@pytest.mark.parametrize(
    ("prompt", "links"),
    [
        ("拿着吉他的男孩", [("hold", "1f466", "1f3b8")]),
        ("戴帽子的老人坐在长椅上", [("wear", "1f474", "1f452"), ("on", "1f474", "bench")]),
        ("熊猫骑自行车", [("on", "1f43c", "1f6b2")]),
        ("a girl with an umbrella", [("hold", "1f467", "2602-fe0f")]),
        ("a christmas tree with presents", [("beside", "1f384", "1f381")]),
        ("a fish in a bowl on a table", [("in", "1f41f", "fishbowl"), ("on", "fishbowl", "table")]),
    ],
)
def test_who_stands_how_to_whom(prompt: str, links: list[tuple[str, str, str]]) -> None:
    scene = understand(prompt)
    arts = [thing.art.split(":")[1] for thing in scene.things]
    assert [(link.kind, arts[link.a], arts[link.b]) for link in scene.relations] == links


def test_big_and_small_in_chinese_are_sizes_where_both_are_said() -> None:
    assert [thing.size for thing in understand("大树前面的小房子").things] == ["big", "small"]
    assert [thing.size for thing in understand("树旁的小狗").things] == ["", ""]


def test_counted_stars_are_things() -> None:
    assert understand("six stars in the sky").things[0].count == 6


@pytest.mark.parametrize("style", ["watercolor painting", "oil painting of", "水彩画", "像素风格"])
def test_a_manner_of_painting_is_no_thing(style: str) -> None:
    assert [thing.word for thing in understand(f"{style}, a cat").things] == ["cat"]


def test_words_of_no_weight_are_not_drawn() -> None:
    assert [thing.word for thing in understand("a cat and (a dog:0)").things] == ["cat"]
    weights = {thing.word: thing.weight for thing in understand("(a cat, a dog:1.3), a cow").things}
    assert weights == {"cat": 1.3, "dog": 1.3, "cow": 1.0}


def test_what_an_illustration_has_already_is_not_drawn_twice() -> None:
    for prompt in ("a birthday cake with candles", "小船上的渔夫"):
        assert sorted(thing.count for thing in understand(prompt).things) == [0, 1]


def test_snow_on_a_hill_whitens_the_hill() -> None:
    scene = understand("a church on a hill in the snow")
    complete(scene, 1)
    assert scene.place == "snow"


def test_under_the_starry_sky_is_on_the_ground() -> None:
    scene = understand("星空下的帐篷")
    complete(scene, 1)
    assert PLACES[scene.place].floor == "ground" and scene.time == "night"


def test_a_colour_in_a_chinese_noun_counts() -> None:
    assert [thing.colour for thing in understand("一只白猫").things] == ["white"]
    assert [thing.colour for thing in understand("一块黑板").things] == [""]


def test_every_prompt_of_the_gallery_is_understood() -> None:
    root = Path(__file__).parents[3]
    prompts = (root / "docs" / "gallery-prompts.txt").read_text(encoding="utf-8").splitlines()
    assert len(prompts) >= 300 and len(set(prompts)) == len(prompts)
    assert 0.3 < sum(not prompt.isascii() for prompt in prompts) / len(prompts) < 0.7
    for prompt in prompts:
        scene = understand(prompt)
        assert scene.things or scene.place or scene.weather, prompt


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a bowl of ramen", ["ramen"]),
        ("a slice of pizza on a plate", ["pizza", "plate"]),
        ("cute corgi puppy", ["corgi"]),
        ("a basket of apples on a table", ["basket", "apples", "table"]),
    ],
)
def test_measures_and_doubled_names_are_no_things(prompt: str, words: list[str]) -> None:
    assert [thing.word for thing in understand(prompt).things] == words


def test_a_basket_of_apples_has_them_in_it_and_is_on_the_table() -> None:
    links = understand("a basket of apples on a table").relations
    assert links == [Relation("in", 1, 0), Relation("on", 0, 2)]


def test_who_wears_and_holds_and_stands_on() -> None:
    scene = understand("一个穿汉服的女孩在古镇的石桥上撑着油纸伞")
    assert scene.things[0].outfit == "hanfu"
    assert scene.relations == [Relation("on", 0, 1), Relation("hold", 0, 2)]
