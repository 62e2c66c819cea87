"""Energy on the screen: the best sites first, AC and DC told apart, the light by its source."""

from __future__ import annotations

from geoplan.commands.options import plant_folder, run_at
from geoplan.demo import plans_folder
from geoplan.lender.energy_lines import pv_lines
from geoplan.plan_file import load_plan
from geoplan.run import default_out
from siting.pv.study.summary import NoPv, PvSummary, SiteSummary, WeatherSummary


def site(name: str, specific: float, light: str) -> SiteSummary:
    """10 MW AC and 12.5 MWp DC: P50 is 12,500 kWp times the specific yield."""
    row = dict.fromkeys(SiteSummary.model_fields, 1.0)
    p50 = 12.5 * specific
    row |= {"site_id": name, "capacity_mw": 10.0, "dc_mw": 12.5, "mounting": "fixed"}
    row |= {"specific_kwh_kwp": specific, "p50_mwh_yr": p50, "p90_mwh_yr": 0.9 * p50}
    row |= {"p90_ten_year_mwh_yr": 0.92 * p50, "p90_life_mwh_yr": 0.88 * p50}
    row |= {"full_load_hours_h": p50 / 10.0, "ghi_kwh_m2": 1672.0, "light_source": light}
    return SiteSummary.model_validate(row)


def test_the_best_sites_with_their_light() -> None:
    weather = WeatherSummary(
        source="station.epw", synthetic=False, years=(1990,), typical_year=True,
        ghi_kwh_m2_yr=1688.0, findings=(),
    )  # fmt: skip
    sites = (site("A", 1500.0, "atlas"), site("B", 1600.0, "station"))
    pv = PvSummary(
        weather=weather, mounting="fixed", tilt_deg=35.0, sites=sites, capacity_mw=20.0,
        p50_mwh_yr=38_750.0, p90_mwh_yr=34_875.0, yield_map=None,
        storage_note=None,
    )  # fmt: skip
    head, light, _, *rows = list(pv_lines(pv, "en"))
    for shown in ("20.0 MW AC", "25.0 MWp DC", "P50 38.8 GWh", "P90 34.9 GWh"):
        assert shown in head
    assert "typical year" in light
    assert "1990" not in light
    assert "1,688 kWh/m²" in light
    best = rows[0]
    for shown in (
        "B: 10.0 MW AC", "P50 20 GWh", "P90 18 (one year)", "18.4 (mean of 10",
        "17.6 (mean of the life", "1,600 kWh/kWp DC", "2,000 full-load hours AC",
    ):  # fmt: skip
        assert shown in best
    assert "1,672" in rows[1]
    assert "station record" in rows[1]
    assert "atlas" in rows[3]
    assert list(pv_lines(NoPv(), "zh")) == list(pv_lines(None, "zh")) == []


def test_a_run_is_read_where_its_files_are_written(tmp_path) -> None:
    """``pv --site ID --out FOLDER``: FOLDER is the run when one is there, else the target."""
    plan = load_plan(plans_folder() / "sample.toml")
    assert (run_at(tmp_path), plant_folder(plan, tmp_path)) == (None, tmp_path)
    assert (run_at(None), plant_folder(plan, None)) == (None, default_out(plan) / "pv")
    (tmp_path / "summary.json").write_text("{}", encoding="utf-8")
    assert (run_at(tmp_path), plant_folder(plan, tmp_path)) == (tmp_path, tmp_path / "pv")
