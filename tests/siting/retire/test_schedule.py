"""Tonnes by year are capacity times a cited factor; what has no source is not estimated."""

from __future__ import annotations

import math

import pytest

from gis.errors import ConfigError
from gis.toml import read_toml
from siting.retire.schedule import ITEMS, Plant, by_year, factors, retirement, with_factors


def test_every_factor_has_a_source_or_asks_the_user():
    book = factors()
    assert set(book) >= {*(i for items in ITEMS.values() for i in items)}
    for f in book.values():
        known = not (math.isnan(f.low) and math.isnan(f.high))
        assert known == (f.quality != "user input"), f.id
        assert f.source.zh
        assert f.source.en
        assert not known or f.date
        assert math.isnan(f.low) or math.isnan(f.high) or f.low <= f.high


def test_a_wind_farm_of_2012_leaves_its_blades_between_2032_and_2037():
    """49.5 MW x 10 to 14 t/MW = 495 to 693 t; 2012 + 20 to 25 years."""
    found = {r.item: r for r in retirement([Plant("W", "W", "wind", 49.5, "2012-06-30")])}
    blades = found["blades"]
    assert (blades.first, blades.last) == (2032, 2037)
    assert (blades.low_t, blades.high_t) == (495.0, 693.0)
    assert found["turbines"].first is None
    assert "no source for its mass" in found["turbines"].why("en")


def test_modules_weigh_what_their_makers_say():
    """24 kg for 335 W and for 245 W: 71.6 and 98.0 t/MWp."""
    f = factors()["pv_modules"]
    assert f.low == pytest.approx(24 / 335 * 1000, abs=0.05)
    assert f.high == pytest.approx(24 / 245 * 1000, abs=0.05)


@pytest.mark.parametrize(
    ("plant", "why"),
    [
        (Plant("a", "a", "pv", 10.0, ""), "not known when"),
        (Plant("a", "a", "pv", math.nan, "2015"), "size is not known"),
        (Plant("a", "a", "storage", 20.0, "2020"), "no source for its life"),
    ],
)
def test_what_is_not_known_is_not_estimated(plant, why):
    (found,) = retirement([plant])
    assert (found.first, found.last) == (None, None)
    assert math.isnan(found.high_t)
    assert why in found.why("en")


def test_figures_of_the_user_take_the_place_of_those_without_a_source():
    known = with_factors(["life_storage=12..15", "turbines=120"])
    found = retirement(
        [Plant("s", "s", "storage", 20.0, "2020"), Plant("w", "w", "wind", 2.0, "2000")], known
    )
    by_item = {r.item: r for r in found}
    assert (by_item["batteries"].first, by_item["batteries"].last) == (2032, 2035)
    assert by_item["batteries"].high_t == pytest.approx(20 * 10.05)
    assert math.isnan(by_item["batteries"].low_t)
    assert by_item["turbines"].low_t == 240.0
    for wrong in ("blades", "blades=-1", "blades=5..2", "nothing=3", "blades=x"):
        with pytest.raises(ConfigError):
            with_factors([wrong])


def test_the_sum_is_that_of_the_parts():
    plants = [Plant(str(i), str(i), "wind", 1.5, f"{2000 + i}") for i in range(10)]
    own = [r for r in retirement(plants) if r.item == "blades"]
    assert sum(r.low_t for r in own) == pytest.approx(15.0 * 10)
    assert [r.first for r in own] == sorted(r.first for r in own)


def test_by_the_end_of_a_year_what_must_and_what_may_have_come_out():
    """Blades of 10 MW of 2012 (2032 to 2037, 100 to 140 t) and 5 MW of 2014 (2034 to 2039).

    2032: 0 to 140; 2034: 0 to 140 + 70; 2037: 100 to 210; 2039: 150 to 210, the sum of all.
    """
    plants = [Plant("a", "a", "wind", 10.0, "2012"), Plant("b", "b", "wind", 5.0, "2014")]
    assert [(t.year, t.item, t.low_t, t.high_t) for t in by_year(retirement(plants))] == [
        (2032, "blades", 0.0, 140.0),
        (2034, "blades", 0.0, 210.0),
        (2037, "blades", 100.0, 210.0),
        (2039, "blades", 150.0, 210.0),
    ]
    assert by_year(()) == ()


@pytest.mark.parametrize(
    "given", ["blades=1e9", "blades=0.001", "turbines=9e3", "life_wind=120", "batteries=5..500"]
)
def test_a_factor_that_cannot_be_is_refused_with_its_range(given):
    """1e9 t/MW of blades would be 49.5e9 t of 49.5 MW."""
    with pytest.raises(ConfigError) as err:
        with_factors([given])
    said = str(err.value)
    assert given in said
    assert given.split("=")[0] + "=1" in said


def test_every_factor_has_limits_around_its_source():
    limits = read_toml("siting.retire", "limits.toml")["limits"]
    assert set(limits) == set(factors())
    for key, f in factors().items():
        least, most = limits[key]
        assert all(math.isnan(v) or least < v < most for v in (f.low, f.high)), key
