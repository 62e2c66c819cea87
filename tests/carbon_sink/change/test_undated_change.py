"""Which land, and which pool of it, hangs on a year of change that nobody gave, by hand.

Densities at 0-30 cm in the cool dry zone [tC/ha]: irrigated field 33.11 soil; grassland 2.73
living and 43 soil; arbor forest 0.81 litter and 43 soil; poplar 2.17 age - 14.9.
"""

from __future__ import annotations

import pandas as pd
import pytest

from carbon_sink.change.area_error import AreaError, matrix_error
from carbon_sink.change.change_words import planted_words
from carbon_sink.change.choices import Undated, change_choices, undated
from carbon_sink.change.conversion import Period
from carbon_sink.section import CarbonSection
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.pools import choose_densities

TABLE = load_coefficients()
CHOICE = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
SECTION = CarbonSection(draws=1000)


def chosen(_zone):
    return CHOICE, TABLE


def land(*rows: tuple[str, str, float], **more: list[object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["before", "after", "area_ha"]).assign(**more)


def of(rows: pd.DataFrame, years: float, area: AreaError | None = None) -> Undated:
    return undated(rows, chosen, Period(years, 2023), area)


def words(rows: pd.DataFrame, years: float, lang: str) -> str:
    land = of(rows, years)
    choices = change_choices(rows, chosen, SECTION, Period(years, 2023), None, land)
    said = planted_words(choices, years, land)
    assert said is not None
    return said(lang)


FIELD = ("cropland_irrigated", "grass_other", 100.0)
TREES = ("grass_other", "forest_arbor", 50.0)
KEPT = ("grass_other", "grass_other", 900.0)
SOIL = 100 * (43.0 - 33.11) * 4 / 20  # of 20 years 4 may have passed, or none
LITTER = 50 * 0.81 * 4 / 20


def test_where_the_soil_moves_the_soil_is_named_and_its_land():
    found = of(land(FIELD, TREES, KEPT), 4.0)
    # trees of 4 years hold nothing by the line of poplar (14.9 / 2.17 = 6.9 years)
    assert found.swing_tc["living"] == pytest.approx(0.0, abs=1e-9)
    assert found.swing_tc["soc"] == pytest.approx(SOIL, rel=1e-9)
    assert found.swing_tc["litter"] == pytest.approx(LITTER, rel=1e-9)
    assert (found.area_ha, found.plants_ha) == (150.0, 0.0)
    told = words(land(FIELD, TREES, KEPT), 4.0, "zh")
    assert "150.0 公顷变化的土地" in told
    assert "其中 0.0 公顷新增植被" in told
    assert "土壤 +198 tC、枯落物 +8 tC" in told
    assert "活生物量 +" not in told
    assert "soil +198 tC, litter +8 tC" in words(land(FIELD, TREES, KEPT), 4.0, "en")


def test_plants_are_named_where_their_age_counts():
    found = of(land(FIELD, TREES), 10.0)
    assert found.swing_tc["living"] == pytest.approx(50 * (2.17 * 10 - 14.9), rel=1e-9)
    assert (found.area_ha, found.plants_ha) == (150.0, 50.0)
    # 340 of plants, 100 x 9.89 x 10 / 20 = 494.5 of soil, 50 x 0.81 / 2 = 20.25 of litter
    assert sum(found.swing_tc.values()) == pytest.approx(340 + 494.5 + 20.25, rel=1e-9)


def test_soil_alone_is_reason_enough_to_show_the_choices():
    rows = land(FIELD, KEPT)
    by = {
        c.choice: c.total_tc.value
        for c in change_choices(rows, chosen, SECTION, Period(4.0, 2023), None, of(rows, 4.0))
    }
    # living biomass of herbs is there in the year of the change: only soil differs
    assert by["start"] - by["end"] == pytest.approx(SOIL, rel=1e-9)
    assert by["even"] - by["end"] == pytest.approx(SOIL / 2, rel=1e-9)
    assert "最早与最晚相差 +198 tC，其中土壤 +198 tC" in words(rows, 4.0, "zh")


def test_dated_land_and_land_that_stayed_hang_on_nothing():
    dated = land(FIELD, TREES, planted_year=[2020, 2015])
    assert of(dated, 10.0).area_ha == 0.0
    assert of(land(KEPT), 10.0) == Undated(
        0.0, 0.0, {"living": 0.0, "dead_wood": 0.0, "litter": 0.0, "soc": 0.0}
    )
    assert of(land(FIELD, TREES, planted_year=[2020, None]), 10.0).area_ha == 50.0


def test_swings_are_those_of_the_totals_where_areas_have_an_error():
    rows = land(FIELD, TREES, KEPT)
    # of 150 ha mapped as changed 80 % are, of 900 ha as stable 10 %: 120 + 90 = 1.4 x 150 ha
    area = matrix_error(rows, ("*>*", "stable"), [[80, 20], [10, 90]], "test")
    by = {
        c.choice: c.total_tc.value
        for c in change_choices(
            rows, chosen, SECTION, Period(4.0, 2023), area, of(rows, 4.0, area)
        )
    }
    swing = sum(of(rows, 4.0, area).swing_tc.values())
    assert by["start"] - by["end"] == pytest.approx(swing, rel=1e-9)
    assert swing == pytest.approx(1.4 * (SOIL + LITTER), rel=1e-9)
