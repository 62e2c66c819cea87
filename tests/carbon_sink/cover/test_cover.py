"""Forest, wetland and grass cover under their calibers."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from carbon_sink.cover.figure import change, implied_denominator, matching_calibers
from carbon_sink.cover.grass import (
    Endpoints,
    calibrate,
    check_fvc,
    endpoints_of,
    fvc,
    peak_composite,
)
from carbon_sink.cover.grass_ndvi import _fvc_blocks, grass_ndvi
from carbon_sink.cover.indicators.forest_cover import (
    ForestAreas,
    forest_areas,
    forest_areas_from_layer,
    forest_cover,
)
from carbon_sink.cover.indicators.grass_cover import grass_cover_official, grass_cover_proxy
from carbon_sink.cover.indicators.wetland_area import wetland_area, wetland_codes
from carbon_sink.cover.indicators.wetland_protection_rate import protection_rate
from carbon_sink.cover.land import county_land
from carbon_sink.cover.sampling import sample_slope_deg
from carbon_sink.cover.vegetation import BINS
from carbon_sink.section import CarbonSection, UserArea
from carbon_sink.step_targets import targets_step
from gis.cells.grid import plan_grid
from gis.errors import ConfigError, DataError, ModelError
from gis.files.write import write_cog
from layers.answers.figure import Figure, against, in_unit
from layers.open.county import plan_grid_of
from layers.plan.model import Target
from layers.spec import Text
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan

COUNTY_HA = 206_000.0


def target(
    indicator: str, value: float, unit: str, caliber: str = "", relation: str = ">="
) -> Target:
    return Target(
        id="t", title=Text(zh="目标", en="target"), indicator=indicator, year=2030,
        value=value, unit=unit, relation=relation, caliber=caliber, section="s", quote="q",
    )  # fmt: skip


# ---------------------------------------------------------------- forest


def test_target_arithmetic_of_the_plan():
    # carbon_methods.md section 4: on 2,060 km2 10.6 % = 21,836 ha, 12 % = 24,720 ha,
    # gap 2,884 ha = 43,260 mu
    areas = ForestAreas(21_836.0, 0.0, 0.0, "x")
    i = forest_cover(areas, COUNTY_HA, "integrated", year=2025)
    assert i.value == pytest.approx(10.6)
    c = against(i, target("forest_cover", 12.0, "%", relation=">"))
    assert c.gap_ha == pytest.approx(2_884.0)
    assert c.gap_mu == pytest.approx(43_260.0)
    assert c.met is False


def test_what_each_caliber_counts():
    codes = pd.Series(["0301", "0301K", "0302", "0305", "0307", "0201", "0810"])
    areas = forest_areas(codes, pd.Series([100.0, 10.0, 1.0, 50.0, 1000.0, 500.0, 70.0]))
    assert (areas.arbor_ha, areas.special_shrub_ha, areas.shrub_possible_ha) == (111.0, 0, 50.0)
    all_special = forest_areas(
        codes, pd.Series([100.0, 10, 1, 50, 1000, 500, 70]), special_shrub="all"
    )
    assert forest_cover(all_special, 1000.0, "integrated", year=0).value == pytest.approx(16.1)
    belts = UserArea(area_ha=20.0, source="bureau")
    decree = forest_cover(all_special, 1000.0, "decree", year=0, shelterbelt=belts)
    assert decree.value == pytest.approx(18.1)
    assert decree.quality == "proxy"
    assert "bureau" in decree.source


def test_unknown_shrub_is_an_interval():
    a = ForestAreas(100.0, 0.0, 50.0, "x")
    i = forest_cover(a, 1000.0, "integrated", year=0)
    assert (i.value, i.low, i.high) == pytest.approx((10.0, 10.0, 15.0))
    assert against(i, target("forest_cover", 12.0, "%")).met == "uncertain"


def test_special_shrub_needs_under_400_mm():
    a = ForestAreas(100.0, 20.0, 0.0, "x")
    assert forest_cover(a, 1000.0, "decree", year=0, rainfall_mm=180.0).value == 12.0
    with pytest.raises(ConfigError, match="under 400"):
        forest_cover(a, 1000.0, "decree", year=0, rainfall_mm=450.0)


def test_forest_attribute_layer():
    layer = pd.DataFrame(
        {
            "forest_type": ["arbor", "arbor", "shrub", "shrub", "shrub", "young"],
            "canopy_frac": [0.5, 0.15, None, None, None, None],
            "shrub_cover_pct": [None, None, 35.0, 25.0, 45.0, None],
            "special_shrub": [None, None, "yes", "yes", None, None],
        }
    )
    a = forest_areas_from_layer(layer, np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]))
    # canopy 0.15 is no forest; 25 % shrub does not count; 45 % without a flag may
    assert (a.arbor_ha, a.special_shrub_ha, a.shrub_possible_ha) == (1.0, 4.0, 16.0)


def test_calibers_are_never_compared():
    a = ForestAreas(169.0, 0.0, 0.0, "x")
    old = forest_cover(a, 1000.0, "decree", year=2021)
    new = forest_cover(ForestAreas(98.8, 0, 0, "x"), 1000.0, "integrated", year=2022)
    with pytest.raises(ModelError, match="different calibers"):
        change(old, new)
    with pytest.raises(ModelError, match="another caliber"):
        against(new, target("forest_cover", 12.0, "%", caliber="decree"))
    same = forest_cover(ForestAreas(190.0, 0, 0, "x"), 1000.0, "decree", year=2022)
    assert change(old, same) == pytest.approx(2.1)


def test_other_indicator_or_unit_is_refused():
    i = forest_cover(ForestAreas(1, 0, 0, "x"), 10.0, "decree", year=0)
    with pytest.raises(ModelError, match="something else"):
        against(i, target("wetland_area", 1, "ha"))
    with pytest.raises(ModelError, match="does not fit"):
        in_unit(i, "ha")


@pytest.mark.parametrize(
    ("million_mu", "pct", "km2"),
    [(12.30, 15.8, 51_900), (9.843, 12.63, 51_956), (16.0, 20, 53_333)],
)
def test_published_pairs_imply_other_land_areas(million_mu, pct, km2):
    # carbon_methods.md section 2.1, denominator trap: 66,400 km2 is the province
    got = implied_denominator(million_mu * 1e6, pct) / 15 / 100
    assert got == pytest.approx(km2, rel=1e-4)


# ---------------------------------------------------------------- wetland


def test_wetland_codes_by_law():
    assert wetland_codes("narrow") == {
        "0303", "0304", "0306", "0402", "0603", "1105", "1106", "1108",
    }  # fmt: skip
    law = wetland_codes("broad_law")
    assert {"1101", "1102", "1103", "1104", "1107"} <= law
    assert not {"0101", "1104A", "1104K"} & law  # paddy and aquaculture


def test_555_000_mu_is_370_km2():
    codes = pd.Series(["1106", "1101", "0101"])
    i = wetland_area(codes, pd.Series([5_000.0, 32_000.0, 30_000.0]), "broad_law", year=2025)
    c = against(i, target("wetland_area", 55.5, "万亩", relation="="))
    assert i.value == 37_000
    assert c.indicator.value == pytest.approx(55.5)
    assert c.met is True
    every = [
        wetland_area(codes, pd.Series([5_000.0, 32_000.0, 30_000.0]), k, year=0)
        for k in ("narrow", "broad", "broad_law")
    ]
    best = matching_calibers(every, 37_000.0, 0.05)
    assert (best[0].caliber, best[0].within) == ("broad_law", True)
    assert sum(m.within for m in best) == 1


def test_overlapping_designations_count_once():
    wet = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 100)], crs=CRS)
    park = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 60, 100)], crs=CRS)
    reserve = gpd.GeoDataFrame(geometry=[shapely.box(40, 0, 80, 100)], crs=CRS)
    i = protection_rate(
        wet, np.array([1.0]), {"park": park, "reserve": reserve}, "narrow", year=0
    )
    # 60 + 40 counted twice would be 100 %; the union is 80 %
    assert i.value == pytest.approx(80.0)
    with pytest.raises(ModelError, match="no wetland"):
        protection_rate(wet.iloc[:0], np.zeros(0), {"park": park}, "narrow", year=0)


def test_protection_target_in_mu():
    # section 2.4: 47 % of 555,000 mu = 260,850 mu = 17,390 ha
    wet = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10)], crs=CRS)
    none = gpd.GeoDataFrame(geometry=[shapely.box(50, 50, 60, 60)], crs=CRS)
    i = protection_rate(wet, np.array([37_000.0]), {"park": none}, "broad_law", year=0)
    c = against(i, target("wetland_protection_rate", 47.0, "%"))
    assert i.value == 0.0
    assert c.gap_ha == pytest.approx(17_390.0)
    assert c.gap_mu == pytest.approx(260_850.0)


# ---------------------------------------------------------------- grass


def test_official_formula_and_its_interval():
    # types of 300, 100 ha; means 0.40, 0.20; s2 = 0.0008 and 0.0008, n = 2 each: G = 0.35;
    # var = 0.5625 x 0.0008 / 2 + 0.0625 x 0.0008 / 2 = 0.00025; degrees of freedom
    # 0.00025^2 / (0.000225^2 + 0.000025^2) = 1.2195, so the interval is not 1.96 wide
    i = grass_cover_official(
        {"desert": [0.38, 0.42], "meadow": [0.18, 0.22]},
        {"desert": 300.0, "meadow": 100.0},
        year=0,
    )
    assert i.value == pytest.approx(35.0)
    half = 100 * stats.t.ppf(0.975, 0.00025**2 / (0.000225**2 + 0.000025**2)) * 0.00025**0.5
    assert (i.low, i.high) == (pytest.approx(35.0 - half), pytest.approx(35.0 + half))
    assert half > 4 * 1.96 * 100 * 0.00025**0.5
    assert i.quality == "official"
    # an unweighted mean would be 30 %
    with pytest.raises(DataError, match="different grassland types"):
        grass_cover_official({"a": [0.1]}, {"b": 1.0}, year=0)
    with pytest.raises(DataError, match="outside 0 to 1"):
        grass_cover_official({"a": [41.0]}, {"a": 1.0}, year=0)


def test_ndvi_scaled_by_ten_thousand_is_refused(tmp_path):
    with pytest.raises(DataError, match="scaled by 10,000"):
        fvc([2500.0, 7000.0], Endpoints(0.05, 0.7))
    with pytest.raises(DataError, match="not NDVI"):
        fvc([1.5], Endpoints(0.05, 0.7))
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    write_cog(
        tmp_path / "ndvi.tif", np.full((30, 40), 3100, np.int16), grid, dtype="int16",
        nodata=-9999,
    )  # fmt: skip
    plan = write_plan(tmp_path, '[layers.ndvi]\npath = "ndvi.tif"\n')
    with pytest.raises(DataError, match=r"10,000|0\.0001|range|scale"):
        targets_step(plan, tmp_path, quiet)


def test_fvc_over_one_is_refused():
    with pytest.raises(DataError, match=r"outside 0 to 1.*percent"):
        check_fvc([0.4, 41.0])


def test_soil_endpoint_moves_sparse_cover_by_two_to_three_points():
    # section 2.3 (4): NDVIs 0.05, NDVIv 0.70, sparse cover; +-0.02 in NDVIs
    a = fvc([0.15], Endpoints(0.05, 0.70))[0]
    b = fvc([0.15], Endpoints(0.07, 0.70))[0]
    assert 0.02 < a - b < 0.03


def test_frozen_endpoints_keep_a_trend_honest():
    rng = np.random.default_rng(0)
    first = rng.uniform(0.1, 0.6, 10_000)
    second = first + 0.05  # greener everywhere
    frozen = endpoints_of(first, source="base")
    assert fvc(second, frozen).mean() > fvc(first, frozen).mean() + 0.05
    # endpoints per year hide the change altogether
    own = endpoints_of(second, source="later")
    assert fvc(second, own).mean() == pytest.approx(fvc(first, frozen).mean(), abs=0.005)


def test_endpoints_need_contrast():
    with pytest.raises(ModelError, match="too little contrast"):
        endpoints_of([0.3, 0.31], source="x")


def test_peak_composite_skips_gaps():
    stack = [[0.1, np.nan, 0.5], [0.3, np.nan, np.nan]]
    np.testing.assert_equal(peak_composite(stack), [0.3, np.nan, 0.5])


def test_proxy_is_labelled_and_has_an_interval():
    e = Endpoints(0.05, 0.70, 0.02, 0.02, "test")
    i = grass_cover_proxy(np.full(100, 0.31), np.ones(100), e, year=2023)
    assert i.value == pytest.approx(40.0)
    assert i.quality == "proxy"
    assert i.low < 40.0 < i.high
    # d FVC = (FVC - 1) ds / 0.65 and -FVC dv / 0.65:
    # sd = 0.02 / 0.65 sqrt(0.36 + 0.16) = 0.0222
    assert (i.high - i.low) / 2 == pytest.approx(1.96 * 2.22, rel=0.1)
    with pytest.raises(ModelError, match="no grassland"):
        grass_cover_proxy(np.full(3, np.nan), np.ones(3), e, year=0)


def test_plot_calibration_moves_value_and_interval():
    x = np.linspace(0.1, 0.9, 20)
    c = calibrate(0.1 + 0.8 * x, x)
    assert (c.slope, c.intercept, c.r) == pytest.approx((0.8, 0.1, 1.0))
    e = Endpoints(0.05, 0.70, 0.0, 0.0, "test")
    i = grass_cover_proxy(np.full(10, 0.31), np.ones(10), e, year=0, calibration=c)
    assert i.value == pytest.approx(42.0)  # 0.1 + 0.8 x 0.4
    assert "20" in i.note.en
    with pytest.raises(ModelError, match="too few plots"):
        calibrate([0.1, 0.2], [0.1, 0.2])


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=50))
def test_fvc_is_a_monotone_fraction(values):
    x = np.sort(np.array(values))
    y = fvc(x, Endpoints(0.05, 0.7))
    assert ((y >= 0) & (y <= 1)).all()
    assert (np.diff(y) >= 0).all()


def test_indicator_without_value_is_unknown_not_zero():
    i = Figure(
        id="grass_cover", title=Text(zh="x", en="x"), value=float("nan"), unit="%",
        caliber="", year=0, source="", quality="not_estimated",
    )  # fmt: skip
    c = against(i, target("grass_cover", 41.0, "%"))
    assert c.met is None
    assert np.isnan(c.gap)


def test_cells_outside_the_county_have_no_cover(mini_ndvi):
    grid = plan_grid_of(mini_ndvi)
    share = np.zeros(grid.shape)
    share[0, 0], share[0, 1] = 1.0, 0.25
    ends = Endpoints(0.05, 0.70)
    blocks = _fvc_blocks(mini_ndvi, CarbonSection(), grid, ends, lambda window: share[window])
    found = np.full(grid.shape, 9.0)
    for window, part in blocks:
        found[window] = part
    # (0.31 - 0.05) / (0.70 - 0.05) = 0.4 in the corner; nothing elsewhere
    assert found[0, :2] == pytest.approx(0.4, abs=1e-6)
    assert np.isnan(found).sum() == found.size - 2


@pytest.mark.parametrize("pct", [0.0, -1.0, float("nan")])
def test_a_rate_of_nothing_implies_no_area(pct):
    with pytest.raises(ModelError):
        implied_denominator(100.0, pct)
    assert implied_denominator(1.0, 1e-9) == pytest.approx(1e11)


def test_ndvi_of_grass_parcels_is_weighed_by_their_land(mini_ndvi, tmp_path):
    """Grassland of the mini county is whole cells of 1 ha, all at 0.31."""
    section = CarbonSection()
    county = county_land(mini_ndvi, section)
    found = grass_ndvi(mini_ndvi, section, county, tmp_path)
    grass = county.parcels[county.parcels["group"] == "grassland"]
    assert found.weight.sum() == pytest.approx(grass.area.sum() / 1e4, rel=1e-6)
    assert found.ndvi[found.weight > 0] == pytest.approx(0.31, abs=2 / BINS)
    assert found.rasters["fvc"].exists()


def test_ndvi_of_grass_on_a_land_cover_counts_grass_cells_alone(mini_ndvi, tmp_path):
    """Two of 30 rows of 40 cells are grass (30 of WorldCover), one of them without NDVI."""
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    cover = np.full((30, 40), 10, np.uint8)
    cover[28:, :] = 30
    write_cog(tmp_path / "cover.tif", cover, grid, dtype="uint8", nodata=0)
    ndvi = np.full((30, 40), 0.5, np.float32)
    ndvi[28] = 0.31
    ndvi[29] = -9.0
    write_cog(tmp_path / "ndvi2.tif", ndvi, grid, dtype="float32", nodata=-9.0)
    plan = write_plan(
        tmp_path,
        '[layers.land_cover]\npath = "cover.tif"\nvocabulary = "worldcover2021"\n'
        '[layers.ndvi]\npath = "ndvi2.tif"\n',
        '[carbon.fvc]\nsoil = 0.05\nvegetation = 0.70\nsource = "test"\n',
    )
    section = CarbonSection()
    county = replace(county_land(plan, section), parcels=None)
    found = grass_ndvi(plan, section, county, tmp_path)
    assert found.weight.sum() == pytest.approx(40.0)
    assert found.ndvi[found.weight > 0] == pytest.approx(0.31, abs=2 / BINS)


def test_without_ndvi_or_grass_there_is_no_ndvi_of_grass(mini, mini_ndvi, tmp_path):
    section = CarbonSection()
    assert grass_ndvi(mini, section, county_land(mini, section), tmp_path) is None
    assert grass_ndvi(mini_ndvi, section, None, tmp_path) is None
    county = county_land(mini_ndvi, section)
    bare = county.parcels[county.parcels["group"] != "grassland"]
    assert grass_ndvi(mini_ndvi, section, replace(county, parcels=bare), tmp_path) is None


def test_slope_at_points_comes_from_the_heights_where_no_slope_is_given(mini, tmp_path):
    """A plane that rises 1 m in 10 m to the east: atan(0.1) = 5.7106 deg at every point."""
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    x, y = np.array([X0 + 250.0, X0 + 2050.0]), np.array([Y0 + 450.0, Y0 + 1250.0])
    assert sample_slope_deg(mini, grid, x, y) is None
    heights = np.repeat(10.0 * np.arange(40)[None, :], 30, axis=0).astype(np.float32)
    write_cog(tmp_path / "dem.tif", heights, grid, dtype="float32", nodata=-9999.0)
    dem = '[layers.dem]\npath = "dem.tif"\n'
    plan = write_plan(tmp_path, dem)
    assert sample_slope_deg(plan, grid, x, y) == pytest.approx(5.7106, abs=1e-3)
    slopes = np.full((30, 40), 9.0, np.float32)
    write_cog(tmp_path / "slope.tif", slopes, grid, dtype="float32", nodata=-9999.0)
    both = write_plan(tmp_path, dem + '[layers.slope]\npath = "slope.tif"\n')
    assert sample_slope_deg(both, grid, x, y).tolist() == [9.0, 9.0]
