"""The invented county: complete, valid, the same every time, and always labelled."""

from __future__ import annotations

import json
import threading

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError
from layers.catalogue import layer, layer_ids
from layers.provenance import file_sha256
from layers.sample import (
    SIZES,
    SampleSize,
    _is_whole,
    cache_folder,
    sample_folder,
    sample_key,
)
from layers.sample.areas import parcels
from layers.sample.build import build_sample, scene_of
from layers.sample.climate import climate_facts, hourly_load, hourly_weather
from layers.sample.earlier import EARLIER_YEAR
from layers.sample.frame import fractal, to_uv, to_xy
from layers.sample.lattice import Blocks, blocks, lattice
from layers.vocabulary import check_codes, vocabulary
from layers.weather import check_weather, read_weather


@pytest.fixture(scope="session")
def tiny():
    return sample_folder("tiny")


@pytest.fixture(scope="session")
def survey(tiny):
    return gpd.read_file(tiny / "land_parcels.gpkg")


# ---------------------------------------------------------------- where it is kept


def test_the_cache_is_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "x"))
    assert cache_folder() == tmp_path / "x"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "file" / "x"))
    with pytest.raises(ConfigError, match="GEOPLAN_CACHE"):
        cache_folder()


def test_an_unknown_size_is_refused():
    with pytest.raises(ConfigError, match="tiny, demo, full"):
        sample_folder("huge")


def test_a_failed_generation_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path))

    def fail(folder, size):
        (folder / "half.txt").write_text("half")
        raise RuntimeError("killed")

    monkeypatch.setattr("layers.sample.build.build_sample", fail)
    with pytest.raises(RuntimeError):
        sample_folder("tiny")
    assert list((tmp_path / "sample").iterdir()) == []


def test_two_at_once_get_one_whole_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path))
    monkeypatch.setattr(
        "layers.sample.build.build_sample", lambda f, s: (f / "done.txt").write_text("1")
    )
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(sample_folder("tiny"))) for _ in "ab"
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(found)) == 1
    assert [p.name for p in (tmp_path / "sample").iterdir()] == [f"tiny-{sample_key()}"]


@pytest.mark.parametrize("how", ["changed", "gone", "no record", "half a record"])
def test_a_damaged_sample_is_made_anew(tmp_path, monkeypatch, how):
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path))

    def build(folder, size):
        (folder / "dem.tif").write_bytes(b"heights")
        (folder / "road.fgb").write_bytes(b"roads")

    monkeypatch.setattr("layers.sample.build.build_sample", build)
    folder = sample_folder("tiny")
    own = folder / "note.txt"
    own.write_text("somebody's")
    assert sample_folder("tiny") == folder
    assert own.exists()  # whole: left as it is
    if how == "changed":
        (folder / "dem.tif").write_bytes(b"heightz")
    elif how == "gone":
        (folder / "road.fgb").unlink()
    else:
        (folder / "files.json").write_text("{" if how == "half a record" else "{}")
    _is_whole.cache_clear()  # another process
    assert sample_folder("tiny") == folder
    assert (folder / "dem.tif").read_bytes() == b"heights"
    assert (folder / "road.fgb").read_bytes() == b"roads"
    assert [p.name for p in (tmp_path / "sample").iterdir()] == [folder.name]


# ---------------------------------------------------------------- every file


def test_every_file_says_it_is_synthetic(tiny):
    names = {p.suffix for p in tiny.iterdir()}
    assert names == {".gpkg", ".fgb", ".tif", ".csv", ".json"}
    for path in tiny.iterdir():
        if path.suffix in {".fgb", ".gpkg"}:
            assert gpd.read_file(path, rows=3)["synthetic"].all(), path.name
        elif path.suffix == ".tif":
            with rasterio.open(path) as src:
                assert src.tags()["synthetic"] == "true", path.name
    assert "# synthetic: true" in (tiny / "weather.csv").read_text()[:200]
    assert json.loads((tiny / "about.json").read_text())["synthetic"] is True


def test_every_layer_is_of_the_catalogue_and_not_empty(tiny):
    about = json.loads((tiny / "about.json").read_text())
    assert set(about["layers"]) <= layer_ids()
    assert all(n > 0 for n in about["layers"].values()), about["layers"]
    files = {p.stem for p in tiny.iterdir()} - {"about", "county", "files"}
    files -= {f"land_parcels_{EARLIER_YEAR}"}  # a second survey: of `[carbon.survey_before]`
    files -= {"load_park"}  # of `[[park.balance]]`
    assert files <= layer_ids()
    # what the issue lists
    wanted = """dem land_parcels land_cover land_cover_base ndvi ecological_red_line
    permanent_basic_farmland nature_reserve natural_park great_wall road railway power_line
    substations pipeline river_lake_management settlement buildings mining_subsidence turbines
    townships weather forest_land basic_grassland grass_plots"""
    assert set(wanted.split()) <= files


