"""The flow over a terrain: speed-ups by sector, a flow model's grid, ruggedness, a map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import gamma

from gis.errors import DataError
from layers.open.county import plan_crs
from layers.plain_json import to_json
from siting.wind.farm import farm_yield
from siting.wind.inputs import plan_weather
from siting.wind.machine.existing import existing_turbines
from siting.wind.resource.speedups import read_speedups
from siting.wind.section import WindSection
from siting.wind.step_wind import wind_step
from siting.wind.terrain import flow_of
from siting.wind.yields import wind_weather
from tests.siting.wind.test_wind_formulas import TIMES, ramp
from tests.siting.wind.test_wind_step import ROWS, _changed, _plan, _quiet
from tests.siting.wind.test_wind_wasp import KK, F, _node, _tab

OFF = WindSection(density_correction="off")


@pytest.mark.slow
def test_speedups_scale_each_turbine_in_each_sector():
    """6 m/s from north and from south in turn; 100 kW for every m/s.

    The first turbine has the wind of the series, the second 1.2 of it from north and 0.9 from
    south: 600 kW, and (720 + 540) / 2 = 630 kW; hour by hour 720 and 540.
    """
    wind = wind_weather(
        TIMES, np.full(8760, 6.0), height_m=80.0,
        wind_direction_deg=np.tile([0.0, 180.0], 4380),
    )  # fmt: skip
    factors = np.array([[1.0, 1.0, 1.0, 1.0], [1.2, 1.0, 0.9, 1.0]])
    found = farm_yield([0.0, 900.0], [0.0, 0.0], ramp(), wind, OFF, speedups=factors)
    assert found.gross_mwh_yr == pytest.approx([600 * 8.76, 630 * 8.76])
    assert found.speed_m_s == pytest.approx([6.0, 6.3])
    kept = found.net_mwh_yr.sum() / found.gross_mwh_yr.sum()
    assert found.power_kw[:2] == pytest.approx([1320 * kept, 1140 * kept])


def _speedups(path, rows):
    pd.DataFrame(rows, columns=["turbine_id", "sector_deg", "speedup"]).to_csv(
        path, index=False
    )
    return path


GOOD = [(i, s, 1.1) for i in ("a", "b") for s in (0, 90, 180, 270)]


def test_a_table_of_speedups_is_read_by_turbine_and_sector(tmp_path):
    rows = [*GOOD[:4], *[(i, s, 1 + s / 900) for i, s, _ in GOOD[4:]], ("other", 0, 1.0)]
    found = read_speedups(_speedups(tmp_path / "s.csv", rows), ["b", "a"])
    assert found[0] == pytest.approx([1.0, 1.1, 1.2, 1.3])
    assert found[1] == pytest.approx(np.full(4, 1.1))


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (GOOD[:4], "without speed-ups"),
        (GOOD[:-1], "equal"),
        ([*GOOD, GOOD[0]], "equal"),
        ([(i, s + 15, f) for i, s, f in GOOD], "equal"),
        ([*GOOD[:-1], ("b", 270, 110.0)], "no such speed-up"),
        ([*GOOD[:-1], ("b", 270, float("nan"))], "finite"),
        ([*GOOD[:-1], ("b", 270, "x")], "cannot be read"),
    ],
)
def test_what_is_no_table_of_speedups_is_refused(tmp_path, rows, match):
    with pytest.raises(DataError, match=match):
        read_speedups(_speedups(tmp_path / "s.csv", rows), ["a", "b"])


def _grid(path, plan):
    """Nodes at the three turbines: A of 6, 7 and 8 m/s."""
    frame, _ = existing_turbines(plan, plan.section(WindSection), plan_crs(plan))
    rows = [
        _node("Site", x, y, F, [a] * 4, KK)
        for x, y, a in zip(frame["x"], frame["y"], (6.0, 7.0, 8.0), strict=True)
    ]
    path.write_text("\n".join(rows), encoding="utf-8")


@pytest.mark.slow
def test_a_flow_models_grid_gives_each_turbine_its_wind(tmp_path):
    """Hours drawn from the middle node; the hub is at 70 m, the grid at 100 m: (0.7)^0.143."""
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    _grid(tmp_path / "site.rsf", plan)
    found = wind_step(_changed(plan, weather=None, grid_path="site.rsf"), tmp_path, _quiet)
    mean = (F * gamma(1 + 1 / KK)).sum() * np.array([6.0, 7.0, 8.0]) * 0.7**0.143
    table = found.tables["wind_turbines"]
    assert table["mean_speed_m_s"].to_numpy() == pytest.approx(mean, rel=2e-3)
    codes = {w.code for w in found.warnings}
    assert "no_flow_model" not in codes
    # a series of the plan is scaled to the same means, sector by sector
    series = wind_step(_changed(plan, grid_path="site.rsf"), tmp_path, _quiet)
    again = series.tables["wind_turbines"]["mean_speed_m_s"].to_numpy()
    assert again[1] / again[0] == pytest.approx(7 / 6, rel=1e-6)
    with pytest.raises(DataError, match="outside the resource grid"):
        wind_step(_changed(plan, grid_path="site.rsf", wasp_crs="EPSG:32648"), tmp_path, _quiet)


@pytest.mark.slow
def test_a_tab_stands_for_a_series_at_its_own_height(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS[:1])
    _tab(tmp_path / "site.tab")
    one = _changed(plan, weather=None, rose_path="site.tab", shear_exponent=0.2)
    found = to_json(wind_step(one, tmp_path, _quiet).summary)["wind"]
    mean = 0.88 * 7.6 * gamma(1 + 1 / 2.1) + 0.12 * 9.0 * gamma(1 + 1 / 2.6)
    assert found["mean_speed_m_s"] == pytest.approx(mean * 0.7**0.2, rel=5e-3)


@pytest.mark.slow
def test_a_terrain_without_flow_model_is_said_with_its_ruggedness(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    found = wind_step(plan, tmp_path, _quiet)
    text = {w.code: w.text("en") for w in found.warnings}["no_flow_model"]
    assert "not known" in text
    assert found.tables["wind_turbines"]["rix_frac"].isna().all()
    # contours of a plane of 0.6 to the east, from a map: two thirds of the compass
    frame, _ = existing_turbines(plan, plan.section(WindSection), plan_crs(plan))
    x0, y0 = frame["x"].min() - 6000.0, frame["y"].min() - 6000.0
    lines = ["+ plane", "0 0 0 0", "1 1 1 1", "1 0"]
    for step in range(0, 14_001, 1000):
        lines += [
            f"{0.6 * step:.1f} 2",
            f"{x0 + step:.1f} {y0:.1f} {x0 + step:.1f} {y0 + 12_000:.1f}",
        ]
    (tmp_path / "m.map").write_text("\n".join(lines), encoding="utf-8")
    found = wind_step(_changed(plan, map_path="m.map"), tmp_path, _quiet)
    assert found.tables["wind_turbines"]["rix_frac"].to_numpy() == pytest.approx(
        np.full(3, 46 / 72), abs=0.03
    )
    text = {w.code: w.text("en") for w in found.warnings}["no_flow_model"]
    assert "6" in text


@pytest.mark.slow
def test_roughness_of_a_map_acts_in_the_logarithmic_profile(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\nshear = "log"\n', ROWS)
    frame, _ = existing_turbines(plan, plan.section(WindSection), plan_crs(plan))
    x, y = frame["x"].mean(), frame["y"].mean()
    text = f"+ line\n0 0 0 0\n1 1 1 1\n1 0\n0.5 0 2\n{x - 9000} {y - 50} {x + 9000} {y - 50}\n"
    (tmp_path / "m.map").write_text(text, encoding="utf-8")
    found = wind_step(_changed(plan, map_path="m.map"), tmp_path, _quiet)
    said = {w.code: w.text("en") for w in found.warnings}
    # the line runs east: its left is north, where the turbines stand
    assert "0.5000 m" in said["roughness_from_map"]
    base = wind_step(plan, tmp_path, _quiet).tables["wind_turbines"]["mean_speed_m_s"][0]
    now = found.tables["wind_turbines"]["mean_speed_m_s"][0]
    ratio = (np.log(70 / 0.5) / np.log(10 / 0.5)) / (np.log(70 / 0.03) / np.log(10 / 0.03))
    assert now / base == pytest.approx(ratio, rel=1e-6)


def test_new_positions_take_the_flow_model_where_it_reaches(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\ngrid_path = "site.rsf"\n', ROWS)
    _grid(tmp_path / "site.rsf", plan)
    section = plan.section(WindSection)
    weather = plan_weather(plan, section)
    frame, _ = existing_turbines(plan, section, plan_crs(plan))
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    means, faster, told = flow_of(plan, section, weather, x, y, 100.0)
    assert means is None
    assert told == []
    assert faster[1] / faster[0] == pytest.approx(np.full(4, 7 / 6))
    means, faster, told = flow_of(plan, section, weather, x + 90_000.0, y, 100.0)
    assert (means, faster) == (None, None)
    assert [w.code for w in told] == ["outside_flow_model"]
    assert "3 positions" in told[0].text("en")
