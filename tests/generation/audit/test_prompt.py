"""The audit of prompts: what the default rules say, what hides nothing, whose rules hold."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import pytest

from generation.audit import prompt
from generation.models import PromptRule
from generation.states import Verdict
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_rules(db: None) -> Iterator[None]:
    from django.apps import apps

    from generation.audit import default_rules

    prompt.install(apps, default_rules.RULES)
    prompt.invalidate()
    yield
    prompt.invalidate()


def verdict(text: str, tenant_id: int = 0) -> str:
    return prompt.judge(tenant_id, text).verdict


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a red apple on a table",
        "一只猫坐在月亮上",
        "{best quality}, {{masterpiece}}, {highres}, original, extremely detailed,"
        "incredibly_absurdres,intricate detail,(detailed face),(face:1.2),1girl , kneeling down, "
        "from below , crying, sitting, ghost",
        "a child playing in the garden",
        "a little girl in a red dress, 8 years old",
        "三岁的小女孩在草地上",
        "Sussex, Essex and a sextant",
        "grape, drapery, therapist, skyscraper",
        "kidney beans, minority report",
        "裸眼3D 广告牌",
        "1girl, 2boys, 20 years old, portrait",
        "岩石裸露的山",
        "(((masterpiece))), [cat:dog:0.5], <lora:add_detail:0.8>",
    ],
)
def test_harmless(text: str) -> None:
    assert verdict(text) == Verdict.ALLOW


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("nude woman on a beach", "nudity"),
        ("裸体", "nudity"),
        ("a severed head", "gore"),
        ("血腥的战场", "gore"),
        ("自残", "self_harm"),
    ],
)
def test_flagged(text: str, label: str) -> None:
    finding = prompt.judge(0, text)
    assert finding.verdict == Verdict.FLAG
    assert [found.name for found in finding.labels] == [label]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("nude child", "sexual_minors"),
        ("naked, masterpiece, 1loli", "sexual_minors"),
        ("12 year old girl, naked", "sexual_minors"),
        ("17yo, topless", "sexual_minors"),
        ("12岁, 裸体", "sexual_minors"),
        ("十二岁的女孩，全裸", "sexual_minors"),
        ("小女孩 全裸", "sexual_minors"),
        ("萝莉, nsfw", "sexual_minors"),
        ("teen, 性感", "sexual_minors"),
        ("儿童色情", "sexual_minors"),
        ("hardcore porn", "sexual"),
        ("口交", "sexual"),
        ("rape scene", "sexual_violence"),
        ("强奸", "sexual_violence"),
        ("deepnude of my neighbour", "nonconsensual"),
        ("nazi propaganda poster", "extremism"),
    ],
)
def test_blocked(text: str, label: str) -> None:
    finding = prompt.judge(0, text)
    assert finding.verdict == Verdict.BLOCK
    assert label in [found.name for found in finding.labels]


@pytest.mark.parametrize(
    "text",
    [
        "PORN", "ｐｏｒｎ", "p o r n", "p.o.r.n", "p-o-r-n", "p0rn", "po\u200brn", "po\u00adrn",
        "(porn:1.3)", "((porn))", "[porn]", "{porn}", "\\(porn\\)", "a_porn_b", "cat|porn",
        "[cat:porn:0.5]", "画porn画", "2porn", "<lora:porn:1>", "色 情", "色\u200b情", "色·情",
        "(色)情", "色\n情", "pörn", "porn.", "“porn”",
    ],
)  # fmt: skip
def test_ways_of_writing_hide_nothing(text: str) -> None:
    assert verdict(text) == Verdict.BLOCK


def test_block_goes_before_flag_and_all_labels_are_told() -> None:
    finding = prompt.judge(0, "nude, porn, gore")
    assert finding.verdict == Verdict.BLOCK
    assert {label.name for label in finding.labels} == {"nudity", "sexual", "gore"}
    assert len(finding.matched) == 3


def test_a_tenants_own_rule_is_its_own(alice: Person, charlie: Person) -> None:
    PromptRule.objects.create(tenant=alice.tenant, pattern="dragon|龙", label="dragons")
    prompt.invalidate()
    assert verdict("a Dragon", alice.tenant.pk) == verdict("一条龙", alice.tenant.pk) == "block"
    assert verdict("a dragon", charlie.tenant.pk) == Verdict.ALLOW
    assert verdict("a dragonfly", alice.tenant.pk) == Verdict.ALLOW


def test_a_phrase_matches_within_words() -> None:
    PromptRule.objects.create(kind="phrase", pattern="dragon", label="dragons")
    prompt.invalidate()
    assert verdict("a dragonfly") == Verdict.BLOCK


def test_a_word_of_several_words() -> None:
    PromptRule.objects.create(pattern="green dragon", label="dragons")
    prompt.invalidate()
    assert verdict("a green_dragon") == Verdict.BLOCK
    assert verdict("evergreen dragon") == verdict("green, dragon") == Verdict.ALLOW


def test_a_disabled_rule_is_no_rule() -> None:
    PromptRule.objects.update(enabled=False)
    prompt.invalidate()
    assert verdict("porn") == Verdict.ALLOW


def test_rules_are_kept_for_a_while_unless_told() -> None:
    assert verdict("dragon") == Verdict.ALLOW
    PromptRule.objects.create(pattern="dragon", label="dragons")
    assert verdict("dragon") == Verdict.ALLOW
    prompt.invalidate()
    assert verdict("dragon") == Verdict.BLOCK


def test_installing_twice_adds_nothing() -> None:
    from django.apps import apps

    from generation.audit import default_rules

    before = PromptRule.objects.count()
    prompt.install(apps, default_rules.RULES)
    assert PromptRule.objects.count() == before == len(default_rules.RULES)


def test_the_default_rules_are_valid() -> None:
    for rule in PromptRule.objects.all():
        rule.full_clean()


def test_two_thousand_rules_and_eight_thousand_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    PromptRule.objects.bulk_create(
        PromptRule(pattern=f"forbidden {number}" if number % 2 else f"禁词{number}号", label="x")
        for number in range(2000)
    )
    text = ("a red apple on a table, masterpiece, 一只猫坐在月亮上, " * 400)[:8000]
    prompt.invalidate()
    began = time.perf_counter()
    prompt.judge(0, text)
    first = time.perf_counter() - began
    taken = []
    for _ in range(9):
        began = time.process_time()
        prompt.judge(0, text)
        taken.append(time.process_time() - began)
    with capsys.disabled():
        print(f"\njudging: {statistics.median(taken) * 1e3:.1f} ms, first {first * 1e3:.0f} ms")
    assert statistics.median(taken) < 0.1


@pytest.mark.parametrize(
    "part", ["<lora:", "(", "a ", "p o ", ":1", "1 岁", "\u200b", "a0", "（：", "_"]
)
def test_no_prompt_takes_long(part: str) -> None:
    text = (part * 8000)[:8000]
    prompt.judge(0, "")
    began = time.process_time()
    prompt.judge(0, text)
    assert time.process_time() - began < 2  # what is tried in all ways never ends


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("word", "…"),
        ("word", "a|"),
        ("pair", "a"),
        ("pair", "a+b+c"),
        ("pair", "a+"),
        ("phrase", "|"),
    ],
)
def test_a_rule_that_would_match_everything_is_refused(kind: str, pattern: str) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        PromptRule(kind=kind, pattern=pattern, label="x").full_clean()
