"""Open data land in a plan whatever the server does, and nothing of the plan is lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import layers.fetch.manners
import layers.fetch.ranges
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from gis.cells.grid import plan_grid
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError
from layers.fetch.open_data import OpenData, fetch_open_data, wanted_data
from layers.fetch.osm import tag_number
from layers.fetch.source import parse_source, sources
from layers.open.plan_layers import open_features, open_raster, plan_warnings
from layers.plan.model import Plan
from layers.weather import read_weather
from layers.weather.schema import WeatherSource
from tests.conftest import ROOT
from tests.layers.fetch.server import Answer, Server, gzipped, height, read_all


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(web: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    slept: list[float] = []
    monkeypatch.setattr(layers.fetch.manners.time, "sleep", slept.append)
    web.asked.clear()
    web.ranges.clear()
    web.sent, web.mood, web.slept = 0, None, slept  # type: ignore[attr-defined]
    yield web
    web.mood = None


def plan_of(folder: Path, code: str = "640221") -> Plan:
    file = folder / f"{code}.toml"
    if not file.exists():
        new_plan(code, file)
    return load_plan(file)


def bring(plan: Plan, server: Server, *asked: str, **more: object) -> OpenData:
    return fetch_open_data(
        plan, lambda *_: None, asked=asked, mirrors=server.mirrors(), remark="open", **more
    )  # type: ignore[arg-type]


DEM = "copernicus_glo30"


# ---------------------------------------------------------------- sources


def test_every_source_says_where_it_is_from() -> None:
    for source in sources().values():
        assert source.licence, source.id
        assert source.attribution.zh, source.id
        assert source.documentation.startswith("https://"), source.id
        assert source.base.startswith("https://"), source.id
    assert {i for s in sources().values() for i in s.gives} >= {
        *("dem", "land_cover", "water_body", "road", "railway", "power_line", "substations"),
        *("buildings", "turbines", "existing_pv", "weather", "wind_speed", "population"),
    }


def test_what_was_not_verified_is_asked_only_by_name(tmp_path: Path) -> None:
    recalled = {s.id for s in sources().values() if s.quality == "recalled"}
    assert recalled == {"global_solar_atlas"}
    plan = plan_of(tmp_path)
    assert not recalled & {w.piece.source.id for w in wanted_data(plan)}
    named = {w.piece.source.id for w in wanted_data(plan, ["global_solar_atlas"])}
    assert named == recalled


def test_faults_of_a_source_are_told_together() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_source('id = "A"\nkind = "ftp"\n', "a.toml")
    assert len(caught.value.faults) > 3


@pytest.mark.parametrize(
    ("text", "unit", "want"),
    [
        ("110000;35000", "kV", 110.0),
        ("110 kV", "kV", 110.0),
        ("2 MW", "kW", 2000.0),
        ("1,5 MW", "kW", 1500.0),
        ("1500", "kW", None),  # of no unit: watts or kilowatts cannot be told
        ("12 m", "m", 12.0),
        ("12'6\"", "m", None),
        ("yes", "MW", None),
        ("", "m", None),
    ],
)
def test_numbers_of_tags(text: str, unit: str, want: float | None) -> None:
    assert tag_number(text, unit) == want


# ---------------------------------------------------------------- a county


@pytest.mark.slow
@pytest.mark.parametrize("code", ["640221", "522327"])
def test_a_county_gets_what_it_lacks(server: Server, tmp_path: Path, code: str) -> None:
    plan = plan_of(tmp_path, code)
    before = plan.path.read_text(encoding="utf-8")
    found = bring(plan, server)
    assert found.faults == ()
    assert found.layers["dem"] == DEM
    assert found.layers["road"] == "openstreetmap"
    assert found.kept is not None
    assert found.kept.read_text(encoding="utf-8") == before
    new = load_plan(plan.path)
    for layer_id, source_id in found.layers.items():
        source, spec = new.layers[layer_id], sources()[source_id]
        assert source.licence == spec.licence
        assert spec.attribution.en in (
            source.attribution,
            getattr(source.attribution, "en", ""),
        )
        assert source_id in source.source
    assert new.layers["land_cover"].vocabulary == "worldcover2021"
    assert "layer_incomplete" in {w.code for w in plan_warnings(new)}
    # every file is as the record says
    for name, sha in found.files.items():
        assert hashlib.sha256((plan.data_root / name).read_bytes()).hexdigest() == sha
    # the second time nothing is asked for, and the plan stays
    server.asked.clear()
    text = new.path.read_text(encoding="utf-8")
    again = bring(new, server)
    assert (again.bytes_brought, sum(server.asked.values()), again.plan) == (0, 0, None)
    assert new.path.read_text(encoding="utf-8") == text


@pytest.mark.slow
def test_values_are_those_of_the_tiles(server: Server, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    bring(plan, server, DEM, "worldcover2021", "openstreetmap", "jrc_surface_water")
    new = load_plan(plan.path)
    # 105.95 to 107.05 E, 38.57 to 39.14 N with the margin: three degrees by two
    assert len(new.layers["dem"].tiles) == 5
    # the corner where four tiles meet (106 E, 39 N) lies in this grid of the zone of 105 E
    x, y = transform_points([106.0], [39.0], "EPSG:4326", "EPSG:4544")
    grid = plan_grid((x[0] - 900, y[0] - 900, x[0] + 900, y[0] + 900), 4544, 100)
    found = open_raster(new, "dem", grid)
    assert found is not None
    values, known = found
    assert known.all()
    # 10 m a degree: 0.1 m over 900 m, without a step at the seam
    assert np.abs(values - height(106.0, 39.0)).max() < 0.3
    road = open_features(new, "road")
    assert road is not None
    assert road["road_class"].tolist() == ["provincial", "village"]
    assert road["lanes"].tolist()[0] == 2
    line = open_features(new, "power_line")
    assert line is not None
    assert line["voltage_kv"].tolist()[0] == 110
    assert np.isnan(line["voltage_kv"].tolist()[1])  # not said is not 0
    assert line["placement"].tolist() == ["overhead", "underground"]
    turbine = open_features(new, "turbines")
    assert turbine is not None
    assert turbine["capacity_kw"].tolist() == [2000]
    assert turbine["turbine_id"].tolist() == ["osm-n7"]
    school = open_features(new, "buildings")
    assert school is not None
    assert (school["use"].tolist(), school["floors"].tolist()) == (["school"], [3])
    water = open_features(new, "water_body")
    assert water is not None
    # a disc of 0.03 degrees: 3.33 km north to south, 2.60 km east to west at 38.9 N
    assert water.area.sum() == pytest.approx(np.pi * 3_330 * 2_600, rel=0.05)


def test_layers_the_user_gave_or_declared_are_not_touched(
    server: Server, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path)
    text = plan.path.read_text(encoding="utf-8")
    text += '\n[layers.population]\npath = "mine.tif" # from the bureau\n'
    text = text.replace(
        "[layers.railway]", '[layers.railway]\nassumed_absent = "none" # asked\n#', 1
    )
    lines = []
    skip = False
    for row in text.splitlines():
        if row.startswith("["):
            skip = False
        if skip and row.startswith("required_from_user"):
            continue
        skip = skip or row.startswith("[layers.railway]")
        lines.append(row)
    plan.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    plan = load_plan(plan.path)
    found = bring(plan, server, "worldpop", "openstreetmap")
    assert "population" not in found.layers
    assert "railway" not in found.layers
    now = plan.path.read_text(encoding="utf-8")
    assert 'path = "mine.tif" # from the bureau' in now
    assert 'assumed_absent = "none" # asked' in now
    assert not any("worldpop" in p for p in server.asked)


def test_series_are_read_by_the_readers_of_the_house(server: Server, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    found = bring(plan, server, "pvgis", "nasa_power")
    assert found.faults == ()
    doc = load_plan(plan.path)
    pv = doc.sections["pv"].weather  # type: ignore[union-attr]
    wind = doc.sections["wind"].weather  # type: ignore[union-attr]
    assert (pv.path.rsplit("/", 1)[1][:5], wind.path.rsplit("/", 1)[1][:5]) == (
        "pvgis",
        "nasa_",
    )
    weather = read_weather(doc.resolve(wind.path), WeatherSource(path=wind.path))
    assert weather.hourly["wind_speed_m_s"].iloc[0] == 5.0
    assert len(weather.hourly) == 8760
    sun = read_weather(doc.resolve(pv.path), WeatherSource(path=pv.path))
    # beam and diffuse on a plane that lies flat: 80 W/m2 of sky and at most 500 of the sun
    assert 550 < sun.hourly["ghi_w_m2"].max() <= 580
    assert (sun.lon, sun.altitude_m) == (pytest.approx(106.46, abs=0.01), 1100.0)


# ---------------------------------------------------------------- windows


def test_only_the_window_of_a_tile_comes(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers.fetch.ranges, "_PIECE", 4096)
    found = bring(plan_of(tmp_path), server, "global_wind_atlas")
    whole = len(server.body("/global_wind_atlas/api/gis/country/CHN/wind-speed/100") or b"")
    assert whole > 1_500_000
    assert found.bytes_brought < 0.2 * whole
    assert server.sent < 0.2 * whole
    assert all(r.startswith("bytes=") for r in server.ranges)
    [name] = [f for f in found.files if f.endswith(".tif")]
    cells = read_all(tmp_path / name)
    assert cells.size < 0.01 * 640 * 640
    assert (cells == 6.5).all()


def test_cells_of_a_window_are_the_tile_s_own(server: Server, tmp_path: Path) -> None:
    import rasterio

    plan = plan_of(tmp_path)
    bring(plan, server, DEM)
    seen = 0
    for name in (tmp_path / "open_data/640221" / DEM).glob("*.tif"):
        with rasterio.open(name) as src:
            x, y = src.xy(*np.indices(src.shape).reshape(2, -1))
            got = src.read(1).ravel()
        assert np.abs(got - height(np.asarray(x), np.asarray(y))).max() < 0.02
        seen += 1
    assert seen == 6


# ---------------------------------------------------------------- moods


def _first(status: int, **headers: str) -> object:
    def mood(s: Server, path: str, n: int, h: dict[str, str]) -> Answer | None:
        shown = {k.replace("_", "-"): v for k, v in headers.items()}
        return (status, shown, b"") if n == 1 else None

    return mood


def _cut(s: Server, path: str, n: int, h: dict[str, str]) -> Answer | None:
    if n > 1:
        return None
    status, headers, body = s.good(path, h)
    return status, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2]


def _reset(s: Server, path: str, n: int, h: dict[str, str]) -> Answer | None:
    return (0, {}, b"") if n == 1 else None


def _no_ranges(s: Server, path: str, n: int, h: dict[str, str]) -> Answer | None:
    return s.good(path, h, ranges=False)


def _gzip(s: Server, path: str, n: int, h: dict[str, str]) -> Answer | None:
    return gzipped(s.good(path, h, ranges=False))


def _no_edition(s: Server, path: str, n: int, h: dict[str, str]) -> Answer | None:
    status, headers, body = s.good(path, h)
    headers.pop("ETag", None)
    return status, headers, body


@pytest.mark.slow
@pytest.mark.parametrize(
    "mood",
    [
        _first(500),
        _first(503),
        _first(429, Retry_After="3"),
        _cut,
        _reset,
        _no_ranges,
        _gzip,
        _no_edition,
    ],
    ids=["500", "503", "429", "cut", "reset", "no-ranges", "gzip", "no-edition"],
)
def test_a_server_in_a_mood_is_waited_for(server: Server, tmp_path: Path, mood: object) -> None:
    server.mood = mood  # type: ignore[assignment]
    found = bring(plan_of(tmp_path), server, DEM, "pvgis")
    assert found.faults == ()
    assert set(found.layers) == {"dem", "weather"}
    assert not [p for p in tmp_path.rglob("*") if ".pieces" in p.name or ".part" in p.name]
    if mood is not None and server.slept and 3.0 in server.slept:  # type: ignore[attr-defined]
        assert server.slept.count(3.0) >= 5  # type: ignore[attr-defined]


HTML = b"<!DOCTYPE html><p>log in"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ((200, {"Content-Type": "text/html"}, HTML), "web page"),
        ((200, {"Content-Type": "image/tiff"}, HTML), "web page"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "redirected"),
        ((302, {"Location": "SELF"}, b""), "could not be brought"),
        ((200, {"Content-Type": "image/tiff"}, b"II*\0" + bytes(3000)), "read as a raster"),
        ((206, {"Content-Range": "bytes 0-9/10"}, b"II*\0" + bytes(6)), "damaged"),
        ((403, {}, b""), "403"),
        ((404, {}, b""), "no data in the county"),
        ((503, {}, b""), "503"),
    ],
    ids=["html", "html-as-tiff", "to-file", "loop", "zeros", "short", "403", "404", "503"],
)
def test_what_cannot_be_had_is_told_and_the_rest_stays(
    server: Server, tmp_path: Path, answer: Answer, word: str
) -> None:
    def mood(s: Server, path: str, n: int, h: dict[str, str]) -> Answer | None:
        if DEM not in path:
            return None
        status, headers, body = answer
        return status, {k: path if v == "SELF" else v for k, v in headers.items()}, body

    server.mood = mood
    plan = plan_of(tmp_path)
    found = bring(plan, server, DEM, "worldpop")
    assert set(found.layers) == {"population"}
    assert word in "\n".join(map(str, found.faults))
    assert all(f.text("zh") for f in found.faults)
    new = load_plan(plan.path)
    assert "dem" not in new.layers or not new.layers["dem"].available
    assert not list(tmp_path.rglob("*DEM.tif"))


def test_an_answer_of_overpass_that_ran_out_of_time_is_none(
    server: Server, tmp_path: Path
) -> None:
    text = json.dumps({"elements": [], "remark": "runtime error: Query timed out"}).encode()
    server.mood = lambda *_: (200, {"Content-Type": "application/json"}, text)
    found = bring(plan_of(tmp_path), server, "openstreetmap")
    assert found.layers == {}
    assert "timed out" in str(found.faults[0])


def test_a_missing_tile_is_said_and_not_known(server: Server, tmp_path: Path) -> None:
    server.mood = lambda s, path, n, h: (404, {}, b"") if "N38_00_E106" in path else None
    found = bring(plan_of(tmp_path), server, DEM)
    assert found.faults == ()
    assert ["N38_00_E106" in n for n in found.notes] == [True]
    assert found.layers == {"dem": DEM}


# ---------------------------------------------------------------- killed, on a stick, mirrored

_KILLED = """
import os, signal, sys
from pathlib import Path
import layers.fetch.ranges as ranges
from geoplan.plan_file import load_plan
from layers.fetch.open_data import fetch_open_data
ranges._PIECE = 4096
ranges._AT_ONCE = 1
mirrors = {"copernicus_glo30": sys.argv[2]}
whole = ranges.RangeFile._keep
n = 0
def keep(self, first, body):
    global n
    whole(self, first, body)
    n += 1
    if n == 30:
        os.kill(os.getpid(), signal.SIGKILL)
