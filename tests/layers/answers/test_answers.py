"""Every relation x unit x interval of a target, by the definition of the relation alone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_sink.stock.constants import constants
from layers.answers.answer import answered, unanswered
from layers.answers.compare import compare_target
from layers.answers.figure import Figure, against
from layers.plan.target import Target
from layers.relation import RELATIONS
from layers.spec import Text
from layers.units import Quantity, convert, units

NAN = math.nan
BASE = {
    "area": "ha", "volume": "m3", "share": "%", "power": "MW", "energy": "MWh",
    "carbon": "tCO2", "time": "h", "count": "piece",
}  # fmt: skip


class Kind:
    """An indicator of one quantity."""

    id = "thing"
    title = Text(zh="某", en="thing")
    needs = "the layer"
    relation = ">="
    proxies: dict[str, Text] = {}  # noqa: RUF012
    caliber_decides = False

    def __init__(self, quantity: Quantity, calibers: tuple[str, ...] = ()) -> None:
        self.quantity = quantity
        self.unit = BASE[quantity]
        self.target_calibers = calibers


def goal(value: float, unit: str, relation: str = ">=", **more: object) -> Target:
    said = {"id": "a", "title": {"zh": "甲", "en": "a"}, "indicator": "thing", "year": 2025}
    said |= {"section": "s", "quote": "q", "value": value, "unit": unit, "relation": relation}
    return Target.model_validate(said | more)


def figure(
    value: float, unit: str, low: float = NAN, high: float = NAN, **more: object
) -> Figure:
    named = {"caliber": "", "year": 2023, "source": "x", "quality": "measured"} | more
    return Figure("thing", Kind.title, value, unit, low=low, high=high, **named)


# in base units, against a target of 100: by what the sign says
CASES = [
    # value, low, high: >=, >, <=, <, =
    ((90.0, NAN, NAN), "not_met", "not_met", "met", "met", "not_met"),
    ((100.0, NAN, NAN), "met", "not_met", "met", "not_met", "met"),
    ((110.0, NAN, NAN), "met", "met", "not_met", "not_met", "not_met"),
    ((90.0, 80.0, 99.0), "not_met", "not_met", "met", "met", "not_met"),
    ((95.0, 90.0, 105.0), *["uncertain"] * 5),
    ((105.0, 90.0, 120.0), *["uncertain"] * 5),
    ((110.0, 105.0, 120.0), "met", "met", "not_met", "not_met", "not_met"),
    ((95.0, NAN, 105.0), *["uncertain"] * 5),
    ((NAN, NAN, NAN), *["not_judged"] * 5),
    ((NAN, 90.0, 110.0), *["not_judged"] * 5),
]


@pytest.mark.parametrize("unit", list(units()))
@pytest.mark.parametrize("case", CASES)
def test_every_relation_unit_and_interval(unit: str, case: tuple) -> None:
    (value, low, high), *endings = case
    quantity = units()[unit].quantity
    base = BASE[quantity]
    for symbol, ending in zip((">=", ">", "<=", "<", "="), endings, strict=True):
        target = goal(convert(100.0, base, unit), unit, symbol)
        one = compare_target(target, Kind(quantity), [figure(value, base, low, high)])
        answer = answered(one, today=2026)
        assert answer.answer == ending, (unit, symbol, case)
        # the gap is what the unit says, and none is left where the value meets the target
        assert answer.target == pytest.approx(convert(100.0, base, unit))
        if math.isnan(value):
            assert math.isnan(answer.gap)
            assert answer.reason("zh")
            assert answer.reason("en")
        elif RELATIONS[symbol].holds(value, 100.0):
            assert answer.gap == 0.0
        else:
            assert answer.gap == pytest.approx(convert(abs(100.0 - value), base, unit))
        assert bool(answer.reason("zh")) == (ending in {"uncertain", "not_judged"})
        assert bool(answer.closes("en")) == (ending != "met")


@given(
    value=st.floats(1e-3, 1e6),
    target=st.floats(1e-3, 1e6),
    spread=st.floats(0, 0.5),
    symbol=st.sampled_from(list(RELATIONS)),
)
def test_an_interval_never_turns_a_no_into_a_yes(value, target, spread, symbol) -> None:
    relation = RELATIONS[symbol]
    alone = relation.judged(value, target)
    wide = relation.judged(value, target, low=value * (1 - spread), high=value * (1 + spread))
    assert wide in {alone, "uncertain"}
    assert relation.judged(value, target, low=value, high=value) == alone


@pytest.mark.parametrize("symbol", list(RELATIONS))
def test_a_figure_in_two_units_is_one_figure(symbol: str) -> None:
    # 1,234.5 MW x 0.1 is 123.45000000000002: no more than 123.45 of ten megawatt
    target = goal(123.45, "万千瓦", symbol)
    met = against(figure(1234.5, "MW"), target).met
    assert met == (symbol in {">=", "<=", "="})


def test_carbon_in_tonnes_of_carbon_and_of_carbon_dioxide() -> None:
    ratio = constants()["co2_per_c"]
    assert convert(1.0, "tC", "tCO2") == pytest.approx(ratio, rel=1e-15)
    assert convert(2.0, "万吨碳", "tCO2e") == pytest.approx(2e4 * ratio, rel=1e-15)


@pytest.mark.parametrize(
    ("data_year", "due", "today", "zh"),
    [
        (2023, 2025, 2026, "数据为 2023 年，早于目标年 2 年"),
        (2025, 2025, 2026, ""),
        (2026, 2025, 2026, "数据为 2026 年，晚于目标年 1 年，不代表 2025 年当时"),
        (2023, 2030, 2026, "目标年 2030 未到，按 2023 年数据"),
        (0, 2025, 2026, "数据年份未注明"),
    ],
)
def test_the_year_of_the_data_is_told(data_year: int, due: int, today: int, zh: str) -> None:
    target = goal(10.0, "ha", year=due)
    one = compare_target(target, Kind("area"), [figure(9.0, "ha", year=data_year)])
    answer = answered(one, today=today)
    assert answer.year_note("zh") == zh
    assert bool(answer.year_note("en")) == bool(zh)


def test_two_calibers_of_one_indicator_are_both_answered() -> None:
    kind = Kind("area", ("wide", "narrow"))
    figures = [figure(12.0, "ha", caliber="wide"), figure(4.0, "ha", caliber="narrow")]
    found = [
        answered(compare_target(goal(10.0, "ha", caliber=c), kind, figures), today=2026)
        for c in kind.target_calibers
    ]
    assert [(a.caliber, a.answer) for a in found] == [("wide", "met"), ("narrow", "not_met")]


def test_calibers_that_disagree_are_uncertain_until_one_is_stated() -> None:
    kind = Kind("area", ("wide", "narrow"))
    kind.caliber_decides = True
    figures = [figure(12.0, "ha", caliber="wide"), figure(4.0, "ha", caliber="narrow")]
    open_ = answered(compare_target(goal(10.0, "ha"), kind, figures), today=2026)
    assert (open_.answer, open_.caliber_meant) == ("uncertain", False)
    assert "口径" in open_.reason("zh")
    assert [c.answer for c in open_.calibers] == ["met", "not_met"]
    # the figure may be anything from one caliber to the other, at every door
    assert (open_.low, open_.value, open_.high) == (4.0, 12.0, 12.0)
    wide = compare_target(goal(10.0, "ha", caliber="wide"), kind, figures)
    stated = answered(wide, today=2026)
    assert stated.value == 12.0
    assert math.isnan(stated.low)
    assert math.isnan(stated.high)
    same = answered(compare_target(goal(3.0, "ha"), kind, figures), today=2026)
    assert same.answer == "met"


def test_what_nobody_computed_is_told_with_its_reason_and_unit_responsible() -> None:
    target = goal(10.0, "ha", responsible={"zh": "县林草局", "en": "forestry office"})
    answer = unanswered(target, Text(zh="没有数据", en="no data"))
    assert answer.answer == "not_judged"
    assert answer.reason("en") == "no data"
    assert answer.responsible("zh") == "县林草局"
    assert (answer.section, answer.quote, answer.year) == ("s", "q", 2025)
