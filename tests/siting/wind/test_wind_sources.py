"""Sources of wind side by side: two atlases, a mast, what the plan gives."""

from __future__ import annotations

import numpy as np
import pytest

from layers.catalogue import layer_ids
from layers.plan.read import read_plan
from siting.sections import SECTIONS
from siting.wind.resource.sources import WindSource, wind_source_spread_frac
from siting.wind.step_wind import wind_step
from tests.siting.wind.test_wind_step import HEAD, ROWS, _changed, _plan, _quiet

SHARED = (
    HEAD
    + """
[data]
root = "{data}"
[wind]
atlas_layer = "wind_speed"
mean_speed_height_m = 100.0
map_turbine = ""
[wind.weather]
path = "weather/CHN_Ningxia.Hui.Yinchuan.536140_CSWD.epw"
[[wind.existing]]
id = "1"
lon = 106.876
lat = 39.0212
capacity_mw = 5.0
hub_m = 100
rotor_m = 168
[[wind.atlases]]
id = "era5"
path = "resource_atlas/GWA_mean_ERA5_pixel_clip.tif"
height_m = 100
source = "GWA on ERA5 cells"
[layers.wind_speed]
path = "resource_atlas/gwa100_mean_over_merra_clip.tif"
source = "GWA on MERRA-2 cells"
"""
)


@pytest.mark.shared
@pytest.mark.slow
def test_two_atlases_of_one_place_are_compared(shared, tmp_path):
    """The review: 5.82 and 5.38 m/s at the wind farm (cells as they are; here between their
    centres), -7.6 % of speed, about -14 % of energy.
    """
    path = tmp_path / "p.toml"
    path.write_text(SHARED.replace("{data}", str(shared / "data")), encoding="utf-8")
    found = wind_step(read_plan(path, SECTIONS, layer_ids()), tmp_path, _quiet)
    table = found.tables["wind_sources"].set_index("source_id")
    merra, era5 = table.loc["wind.atlas_layer"], table.loc["wind.atlases.era5"]
    assert merra["value"] == pytest.approx(5.82, abs=0.03)
    assert era5["value"] == pytest.approx(5.38, abs=0.03)
    assert merra["used"]
    assert merra["energy_of_used"] == pytest.approx(1.0)
    assert era5["energy_of_used"] == pytest.approx(0.86, abs=0.015)
    text = {w.code: w.text("en") for w in found.warnings}
    assert "m/s at 100 m" in text["wind_sources_differ"]
    assert "wind_source_highest" in text
    # the series of the station is scaled to the atlas; it is told and is no source of level
    assert table.loc["wind.weather", "distance_km"] == pytest.approx(80, abs=15)


def test_a_mean_of_the_plan_is_the_level_and_a_series_stands_beside_it(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS[:1])
    one = _changed(plan, mean_speed_m_s=6.5, mean_speed_height_m=70.0, shear_exponent=0.2)
    table = wind_step(one, tmp_path, _quiet).tables["wind_sources"].set_index("source_id")
    assert table["used"].to_dict() == {"wind.mean_speed_m_s": True, "wind.weather": False}
    assert table.loc["wind.mean_speed_m_s", "hub_speed_m_s"] == pytest.approx(6.5)
    series = table.loc["wind.weather"]
    assert series["hub_speed_m_s"] == pytest.approx(series["value"] * 7**0.2)
    # one year of Weibull(2) around 5.5 m/s at 10 m: A Gamma(1.5) = 4.87
    assert series["value"] == pytest.approx(4.87, abs=0.1)


def test_the_spread_of_sources_is_their_range_over_the_root_of_twelve():
    from layers.spec import Text

    def one(kind, energy, *, used=False, measured=False):
        name = Text(zh="a", en="a")
        return WindSource(
            "a", name, kind, 6.0, 100.0, 6.0, energy, measured=measured, used=used, years=name
        )

    used, low = one("atlas", 1.0, used=True), one("atlas", 0.86)
    far = one("series", 0.4)  # modelled, scaled to the atlas: says nothing of the level
    assert wind_source_spread_frac((low, used, far)) == pytest.approx(0.14 / np.sqrt(12))
    mast = one("series", 1.1, measured=True)
    assert wind_source_spread_frac((low, used, mast)) == pytest.approx(0.24 / np.sqrt(12))
    assert wind_source_spread_frac((used,)) == 0.0
