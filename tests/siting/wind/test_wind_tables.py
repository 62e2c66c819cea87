"""Hours, months and life of a farm; plants at one mast; sites in rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.plan_file import load_plan
from gis.errors import ModelError
from layers.open.county import county_boundary
from layers.result import StepResult, save_step
from layers.run_folder import RunFolder
from layers.sample import make_sample
from siting.wind.farm import farm_yield
from siting.wind.farm_tables import farm_tables, hourly_table, write_hourly
from siting.wind.machine.library import turbine
from siting.wind.section import WindSection
from siting.wind.site_yields import _most, _sites, area_yield, rows_in
from siting.wind.yields import wind_weather
from tests.conftest import ROOT

LEAP = pd.date_range("2024-01-01", periods=8784, freq="h", tz="Etc/GMT-8") + pd.Timedelta(
    "30min"
)


@pytest.fixture(scope="module")
def farm():
    """Two turbines in a row, west and north wind in turn, one hour of it missing."""
    wind = np.full(8784, 8.0)
    wind[5] = np.nan
    weather = wind_weather(
        LEAP, wind, height_m=110.0, wind_direction_deg=np.resize([270.0, 0.0], 8784)
    )
    machine = turbine("iea_3370_130")
    found = farm_yield([0.0, 650.0], [0.0, 0.0], machine, weather, WindSection())
    return found, [machine, machine]


def test_hours_close_and_say_their_clock(farm):
    """Gross less wake, availability and the other losses is net; 3 % of what wakes leave."""
    table = hourly_table(farm[0], 8.0)
    assert table["time_begin"][[0, 8783]].tolist() == [
        "2024-01-01T00:00+08:00", "2024-12-31T23:00+08:00",
    ]  # fmt: skip
    lost = table.filter(like="_loss_kw").sum(axis=1)
    rest = table["gross_kw"] - lost - table["net_kw"]
    assert rest.abs().max() < 1e-9
    west, north = table.iloc[0], table.iloc[1]
    assert west["wake_loss_kw"] > 500.0
    assert north["wake_loss_kw"] == pytest.approx(0.0, abs=1e-9)
    assert north["availability_loss_kw"] == pytest.approx(0.03 * north["gross_kw"])
    assert table.loc[5, ["gross_kw", "net_kw"]].isna().all()


def test_files_of_the_hours(farm, tmp_path):
    """SAM's profile has 8,760 hours, without 29 February, and the energy of the others."""
    files = write_hourly(farm[0], tmp_path, 8.0, ("csv", "parquet", "sam"))
    csv, parquet = pd.read_csv(files["hourly_csv"]), pd.read_parquet(files["hourly_parquet"])
    assert csv["net_kw"].sum() == pytest.approx(parquet["net_kw"].sum(), abs=1.0)
    sam = pd.read_csv(files["hourly_sam"])["kW"]
    assert len(sam) == 8760
    day = slice(59 * 24, 60 * 24)
    expected = farm[0].power_kw.sum() - farm[0].power_kw[day].sum()
    assert sam.sum() == pytest.approx(expected, abs=5.0)


def test_tables_of_month_and_life_add_up_to_the_p50(farm):
    p50 = farm[0].levels.life[50]
    made = farm_tables("repower", "A", *farm, 6.74, utc_offset_h=8.0, in_time=True)
    assert made["repower_monthly"]["energy_mwh"].sum() == pytest.approx(p50)
    assert made["repower_hour_month"]["energy_mwh"].sum() == pytest.approx(p50)
    assert made["repower_life"]["p50_mwh"].tolist() == [p50] * 25
    sheet = made["repower_equipment"].set_index("item_en")["value_en"]
    assert (sheet["cut-out speed"], sheet["number"], sheet["thrust curve"]) == (
        "25", "2", "given by the source",
    )  # fmt: skip
    bare = farm_tables("repower", "A", *farm, 6.74, utc_offset_h=8.0, in_time=False)
    assert "repower_monthly" not in bare


