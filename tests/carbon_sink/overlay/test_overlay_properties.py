"""What holds of any two surveys."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.carbon_sink.overlay.conftest import COUNTY, X0, Y0, Row, changed_ha, laid, moves

KINDS = ("sand", "grass_other", "forest_arbor", "built")


def cells(seed: int, n: int, *, least_m: float = 60.0) -> list[shapely.Geometry]:
    """A coverage of the county by the places nearest to n random points."""
    rng = np.random.default_rng(seed)
    points: list[tuple[float, float]] = []
    while len(points) < n:
        p = (X0 + rng.uniform(0, 3000), Y0 + rng.uniform(0, 2000))
        if all(np.hypot(p[0] - q[0], p[1] - q[1]) > least_m for q in points):
            points.append(p)
    found = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=COUNTY.buffer(900))
    return [c.buffer(0) for c in shapely.get_parts(found)]


def survey_of(seed: int, n: int = 9) -> list[Row]:
    """Cells with classes; some of them are beyond the county and are cut."""
    rng = np.random.default_rng(seed + 1)
    return [(KINDS[k], c) for k, c in zip(rng.integers(0, 4, n), cells(seed, n), strict=True)]


def split(rows: list[Row], seed: int) -> list[Row]:
    """Every parcel in two, along a random line through it."""
    rng = np.random.default_rng(seed)
    out: list[Row] = []
    for kind, shape in rows:
        a = rng.uniform(0, np.pi)
        c = shape.representative_point()
        far = 9000.0 * np.array([np.cos(a), np.sin(a)])
        side = shapely.LineString([(c.x - far[0], c.y - far[1]), (c.x + far[0], c.y + far[1])])
        half = side.buffer(9000.0, single_sided=True)
        parts = [shapely.intersection(shape, half), shapely.difference(shape, half)]
        out += [(kind, p) for p in parts if p.area > 1.0]
    return out


seeds = st.integers(0, 10_000)
few = settings(max_examples=8, deadline=None)


@few
@given(seeds, seeds)
def test_every_square_metre_is_counted_once(a, b):
    found = laid(survey_of(a), survey_of(b + 20_000))
    assert found.pieces["area_m2"].min() >= 0
    total = found.pieces["area_m2"].sum() + found.places["neither_m2"].sum()
    assert total == pytest.approx(found.places["area_m2"].sum(), rel=1e-12)
    by = found.pieces.groupby("place")["area_m2"].sum()
    places = found.places.set_index("place")
    for name, row in places.iterrows():
        assert by[name] + row["neither_m2"] == pytest.approx(row["area_m2"], rel=1e-12)


@few
@given(seeds, seeds, seeds)
def test_dividing_a_parcel_changes_nothing(a, b, cut):
    old, new = survey_of(a), survey_of(b + 20_000)
    whole = moves(laid(old, new))
    for pair in ((split(old, cut), new), (old, split(new, cut))):
        got = moves(laid(*pair))
        assert set(got) == set(whole)
        # vertices on a straight edge move the ellipsoid's area by a few parts in 1e7; what is
        # thinner than the tolerance is given to neighbours by the square metre
        assert got == pytest.approx(whole, rel=2e-6, abs=1e-4)


@few
@given(seeds, seeds, seeds)
def test_the_order_of_parcels_is_nothing(a, b, order):
    old, new = survey_of(a), survey_of(b + 20_000)
    rng = np.random.default_rng(order)
    mixed = [[rows[k] for k in rng.permutation(len(rows))] for rows in (old, new)]
    first, then = laid(old, new).transitions(), laid(*mixed).transitions()
    assert first[["place", "before", "after"]].equals(then[["place", "before", "after"]])
    assert then["area_ha"].to_numpy() == pytest.approx(first["area_ha"].to_numpy(), rel=1e-12)


@few
@given(seeds, seeds)
def test_a_survey_against_itself_has_not_changed_however_it_is_divided(a, cut):
    rows = survey_of(a)
    assert changed_ha(laid(rows, rows)) == 0.0
    assert changed_ha(laid(rows, split(rows, cut))) == pytest.approx(0.0, abs=1e-9)


@few
@given(seeds, seeds, st.lists(st.floats(0.0, 40.0), min_size=2, max_size=3))
def test_a_larger_tolerance_never_adds_change(a, b, widths):
    old = survey_of(a)
    # the same land digitised anew: boundaries moved by up to 15 m, some classes other
    rng = np.random.default_rng(b)
    new = [
        (k if rng.random() < 0.7 else KINDS[int(rng.integers(0, 4))], c)
        for k, c in moved(old, b, 15.0)
    ]
    areas = [changed_ha(laid(old, new, tolerance_m=w)) for w in sorted(widths)]
    for less, more in zip(areas[1:], areas[:-1], strict=True):
        assert less <= more + 1e-6 * (1 + more)


def moved(rows: list[Row], seed: int, most_m: float) -> list[Row]:
    """Every vertex moved by less than `most_m`; neighbours keep the vertices they share."""
    rng = np.random.default_rng(seed)
    to: dict[tuple[float, float], np.ndarray] = {}

    def jitter(xy: np.ndarray) -> np.ndarray:
        out = []
        for p in np.round(xy, 6):
            key = (float(p[0]), float(p[1]))
            if key not in to:
                a, r = rng.uniform(0, 2 * np.pi), most_m * 0.999 * np.sqrt(rng.random())
                to[key] = np.array([p[0] + r * np.cos(a), p[1] + r * np.sin(a)])
            out.append(to[key])
        return np.array(out)

    return [(k, shapely.transform(c, jitter)) for k, c in rows]


@few
@given(seeds, st.floats(0.0, 2 * np.pi), st.floats(0.1, 5.0), st.floats(0.05, 0.98))
def test_shifting_all_boundaries_by_less_than_the_tolerance_is_no_change(
    a, angle, tolerance, share
):
    old = survey_of(a)
    by = tolerance * share * np.array([np.cos(angle), np.sin(angle)])
    new = [(k, shapely.transform(c, lambda xy: xy + by)) for k, c in old]
    assert changed_ha(laid(old, new, tolerance_m=tolerance)) == 0.0


@few
@given(seeds, seeds, st.floats(0.2, 5.0))
def test_moving_vertices_by_less_than_half_the_tolerance_is_no_change(a, b, tolerance):
    old = survey_of(a)
    new = moved(old, b, tolerance / 2)
    assert changed_ha(laid(old, new, tolerance_m=tolerance)) == 0.0
