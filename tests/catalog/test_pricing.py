from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pricing import Line, PriceRule, Work, price

amounts = st.integers(0, 5000)
percents = st.integers(0, 300)
rules = st.builds(
    PriceRule,
    base_millicredits=amounts,
    per_megapixel_step=amounts,
    per_image=amounts,
    hires_percent=percents,
    img2img_percent=percents,
    controlnet_percent=percents,
    adetailer_percent=percents,
    restore_faces_percent=percents,
    step_millicredits=st.integers(1, 1000),
    tenant_percent=percents,
)
works = st.builds(
    Work,
    images=st.integers(0, 64),
    width=st.integers(0, 256).map(lambda n: n * 8),
    height=st.integers(0, 256).map(lambda n: n * 8),
    steps=st.integers(0, 150),
    hires_width=st.integers(0, 2048),
    hires_height=st.integers(0, 2048),
    hires_steps=st.integers(0, 150),
    img2img=st.booleans(),
    restore_faces=st.booleans(),
    controlnet_units=st.integers(0, 3),
    adetailer_units=st.integers(0, 8),
)
MEASURES = [
    "images",
    "width",
    "height",
    "steps",
    "hires_width",
    "hires_height",
    "hires_steps",
    "controlnet_units",
    "adetailer_units",
]
PICTURE = Work(width=512, height=512, steps=20)


def test_a_picture_of_512_in_20_steps_is_one_credit() -> None:
    assert price(PriceRule(), PICTURE).total == 1000
    assert price(PriceRule(), PICTURE).lines == (Line("pass", 1000),)


def test_the_published_text2image_example() -> None:
    quote = price(PriceRule(), Work(width=768, height=768, steps=25))
    assert quote.total == 2813  # 2812.5, rounded up


def test_every_line_of_a_full_request() -> None:
    rule = PriceRule(base_millicredits=7, per_image=2000, step_millicredits=10)
    work = replace(
        PICTURE,
        hires_width=512,
        hires_height=512,
        hires_steps=10,
        restore_faces=True,
        controlnet_units=1,
        adetailer_units=1,
    )
    assert price(rule, work).lines == (
        Line("base", 7),
        Line("pass", 1000),
        Line("hires", 500),
        Line("controlnet", 450),
        Line("adetailer", 750),
        Line("restore_faces", 150),
        Line("rounding", 3),
    )


def test_no_picture_costs_less_than_the_minimum() -> None:
    rule = PriceRule(per_image=1500)
    quote = price(rule, replace(PICTURE, images=2))
    assert quote.total == 3000
    assert quote.lines == (Line("pass", 2000), Line("minimum", 1000))


def test_a_discount_is_a_line_of_its_own() -> None:
    quote = price(PriceRule(tenant_percent=80), PICTURE)
    assert quote.total == 800
    assert quote.lines == (Line("pass", 1000), Line("tenant", -200))


def test_image_to_image_has_a_price_of_its_own() -> None:
    assert price(PriceRule(img2img_percent=75), replace(PICTURE, img2img=True)).total == 750


def test_what_delivered_nothing_costs_nothing() -> None:
    assert price(PriceRule(base_millicredits=500), replace(PICTURE, images=0)).total == 0


@given(rules, works)
def test_a_price_is_a_whole_number_of_steps_and_the_sum_of_its_lines(
    rule: PriceRule, work: Work
) -> None:
    quote = price(rule, work)
    assert type(quote.total) is int
    assert quote.total >= 0
    assert quote.total % rule.step_millicredits == 0
    assert quote.total == sum(line.millicredits for line in quote.lines)


@given(rules, works, st.sampled_from(MEASURES), st.integers(1, 200))
def test_more_is_never_cheaper(rule: PriceRule, work: Work, measure: str, more: int) -> None:
    larger = replace(work, **{measure: getattr(work, measure) + more})
    assert price(rule, larger).total >= price(rule, work).total


@given(rules, works)
def test_restoring_faces_is_never_cheaper(rule: PriceRule, work: Work) -> None:
    plain, restored = (replace(work, restore_faces=flag) for flag in (False, True))
    assert price(rule, restored).total >= price(rule, plain).total


@given(rules, works)
def test_splitting_a_request_is_never_cheaper(rule: PriceRule, work: Work) -> None:
    together = price(rule, work).total
    apart = sum(price(rule, replace(work, images=1)).total for _ in range(work.images))
    assert apart >= together


def test_a_negative_amount_of_work_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Work(width=512, height=512, steps=-1)


def test_a_rule_that_would_pay_the_caller_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        PriceRule(per_image=-1)


def test_a_rule_that_rounds_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="step"):
        PriceRule(step_millicredits=0)
