"""Figures of other years that the plan states: refused before a run, or asked about."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine

from carbon_sink.monitor.asked import monitor_findings
from carbon_sink.step_monitor import monitor_step
from geoplan.needs import require_asked
from gis.cells.grid import own_grid
from gis.errors import ConfigError, DataError
from gis.files.write import write_cog
from tests.carbon_sink.conftest import CRS, X0, Y0, parcels, quiet, write_plan


def stated(folder, **values):
    given = {"indicator": '"grass_cover"', "year": 2020, "value": 30, "unit": '"%"', **values}
    lines = "".join(f"{k} = {v}\n" for k, v in given.items())
    return write_plan(folder, f'[[monitor.values]]\n{lines}source = "s"\n')


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"value": 130}, "a value that cannot be; got 130 %; expected 0-100 %"),
        ({"year": 2050}, "expected <= 2026"),
        ({"indicator": '"grass"'}, "no such indicator"),
        ({"caliber": '"sky"'}, "no such caliber"),
        ({"unit": '"ha"'}, "got ha; expected %"),
    ],
)
def test_what_cannot_be_is_refused_before_a_run_and_by_the_doctor(tmp_path, values, said):
    plan = stated(tmp_path, **values)
    for ask in (lambda: require_asked(plan, ("screen", "monitor")),
                lambda: monitor_step(plan, tmp_path, quiet)):  # fmt: skip
        with pytest.raises(ConfigError) as e:
            ask()
        assert said in e.value.text("en")
        assert "[[monitor.values]] 1" in e.value.text("en")
    require_asked(plan, ("screen",))
    (found,) = monitor_findings(plan)
    assert (found.severity, found.blocks.steps) == ("error", ("monitor",))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "two values for one indicator, caliber and year: grass_cover, 2020"),
        ("low = 20\n", "give both low and high, or neither"),
        ("low = 35\nhigh = 20\n", "value (30) lies outside low (35) .. high (20)"),
    ],
)
def test_a_wrong_table_is_told_by_what_is_wrong_in_it_and_not_shown_whole(tmp_path, more, said):
    twice = (
        '[[monitor.values]]\nindicator = "grass_cover"\nyear = 2020\nvalue = 30\nunit = "%"\n'
        f'source = "s"\n{more}'
    )
    with pytest.raises(ConfigError) as e:
        write_plan(tmp_path, twice * 2)
    assert said in e.value.text("en")
    assert "[{" not in e.value.text("en")


@pytest.mark.parametrize(("value", "asked"), [(0.3, True), (1, True), (1.5, False), (0, False)])
def test_a_per_cent_that_looks_like_a_share_is_asked_about(tmp_path, value, asked):
    plan = stated(tmp_path, value=value)
    require_asked(plan, ("monitor",))
    told = [w for w in monitor_step(plan, tmp_path, quiet).warnings
            if w.code == "monitor_value_as_share"]  # fmt: skip
    found = [f for f in monitor_findings(plan) if f.severity == "warning"]
    assert [f.text("zh") for f in found] == [w.text("zh") for w in told]
    assert bool(told) == asked
    if asked:
        assert f"of 2020 is given as {value:g} %: if it is a share of one" in told[0].text("en")
        assert f"write {100 * value:g}" in told[0].text("en")


def of_series(folder, layer, year, path):
    more = (
        "[carbon]\nyear = 2023\n"
        f'[[monitor.series]]\nlayer = "{layer}"\nyear = {year}\npath = "{path}"\nsource = "s"\n'
    )
    return write_plan(folder, more=more)


def test_another_file_for_the_year_of_the_plans_own_layer_is_refused(tmp_path):
    plan = of_series(tmp_path, "land_parcels", 2023, "other.gpkg")
    with pytest.raises(ConfigError, match="own layer is of this year") as e:
        require_asked(plan, ("monitor",))
    assert "[[monitor.series]] 1" in e.value.text("en")
    assert [f.severity for f in monitor_findings(plan)] == ["error"]
    # the same file says the same
    assert not monitor_findings(of_series(tmp_path, "land_parcels", 2023, "parcels.gpkg"))


@pytest.mark.parametrize(
    ("year", "date", "said"), [(2050, "2026-01-05", "expected <= 2026"), (2020, "昨天", "date")]
)
def test_an_entry_of_the_log_is_of_the_past_and_of_a_day(tmp_path, year, date, said):
    more = (
        f'[[monitor.recalculations]]\nyear = {year}\nwhat = "w"\nbefore_tc = 1\n'
        f'after_tc = 2\nreason = "r"\ndate = "{date}"\n'
    )
    with pytest.raises(ConfigError) as e:
        require_asked(write_plan(tmp_path, more=more), ("monitor",))
    assert said in e.value.text("en")


def test_faults_of_a_file_of_the_series_are_told_at_the_series(tmp_path):
    plan = of_series(tmp_path, "land_parcels", 2015, "none.gpkg")
    with pytest.raises(DataError) as e:
        monitor_step(plan, tmp_path, quiet)
    assert "[[monitor.series]] 1" in e.value.text("en")
    assert "[layers.land_parcels]" not in e.value.text("en")


def test_the_forest_map_and_ndvi_of_another_year_are_no_figures_of_the_series(tmp_path):
    """100 ha of forest in 2015 as in 2023; the map of 2023 says nothing of 2015."""
    parcels().to_file(tmp_path / "old.gpkg", layer="dltb")
    shape = parcels().geometry.iloc[[0]]
    gpd.GeoDataFrame({"DI_LEI": ["0111"]}, geometry=list(shape), crs=CRS).to_file(
        tmp_path / "forest.gpkg"
    )
    grid = own_grid((30, 40), Affine(100, 0, X0, 0, -100, Y0 + 3000), CRS)
    write_cog(tmp_path / "n.tif", np.full((30, 40), 0.4, np.float32), grid, dtype="float32",
              nodata=-9.0)  # fmt: skip
    layers = '[layers.forest_land]\npath = "forest.gpkg"\n[layers.ndvi]\npath = "n.tif"\n'
    fvc = '[carbon.fvc]\nsoil = 0.05\nvegetation = 0.85\nsource = "s"\n'
    series = (
        '[[monitor.series]]\nlayer = "land_parcels"\nyear = 2015\npath = "old.gpkg"\n'
        'source = "s"\n'
    )
    plan = write_plan(tmp_path, layers, "[carbon]\nyear = 2023\n" + fvc + series)
    r = monitor_step(plan, tmp_path, quiet)
    table = r.tables["monitor_series"]
    of_2015 = set(table[table["year"] == 2015]["caliber"])
    assert "integrated" in of_2015
    assert not of_2015 & {"decree", "special_shrub", "ndvi_proxy"}
    assert {"decree", "ndvi_proxy"} <= set(table[table["year"] == 2023]["caliber"])
    # nothing is published, and no figure stands twice
    assert "monitor_published_first" not in {w.code for w in r.warnings}


@pytest.mark.parametrize("key", ["before_tc", "after_tc"])
def test_a_stock_of_the_log_is_not_below_nothing(tmp_path, key):
    given = {"before_tc": 5, "after_tc": 6} | {key: -5}
    rows = "".join(f"{k} = {v}\n" for k, v in given.items())
    log = (
        f'[[monitor.recalculations]]\nyear = 2020\nwhat = "w"\n{rows}reason = "r"\n'
        'date = "2021"\n'
    )
    with pytest.raises(ConfigError) as e:
        write_plan(tmp_path, more=log)
    told = e.value.text("en")
    assert key in told
    assert "got -5" in told