def test_features_fit_their_layer_and_the_county(tiny):
    county = gpd.read_file(tiny / "county.fgb").geometry[0]
    kinds = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
    for path in tiny.glob("*.fgb"):
        if path.stem == "county":
            continue
        table = gpd.read_file(path)
        earlier = path.stem == f"land_parcels_{EARLIER_YEAR}"
        spec = layer("land_parcels" if earlier else path.stem)
        assert table.crs.to_epsg() == 4544
        assert table.geometry.is_valid.all(), path.stem
        assert table.geom_type.str.endswith(kinds[spec.geometry]).all(), path.stem
        if spec.geometry == "polygon":
            # areas stop at the border, lines and points go on beyond it
            outside = shapely.difference(shapely.union_all(table.geometry.values), county)
            assert outside.area < 1.0, path.stem
        for field in spec.fields:
            if field.values and field.name in table:
                found = set(table[field.name].dropna())
                assert found <= set(field.values), (path.stem, field.name, found)


# ---------------------------------------------------------------- the land survey


def test_parcels_are_a_coverage_of_the_county(tiny, survey):
    county = gpd.read_file(tiny / "county.fgb").geometry[0]
    shapes = survey.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    # no gaps and no overlaps: areas add up to the county's
    assert shapely.area(shapes).sum() == pytest.approx(county.area, rel=1e-12)
    total = polygon_area_m2([shapely.segmentize(county, 100.0)], "EPSG:4544")[0]
    assert survey["TBMJ"].sum() == pytest.approx(total, rel=1e-6)


def test_the_survey_keeps_its_own_rules(survey):
    check_codes(survey["DLBM"], survey["DLMC"].tolist(), vocabulary("dlbm"))
    assert survey["BSM"].is_unique
    # TBDLMJ = TBMJ - KCMJ, KCMJ = TBMJ * KCXS (技术规程); to a cent of a square metre
    assert (survey["TBMJ"] - survey["KCMJ"] - survey["TBDLMJ"]).abs().max() < 0.011
    assert (survey["TBMJ"] * survey["KCXS"] - survey["KCMJ"]).abs().max() < 0.011
    assert survey.loc[survey["KCXS"] > 0, "DLBM"].isin(["0102", "0103"]).all()
    towns = set(gpd.read_file(sample_folder("tiny") / "townships.fgb")["name"])
    assert len(towns) == 13
    assert set(survey["XZMC"]) == towns


@pytest.mark.slow
@pytest.mark.parametrize("size", ["demo", "full"])
def test_the_larger_sizes_have_as_many_parcels_as_a_county(size):
    # only the parcels: 40,000 and more, valid, without gaps
    scene = scene_of(SIZES[size])
    table = parcels(scene)
    assert len(table) >= (40_000 if size == "demo" else 77_000)
    shapes = table.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).sum() == pytest.approx(scene.county.area, rel=1e-11)


def test_the_earlier_survey_is_the_same_land_drawn_and_classed_otherwise(tiny, survey):
    earlier = gpd.read_file(tiny / f"land_parcels_{EARLIER_YEAR}.fgb")
    assert earlier["synthetic"].all()
    area, before = survey.geometry.area.sum(), earlier.geometry.area.sum()
    assert before == pytest.approx(area, rel=1e-6)
    by = {t: f.groupby("DLBM")["TBMJ"].sum() for t, f in ((0, earlier), (1, survey))}
    moved = by[0].sub(by[1], fill_value=0.0).abs().sum() / 2
    # some percent of the county changed class, most did not
    assert 0.005 * area < moved < 0.1 * area
    assert not set(earlier["BSM"]) & set(survey["BSM"])


