"""Which candidate is the better one: each factor turned the way it should be."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from carbon_sink.potential import candidates as room
from carbon_sink.potential.candidates import _rank, suitability, tiled
from tests.carbon_sink.conftest import CRS

# whether less is better, and for what it is asked: water runs off and soil is lost on a slope,
# salt and deep ground water keep plants from growing, rain and room help them
LESS_IS_BETTER = {
    "slope_deg": True, "salinity": True, "groundwater_m": True, "rainfall_mm": False,
    "area_ha": False,
}  # fmt: skip
ASKED = {
    "afforest": {"slope_deg", "salinity", "groundwater_m", "rainfall_mm", "area_ha"},
    "grass": {"slope_deg", "salinity", "rainfall_mm", "area_ha"},
    "wetland": {"slope_deg", "groundwater_m", "area_ha"},
}
LAYERS = {"soil_salinity": "salinity", "groundwater_depth": "groundwater_m",
          "annual_rainfall": "rainfall_mm"}  # fmt: skip


def test_ranks_run_from_the_best_to_the_worst():
    slope = np.array([1.0, 5.0, 2.0, np.nan])
    np.testing.assert_array_equal(_rank(slope, smaller_is_better=True), [1, 0, 0.5, np.nan])
    np.testing.assert_array_equal(_rank(slope, smaller_is_better=False), [0, 1, 0.5, np.nan])
    # equal ones share the middle of their ranks: second and third of three
    tied = _rank(np.array([1.0, 4.0, 4.0]), smaller_is_better=False)
    np.testing.assert_array_equal(tied, [0.0, 0.75, 0.75])
    one = _rank(np.array([np.nan, 7.0]), smaller_is_better=True)
    np.testing.assert_array_equal(one, [np.nan, 1.0])


@pytest.mark.parametrize("action", ASKED)
@pytest.mark.parametrize("factor", LESS_IS_BETTER)
def test_each_factor_alone_decides_its_way(monkeypatch, action, factor):
    values = {k: np.array([3.0, 3.0]) for k in LESS_IS_BETTER}
    values[factor] = np.array([1.0, 2.0])
    monkeypatch.setattr(room, "sample_slope_deg", lambda *_: values["slope_deg"])
    monkeypatch.setattr(room, "sample_layer", lambda _p, layer, *_: values[LAYERS[layer]])
    found = gpd.GeoDataFrame(
        {"area_ha": values["area_ha"]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)], crs=CRS,
    )  # fmt: skip
    out = suitability(found, None, None, action)
    assert set(out["score_from"].iloc[0].split()) == ASKED[action]
    n = len(ASKED[action])
    # all others tie at 1/2; the factor gives 1 to the better and 0 to the other
    better, worse = (1 + (n - 1) / 2) / n, ((n - 1) / 2) / n
    wanted = [better, worse] if LESS_IS_BETTER[factor] else [worse, better]
    if factor not in ASKED[action]:
        wanted = [0.5, 0.5]
    assert out["score"].tolist() == pytest.approx(wanted)


def test_what_is_not_known_does_not_count(monkeypatch):
    monkeypatch.setattr(room, "sample_slope_deg", lambda *_: None)
    monkeypatch.setattr(room, "sample_layer", lambda *_: None)
    found = gpd.GeoDataFrame(
        {"area_ha": [5.0, 9.0]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs=CRS
    )
    out = suitability(found, None, None, "wetland")
    assert out["score"].tolist() == [0.0, 1.0]
    assert out["score_from"].tolist() == ["area_ha", "area_ha"]
    assert out[["slope_deg", "salinity", "groundwater_m", "rainfall_mm"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("box", "tiles"),
    [
        ((0, 0, 2000, 2000), 1),
        ((-2000, 0, 0, 2000), 1),
        ((1990, 0, 2010, 10), 2),
        ((1990, 3990, 2010, 4010), 4),
        ((0, 0, 2000, 6000), 3),
    ],
)
def test_tiles_of_two_kilometres_begin_at_the_origin(box, tiles):
    pieces, source = tiled([shapely.box(*box)])
    assert len(pieces) == len(source) == tiles
    assert shapely.area(pieces).sum() == pytest.approx(shapely.box(*box).area)
    corners = np.floor(shapely.bounds(pieces)[:, :2] / 2000)
    assert len({tuple(c) for c in corners.tolist()}) == tiles