def test_rows_keep_their_distances():
    """Rows of 500 m by 300 m: neighbours of one row 300 m, of two rows hypot(500, 150)."""
    x, y = rows_in(shapely.box(0, 0, 3000, 3000), 500.0, 300.0, 315.0)
    gap = np.hypot(x[:, None] - x, y[:, None] - y) + np.eye(len(x)) * 1e9
    assert gap.min() == pytest.approx(300.0)
    assert len(x) == pytest.approx(9e6 / 150_000, rel=0.15)
    assert len(rows_in(shapely.box(0, 0, 50, 50), 500.0, 300.0, 0.0)[0]) == 1


def test_wind_sites_have_no_capacity_of_their_own(tmp_path):
    """Screening leaves NaN for wind: the layout decides how many stand, here 2 km x 2 km.

    Rows 7 D = 1,177 m and 4 D = 673 m apart of a rotor of 168.2 m hold at least four.
    """
    run = RunFolder(tmp_path / "out", tmp_path / "work")
    run.work.mkdir()
    box = shapely.box(500_000, 4_300_000, 502_000, 4_302_000)
    sites = gpd.GeoDataFrame(
        {"site_id": ["W-01", "P-01"], "tech": ["wind", "pv"], "capacity_mw": [np.nan, 9.0]},
        geometry=[box, box],
        crs=4544,
    )
    save_step(run, "sites", StepResult(layers={"sites": sites}))
    found = _sites(run.work)
    assert found["site_id"].tolist() == ["W-01"]
    assert _most(float("nan"), 5000.0) > 1_000_000  # what stands in its rows
    assert _most(12.0, 5000.0) == 2


@pytest.fixture(scope="module")
def tiny_plan(tmp_path_factory):
    """The sample county of 6 km: flat, with an atlas of its wind."""
    text = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("tiny") / "sample.toml"
    path.write_text(text.replace('sample = "demo"', 'sample = "tiny"'), encoding="utf-8")
    plan = load_plan(path)
    make_sample(plan)
    return plan


@pytest.mark.slow
def test_an_area_is_filled_with_rows_and_nothing_is_screened(tiny_plan, monkeypatch):
    """28 rotor diameters squared a turbine (rows 7 D and 4 D), on 4 km x 4 km of open land."""

    def screened(*_, **__):
        raise AssertionError("an area is not screened for its yield")

    monkeypatch.setattr("siting.screen.screening.screen", screened)
    c = county_boundary(tiny_plan).representative_point()
    square = shapely.box(c.x - 2000, c.y - 2000, c.x + 2000, c.y + 2000)
    found = area_yield(tiny_plan, square, "x")
    machine = found.machine
    assert found.turbines == pytest.approx(16e6 / (28 * machine.rotor_m**2), rel=0.25)
    assert found.capacity_mw == pytest.approx(found.turbines * machine.rated_kw / 1000)
    row, gross = found.row(), found.result.gross_mwh_yr.sum()
    assert 0 < row["p90_mwh_yr"] < row["p50_mwh_yr"] < gross * (1 - row["wake_loss_frac"])
    assert row["full_load_hours_h"] == pytest.approx(row["p50_mwh_yr"] / found.capacity_mw)
    assert found.held == found.turbines
    # one alone has no wakes; the circle of its rotor is pi/4 of the square of its diameter
    side = machine.rotor_m
    one = area_yield(tiny_plan, shapely.box(c.x, c.y, c.x + side, c.y + side), "x")
    assert one.turbines == 1
    assert one.row()["wake_loss_frac"] == pytest.approx(0, abs=1e-9)
    with pytest.raises(ModelError, match="no turbine"):
        area_yield(tiny_plan, shapely.box(c.x, c.y, c.x + side / 2, c.y + side), "x")
    with pytest.raises(ModelError, match="no turbine"):
        area_yield(tiny_plan, c.buffer(50).boundary.buffer(1e-3), "x")  # a thread round it
