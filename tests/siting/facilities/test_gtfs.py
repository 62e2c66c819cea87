"""A timetable in place of layers of stops: the same changes, and what is refused."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import shapely

import siting.facilities.buses.answer as answer
from gis.errors import ConfigError, DataError
from layers.spec import Text
from siting.facilities.buses.answer import answer_transfers
from siting.facilities.buses.gtfs import read_gtfs
from siting.facilities.section import FacilitiesSection
from siting.facilities.step_facilities import _of_case
from tests.siting.facilities.test_case import CRS, ROOT, load_plan, table

NAME = Text(zh="公交", en="bus")
AT = {"甲": (500, 0), "乙": (10500, 0), "丙": (20500, 0), "丁": (30500, 0)}
# 1 runs 甲 乙 丙, 2 runs 丙 丁, both there and back; 3 from 丁 to 甲 only
LINES = {"1": "甲乙丙", "2": "丙丁"}
ONE_WAY = {"3": "丁甲"}


def feed(**more):
    """Files of the network above."""
    lon_lat = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
    stops = ["stop_id,stop_name,stop_lat,stop_lon"]
    for k, (name, xy) in enumerate(AT.items()):
        lon, lat = lon_lat.transform(600000 + xy[0], 4300000)
        stops.append(f"S{k},{name},{lat:.7f},{lon:.7f}")
    of = {name: f"S{k}" for k, name in enumerate(AT)}
    routes, trips = ["route_id,route_type"], ["route_id,service_id,trip_id"]
    times = ["trip_id,stop_id,stop_sequence"]
    for line, served in (LINES | ONE_WAY).items():
        routes.append(f"{line},3")
        for back in (0, 1) if line in LINES else (0,):
            trips.append(f"{line},daily,T{line}{back}")
            for k, name in enumerate(served[::-1] if back else served):
                times.append(f"T{line}{back},{of[name]},{10 * k}")
    files = {"stops": stops, "routes": routes, "trips": trips, "stop_times": times}
    return {f"{k}.txt": "\n".join(v) + "\n" for k, v in files.items()} | more


def written(folder, files, coding="utf-8"):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode(coding))
    return folder


def towns():
    boxes = [
        shapely.box(600000 + x - 400, 4299600, 600000 + x + 400, 4300400)
        for x, _ in AT.values()
    ]
    return gpd.GeoDataFrame({"name": list(AT)}, geometry=boxes, crs=CRS)


def asked(monkeypatch, bus, stops=None):
    plan = load_plan(ROOT / "plans" / "sample.toml")
    own = {"townships": towns(), "bus_stops": stops}
    monkeypatch.setattr(answer, "open_features", lambda _, i: own.get(i))
    monkeypatch.setattr(answer, "plan_crs", lambda _: CRS)
    county = shapely.box(600000, 4290000, 640000, 4310000)
    monkeypatch.setattr(answer, "county_boundary", lambda _: county)
    monkeypatch.setattr(answer, "plan_file", lambda _, p: Path(p))
    given = {
        "id": "bus",
        "model": "transfers",
        "demand": {"layer": "townships", "each": True},
        "bus": bus,
    }
    (case,) = FacilitiesSection(cases=(given,)).cases
    return answer_transfers(plan, case)


def matrix(found):
    rows = found.more["facility_transfers"]
    return {(r.from_name, r.to_name): r.changes_n for r in rows.itertuples()}


@pytest.mark.parametrize("kind", ["folder", "zip", "zip of a folder", "gbk", "bom"])
def test_a_timetable_gives_the_changes_of_the_same_layers(monkeypatch, tmp_path, kind):
    """By hand: 甲-乙, 甲-丙, 乙-丙, 丙-丁 direct, 丁-甲 direct and back with one change."""
    coding = {"gbk": "gbk", "bom": "utf-8-sig"}.get(kind, "utf-8")
    path = written(tmp_path / "gtfs", feed(), coding)
    if "zip" in kind:
        inner = "feed/" if "folder" in kind else ""
        with zipfile.ZipFile(tmp_path / "gtfs.zip", "w") as z:
            for file in path.iterdir():
                z.write(file, inner + file.name)
        path = tmp_path / "gtfs.zip"
    monkeypatch.chdir(tmp_path)
    found = asked(monkeypatch, {"gtfs_path": str(path)})
    by_hand = dict.fromkeys([a + b for a in AT for b in AT if a != b], 0.0)
    by_hand |= {"甲丁": 1.0, "乙丁": 1.0, "丁乙": 1.0}
    assert {a + b: n for (a, b), n in matrix(found).items()} == by_hand
    assert found.answer.existing == 3
    # a line on the map for every order of stops: 1 and 2 there and back, 3
    lines = found.more["facility_routes"]
    assert sorted(lines["bus_line"]) == ["1", "1", "2", "2", "3"]
    (third,) = lines.index[lines["bus_line"] == "3"]
    assert lines.loc[third, ["from_name", "to_name"]].tolist() == ["丁", "甲"]
    # 甲 丙: 20 km, 丙 丁: 10, 丁 甲: 30
    assert sorted(shapely.length(found.shapes["facility_routes"])) == pytest.approx(
        [10000, 10000, 20000, 20000, 30000], abs=1
    )
    # the same network as points of a layer: routes in one direction, as trips run
    rows = [
        (f"{line}{back}", k, name)
        for line, served in (LINES | ONE_WAY).items()
        for back in ((0, 1) if line in LINES else (0,))
        for k, name in enumerate(served[::-1] if back else served)
    ]
    points = [(600000 + AT[name][0], 4300000) for _, _, name in rows]
    route, order, name = (list(v) for v in zip(*rows, strict=True))
    stops = table(points, route=route, stop_order=order, name=name)
    layers = asked(monkeypatch, {"both_ways": False}, stops)
    assert matrix(layers) == matrix(found)
    assert layers.answer.sentence == found.answer.sentence


def test_what_is_no_bus_or_no_stop_does_not_count_and_is_told(tmp_path):
    """Line 2 is a railway; on line 3 nobody gets off at 甲, or only on."""
    files = feed()
    files["routes.txt"] = files["routes.txt"].replace("2,3", "2,2")
    times = files["stop_times.txt"].replace(
        "stop_sequence\n", "stop_sequence,drop_off_type,pickup_type\n"
    )
    passed = times.replace("T30,S0,10", "T30,S0,10,1,1")
    stops, told = read_gtfs(written(tmp_path / "a", files | {"stop_times.txt": passed}), NAME)
    assert stops.groupby("route")["name"].agg("".join).tolist() == ["甲乙丙", "丙乙甲", "丁"]
    assert [t("en") for t in told][1].endswith(
        "2 trips of the timetable are of no bus (rail and others) and do not count"
    )
    half = times.replace("T30,S0,10", "T30,S0,10,1,0")
    _, told = read_gtfs(written(tmp_path / "b", files | {"stop_times.txt": half}), NAME)
    assert "1 stop only lets on or off on some trips and counts as both: 甲" in told[2]("en")


def test_platforms_of_a_station_are_the_station(tmp_path):
    files = feed()
    files["stops.txt"] = (
        "stop_id,stop_name,stop_lat,stop_lon,parent_station\n"
        "S0,一站台,38.8,106.1,H\nS1,二站台,38.9,106.2,H\nS2,丙,39,106.3,\nS3,丁,39,106.4,\n"
        "H,汽车站,38.85,106.15,\n"
    )
    stops, _ = read_gtfs(written(tmp_path, files), NAME)
    hub = stops[stops["name"] == "汽车站"]
    assert set(zip(hub.geometry.x, hub.geometry.y, strict=True)) == {(106.15, 38.85)}
    assert "一站台" not in set(stops["name"])


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("stop_times.txt", "T10,S1,10", "T10,S9,10", r"stop_times.txt row 3 \[stop_id\].*S9"),
        ("stop_times.txt", "T10,S1,10", "T99,S1,10", r"row 3 \[trip_id\].*T99"),
        ("stop_times.txt", "T10,S1,10", "T10,S1,-1", r"row 3 \[stop_sequence\].*whole.*-1"),
        ("stop_times.txt", "T10,S1,10", "T10,S1,0", r"row 3 \[stop_sequence\].*twice"),
        ("stop_times.txt", "stop_sequence", "order", r"no such field.*expected stop_sequence"),
        ("trips.txt", "1,daily,T10", "7,daily,T10", r"trips.txt row 2 \[route_id\].*7"),
        ("trips.txt", "T11", "T10", r"trips.txt row 3 \[trip_id\].*stands twice.*T10"),
        ("routes.txt", "1,3", "1,bus", r"routes.txt row 2 \[route_type\].*bus"),
        ("stops.txt", "S0,甲,", "S0,甲,9", r"stops.txt row 2 \[stop_lat\].*degrees"),
        ("stops.txt", "S0,甲,", "S0,甲,x", r"stops.txt row 2 \[stop_lat\].*degrees"),
        ("stops.txt", "S0,甲,", "S0,甲,0,0\nS9,甲,", r"stops.txt row 2 \[stop_lat\].*at 0, 0"),
    ],
)
def test_a_fault_has_its_file_row_and_field(tmp_path, file, old, new, words):
    files = feed()
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    with pytest.raises(DataError, match=words):
        read_gtfs(written(tmp_path, files), NAME)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"stop_times.txt": None}, "lacks a file.*expected stops.txt"),
        ({"stop_times.txt": "trip_id,stop_id,stop_sequence\n"}, "has no row"),
        ({"stops.txt": ""}, "no such field"),
        ({"stops.txt": "a\x00b\n1\n"}, "no text table"),
        ({"routes.txt": "route_id,route_type\n1,2\n2,2\n3,2\n"}, "no bus route"),
    ],
)
def test_a_timetable_that_is_none_is_refused(tmp_path, more, words):
    files = {k: v for k, v in (feed() | more).items() if v is not None}
    with pytest.raises(DataError, match=words):
        read_gtfs(written(tmp_path, files), NAME)


def test_coaches_and_trolleybuses_are_buses_and_idle_trips_are_told(tmp_path):
    """The lines between a county and its townships are often coaches (200 to 209)."""
    files = feed()
    files["routes.txt"] = "route_id,route_type\n1,200\n2,800\n3,1501\n"
    files["trips.txt"] += "1,daily,T19\n1,daily,T18\n"
    # T19 stands in no stop time, on T18 nobody gets on or off
    shut = [
        f"{row},{mark}"
        for row, mark in zip(
            files["stop_times.txt"].splitlines(),
            ["pickup_type,drop_off_type", *[","] * 12],
            strict=True,
        )
    ]
    files["stop_times.txt"] = "\n".join([*shut, "T18,S0,0,1,1", ""])
    stops, told = read_gtfs(written(tmp_path, files), NAME)
    assert sorted(set(stops["line"])) == ["1", "2"]
    said = " | ".join(t("en") for t in told)
    assert "1 trip of the timetable is of no bus" in said
    assert "2 trips of buses call at no stop" in said


def test_stops_far_from_the_county_are_told(monkeypatch, tmp_path):
    files = feed()
    lines = files["stops.txt"].splitlines()
    far = [*lines[:1], "S0,甲,31.2,121.5", *lines[2:], ""]
    path = written(tmp_path / "gtfs", files | {"stops.txt": "\n".join(far)})
    found = asked(monkeypatch, {"gtfs_path": str(path)})
    told = " | ".join(t("en") for t in found.told)
    assert "1 stop lies more than 100 km from the county, see their coordinates: 甲" in told


def test_which_feed_is_meant_must_be_clear(tmp_path):
    """What a Mac adds is none; two folders of one depth are two; nothing is not a zip."""
    path = tmp_path / "gtfs.zip"
    with zipfile.ZipFile(path, "w") as z:
        for name, text in feed().items():
            z.writestr(f"时刻表/{name}", text)
        z.writestr("__MACOSX/stops.txt", "x")
    assert len(read_gtfs(path, NAME)[0]) == 12
    with zipfile.ZipFile(path, "a") as z:
        z.writestr("other/stops.txt", "x")
    with pytest.raises(DataError, match="several timetables"):
        read_gtfs(path, NAME)
    with pytest.raises(DataError, match=r"does not exist|missing|not there"):
        read_gtfs(tmp_path / "no.zip", NAME)
    given = {"id": "bus", "model": "transfers", "demand": {"layer": "townships", "each": True}}
    both = given | {"bus": {"gtfs_path": "gtfs.zip", "both_ways": True}}
    with pytest.raises(ConfigError, match="say themselves which way"):
        FacilitiesSection(cases=(both,))


def test_a_zip_whose_feed_lacks_its_stops_says_what_is_in_the_feed(tmp_path):
    path = tmp_path / "gtfs.zip"
    with zipfile.ZipFile(path, "w") as z:
        for name in ("routes.txt", "trips.txt", "stop_times.txt"):
            z.writestr(f"feed/{name}", feed()[name])
    there = "routes.txt, stop_times.txt, trips.txt"
    with pytest.raises(DataError, match=f"lacks a file.*got {there}; expected stops.txt"):
        read_gtfs(path, NAME)


def test_a_hostile_zip_is_refused_as_everywhere(tmp_path):
    path = tmp_path / "gtfs.zip"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("../stops.txt", "x")
    with pytest.raises(DataError, match="leaves"):
        read_gtfs(path, NAME)
    path.write_bytes(b"no zip")
    with pytest.raises(DataError, match="zip"):
        read_gtfs(path, NAME)


@pytest.mark.parametrize("file", ["no.zip", "bad.zip", "lacks.zip"])
def test_a_fault_names_the_key_of_the_plan_and_no_folder_of_the_machine(
    monkeypatch, tmp_path, file
):
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "lacks.zip", "w") as z:
        z.writestr("routes.txt", "route_id\n1\n")
    with pytest.raises(DataError) as err:
        asked(monkeypatch, {"gtfs_path": str(tmp_path / file)})
    (fault,) = err.value.faults
    for lang in ("zh", "en"):
        assert f"[[facilities]] bus [bus.gtfs_path] {file}" in fault.text(lang)
        assert str(tmp_path) not in fault.text(lang)
    assert fault.todo


def test_a_case_of_a_timetable_waits_for_no_layer_of_stops(tmp_path):
    given = {"id": "bus", "model": "transfers", "demand": {"layer": "townships", "each": True}}
    (one,) = FacilitiesSection(cases=(given | {"bus": {"gtfs_path": "gtfs.zip"}},)).cases
    assert one.layers == ("townships",)
    with pytest.raises(ConfigError, match="needs bus"):
        FacilitiesSection(cases=(given,))


def test_the_row_of_a_fault_is_told_in_the_language_asked_for(monkeypatch, tmp_path):
    path = written(tmp_path / "gtfs", feed())
    times = path / "stop_times.txt"
    # a blank line before it is a line of the file
    times.write_text(times.read_text().replace("T10,S0,0\n", "\nT10,S0,first\n"))
    with pytest.raises(DataError) as err:
        asked(monkeypatch, {"gtfs_path": str(path)})
    plan = load_plan(ROOT / "plans" / "sample.toml")
    case = next(c for c in plan.section(FacilitiesSection).cases if c.id == "bus")
    fault = _of_case(plan, case, err.value.faults[0])
    zh, en = fault.text("zh"), fault.text("en")
    head = "sample.toml [[facilities]] bus [bus.gtfs_path] gtfs/stop_times.txt "
    assert zh.startswith(f"{head}第 3 行 [stop_sequence]")
    assert en.startswith(f"{head}row 3 [stop_sequence]")


def test_a_timetable_of_another_place_is_refused(monkeypatch, tmp_path):
    path = written(tmp_path / "gtfs", feed())
    stops = path / "stops.txt"
    # ten degrees to the east, 870 km at 38.8 N
    stops.write_text(stops.read_text().replace(",106.", ",116."))
    with pytest.raises(DataError, match="every stop lies more than 100 km"):
        asked(monkeypatch, {"gtfs_path": str(path)})