ranges.RangeFile._keep = keep
plan = load_plan(Path(sys.argv[1]))
fetch_open_data(plan, lambda *_: None, asked=["copernicus_glo30"], mirrors=mirrors)
"""


@pytest.mark.slow
def test_killed_halfway_it_goes_on(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), plan.path, f"{server.url}/{DEM}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=100,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    had = sum(p.read_bytes().count(1) for p in tmp_path.rglob("*.map"))
    assert had >= 25  # pieces kept, of 4,096 bytes each
    monkeypatch.setattr(layers.fetch.ranges, "_PIECE", 4096)
    first = server.sent
    found = bring(plan, server, DEM)
    assert found.layers == {"dem": DEM}
    second = server.sent - first
    other = tmp_path / "other"
    other.mkdir()
    whole = bring(plan_of(other), server, DEM)
    assert second <= whole.bytes_brought - (had - 4) * 4096
    a = {n: s for n, s in found.files.items() if n.endswith(".tif")}
    assert a == {n: s for n, s in whole.files.items() if n.endswith(".tif")}
    assert not list(tmp_path.rglob("*.map"))


def _stick(server: Server, plan: Plan, folder: Path, *asked: str) -> None:
    folder.mkdir()
    for w in wanted_data(plan, asked, server.mirrors()):
        body = server.body(w.piece.url.removeprefix(server.url))
        assert body is not None
        (folder / w.piece.name).write_bytes(body)


@pytest.mark.slow
def test_files_carried_on_a_stick_do(server: Server, tmp_path: Path) -> None:
    plan, stick = plan_of(tmp_path), tmp_path / "U 盘"
    _stick(server, plan, stick, DEM, "pvgis", "openstreetmap")
    server.asked.clear()
    found = bring(plan, server, DEM, "pvgis", "openstreetmap", stick=stick)
    assert found.faults == ()
    assert {"dem", "road", "weather"} <= set(found.layers)
    assert (sum(server.asked.values()), found.bytes_brought) == (0, 0)


def test_a_stick_that_lacks_a_file_or_has_a_damaged_one_is_told(
    server: Server, tmp_path: Path
) -> None:
    plan, stick = plan_of(tmp_path), tmp_path / "stick"
    _stick(server, plan, stick, DEM)
    names = sorted(p.name for p in stick.iterdir())
    (stick / names[0]).unlink()
    (stick / "SHA256SUMS").write_text(f"{'0' * 64}  {names[1]}\n")
    found = bring(plan, server, DEM, stick=stick)
    text = "\n".join(map(str, found.faults))
    assert names[0] in text
    assert "SHA256SUMS" in text
    assert found.layers == {}


def test_a_mirror_of_the_plan_is_one_line(server: Server, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    text = plan.path.read_text(encoding="utf-8")
    line = f'[data]\nmirrors = {{ {DEM} = "{server.url}/{DEM}" }}\n'
    plan.path.write_text(text.replace("[data]\n", line, 1), encoding="utf-8")
    found = fetch_open_data(load_plan(plan.path), lambda *_: None, asked=[DEM])
    assert found.layers == {"dem": DEM}


@pytest.mark.parametrize(
    ("mirrors", "word"),
    [({"nowhere": "http://a"}, "no such source"), ({DEM: "ftp://a"}, "http")],
)
def test_a_mirror_that_is_none_is_refused(
    tmp_path: Path, mirrors: dict[str, str], word: str
) -> None:
    with pytest.raises(ConfigError, match=word):
        wanted_data(plan_of(tmp_path), (), mirrors)


# ---------------------------------------------------------------- nothing leaves without it


def test_the_list_and_the_plan_use_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *a: opened.append(a))
    plan = plan_of(tmp_path)
    names = [w.piece.name for w in wanted_data(plan)]
    assert "Copernicus_DSM_COG_10_N38_00_E106_00_DEM.tif" in names
    assert opened == []


@pytest.mark.parametrize(
    "path",
    [
        "http://example.org/dem.tif",
        "https://me:s3cret@example.org/dem.tif",
        "s3://bucket/dem.tif",
        "/vsicurl/https://example.org/dem.tif",
        "/vsis3/bucket/dem.tif",
    ],
)
@pytest.mark.parametrize("layer_id", ["dem", "road"])
def test_an_address_in_a_plan_is_refused_with_the_way_out(
    tmp_path: Path, path: str, layer_id: str
) -> None:
    plan = plan_of(tmp_path)
    given = plan.layers["road"].model_copy(update={"path": path, "required_from_user": ""})
    plan = plan.model_copy(update={"layers": {layer_id: given}})
    with pytest.raises(DataError, match="geoplan fetch") as caught:
        open_features(plan, "road") if layer_id == "road" else open_raster(
            plan, "dem", plan_grid((584_000, 4_316_000, 585_000, 4_317_000), 4544, 100)
        )
    assert "s3cret" not in str(caught.value)