def test_landscapes_lie_where_they_should(tiny, survey):
    at = survey.geometry.representative_point()
    u, _ = to_uv(at.x.to_numpy(), at.y.to_numpy())
    code = survey["DLBM"].to_numpy()
    rock, sand, paddy = (u[code == k] for k in ("1207", "1205", "0101"))
    assert rock.max() < -30  # mountain in the west
    assert sand.min() > 1  # desert terrace on the east bank
    assert paddy.min() > -30
    river = survey[survey["DLBM"] == "1101"].total_bounds
    assert river[2] - river[0] > 15e3  # the river crosses from SW to NE
    with rasterio.open(tiny / "dem.tif") as src:
        z = np.array([v[0] for v in src.sample(zip(at.x, at.y, strict=True))])
    assert z[u < -45].mean() > 1500
    assert 1080 < z[(u > -25) & (u < -2)].mean() < 1120
    assert z[(u > 6)].mean() > z[(u > -1) & (u < 1)].mean() + 20


def test_turbines_stand_at_the_wind_farm(tiny):
    table = gpd.read_file(tiny / "turbines.fgb")
    assert len(table) == 33
    assert table["capacity_kw"].sum() == 33 * 1500  # 49.5 MW
    middle = table.to_crs("EPSG:4326").geometry.union_all().centroid
    # Global Energy Monitor: 39.0212 N, 106.8760 E
    assert middle.x == pytest.approx(106.8760, abs=0.01)
    assert middle.y == pytest.approx(39.0212, abs=0.01)
    xy = np.column_stack([table.geometry.x, table.geometry.y])
    apart = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
    assert apart[np.triu_indices(33, 1)].min() > 2.5 * 82


def test_buildings_do_not_overlap_and_have_public_uses(tiny):
    table = gpd.read_file(tiny / "buildings.fgb")
    shapes = table.geometry.to_numpy()
    i, j = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    assert len(i) == 0, (i[:3], j[:3])
    assert {"school", "hospital", "government", "industrial"} <= set(table["use"])


def test_rasters_have_nodata_ranges_and_dates(tiny):
    for path in tiny.glob("*.tif"):
        spec = layer(path.stem)
        with rasterio.open(path) as src:
            values = src.read(1, masked=True).astype(float) * float(src.tags()["scale"])
            assert src.nodata is not None
            assert src.crs.to_epsg() == 4544
        if spec.range is not None:
            assert values.min() >= spec.range[0], path.stem
            assert values.max() <= spec.range[1], path.stem
    with rasterio.open(tiny / "ndvi.tif") as src:
        peak, *months = (src.read(k).astype(float) for k in range(1, src.count + 1))
        assert len(months) >= 3
        assert (peak >= np.max(months, axis=0) - 1).all()  # the composite is the maximum
    with (
        rasterio.open(tiny / "land_cover.tif") as now,
        rasterio.open(tiny / "land_cover_base.tif") as before,
    ):
        a, b = now.read(1), before.read(1)
        cover = vocabulary("worldcover2021")
        codes = set(cover.raster_values(cover.entries))
        assert set(np.unique(a).tolist()) | set(np.unique(b).tolist()) <= codes
        assert 0.001 < (a != b).mean() < 0.2  # the land has changed, not everywhere


# ---------------------------------------------------------------- determinism


def test_people_of_the_raster_are_those_of_the_settlements(tiny):
    """One county has one number of people, and they are where the settlements are."""
    lived = gpd.read_file(tiny / "settlement.fgb")
    with rasterio.open(tiny / "population.tif") as src:
        people, bounds = src.read(1), src.bounds
        row, column = src.index(*lived.geometry.iloc[0].representative_point().coords[0])
    assert people.sum() == pytest.approx(lived["population"].sum(), rel=1e-5)
    assert people[row, column] > 0
    # cells beyond the settlements hold nobody
    assert (people > 0).sum() < people.size / 2
    assert bounds.left < lived.total_bounds[0]


def test_the_same_county_every_time(tmp_path, tiny):
    again = tmp_path / "again"
    again.mkdir()
    build_sample(again, SIZES["tiny"])
    for name in ("road.fgb", "buildings.fgb", "weather.csv", "wetland.fgb"):
        assert file_sha256(again / name) == file_sha256(tiny / name), name
    for name in ("dem.tif", "ndvi.tif"):
        with rasterio.open(again / name) as a, rasterio.open(tiny / name) as b:
            assert (a.read() == b.read()).all()


@settings(max_examples=25, deadline=None)
@given(st.floats(-55, 13), st.floats(-15, 45))
def test_frame_and_metres_are_inverse(u, v):
    x, y = to_xy(u, v)
    back = to_uv(x, y)
    assert float(back[0]) == pytest.approx(u, abs=2e-3)
    assert float(back[1]) == pytest.approx(v, abs=2e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_noise_is_bounded_and_repeatable(seed, octaves):
    u = np.linspace(-3, 3, 40)
    a, b = fractal(u, u[::-1], 1.7, seed, octaves), fractal(u, u[::-1], 1.7, seed, octaves)
    assert (a == b).all()
    assert np.abs(a).max() <= 2 - 2.0 ** (1 - octaves)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 3), st.integers(0, 999))
