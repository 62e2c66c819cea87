"""An extract of OpenStreetMap gives the layers that a question to Overpass gives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import pytest

from geoplan.plan_file import load_plan
from gis.errors import DataError
from layers.fetch import manners
from layers.fetch.open_data import fetch_open_data, wanted_data
from layers.fetch.osm_extract import extract_features, tags_fit
from layers.fetch.source import sources
from layers.open.plan_layers import open_features
from tests.layers.fetch.pbf import pbf
from tests.layers.fetch.server import Server
from tests.layers.fetch.test_open_data import plan_of

OSM = sources()["openstreetmap"].osm
BOX = (106.0, 38.6, 107.0, 39.1)
OUT = "output:electricity"
NAME = "ningxia-latest.osm.pbf"


def extract() -> bytes:
    """Something of every layer in the county 640221, and roads far from it."""
    x, y, d = 106.5, 38.85, 0.002
    corners = {1: (x, y), 2: (x + d, y), 3: (x + d, y + d), 4: (x, y + d)}
    inner = {
        5: (x + d / 4, y + d / 4),
        6: (x + d / 2, y + d / 4),
        7: (x + d / 2, y + d / 2),
    }
    wind = {
        "power": "generator",
        "generator:source": "wind",
        "generator:output:electricity": "2 MW",
    }
    nodes = {i: (*p, {}) for i, p in {**corners, **inner}.items()}
    nodes |= {8: (x + 0.01, y, wind), 9: (x + 0.02, y, {"power": "tower"})}
    nodes |= {10: (103.0, 36.0, {}), 11: (103.1, 36.0, {})}
    ring, hole = [1, 2, 3, 4, 1], [5, 6, 7, 5]
    ways = {
        1: ([1, 2, 3], {"highway": "primary", "ref": "S301", "lanes": "2", "note": "地方道路"}),
        2: ([1, 2], {"highway": "footway"}),
        3: (ring, {"building": "school", "building:levels": "3"}),
        4: (ring, {"building": "no"}),
        5: ([1, 3], {"power": "line", "voltage": "110000;35000"}),
        6: (ring, {"power": "substation", "voltage": "110000"}),
        7: ([2, 3], {"railway": "rail", "usage": "industrial"}),
        8: ([2, 4], {"waterway": "river", "name": "黄河"}),
        9: (
            ring,
            {"power": "plant", "plant:source": "solar", f"plant:{OUT}": "50 MW"},
        ),
        10: (ring, {}),
        11: (hole, {}),
        12: ([10, 11], {"highway": "primary", "ref": "far"}),
        13: (ring, {"highway": "residential"}),
    }
    lake = {"type": "multipolygon", "natural": "water", "water": "lake"}
    return pbf(nodes, ways, {1: ([(10, "outer"), (11, "inner")], lake)})


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("extract") / NAME
    out.write_bytes(extract())
    return out


def test_another_reader_reads_what_the_test_wrote(file: Path) -> None:
    counts = dict.fromkeys(("points", "lines", "multipolygons"), 0)
    for name in counts:
        counts[name] = len(pyogrio.read_dataframe(file, sql=f"select * from {name}"))
    assert counts["points"] == 2  # a turbine and a tower
    # buildings, the plant's and the substation's outlines by GDAL's own rules, and the lake
    assert counts["multipolygons"] >= 3


@pytest.mark.parametrize(
    ("layer", "want"),
    [
        ("road", {"ref": ["S301", None], "lanes": [2.0, None]}),  # 13 is a ring, and a road
        ("railway", {"rail_class": ["industrial"]}),
        ("power_line", {"voltage_kv": [110.0], "placement": ["overhead"]}),
        ("substations", {"voltage_kv": [110.0], "status": ["operating"]}),
        ("buildings", {"use": ["school"], "floors": [3.0], "building_id": ["osm-w3"]}),
        ("river", {"name": ["黄河"]}),
        ("turbines", {"capacity_kw": [2000.0], "turbine_id": ["osm-n8"]}),
        ("existing_pv", {"capacity_mw": [50.0]}),
        ("water_body", {"water_type": ["lake"]}),
    ],
)
def test_each_layer_has_its_objects(
    file: Path, layer: str, want: dict[str, list[object]]
) -> None:
    found = extract_features(file, BOX, layer, OSM[layer])
    for field, values in want.items():
        got = [None if v is None or v != v else v for v in found[field]]
        assert got == values, field
    assert set(found.geom_type.str.replace("Multi", "")) == {
        {"point": "Point", "line": "LineString", "polygon": "Polygon"}[OSM[layer].geometry]
    }


def test_a_lake_keeps_its_island(file: Path) -> None:
    [lake] = extract_features(file, BOX, "water_body", OSM["water_body"]).geometry
    # a square of 0.002 deg without a triangle of half 0.0005 x 0.0005
    assert lake.area == pytest.approx(0.002**2 - 0.5 * 0.0005**2, rel=1e-3)


@pytest.mark.parametrize("name", sorted(OSM))
def test_every_question_of_the_source_can_be_asked_of_an_extract(name: str) -> None:
    assert isinstance(tags_fit(OSM[name].query, {}), bool)


@pytest.mark.parametrize("body", [b"", b"<html>log in</html>", b"\0\0\0\x0d" + bytes(99)])
def test_what_is_no_extract_is_told(tmp_path: Path, body: bytes) -> None:
    bad = tmp_path / NAME
    bad.write_bytes(body)
    with pytest.raises(DataError):
        extract_features(bad, BOX, "road", OSM["road"])


# ---------------------------------------------------------------- doors


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(manners.time, "sleep", lambda _: None)
    web = Server()
    body = extract()
    web.mood = lambda *_: (200, {"Content-Type": "application/octet-stream"}, body)
    yield web
    web.close()


def test_the_extract_is_that_of_the_province_and_asked_by_name(tmp_path: Path) -> None:
    [one] = wanted_data(plan_of(tmp_path), ["geofabrik"])
    assert one.piece.name == NAME
    assert one.piece.url == f"https://download.geofabrik.de/asia/china/{NAME}"
    assert len(one.layers) == 9
    assert "geofabrik" not in {w.piece.source.id for w in wanted_data(plan_of(tmp_path))}


@pytest.mark.slow
def test_from_a_mirror_it_lands_with_its_licence(server: Server, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    found = fetch_open_data(
        plan, lambda *_: None, asked=["geofabrik"], mirrors={"geofabrik": server.url}
    )
    assert found.faults == ()
    assert len(found.layers) == 9
    new = load_plan(plan.path)
    assert new.layers["road"].licence == "ODbL 1.0"
    assert new.layers["road"].incomplete
    roads = open_features(new, "road")
    assert roads is not None
    assert "S301" in set(roads["ref"])
    server.mood = lambda *_: (500, {}, b"")  # a second call asks for nothing
    again = fetch_open_data(
        new, lambda *_: None, asked=["geofabrik"], mirrors={"geofabrik": server.url}
    )
    assert (again.faults, again.bytes_brought) == ((), 0)


@pytest.mark.slow
def test_from_a_folder_it_lands_and_a_damaged_one_is_told(file: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / NAME).write_bytes(file.read_bytes())
    sums = stick / "SHA256SUMS"
    sums.write_text(f"{hashlib.sha256(b'').hexdigest()}  {NAME}\n")
    plan = plan_of(tmp_path)
    bad = fetch_open_data(plan, lambda *_: None, asked=["geofabrik"], stick=stick)
    assert "SHA256SUMS" in str(bad.faults[0].text("en"))
    sums.write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {NAME}\n")
    good = fetch_open_data(plan, lambda *_: None, asked=["geofabrik"], stick=stick)
    assert good.faults == ()
    assert set(good.layers) == set(OSM)
