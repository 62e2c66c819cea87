"""Stock and change from tables, arrays and rasters, without a plan.

Soil of 0-30 cm in the cool temperate dry zone, by hand from IPCC 2019 Table 2.3 (43 tC/ha) and
Table 5.5 (0.77 for long-term cultivated): irrigated fields 33.11, other grassland 43.0 tC/ha.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbon_sink.change.transitions import class_change
from carbon_sink.change.without_plan import carbon_change
from carbon_sink.stock.totals import carbon_stock
from gis.cells.area import polygon_area_m2
from gis.cells.grid import plan_grid
from gis.errors import ConfigError, DataError, ModelError
from gis.files.write import write_cog

FIELD, GRASS = 33.11, 43.0


@pytest.mark.parametrize(
    ("area", "unit"),
    [
        (100.0, "ha"),
        (1_500.0, "mu"),
        (1_500.0, "亩"),
        (0.15, "万亩"),
        (1.0, "km2"),
        (1e6, "m2"),
    ],
)
def test_a_square_kilometre_of_fields_in_every_unit(area, unit):
    got = carbon_stock({"cropland_irrigated": area}, unit=unit)
    assert got.area_ha == pytest.approx(100.0, rel=1e-12)
    assert got.pools["soc"].value == pytest.approx(100.0 * FIELD, rel=1e-12)
    assert got.total is not None
    assert got.total_tco2 == pytest.approx(got.total.value * 44 / 12, rel=1e-12)
    assert got.total.low < got.total.value < got.total.high


def test_parcels_by_code_with_ellipsoidal_area():
    boxes = [shapely.box(630_000 + 1000 * k, 4_300_000, 631_000 + 1000 * k, 4_301_000)
             for k in range(2)]  # fmt: skip
    parcels = gpd.GeoDataFrame({"dlbm": ["0102", "0404"]}, geometry=boxes, crs="EPSG:4544")
    ha = polygon_area_m2(parcels.geometry, parcels.crs) / 1e4
    got = carbon_stock(parcels, classes="dlbm")
    soil = ha[0] * FIELD + ha[1] * GRASS
    assert got.pools["soc"].value == pytest.approx(soil, rel=1e-12)
    assert got.area_ha == pytest.approx(ha.sum())
    assert set(got.by_class["ecosystem"]) == {"cropland_irrigated", "grass_other"}
    with pytest.raises(DataError, match="coordinate system"):
        carbon_stock(parcels.set_crs(None, allow_override=True), classes="dlbm")
    with pytest.raises(DataError, match="column"):
        carbon_stock(parcels, classes="dlbm", column="DLBM")


def test_a_class_that_may_be_several_is_an_interval():
    got = carbon_stock({"30": 10.0}, classes="worldcover2021")
    assert got.pools["soc"].low < got.pools["soc"].value < got.pools["soc"].high
    assert got.by_class["ecosystem"].tolist() == ["worldcover2021:30"]


@pytest.mark.parametrize(
    ("kwargs", "error", "words"),
    [
        ({"land": {"forest": 1.0}}, ConfigError, "ecosystem"),
        ({"land": {"sand": -1.0}}, DataError, "0 or more"),
        ({"land": {"9999": 1.0}, "classes": "dlbm"}, DataError, "9999 x 1; expected 77 codes"),
        ({"land": {"301": 1.0}, "classes": "dlbm"}, DataError, "leading zero"),
        ({"land": {"0301": 1.0}, "classes": "none"}, ConfigError, "no such vocabulary"),
        ({"land": {"sand": math.nan}}, DataError, "0 or more"),
        ({"land": {"sand": 1.0}, "unit": "acre"}, ConfigError, "unit"),
        ({"land": {"sand": 1.0}, "unit": "m3"}, ConfigError, "unit"),
        ({"land": {"sand": 1.0}, "soc_depth_cm": 50}, ConfigError, "soil layer"),
        ({"land": {"sand": 1.0}, "climate_zone": "tropical"}, ConfigError, "climate zone"),
    ],
)
def test_the_edge_refuses_what_it_does_not_know(kwargs, error, words):
    with pytest.raises(error, match=words):
        carbon_stock(**kwargs)


def table(*rows):
    return pd.DataFrame(rows, columns=["parcel_id", "ecosystem", "area_m2"])


def test_change_of_parcels_by_hand():
    before = table(("a", "cropland_irrigated", 1e6), ("b", "sand", 2e6))
    after = table(("a", "grass_other", 1e6), ("b", "sand", 2e6))
    got = carbon_change(before, after, years=10)
    # only soil has a density on both sides: 100 ha x (43 - 33.11)
    assert got.stock.stock_difference["soc"].value == pytest.approx(989.0 / 2, rel=1e-12)
    assert got.stock.converted_ha == 100.0
    assert got.stock.known_ha == 300.0
    assert got.change_tc is not None
    assert got.change_tco2 == pytest.approx(-got.change_tc.value * 44 / 12)
    assert got.by_transition["before"].tolist() == ["cropland_irrigated"]
    assert got.matrix.loc["total", "total"] == 300.0


def squares(*rows):
    """Parcels of 4 km2 in all, in strips from the west: (ecosystem, from, to) [m]."""
    boxes = [shapely.box(630_000 + a, 4_300_000, 630_000 + b, 4_302_000) for _, a, b in rows]
    return gpd.GeoDataFrame({"ecosystem": [r[0] for r in rows]}, geometry=boxes, crs=4544)


def test_what_numbers_lose_is_found_by_outlines():
    # 40 ha of a parcel planted: by number 0 ha, since the number stayed with the rest
    old, new = squares(("sand", 0, 2000)), squares(("shrubland", 0, 200), ("sand", 200, 2000))
    got = carbon_change(old, new, years=5)
    assert got.matrix.loc["sand", "shrubland"] == pytest.approx(40.0, rel=1e-3)
    assert got.stock.converted_ha == pytest.approx(40.0, rel=1e-3)
    # a boundary moved by 200 m: 40 ha, where numbers saw 60 of 100 ha "before"
    old = squares(("sand", 0, 1000), ("grass_other", 1000, 2000))
    new = squares(("sand", 0, 800), ("grass_other", 800, 2000))
    got = carbon_change(old, new, years=5)
    assert got.matrix.loc["sand", "grass_other"] == pytest.approx(40.0, rel=1e-3)
    # what stands there goes with the land; land of one date is told apart
    aged = new.assign(ecosystem=["forest_arbor", "grass_other"], age_years=[8.0, np.nan])
    got = carbon_change(old, aged.to_crs(4490), years=8)
    # 2.17 x 8 - 14.9 = 2.46 tC/ha of trees, and 2.73 of grass where the boundary moved
    assert got.stock.parts["grown"].value == pytest.approx(160 * 2.46 + 40 * 2.73, rel=1e-3)
    got = carbon_change(old, new.iloc[1:], years=5)
    assert got.land.footprints.before_only_ha == pytest.approx(160.0, rel=1e-3)


def test_arrays_and_rasters_agree(tmp_path):
    grid = plan_grid((630_000, 4_300_000, 630_400, 4_300_300), "EPSG:4544", 100)
    before = np.array([[40, 40, 60, 60], [40, 30, 60, 80], [0, 30, 60, 80]], np.uint8)
    after = np.array([[30, 40, 60, 60], [40, 30, 60, 80], [40, 30, 60, 0]], np.uint8)
    paths = [
        write_cog(tmp_path / f"{n}.tif", v, grid, dtype="uint8", nodata=0)
        for n, v in (("a", before), ("b", after))
    ]
    land = class_change(*paths, classes="worldcover2021", grid=grid)
    cells = land.transitions["area_ha"].sum()
    assert cells == pytest.approx(10.0, rel=2e-3)  # ten cells of a hectare known at both dates
    assert land.footprints.before_only_ha == pytest.approx(1.0, rel=2e-3)
    assert land.footprints.after_only_ha == pytest.approx(1.0, rel=2e-3)
    kept = np.where((before > 0) & (after > 0), 1.0, np.nan)
    ok = ~np.isnan(kept)
    flat = class_change(
        before[ok].astype(int), after[ok].astype(int), classes="worldcover2021", cell_ha=1.0
    )
    both = land.transitions.merge(flat.transitions, on=["before", "after"])
    assert len(both) == len(land.transitions) == len(flat.transitions)
    np.testing.assert_allclose(both["area_ha_x"], both["area_ha_y"], rtol=2e-3)


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "words"),
    [
        ((np.ones((2, 2), int), np.ones((2, 2), int)), {}, ConfigError, "area of their cells"),
        (
            (np.ones((1, 2), int), np.ones((2, 2), int)),
            {"cell_ha": 1.0},
            DataError,
            "same cells",
        ),
        ((np.full((1, 1), 40), np.full((1, 1), 41)), {"cell_ha": 1.0}, DataError, "declared"),
        ((np.full((1, 1), 40), "b.tif"), {"cell_ha": 1.0}, ConfigError, "both dates"),
        (("a.tif", "b.tif"), {}, ConfigError, "grid"),
        ((table(), np.ones((1, 1), int)), {}, ConfigError, "both dates"),
    ],
)
def test_change_refuses_what_cannot_be_compared(args, kwargs, error, words):
    with pytest.raises(error, match=words):
        carbon_change(*args, years=1, classes="worldcover2021", **kwargs)


def test_change_needs_years_and_columns():
    a = table(("a", "sand", 1e4))
    with pytest.raises(ModelError, match="apart"):
        carbon_change(a, a, years=0)
    with pytest.raises(DataError, match="columns"):
        carbon_change(a.drop(columns="area_m2"), a, years=1)
    with pytest.raises(ConfigError, match="ecosystem"):
        carbon_change(a.assign(ecosystem="moon"), a, years=1)
