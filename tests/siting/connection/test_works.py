"""Planned lines and upgrades act; lengths are what the plan says of detours."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, box

from gis.errors import ConfigError
from siting.connection import distances
from siting.connection.distances import line_lengths
from siting.connection.section import ConnectionSection, Upgrade
from siting.connection.stations import free_in, known_stations
from siting.connection.works import known_works, works_between, works_by

STATIONS = gpd.GeoDataFrame(
    {
        "name": ["A", "B", "C", "C"],
        "voltage_kv": [110.0, 110.0, 110.0, 220.0],
        "free_mw": [10.0, -30.0, None, 40.0],
    },
    geometry=[Point(0, 0), Point(50_000, 0), Point(0, 80_000), Point(9, 9e4)],
    crs=4544,
)


def lines(*rows):
    """Lines of a layer: (name, status, year, certainty, station, add_mw, coordinates)."""
    columns = ["name", "status", "year", "certainty", "station", "add_mw", "geometry"]
    table = pd.DataFrame(rows, columns=columns)
    table["geometry"] = [LineString(c) for c in table["geometry"]]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4544)


def test_works_of_the_years_between_are_named_with_their_years():
    """New (2028), a line (2027), a work of 2026; Far comes later, Maybe is not counted on.

    A target of 2030 names what the grid of 2026 has not.
    """
    stations = pd.DataFrame(
        {
            "name": ["Old", "New", "Far", "Maybe", "Full"],
            "status": ["operating", "planned", "planned", "planned", "planned"],
            "certainty": ["", "certain", "certain", "possible", "certain"],
            "year": [2010.0, 2028.0, 2033.0, 2028.0, 2028.0],
            "free_mw": [50.0, 400.0, 100.0, 100.0, 0.0],
        }
    )
    works = pd.DataFrame(
        {
            "name": ["Line", "Old", "Dream"],
            "year": [2027, 2026, 2027],
            "counts": [True, True, False],
        }
    )
    how = ConnectionSection(count_on=("certain",))
    assert works_between(stations, how, works, 2026, 2030) == ("Line 2027", "New 2028")
    assert works_between(stations, how, works, 2026, 2026) == ()
    assert works_between(stations, how, works, 2025, 2026) == ("Old 2026",)


def test_a_planned_line_gives_the_station_at_its_end_its_capacity():
    """By its end within 500 m, or by the name it says; from its year, if it is counted on."""
    stations, _ = known_stations(STATIONS)
    drawn = lines(
        ("built", "operating", 2010, None, None, 500.0, [(0, 0), (9e3, 0)]),
        ("near", "construction", 2028, None, None, 60.0, [(400, 0), (9e3, 0)]),
        ("named", "planned", 2030, "certain", "B", 50.0, [(7e3, 7e3), (9e3, 0)]),
        ("idea", "planned", 2029, None, None, 70.0, [(0, 300), (9e3, 0)]),
    )
    works, told = known_works(stations, ConnectionSection(), drawn, "a test")
    assert told == []
    assert works[["name", "station_id", "year", "certainty", "counts"]].values.tolist() == [
        ["near", "A", 2028, "certain", True],
        ["named", "B", 2030, "certain", True],
        ["idea", "A", 2029, "possible", False],
    ]
    how = ConnectionSection()

    def free(year):
        mw, _ = free_in(stations, how, year, works_by(works, year))
        return dict(zip(stations["station_id"], mw.tolist(), strict=True))

    assert (free(2027)["A"], free(2028)["A"]) == (10.0, 70.0)
    # B is overloaded by 30: of 50 MW more 20 are free
    assert (free(2029)["B"], free(2030)["B"]) == (0.0, 20.0)
    assert np.isnan(free(2035)["C"])


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (("x", "planned", None, None, "A", 5.0, [(0, 0), (1, 1)]), "no year"),
        (("x", "planned", 2030, None, "nobody", 5.0, [(0, 0), (1, 1)]), "nobody knows"),
        (("x", "planned", 2030, None, "C", 5.0, [(0, 0), (1, 1)]), "nobody knows"),
        (("x", "planned", 2030, None, None, 5.0, [(9e3, 0), (9e3, 9e3)]), "nobody knows"),
        (("x", "planned", 2030, None, None, 5.0, [(0, 0), (50_000, 0)]), "both ends"),
        (("x", "planned", 2030, None, None, None, [(0, 0), (1, 1)]), "what capacity they add"),
    ],
)
def test_a_line_that_cannot_count_is_told(row, word):
    stations, _ = known_stations(STATIONS)
    works, told = known_works(stations, ConnectionSection(), lines(row))
    assert works.empty
    assert len(told) == 1
    assert word in told[0]("en")
    assert told[0]("zh")


def test_an_upgrade_counts_only_where_the_station_stands():
    """A station of 2032 has nothing free in 2030, whatever is added there."""
    table = STATIONS.iloc[:1].assign(status="planned", year=2032, certainty="certain")
    stations, _ = known_stations(table)
    up = Upgrade(station="A", year=2030, add_mw=5.0, certainty="certain", source="a test")
    how = ConnectionSection(upgrades=(up,))
    works, _ = known_works(stations, how)
    got = [free_in(stations, how, y, works_by(works, y))[0][0] for y in (2030, 2031, 2032)]
    assert got == [0.0, 0.0, 15.0]


def squares(n, step):
    """`n` sites of 100 m by 100 m in a row, their left edges `step` metres apart."""
    shapes = [box(i * step, 0, i * step + 100, 100) for i in range(n)]
    return gpd.GeoDataFrame({"site_id": range(n)}, geometry=shapes, crs=4544)


def test_lengths_are_of_edges_times_the_detour():
    """1,000 m from edge to point, 400 m between edges; at 1.3 a detour 1.3 and 0.52 km."""
    stations = gpd.GeoDataFrame(geometry=[Point(-1000, 50)], crs=4544)
    how = ConnectionSection(detour_factor=1.3, detour_source="a test")
    for h, factor in ((ConnectionSection(), 1.0), (how, 1.3)):
        km, between, every = line_lengths(squares(2, 500.0), stations, h)
        assert every
        assert km[:, 0] == pytest.approx([1.0 * factor, 1.5 * factor])
        assert between[0, 1] == pytest.approx(0.4 * factor)


def test_of_many_sites_the_nearest_are_measured(monkeypatch):
    monkeypatch.setattr(distances, "_MOST", 5)
    monkeypatch.setattr(distances, "_NEAREST", 2)
    stations = gpd.GeoDataFrame(geometry=[Point(-1000, 50)], crs=4544)
    _, between, every = line_lengths(squares(9, 500.0), stations, ConnectionSection())
    assert not every
    assert between[4, [3, 5]] == pytest.approx([0.4, 0.4])
    assert np.isinf(between[0, 8])
    assert between == pytest.approx(between.T)


def test_a_detour_needs_its_source():
    with pytest.raises(ConfigError, match="source"):
        ConnectionSection(detour_factor=1.2)
    with pytest.raises(ConfigError):
        ConnectionSection(detour_factor=0.9, detour_source="a test")
