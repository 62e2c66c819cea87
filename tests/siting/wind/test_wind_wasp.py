"""WAsP files: the climate that was written comes back, and what is no such file is refused."""

from __future__ import annotations

import numpy as np
import pytest
from odc.geo.geobox import GeoBox
from scipy.special import gamma

from geoplan.newplan.wind_files import wind_files
from gis.cells.grid import cell_centres
from gis.errors import DataError
from layers.recognise.walk import held_files
from siting.wind.resource.distribution import weather_of_rose
from siting.wind.resource.rix import rix_frac
from siting.wind.resource.rose import weibull_bins
from siting.wind.resource.wasp_grid import read_wind_grid
from siting.wind.resource.wasp_map import read_wasp_map
from siting.wind.resource.wasp_tab import read_tab
from siting.wind.resource.weibull import fit_sectors

A, K = np.full(12, 7.6), np.full(12, 2.1)
A[3], K[3] = 9.0, 2.6


def _tab(path, *, whole=1000.0, change=None):
    """A .tab of 12 Weibull sectors, one of them stronger, in bins of 1 m/s to 40."""
    edges = np.arange(0.0, 41.0)
    share = np.full(12, 8.0)
    share[3] = 12.0
    inside = weibull_bins(A, K, edges) * whole
    lines = ["测风塔 100 m", " 38.90 106.60 100.0", " 12 1.00 0.00"]
    lines.append(" ".join(f"{s:.2f}" for s in share))
    lines += [
        f"{u:6.1f} " + " ".join(f"{v:9.4f}" for v in row)
        for u, row in zip(edges[1:], inside.T, strict=True)
    ]
    if change:
        lines[change[0]] = change[1]
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    return path


@pytest.mark.parametrize("whole", [1000.0, 100.0, 1.0])
def test_the_weibull_of_a_tab_comes_back(tmp_path, whole):
    found = read_tab(_tab(tmp_path / "a.tab", whole=whole))
    assert (found.lat, found.lon, found.height_m) == (38.9, 106.6, 100.0)
    assert found.rose.direction_frequency[3] == pytest.approx(0.12, abs=1e-6)
    place = {"lon": 106.6, "lat": 38.9, "altitude_m": 1100.0}
    hours = weather_of_rose(found.rose, **place, height_m=100.0).hourly
    speed, wd = hours["wind_speed_m_s"].to_numpy(), hours["wind_direction_deg"].to_numpy()
    fit = fit_sectors(speed, wd)
    # bins of 1 m/s in parts of 0.2: the share above the mean is known to a part
    assert fit.a_m_s == pytest.approx(A, rel=0.008)
    assert fit.k == pytest.approx(K, rel=0.015)
    cubes = (found.rose.frequency * found.rose.speed_m_s**3).sum()
    share = found.rose.direction_frequency
    assert cubes == pytest.approx((share * A**3 * gamma(1 + 3 / K)).sum(), rel=2e-3)


def test_factor_and_turn_of_a_tab_act(tmp_path):
    plain = read_tab(_tab(tmp_path / "a.tab")).rose
    turned = read_tab(_tab(tmp_path / "b.tab", change=(2, "12 1.1 -10"))).rose
    assert turned.mean_speed_m_s == pytest.approx(1.1 * plain.mean_speed_m_s)
    assert turned.direction_deg[2] == 80.0  # the fourth sector, 90 deg; the first is 350 now
    assert turned.direction_frequency[2] == pytest.approx(0.12)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ((1, "38.9 106.6"), "at least 3"),
        ((1, "138.9 106.6 100"), "place"),
        ((2, "200000000 1 0"), "sectors"),
        ((2, "12.5 1 0"), "sectors"),
        ((3, "8 " * 11 + "20"), "add up"),
        ((6, "2.0 " + "nan " * 12), "finite"),
        ((6, "2.0 " + "x " * 12), "numbers"),
        ((6, "0.5 " + "9 " * 12), "rise"),
        ((6, "3.0 " + "900 " * 12), "add up"),
        ((6, "2.0 1 1"), "at least 13"),
    ],
)
def test_what_is_no_tab_is_refused_with_its_line(tmp_path, change, match):
    with pytest.raises(DataError, match=match):
        read_tab(_tab(tmp_path / "a.tab", change=change))


def test_files_that_are_none_are_refused(tmp_path):
    for content in (b"", b"   \n", b"\0\1\2", b"title only"):
        path = tmp_path / "x"
        path.write_bytes(content)
        for reader in (read_tab, read_wind_grid, read_wasp_map):
            with pytest.raises(DataError):
                reader(path)


