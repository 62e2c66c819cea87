"""Sources of light side by side, on stations and files of the shared data and by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoplan.plan_file import load_plan
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError
from layers.open.county import plan_crs
from layers.spec import Text
from layers.weather import Weather
from siting.pv.study.context import pv_context
from siting.resource.records import monthly_record
from siting.resource.section import StationRecord
from siting.resource.sources import (
    LightSource,
    monthly_ghi,
    source_spread_frac,
    source_warnings,
    sources_table,
)
from tests.conftest import ROOT

RECORD = {
    "id": "a",
    "title": "甲站",
    "lon": 106.2,
    "lat": 38.5,
    "measured": True,
    "years": [2000, 2000],
    "source": "s",
}


def source(name: str, value: float, *, used: bool = False, monthly=None, measured=False):
    t = Text(zh=name, en=name)
    return LightSource(
        name, t, "series", value, monthly, measured, Text(zh="-", en="-"), 0.0, 0.0, used
    )


def test_spread_of_two_sources():
    """1,600 and 1,680, the first used: 80 / 1,600 / sqrt(12) = 0.014434."""
    two = (source("a", 1600.0, used=True), source("b", 1680.0))
    assert source_spread_frac(two) == pytest.approx(0.0144338, abs=1e-7)
    assert np.isnan(source_spread_frac(two[:1]))


def test_the_highest_source_is_used_with_a_word():
    low, high = source("low", 1600.0), source("high", 1680.0, used=True)
    codes = [w.code for w in source_warnings((low, high))]
    assert codes == ["resource_sources", "resource_highest"]
    text = source_warnings((low, high))[1].text("en")
    assert "5.0 %" in text
    calm = source_warnings((source("a", 1600.0, used=True), source("b", 1680.0)))
    assert [w.code for w in calm] == ["resource_sources"]


def test_the_widest_month_is_told_against_the_measured_source():
    base = np.full(12, 100.0)
    other = base.copy()
    other[0] = 115.0
    told = source_warnings(
        (source("m", 1200.0, monthly=base, measured=True),
         source("x", 1215.0, monthly=other, used=True))
    )  # fmt: skip
    assert "month 1 " in told[-1].text("en")
    assert "+15 %" in told[-1].text("en")


def test_monthly_sums_of_a_series():
    """100 W/m2 all of January of 31 days: 74.4 kWh/m2."""
    t = pd.date_range("2021-01-01 00:30", periods=8760, freq="h", tz="Etc/GMT-8")
    w = Weather(pd.DataFrame({"ghi_w_m2": 100.0}, t), lon=106.0, lat=38.0, altitude_m=0.0)
    months = monthly_ghi(w)
    assert months[0] == pytest.approx(74.4)
    assert months.sum() == pytest.approx(876.6)  # 365.25 days


def test_daily_sums_of_a_file(tmp_path):
    """3.6 MJ/m2 each day is 1 kWh/m2: 31 in January."""
    days = pd.date_range("2000-01-01", "2000-12-31", freq="D")
    path = tmp_path / "r.csv"
    pd.DataFrame(
        {"year": days.year, "month": days.month, "day": days.day, "GHI(MJ/m2)": 3.6}
    ).to_csv(path, index=False)
    plan = load_plan(ROOT / "plans" / "sample.toml")
    record = StationRecord(**RECORD, path=str(path), columns={"ghi": "GHI(MJ/m2)"})
    assert monthly_record(plan, record)[0] == pytest.approx(31.0)
    assert monthly_record(plan, record).sum() == pytest.approx(365.25)
    short = pd.read_csv(path).query("month != 6")
    short.to_csv(path, index=False)
    with pytest.raises(DataError) as err:
        monthly_record(plan, record)
    assert "6" in str(err.value)
    with pytest.raises(DataError):
        monthly_record(plan, StationRecord(**RECORD, path=str(path), columns={"ghi": "nope"}))


@pytest.mark.parametrize(
    ("day", "value", "told"),
    [
        (3, "-9999", "2000-01-04"),
        (3, "32766", "2000-01-04"),
        (3, "n/a?", "n/a?"),
        (3, "1e400", "2000-01-04"),
    ],
)
def test_days_that_cannot_be_are_told(tmp_path, day, value, told):
    path, plan = daily_file(tmp_path), load_plan(ROOT / "plans" / "sample.toml")
    table = pd.read_csv(path, dtype=str)
    table.loc[day, "ghi"] = value
    table.to_csv(path, index=False)
    with pytest.raises(DataError) as err:
        monthly_record(plan, StationRecord(**RECORD, path=str(path)))
    assert told in str(err.value)


def test_a_month_that_stands_twice_and_a_wrong_unit(tmp_path):
    path, plan = daily_file(tmp_path), load_plan(ROOT / "plans" / "sample.toml")
    with pytest.raises(DataError):
        monthly_record(plan, StationRecord(**RECORD, path=str(path), unit="kWh/m2"))
    table = pd.read_csv(path, dtype=str)
    pd.concat([table, table[table["month"] == "6"]]).to_csv(path, index=False)
    with pytest.raises(DataError) as err:
        monthly_record(plan, StationRecord(**RECORD, path=str(path)))
    assert "2000-06-01" in str(err.value)


def daily_file(folder: Path) -> Path:
    days = pd.date_range("2000-01-01", "2000-12-31", freq="D")
    path = folder / "r.csv"
    table = {"year": days.year, "month": days.month, "day": days.day, "ghi": "18.0"}
    pd.DataFrame(table).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"annual_kwh_m2": 1600.0, "path": "a.csv"},
        {"annual_kwh_m2": 16.0},
        {"monthly_kwh_m2": [1.0] * 11},
        {"annual_kwh_m2": 1600.0, "years": [2010, 2000]},
    ],
)
def test_a_record_that_cannot_be_is_refused(more):
    with pytest.raises(ConfigError):
        StationRecord(**(RECORD | more))


def test_a_record_of_eleven_months_is_one_fault():
    with pytest.raises(ConfigError) as caught:
        StationRecord(**RECORD, monthly_kwh_m2=[100.0] * 11)
    assert len(caught.value.faults) == 1
    assert "12" in caught.value.faults[0].expected


@pytest.mark.slow
def test_pingluo_says_how_far_its_sources_lie_apart(shared: Path):
    """Yinchuan measured 1991-2017 1,609 kWh/m2, typical year 1,688 (+ 4.9 %; January + 15 %);
    the light used is the atlas's, not the highest."""
    plan = load_plan(ROOT / "plans" / "pingluo.toml")
    context = pv_context(plan)
    table = sources_table(context.sources).set_index("source_id")
    assert table.loc["resource.records.yinchuan", "value"] == pytest.approx(1609.3, abs=0.5)
    assert table.loc["pv.weather", "value"] == pytest.approx(1688, abs=2)
    assert table.index[0] == "resource.records.yinchuan"
    assert table.loc["ghi", "used"]
    assert not table.loc["pv.weather", "used"]
    told = {w.code: w.text("en") for w in context.warnings}
    assert "1,609" in told["resource_sources"]
    assert "4.9 %" in told["resource_sources"]
    assert "resource_highest" not in told
    assert "month 1 " in told["resource_month"]
    assert "+15 %" in told["resource_month"]
    # the atlas in the two zones: 1,668 kWh/m2 in the mean of Gaoren, 1,681 of Hongyazi
    x, y = transform_points(
        np.array([106.66, 106.885]), np.array([38.72, 38.975]), "EPSG:4326", plan_crs(plan)
    )
    gaoren, hongyazi = (context.light.at(a, b) for a, b in zip(x, y, strict=True))
    assert gaoren.source == hongyazi.source == "atlas"
    assert gaoren.kwh_m2 == pytest.approx(1668, abs=2)
    assert gaoren.kwh_m2 + 3 < hongyazi.kwh_m2 < 1690
