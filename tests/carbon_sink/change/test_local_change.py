"""A change between two dates by densities of some townships: after less before, on one set.

Irrigated fields (33.11 tC/ha of soil, 0-30 cm) become grassland between 2015 and 2023: 8 of
the 20 years of a transition, 40 % of the difference of both soils.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carbon_sink.change.conversion import Period
from carbon_sink.change.two_dates import row_changes, stock_change
from carbon_sink.section import SECTIONS
from carbon_sink.step_carbon import carbon_step
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.pools import choose_densities
from gis.files.read_raster import read_raster
from layers.catalogue import layer_ids
from layers.plain_json import to_json
from layers.plan.read import read_plan
from tests.carbon_sink.conftest import quiet
from tests.carbon_sink.test_right_doors import CELLS_HA, GRID, cover

OWN = (
    '[[carbon.densities]]\necosystem = "grass_other"\npool = "soc"\ndepth_cm = 30\n'
    'source = "synthetic"\n'
)
WEST, EAST = slice(0, 10), slice(30, 40)  # columns of 西镇 and of 东乡


def fields_to_grass(folder, *entries):
    """100 ha of fields in each township that became grassland, the rest fields."""
    before = np.full((30, 40), 40, np.uint8)
    after = before.copy()
    after[:10, WEST] = after[:10, EAST] = 30
    cover(folder, before, after)
    text = (folder / "plan.toml").read_text(encoding="utf-8") + "\n" + "".join(entries)
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return carbon_step(read_plan(folder / "plan.toml", SECTIONS, layer_ids()), folder, quiet)


def soil(r):
    return to_json(r.summary)["carbon"]["change"]["stock_difference_tc"]["soc"]["value"]


def test_a_density_of_a_township_counts_in_the_change_there_alone(tmp_path):
    r = fields_to_grass(tmp_path, OWN, 'value_tc_ha = 20.0\ntownships = ["西镇"]\n')
    west, east = CELLS_HA[:10, WEST].sum(), CELLS_HA[:10, EAST].sum()
    hand = 0.4 * ((20.0 - 33.11) * west + (43.0 - 33.11) * east)
    assert soil(r) == pytest.approx(hand, rel=1e-9)
    towns = r.tables["carbon_change_by_township"].set_index("township")["change_tc"]
    total = r.summary.carbon.change.stock_difference_tc["total"].value
    assert towns.sum() == pytest.approx(total, rel=1e-9)
    assert towns["东乡"] - towns["西镇"] == pytest.approx(0.4 * 23.0 * west, rel=1e-3)
    assert not {w.code for w in r.warnings} & {"parcel_densities_not_in_change"}
    assert "local" not in r.tables["carbon_transitions"].columns
    change = read_raster(r.rasters["carbon_change"], GRID, kind="intensive")[0]
    assert change[5, 35] - change[5, 5] == pytest.approx(0.4 * 23.0, abs=1e-4)
    density = read_raster(r.rasters["carbon_density"], GRID, kind="intensive")[0]
    assert density[5, 35] - density[5, 5] == pytest.approx(0.4 * 23.0, abs=1e-4)


def test_the_same_density_everywhere_by_township_and_by_county_is_one(tmp_path):
    """Both townships at 20 tC/ha is the county at 20 tC/ha."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    town = OWN + 'value_tc_ha = 20.0\ntownships = ["西镇", "东乡"]\n'
    by_town = fields_to_grass(tmp_path / "a", town)
    by_county = fields_to_grass(tmp_path / "b", OWN, "value_tc_ha = 20.0\n")
    assert soil(by_town) == pytest.approx(soil(by_county), rel=1e-12)
    assert soil(by_town) == pytest.approx(
        -0.4 * 13.11 * (CELLS_HA[:10, WEST].sum() + CELLS_HA[:10, EAST].sum()), rel=1e-9
    )


def test_a_density_of_the_later_date_makes_no_change_and_is_told(tmp_path):
    plain, dated = tmp_path / "a", tmp_path / "b"
    plain.mkdir(), dated.mkdir()
    r = fields_to_grass(dated, OWN, "value_tc_ha = 20.0\nyear = 2023\n")
    assert soil(r) == pytest.approx(soil(fields_to_grass(plain)), rel=1e-12)
    told = {w.code: w.text for w in r.warnings}["later_densities_not_in_change"]
    assert "2023" in told("en")
    assert "2015" in told("zh")


def test_a_density_of_a_parcel_is_told_to_be_of_the_stock_alone(tmp_path):
    r = fields_to_grass(tmp_path, OWN, 'value_tc_ha = 20.0\nparcels = ["B02"]\n')
    assert "parcel_densities_not_in_change" in {w.code for w in r.warnings}


def test_the_marked_rows_of_a_table_take_their_own_densities():
    """1 ha of each: after less before row by row, and the rows add up to the total."""
    table = load_coefficients()
    choice = dict(choose_densities(table, depth_cm=(0, 30), zone="cool_temperate_dry"))
    own = {(e + "#1", p): d for (e, p), d in choice.items()}
    own["grass_other#1", "soc"] = choice["cropland_irrigated", "soc"]
    rows = pd.DataFrame(
        {
            "before": ["cropland_irrigated"] * 2,
            "after": ["grass_other"] * 2,
            "area_ha": [1.0, 1.0],
            "local": ["", "#1"],
        }
    )
    each = row_changes(rows, choice | own, table, Period(8.0))
    # under the mark grassland has the soil of the field: nothing changes
    assert list(each["soc_tc"]) == pytest.approx([0.4 * (43.0 - 33.11), 0.0])
    whole = stock_change(rows, choice | own, table, years=8.0, draws=1000)
    assert each["total_tc"].sum() == pytest.approx(whole.stock_difference["total"].value)
