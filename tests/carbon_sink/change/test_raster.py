"""The raster engine: exact totals, footprints, no value that is special."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carbon_sink.change.raster import raster_change, tally_change, window_area_m2
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import plan_grid
from gis.cells.tally import cell_areas
from gis.errors import DataError
from gis.files.read import read_raster
from gis.files.write import write_cog

GRID = plan_grid((630_000, 4_300_000, 632_000, 4_301_500), "EPSG:4544", 10)
SHAPE = (150, 200)


def write(path, data, nodata=0):
    return write_cog(path, data.astype(np.uint8), GRID, dtype="uint8", nodata=nodata)


@pytest.fixture
def pair(tmp_path):
    rng = np.random.default_rng(1)
    before = rng.integers(1, 6, SHAPE)
    after = np.where(rng.random(SHAPE) < 0.1, before % 5 + 1, before)
    return write(tmp_path / "a.tif", before), write(tmp_path / "b.tif", after), before, after


DENSITY = {1: 12.5, 2: 33.11, 3: 87.0, 4: 0.0, 5: 42.65}


def test_totals_are_count_times_area_times_density(pair):
    a, b, before, after = pair
    r = raster_change(a, b, GRID, DENSITY, DENSITY, tile_px=64)
    area = cell_area_m2(GRID) / 1e4
    look = np.array([0, *DENSITY.values()])
    want_before = math.fsum((look[before] * area).ravel())
    want_after = math.fsum((look[after] * area).ravel())
    assert r.stock_before_tc == pytest.approx(want_before, rel=1e-9)
    assert r.stock_after_tc == pytest.approx(want_after, rel=1e-9)
    assert r.change_tc == pytest.approx(want_after - want_before, rel=1e-9)
    assert r.stock_after_tc - r.stock_before_tc == pytest.approx(r.change_tc, rel=1e-9)
    for i, v in enumerate(r.before, 1):
        for j, w in enumerate(r.after, 1):
            assert r.cells[i, j] == ((before == v) & (after == w)).sum()


def test_tiles_and_engines_give_one_answer(pair):
    a, b, *_ = pair
    runs = [
        raster_change(a, b, GRID, DENSITY, DENSITY, tile_px=t, engine=e)
        for t, e in ((512, "serial"), (37, "serial"), (64, "threads"))
    ]
    assert {r.cells.tobytes() for r in runs} == {runs[0].cells.tobytes()}
    for r in runs[1:]:
        np.testing.assert_allclose(r.area_ha, runs[0].area_ha, rtol=1e-12)


def test_a_loss_of_exactly_one_is_kept(tmp_path):
    from gis.files.read import read_raster

    a = write(tmp_path / "a.tif", np.full(SHAPE, 1))
    b = write(tmp_path / "b.tif", np.full(SHAPE, 2))
    r = raster_change(a, b, GRID, {1: 5.0}, {2: 4.0}, out=tmp_path / "change.tif")
    hectares = cell_area_m2(GRID).sum() / 1e4
    assert r.change_tc == pytest.approx(-hectares, rel=1e-12)
    values, valid = read_raster(tmp_path / "change.tif", GRID, kind="intensive")
    assert valid.all()
    assert (values == -1.0).all()


def test_mismatched_footprints_are_reported_or_refused(tmp_path):
    before, after = np.full(SHAPE, 1), np.full(SHAPE, 2)
    before[:, :20] = 0  # known only later
    after[:15, :] = 0  # known only before
    a, b = write(tmp_path / "a.tif", before), write(tmp_path / "b.tif", after)
    r = raster_change(a, b, GRID, {1: 5.0}, {2: 7.0})
    area = cell_area_m2(GRID) / 1e4
    both = area[15:, 20:].sum()
    assert r.footprints.both_ha == pytest.approx(both)
    assert r.footprints.after_only_ha == pytest.approx(area[15:, :20].sum())
    assert r.footprints.before_only_ha == pytest.approx(area[:15, 20:].sum())
    assert r.footprints.neither_ha == pytest.approx(area[:15, :20].sum())
    # the change is that of the intersection, and both stocks are its stocks
    assert r.change_tc == pytest.approx(2 * both)
    assert r.stock_after_tc - r.stock_before_tc == pytest.approx(r.change_tc)
    with pytest.raises(DataError, match="do not cover the same land"):
        raster_change(a, b, GRID, {1: 5.0}, {2: 7.0}, footprints="refuse")


def test_arrays_of_unlike_shape_are_refused():
    with pytest.raises(DataError, match="do not cover the same cells"):
        tally_change(
            np.ones((2, 2), int), np.ones((2, 3), int), np.ones((2, 2)), {1: 1.0}, {1: 1.0}
        )


def test_undeclared_class_and_negative_density():
    one = np.ones((2, 2), int)
    with pytest.raises(DataError, match=r"without a declared density.*7"):
        tally_change(one, one * 7, np.ones((2, 2)), {1: 1.0}, {1: 1.0})
    with pytest.raises(DataError, match="negative"):
        tally_change(one, one, np.ones((2, 2)), {1: -1.0}, {1: 1.0})


def test_not_estimated_is_nan_and_left_out():
    before = np.array([[1, 1], [2, 2]])
    after = np.array([[2, 3], [3, 2]])
    density = {1: 10.0, 2: 20.0, 3: float("nan")}
    cells, area, change = tally_change(before, after, np.full((2, 2), 1e4), density, density)
    assert np.isnan(change[0, 1])
    assert np.isnan(change[1, 0])
    assert change[0, 0] == 10.0
    assert cells.sum() == 4
    assert area[1, 2] == 1e4


@pytest.mark.parametrize(
    "window", [(slice(0, 150), slice(0, 200)), (slice(37, 150), slice(11, 64))]
)
def test_cell_areas_between_rows_are_exact(window):
    want = cell_area_m2(GRID)[window]
    np.testing.assert_allclose(window_area_m2(cell_areas(GRID), window), want, rtol=1e-10)


def test_two_dates_by_the_formula_of_invest(pair, tmp_path):
    """InVEST Carbon: sum over cells of (density of class [t/ha]) x planar cell area [ha], the
    alternate less the base; the change map is that difference cell by cell."""
    a, b, before, after = pair
    r = raster_change(a, b, GRID, DENSITY, DENSITY, out=tmp_path / "c.tif")
    look = np.array([0, *DENSITY.values()])
    planar_ha = 10.0 * 10.0 / 1e4
    base, alternate = (math.fsum((look[x] * planar_ha).ravel()) for x in (before, after))
    d = np.array([DENSITY[v] for v in r.before])
    cells = r.cells[1:, 1:]
    assert float((cells.sum(axis=1) * d).sum()) * planar_ha == pytest.approx(base, rel=5e-9)
    assert float((cells.sum(axis=0) * d).sum()) * planar_ha == pytest.approx(
        alternate, rel=5e-9
    )
    moved = float((cells * (d[None, :] - d[:, None])).sum()) * planar_ha
    assert moved == pytest.approx(alternate - base, rel=5e-9)
    got, valid = read_raster(tmp_path / "c.tif", GRID, kind="intensive")
    assert valid.all()
    np.testing.assert_allclose(got, look[after] - look[before], atol=1e-5)