def _node(label, x, y, f, a, k, height=100):
    """A line of a resource file in its columns."""
    head = f"{label:<10}{x:<10.1f}{y:<10.1f}{1100:<8d}{height:<5d}{7.5:<5.1f}{2.1:<6.2f}"
    head += f"{400:<15.2f}{len(f):>3d}"
    return head + "".join(
        f"{round(s * 1000):>4d}{round(p * 10):>4d}{round(q * 100):>5d}"
        for s, p, q in zip(f, a, k, strict=True)
    )


F = np.array([0.1, 0.4, 0.3, 0.2])
KK = np.array([2.0, 2.2, 1.9, 2.4])


def _grid(path, *, header=True, change=None, blanks=False):
    """2 x 2 nodes 500 m apart; A grows by 1 m/s to the east."""
    rows = [
        _node("Grid Point", 500_000.0 + dx, 4_300_000.0 + dy, F, [6 + dx / 500] * 4, KK)
        for dy in (0.0, 500.0)
        for dx in (0.0, 500.0)
    ]
    if blanks:
        rows = [
            "GP " + " ".join(f"{v:g}" for v in (x, y, 1100, 100, 7, 2, 400, 4, 100, a, 200,
                                                400, a, 220, 300, a, 190, 200, a, 240))
            for x, y, a in ((500_000, 4_300_000, 60), (500_500, 4_300_000, 70))
        ]  # fmt: skip
    if header:
        rows.insert(0, "2 2 500000.0 4300000.0 500.0")
    if change:
        rows[change[0]] = change[1](rows[change[0]])
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("header", [True, False])
def test_nodes_of_a_grid_come_back_and_places_between_them_are_mixed(tmp_path, header):
    grid = read_wind_grid(_grid(tmp_path / "a.wrg", header=header))
    assert grid.height_m == 100.0
    here = grid.at(np.array([500_000.0, 500_250.0, 509_000.0]), np.full(3, 4_300_000.0))
    assert here.frequency[0] == pytest.approx(F)
    assert here.k[0] == pytest.approx(KK)
    assert here.sector_mean_m_s[0] == pytest.approx(6.0 * gamma(1 + 1 / KK))
    assert here.a_m_s[1] == pytest.approx(np.full(4, 6.5))  # half way east
    assert here.mean_m_s[0] == pytest.approx((F * 6.0 * gamma(1 + 1 / KK)).sum())
    assert np.isnan(here.a_m_s[2]).all()  # 8.5 km outside of a grid of 500 m


def test_a_grid_with_blanks_for_columns_is_read_too(tmp_path):
    grid = read_wind_grid(_grid(tmp_path / "a.rsf", header=False, blanks=True))
    assert grid.wind.a_m_s[:, 0].tolist() == [6.0, 7.0]
    assert grid.wind.frequency[0] == pytest.approx(F)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda s: s[:69] + " 99" + s[72:], "no node"),
        (lambda s: s[:72] + " 900" + s[76:], "add up"),
        (lambda s: s[:76] + " 999" + s[80:], "Weibull"),
        (lambda s: s.replace("1100", "nan "), "no node"),
        (lambda s: s[:38] + "80   " + s[43:], "several heights"),
        (lambda s: s[:60], "no node"),
    ],
)
def test_what_is_no_grid_is_refused(tmp_path, change, match):
    with pytest.raises(DataError, match=match):
        read_wind_grid(_grid(tmp_path / "a.wrg", change=(2, change)))


MAP = """+ hill
0.0 0.0 500000.0 4300000.0
1.0 0.0 501000.0 4300000.0
0.3048 0
100 4
0 0 0 4
4 4  4 0
200 4
1 1 1 3 3 3 3 1
0.03 0.5 2
2 -1 2 5
0.1 0.2 300 2
1.5 2
2.5 2
"""


