"""Lines of sight: by hand, against the viewshed of GDAL, and what holds for any land."""

import lzma
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from gis.errors import DataError
from siting.facilities.visible import sight_costs

DATA = Path(__file__).parent / "data"
CELL = 100.0
# row, column, height of the eye and of what is seen, above ground [m]
WATCHERS = ((60, 60, 20.0, 0.0), (10, 100, 8.0, 2.0), (85, 30, 30.0, 5.0))


def hills(n=120):
    y, x = np.mgrid[0:n, 0:n] * 1.0
    z = 40 * np.sin(x / 9) * np.cos(y / 13) + 25 * np.sin((x + 2 * y) / 17) + 0.4 * x
    return np.round(z, 2)


def viewshed(ground, cell, row, column, *, eye_m, target_m=0.0):
    """Cells whose centre is seen from the centre of one of them."""
    r, c = np.indices(ground.shape)
    cells = np.column_stack([(c.ravel() + 0.5) * cell, -(r.ravel() + 0.5) * cell])
    own = cells[[row * ground.shape[1] + column]]
    seen = sight_costs(ground, 0.0, 0.0, cell, cells, own, eye_m=eye_m, target_m=target_m)
    return np.isfinite(seen[:, 0]).reshape(ground.shape)


def agrees_with_gdal(gdal, ground, row, column, eye, target):
    """GDAL mixes the two cells before, here heights are straight between centres.

    So they may differ where a sight passes within metres of the ground, and only there.
    """
    own = viewshed(ground, CELL, row, column, eye_m=eye, target_m=target)
    assert (own == gdal).mean() > 0.995
    higher = viewshed(ground, CELL, row, column, eye_m=eye, target_m=target + 3)
    assert not (gdal & ~higher).any()
    if target >= 3:
        lower = viewshed(ground, CELL, row, column, eye_m=eye, target_m=target - 3)
        assert not (lower & ~gdal).any()


@pytest.mark.parametrize("k", range(3))
def test_what_gdal_sees_is_seen(k):
    """gdal_viewshed 3.6.2 -md 0 -cc 0.87, kept as bits."""
    kept = np.frombuffer(lzma.decompress((DATA / "viewshed_gdal.xz").read_bytes()), np.uint8)
    gdal = np.unpackbits(kept.reshape(3, -1), axis=1).reshape(3, 120, 120).astype(bool)
    agrees_with_gdal(gdal[k], hills(), *WATCHERS[k])


@pytest.mark.skipif(shutil.which("gdal_viewshed") is None, reason="no gdal_viewshed here")
def test_gdal_here_sees_the_same(tmp_path):
    rng = np.random.default_rng(4)
    ground = np.round(hills() + rng.random((120, 120)) * 4, 2)
    where = from_origin(500_000, 4_300_000, CELL, CELL)
    shape = {"height": 120, "width": 120, "count": 1, "dtype": "float64"}
    with rasterio.open(
        tmp_path / "z.tif", "w", driver="GTiff", crs="EPSG:4544", transform=where, **shape
    ) as file:
        file.write(ground, 1)
    row, column, eye, target = WATCHERS[2]
    x, y = where @ (column + 0.5, row + 0.5)
    told = f"-q -ox {x} -oy {y} -oz {eye} -tz {target} -md 0 -cc 0.87 z.tif v.tif"
    subprocess.run(["gdal_viewshed", *told.split()], check=True, cwd=tmp_path)
    with rasterio.open(tmp_path / "v.tif") as file:
        gdal = file.read(1) > 0
    own = viewshed(ground, CELL, row, column, eye_m=eye, target_m=target)
    assert (own == gdal).mean() > 0.97


def test_the_earth_bends_away():
    """20 km off, flat: 20000^2 (1 - 0.13) / (2 x 6,371,000) = 27.31 m are hidden.

    A mast of 20 m sees the ground to sqrt(20 x 14,645,977) = 17,114 m.
    """
    z = np.zeros((1, 301))
    seen = viewshed(z, CELL, 0, 0, eye_m=20.0)[0]
    assert np.flatnonzero(~seen)[0] == 172
    # to see a top at 20 km over the horizon: both horizons add up
    reach = np.sqrt(2 * 6_371_000 / 0.87 * 20.0)
    top = (20_000 - reach) ** 2 * 0.87 / (2 * 6_371_000)
    ends = [[20_050.0, -50.0]], [[50.0, -50.0]]
    low = sight_costs(z, 0, 0, CELL, *ends, eye_m=20.0, target_m=top - 0.05)
    high = sight_costs(z, 0, 0, CELL, *ends, eye_m=20.0, target_m=top + 0.05)
    assert np.isinf(low).all()
    assert high[0, 0] == pytest.approx(20_000)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 9999), eye=st.floats(1, 40), target=st.floats(1, 40))
def test_who_sees_is_seen(seed, eye, target):
    rng = np.random.default_rng(seed)
    z = rng.random((25, 25)) * 60
    a, b = rng.uniform([0, -2500], [2500, 0], (2, 2))
    there = sight_costs(z, 0, 0, CELL, [a], [b], eye_m=eye, target_m=target)
    back = sight_costs(z, 0, 0, CELL, [b], [a], eye_m=target, target_m=eye)
    assert there == pytest.approx(back)
    higher = sight_costs(z, 0, 0, CELL, [a], [b], eye_m=eye + 5, target_m=target)
    assert np.isfinite(higher).all() >= np.isfinite(there).all()


def test_unknown_ground_hides_nothing_and_is_not_seen():
    z = np.zeros((3, 21))
    z[:, 10] = np.nan
    seen = viewshed(z, CELL, 1, 0, eye_m=10.0)[1]
    assert seen.tolist() == [k != 10 for k in range(21)]
    far = sight_costs(
        z, 0, 0, CELL, [[1950.0, -150.0]], [[50.0, -150.0]], eye_m=10, reach_m=900
    )
    assert np.isinf(far).all()


def test_a_place_that_is_no_number_is_refused():
    with pytest.raises(DataError, match="no number"):
        sight_costs(np.zeros((3, 3)), 0, 0, CELL, [[np.nan, 0.0]], [[0.0, 0.0]], eye_m=2.0)


def test_ground_nobody_knows_is_told(monkeypatch):
    """A strip of 4 of 40 columns without heights; one of two villages stands in it."""
    import siting.facilities.seen as seen
    from geoplan.plan_file import load_plan
    from siting.facilities.section import FacilityCase
    from tests.siting.facilities.test_case import CRS, ROOT, case

    def ground(_plan, _layer, grid):
        known = np.ones(grid.shape, bool)
        known[:, 20:24] = False
        return np.zeros(grid.shape), known

    plan = load_plan(ROOT / "plans" / "sample.toml")
    monkeypatch.setattr(seen, "open_raster", ground)
    monkeypatch.setattr(seen, "plan_crs", lambda _: CRS)
    cost = {"by": "sight", "unit": "km", "limit": 9.0, "eye_m": 9.0, "sight_source": "x"}
    one = FacilityCase(**case(cost=cost))
    cell = max(plan.area.cell_m, 30.0)
    at = np.array([[0.0, 0.0], [cell * 20, 0.0]])
    (told,) = seen.ground_told(plan, one, at, np.array([[cell * 36, 0.0]]))
    assert "1 demand place and 0 sites have none of their own" in told("en")
    whole = lambda _plan, _layer, grid: (np.zeros(grid.shape), np.ones(grid.shape, bool))  # noqa: E731
    monkeypatch.setattr(seen, "open_raster", whole)
    assert seen.ground_told(plan, one, at, at) == []