def test_blocks_tile_the_cells_exactly_once(rows, columns, top, seed):
    rng = np.random.default_rng(seed)
    key = rng.integers(-1, 3, (rows, columns)).astype(np.int64)
    level = np.full(key.shape, top, np.int8)
    found: Blocks = blocks(key, level)
    seen = np.zeros(key.shape, int)
    for r, c, n in zip(found.row, found.column, found.size, strict=True):
        part = key[r : r + n, c : c + n]
        assert part.min() == part.max() >= 0  # one key a block
        seen[r : r + n, c : c + n] += 1
    assert (seen == (key >= 0)).all()


def test_lines_of_the_lattice_rise_and_strips_are_narrow():
    grid = lattice(0.17, 0.24, 1.6)
    assert (np.diff(grid.u_km) > 0).all()
    assert (np.diff(grid.v_km) > 0).all()
    kinds = [k for k, _ in grid.strips]
    canal = kinds.index("canal")
    width = np.diff(grid.u_km)[grid.u_strip == canal]
    assert width == pytest.approx([grid.strips[canal][1]["width_m"] / 1000])


# ---------------------------------------------------------------- weather


def test_weather_closes_and_keeps_to_its_facts(tiny):
    w = read_weather(tiny / "weather.csv")
    assert w.synthetic
    assert w.label == "mid"
    assert not [f for f in check_weather(w) if f.level == "fault"]
    h = w.hourly
    facts = climate_facts()
    years = h.index.tz_convert("Etc/GMT-8").year
    total = h["ghi_w_m2"].groupby(years).sum() / 1000
    # within three standard deviations of the years (2.9 %)
    assert (abs(total / facts["ghi_kwh_m2_yr"] - 1) < 0.09).all()
    assert h["temp_air_c"].mean() == pytest.approx(np.mean(facts["temp_air_c"]), abs=1.0)
    assert h["wind_speed_100m_m_s"].mean() == pytest.approx(5.7, rel=0.08)
    assert (h["wind_speed_100m_m_s"] >= h["wind_speed_m_s"]).all()


def test_the_load_of_the_park_by_hand():
    """60 MW, 6 % more in mid January; 0.9 of it on a Sunday, 0.35 while all stands still."""
    load = hourly_load()
    assert len(load) == 8760
    assert load["synthetic"].all()
    day = load.groupby(load["time"].str[:10])["load_kw"].mean()
    assert day["2023-01-15"] == pytest.approx(60_000 * 1.06 * 0.9, abs=0.1)  # a Sunday
    for when, n, frac in (("2023-01-16", 16, 1.0), ("2023-07-17", 198, 0.35)):
        season = 1 + 0.06 * np.cos(2 * np.pi * (n - 15) / 365)
        assert day[when] == pytest.approx(60_000 * season * frac, abs=0.1)


def test_weather_years_differ():
    table = hourly_weather(4)
    year = pd.Series(table["time"].str[:4])
    total = table["ghi_w_m2"].groupby(year).sum()
    assert total.nunique() == 4
    assert 0.005 < total.std() / total.mean() < 0.08


@pytest.mark.slow
def test_tiny_is_quick(tmp_path):
    import time

    best = np.inf
    for k in range(2):
        folder = tmp_path / str(k)
        folder.mkdir()
        start = time.process_time()
        build_sample(folder, SIZES["tiny"])
        best = min(best, time.process_time() - start)
    # 2 s of one quiet core; processor time, so that a busy machine does not fail it
    assert best < 4.0


def test_sizes_go_from_coarse_to_fine():
    cells = [SIZES[k].cell_m for k in ("tiny", "demo", "full")]
    assert cells == sorted(cells, reverse=True)
    assert cells[-1] == 10.0
    assert isinstance(SIZES["full"], SampleSize)


@pytest.mark.parametrize("size", ["tiny", "demo", pytest.param("full", marks=pytest.mark.slow)])
def test_no_outline_of_the_earlier_survey_crosses_itself(size):
    """Points moved by up to 0.6 m stand 0.68 m apart on the finest lattice."""
    from layers.sample.build import scene_of
    from layers.sample.earlier import earlier_parcels

    table = earlier_parcels(scene_of(SIZES[size]))
    assert table.geometry.is_valid.all()
    assert (table.geometry.area > 0).all()