def test_a_map_gives_heights_and_roughness(tmp_path):
    """Coordinates in km from a corner, heights in feet."""
    path = tmp_path / "m.map"
    path.write_text(MAP, encoding="latin-1")
    found = read_wasp_map(path)
    assert [line.height_m for line in found.contours] == pytest.approx([30.48, 60.96, 91.44])
    assert found.contours[0].xy_m[2].tolist() == [504_000.0, 4_304_000.0]
    grid = GeoBox.from_bbox(
        (499_900, 4_299_900, 504_100, 4_304_100), "EPSG:32648", resolution=50
    )
    level = found.heights_on(grid)
    x, y = cell_centres(grid)
    at = level[np.argmin(abs(y - 4_302_000)), np.argmin(abs(x - 500_500))]
    # half way from the corner line to the inner square, up the plane of the west side
    assert at == pytest.approx((30.48 + 60.96) / 2, abs=1.0)
    assert np.isnan(level[0, 0])
    # the line runs north at 2 km: left of it is west
    west, east = found.roughness_at(np.array([501_000.0, 503_500.0]), np.full(2, 4_303_900.0))
    assert (west, east) == (0.03, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("100 4", "100 4000000000", "limit"),
        ("100 4", "100 4.5", "no line"),
        ("0.03 0.5 2", "0.03 500 2", "roughness"),
        ("2.5 2", "2.5", "too early"),
        ("2.5 2", "2.5 x", "numbers"),
        ("200 4", "1 2 3 4 4", "no line"),
        ("4 4  4 0", "4 4  4 0 1 1", "no line"),
    ],
)
def test_what_is_no_map_is_refused(tmp_path, old, new, match):
    path = tmp_path / "m.map"
    path.write_text(MAP.replace(old, new, 1), encoding="latin-1")
    with pytest.raises(DataError, match=match):
        read_wasp_map(path)


def test_rix_of_a_plane_is_the_share_of_radii_that_climb_it():
    """A plane of slope 0.6 to the east: a radius at angle t from east climbs 0.6 cos t, above
    0.3 where |t| < 60 deg, on either side: two thirds of the compass. Radii every 5 deg, the
    limit 60 deg itself not above it: (2 23) / 72.
    """
    grid = GeoBox.from_bbox((0, 0, 9_000, 9_000), "EPSG:32648", resolution=50)
    x, y = cell_centres(grid)
    plane = np.broadcast_to(0.6 * x, (y.size, x.size)).copy()
    middle = np.array([4_500.0])
    assert rix_frac(plane, grid, middle, middle)[0] == pytest.approx(46 / 72, abs=0.03)
    assert rix_frac(plane / 2.01, grid, middle, middle)[0] == 0.0
    # half of the land is the plane, half is flat: half of the radii's length
    half = np.where(x < 4_500.0, plane, 0.6 * 4_500.0)
    assert rix_frac(half, grid, middle, middle)[0] == pytest.approx(23 / 72, abs=0.03)
    plane[:, : x.size // 2] = np.nan
    assert np.isnan(rix_frac(plane, grid, middle, middle)[0])


def test_wind_files_of_a_folder_stand_in_its_plan(tmp_path):
    """One of a kind that reads is a key; others are told; MapInfo's tables are none."""
    tab, grid = _tab(tmp_path / "site.tab"), _grid(tmp_path / "a.wrg")
    (tmp_path / "m.map").write_text(MAP, encoding="latin-1")
    (tmp_path / "city.TAB").write_bytes(b'!table\n!version 300\n!charset "WindowsLatin1"\n')
    (tmp_path / "city.map").write_bytes(b"\0\0\1\2")
    held = {h.path.name: h.kind for h in held_files(tmp_path)}
    assert held == {
        "site.tab": "other", "a.wrg": "other", "m.map": "other", "city.map": "other",
        "city.TAB": "refused",
    }  # fmt: skip
    files = [tab, grid, tmp_path / "m.map", tmp_path / "city.map"]
    keys, remarks = wind_files(tmp_path, files, "en", has_series=False)
    assert keys == {"rose_path": "site.tab", "grid_path": "a.wrg", "map_path": "m.map"}
    assert len(remarks) == 3
    keys, remarks = wind_files(tmp_path, [*files[:1], *files[3:]], "zh", has_series=True)
    assert keys == {}
    assert "[wind.weather]" in remarks[0]
    assert "city.map" in remarks[1]
    _grid(tmp_path / "b.rsf", header=False)
    keys, remarks = wind_files(tmp_path, [grid, tmp_path / "b.rsf"], "en", has_series=True)
    assert keys == {}
    assert "name one as [wind] grid_path" in remarks[0]


def test_a_grid_that_was_cut_short_is_refused(tmp_path):
    """The head states columns times rows; with the last node gone the file is no whole one."""
    path = _grid(tmp_path / "a.wrg", header=True)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(DataError, match="cut short") as err:
        read_wind_grid(path)
    assert str(len(lines) - 2) in str(err.value)
