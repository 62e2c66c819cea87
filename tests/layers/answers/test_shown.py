"""How figures are shown: digits that say something, in a unit a reader knows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.answers.shown import digits_text, figure_words, reader_unit
from layers.units import unit_of, units

FINITE = st.floats(-1e9, 1e9, allow_nan=False)


def told(value: float, unit: str, target: float, lang: str) -> str:
    number, name = figure_words(value, unit, target=target)
    return f"{number(lang)} {name(lang)}"


@pytest.mark.parametrize(
    ("value", "unit", "target", "zh", "en"),
    [
        # 10,000 m3 are one 万立方米; an English reader has no such unit
        (550_000.0, "m3", 550_000.0, "55 万立方米", "550,000 m³"),
        (551_827.24, "m3", 550_000.0, "55.18 万立方米", "551,827 m³"),
        (900.0, "m3", 1_000.0, "900 立方米", "900 m³"),
        # the plan's own unit, 55.5 x 10,000 mu
        (58.5053, "万亩", 55.5, "58.51 万亩", "585,053 mu"),
        (11.4924, "%", 12.0, "11.49 %", "11.49 %"),
        (11.999_6, "%", 12.0, "11.9996 %", "11.9996 %"),
    ],
)
def test_a_figure_beside_its_target(value, unit, target, zh, en):
    assert told(value, unit, target, "zh") == zh
    assert told(value, unit, target, "en") == en


def test_value_and_target_share_a_unit():
    # 9,000 m3 of 10,000 wanted: the target decides that both are in 万
    assert told(9_000.0, "m3", 10_000.0, "zh") == "0.9 万立方米"


@given(FINITE, FINITE)
def test_no_figure_is_rounded_onto_its_target(value, target):
    if value == target or math.isclose(value, target, rel_tol=1e-12, abs_tol=1e-11):
        return
    assert digits_text(value, [target]) != digits_text(target, [value])


@given(FINITE)
def test_rounding_is_at_most_half_of_the_last_digit(value):
    shown = float(digits_text(value).replace(",", ""))
    size = abs(value)
    half = 0.5 if size >= 1e5 else 0.05 if size >= 1e3 else 0.005
    assert abs(shown - value) <= half * (1 + 1e-9)


def test_no_unit_of_an_english_reader_begins_with_a_number():
    for unit in units().values():
        assert not unit_of(reader_unit(unit.id, "en", 1.0)).title.en[0].isdigit(), unit.id
