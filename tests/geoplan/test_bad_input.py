"""Bad input through the command line: message, exit code, and the last good result.

Every case is a small plan of its own: a box of 5.2 x 4.4 km in the plain near Pingluo, one or
two layers, cells of 100 m. A refused case is run with the folder of a finished run as its
output; not one byte of that folder may change.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from geoplan.cli import main as spoken_main


def main(args: list[str]) -> int:
    """The command line in English, so that what is looked for is the words of this file."""
    return spoken_main(args if "--lang" in args else [*args, "--lang", "en"])


BOX_LL = (106.60, 38.70, 106.66, 38.74)
HOSTILE = "<script>alert(1)</script>"
HEAD = """
[plan]
id = "small"
title = {zh = "小县", en = "small county"}
as_of = 2026-03-31
[area]
cell_m = 100.0
crs = "EPSG:4544"
[area.boundary]
path = "county.geojson"
[screening]
techs = ["pv"]
[sites]
min_area_ha = 2.0
min_width_m = 50.0
route = false
"""
ROAD = '[layers.road]\npath = "road.geojson"\ndate = "2023"\n'

Refuse = Callable[[Path, int], str]


def line(y: float = 38.72) -> shapely.LineString:
    """A road across the county [deg]."""
    return shapely.LineString([(BOX_LL[0], y), (BOX_LL[2], y)])


def roads(geometry: Any, crs: Any, **columns: list[str]) -> gpd.GeoDataFrame:
    body = {"name": ["G244"], "road_class": ["national"], **columns}
    return gpd.GeoDataFrame(body, geometry=[geometry], crs=crs)


def parcels(codes: list[str], names: list[str]) -> gpd.GeoDataFrame:
    """The county cut into strips from west to east, one a code."""
    west, south, east, north = BOX_LL
    at = np.linspace(west, east, len(codes) + 1)
    strips = [shapely.box(a, south, b, north) for a, b in pairwise(at)]
    return gpd.GeoDataFrame({"DLBM": codes, "DLMC": names}, geometry=strips, crs=4490)


def write_plan(folder: Path, layers: str = "", head: str = HEAD) -> Path:
    """A plan of the box with the layers of the case."""
    county = gpd.GeoDataFrame({"name": ["小县"]}, geometry=[shapely.box(*BOX_LL)], crs=4490)
    county.to_file(folder / "county.geojson")
    plan = folder / "small.toml"
    plan.write_text(head + layers, encoding="utf-8")
    return plan


def state_of(folder: Path) -> dict[str, str]:
    """Every file below `folder` with the digest of its content."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that every refused case names as its output."""
    folder = tmp_path_factory.mktemp("good")
    roads(line(), 4490).to_file(folder / "road.geojson")
    out = folder / "out"
    assert main(["screen", str(write_plan(folder, ROAD)), "--out", str(out)]) == 0
    return out


@pytest.fixture
def refused(good: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Run `screen` on a plan that must fail with a code; gives the message."""

    def run(plan: Path, code: int) -> str:
        before = state_of(good)
        capsys.readouterr()
        assert main(["screen", str(plan), "--out", str(good)]) == code
        assert state_of(good) == before
        return capsys.readouterr().err

    return run


def doctor(plan: Path, capsys: pytest.CaptureFixture[str], code: int) -> dict[str, Any]:
    """What `doctor --json` says; its exit code is checked."""
    capsys.readouterr()
    assert main(["doctor", str(plan), "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.slow
def test_missing_files_are_named_all_at_once(tmp_path: Path, refused: Refuse) -> None:
    lost = '[layers.settlement]\npath = "village.shp"\n'
    err = refused(write_plan(tmp_path, ROAD + lost), 3)
    for word in ("small.toml [layers.road]", "road.geojson", "[layers.settlement]"):
        assert word in err
    assert "2 faults" in err
    assert "required_from_user" in err  # what to do


def test_doctor_lists_the_missing_file_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = doctor(write_plan(tmp_path, ROAD), capsys, 3)
    assert any("road.geojson" in f["got"] and f["todo"] for f in found["faults"])
    assert {r["layer"]: r["state"] for r in found["layers"]} == {"road": "faulty"}


ZONE = """
[[zones]]
id = "{id}"
title = {{ zh = "甲", en = "A" }}
bounds_ll = {box}
"""


def test_doctor_names_every_zone_that_does_not_touch_the_county(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    zones = [
        ("far", [86.61, 38.71, 86.63, 38.73]),  # another province
        ("half", [106.65, 38.73, 106.70, 38.80]),  # reaches over the border: fine
    ]
    said = "".join(ZONE.format(id=i, box=b) for i, b in zones)
    found = doctor(write_plan(tmp_path, ROAD + said), capsys, 3)
    assert [f["where"] for f in found["faults"]] == ["small.toml [zones.far]"]
    assert found["faults"][0]["got"] == "86.6100, 38.7100, 86.6300, 38.7300"


def test_a_zone_with_latitude_first_is_refused_with_the_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """106 is no latitude: the plan itself cannot be read."""
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    swapped = ZONE.format(id="swapped", box=[38.71, 106.61, 38.73, 106.63])
    assert main(["doctor", str(write_plan(tmp_path, ROAD + swapped)), "--lang", "en"]) == 2
    assert "bounds_ll" in capsys.readouterr().err


def test_doctor_tells_a_code_of_another_county(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    coded = HEAD.replace("[area]\n", '[area]\nadcode = "640104"\n')
    found = doctor(write_plan(tmp_path, ROAD, coded), capsys, 0)
    assert [w["code"] for w in found["place"]] == ["boundary_other_county"]
    right = HEAD.replace("[area]\n", '[area]\nadcode = "640221"\n')
    told = doctor(write_plan(tmp_path, ROAD, right), capsys, 0)["place"]
    # the box is 5.2 x 4.4 km of a county of 2065.8 km2
    assert [w["code"] for w in told] == ["boundary_share"]
    assert "1.1 % of the bundled outline" in told[0]["text"]["en"]
    invented = right.replace("[area]\n", "synthetic = true\n[area]\n")
    assert doctor(write_plan(tmp_path, ROAD, invented), capsys, 0)["place"] == []


# The box lies in the 3-degree zone 35 (central meridian 105 E): 106.6 E is about 139 km east of
# it, so the easting is 639,000 m without and 35,639,000 m with the zone prefix.
def _metres(x0: float) -> shapely.LineString:
    return shapely.LineString([(x0 + 639_100.0, 4_287_500.0), (x0 + 644_200.0, 4_287_500.0)])


@pytest.mark.parametrize(
    ("geometry", "crs", "words"),
    [
        (_metres(0.0), 4490, ("metres in a CRS of degrees",)),
        (line(), 4544, ("degrees in a CRS of metres", "EPSG:4490")),
        (_metres(35e6), 4544, ("4523",)),
        (_metres(0.0), 4523, ("4544",)),
    ],
    ids=["metres as degrees", "degrees as metres", "prefix not declared", "prefix not there"],
)
def test_wrong_crs_is_refused_with_advice(
    tmp_path: Path, refused: Refuse, geometry: Any, crs: int, words: tuple[str, ...]
) -> None:
    roads(geometry, crs).to_file(tmp_path / "road.gpkg")
    err = refused(write_plan(tmp_path, ROAD.replace("geojson", "gpkg")), 3)
    assert "road.gpkg" in err
    for word in words:
        assert word in err


def test_a_shapefile_without_prj_asks_for_its_crs(tmp_path: Path, refused: Refuse) -> None:
    roads(_metres(0.0), 4544).to_file(tmp_path / "road.shp")
    (tmp_path / "road.prj").unlink()
    plan = write_plan(tmp_path, ROAD.replace("geojson", "shp"))
    err = refused(plan, 3)
    assert "road.shp" in err
    assert "crs" in err.lower()
    assert "4544" in err  # the CRS that fits the numbers
    # and stated in the plan, it is read
    stated = ROAD.replace("geojson", "shp") + 'crs = "EPSG:4544"\n'
    assert main(["doctor", str(write_plan(tmp_path, stated))]) == 0


def test_swapped_axes_are_refused(tmp_path: Path, refused: Refuse) -> None:
    turned = shapely.LineString([(y, x) for x, y in line().coords])
    roads(turned, 4490).to_file(tmp_path / "road.geojson")
    err = refused(write_plan(tmp_path, ROAD), 3)
    assert "road.geojson" in err
    assert "axes are swapped" in err
    assert "longitude first" in err


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp"])
def test_an_empty_layer_is_refused(tmp_path: Path, refused: Refuse, suffix: str) -> None:
    path = tmp_path / f"road.{suffix}"
    if suffix == "geojson":
        path.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    else:
        roads(line(), 4490).iloc[:0].to_file(path, geometry_type="LineString")
    err = refused(write_plan(tmp_path, ROAD.replace("geojson", suffix)), 3)
    assert path.name in err
    assert "no features" in err or "empty" in err


def test_an_empty_file_is_refused(tmp_path: Path, refused: Refuse) -> None:
    (tmp_path / "road.geojson").write_bytes(b"")
    assert "road.geojson" in refused(write_plan(tmp_path, ROAD), 3)


LAND = '[layers.land_parcels]\npath = "dltb.gpkg"\ndate = "2023"\n'


def test_unknown_land_codes_are_named_and_counted(tmp_path: Path, refused: Refuse) -> None:
    table = parcels(["0101", "9999", "9999", "01A"], ["水田", "", "", ""])
    table.to_file(tmp_path / "dltb.gpkg")
    err = refused(write_plan(tmp_path, LAND), 3)
    assert "small.toml [layers.land_parcels]" in err
    for code in ("9999", "01A"):
        assert code in err
    assert "0101" not in err.replace("01010", "")


def test_codes_of_the_other_list_are_refused(tmp_path: Path, refused: Refuse) -> None:
    # 0601 is 工业用地 in the land survey and 农村道路 in the 用地用海 list
    table = parcels(["0101", "0601", "1204"], ["水田", "农村道路", "港口码头用地"])
    table.to_file(tmp_path / "dltb.gpkg")
    err = refused(write_plan(tmp_path, LAND), 3)
    assert "2 faults" in err
    for word in ("0601", "农村道路", "1204", "港口码头用地", "recode"):
        assert word in err


def test_a_layer_of_the_wrong_geometry_is_refused(tmp_path: Path, refused: Refuse) -> None:
    table = gpd.GeoDataFrame(
        {"DLBM": ["0101"]}, geometry=[shapely.Point(106.63, 38.72)], crs=4490
    )
    table.to_file(tmp_path / "dltb.gpkg")
    err = refused(write_plan(tmp_path, LAND), 3)
    assert "land_parcels" in err
    assert "got points" in err
    assert "expected polygons" in err


def test_a_required_field_that_is_not_there_is_named(tmp_path: Path, refused: Refuse) -> None:
    roads(line(), 4490).drop(columns="road_class").to_file(tmp_path / "road.geojson")
    err = refused(write_plan(tmp_path, ROAD), 3)
    assert "[layers.road]" in err
    assert "road_class" in err


FIVE = """
[plan]
id = "Bad Id"
title = {zh = "坏", en = "bad"}
as_of = 2026-01-01
colour = "red"
[area]
cell_m = -5
[area.boundary]
adcode = "640221"
path = "also.shp"
[layers.no_such_layer]
path = "x.shp"
"""


def test_a_plan_with_five_faults_names_all_five(tmp_path: Path, refused: Refuse) -> None:
    err = refused(write_plan(tmp_path, head=FIVE), 2)
    assert "5 faults" in err
    for key in ("plan.id", "plan.colour", "area.cell_m", "area.boundary", "no_such_layer"):
        assert f"small.toml [{key}" in err or f"small.toml [layers.{key}" in err


def test_the_five_faults_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = write_plan(tmp_path, head=FIVE)
    assert main(["doctor", str(plan), "--json"]) == 2
    body = json.loads(capsys.readouterr().err)["error"]
    assert body["exit_code"] == 2
    assert len(body["faults"]) == 5


def test_a_plan_that_is_not_toml_names_the_line(tmp_path: Path, refused: Refuse) -> None:
    err = refused(write_plan(tmp_path, head="[plan\nid = 3\n"), 2)
    assert "small.toml" in err
    assert "line 1" in err


def test_an_archive_that_leaves_its_folder_is_refused(tmp_path: Path, refused: Refuse) -> None:
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    box = tmp_path / "deep" / "er"
    box.mkdir(parents=True)
    with zipfile.ZipFile(box / "road.zip", "w") as archive:
        archive.write(tmp_path / "road.geojson", "../../evil.geojson")
    err = refused(write_plan(tmp_path, ROAD.replace("road.geojson", "deep/er/road.zip")), 3)
    assert "road.zip" in err
    assert "leaves" in err
    assert "do not use this file" in err
    assert not list(tmp_path.rglob("evil*"))


# ---------------------------------------------------------------- weather


def weather(path: Path, wind: Callable[[np.ndarray], np.ndarray]) -> None:
    """A year of hours with the wind speed that `wind` makes of the hour."""
    hour = np.arange(8760)
    stamp = pd.date_range("2021-01-01 00:30", periods=8760, freq="h").strftime("%F %H:%M")
    table = pd.DataFrame(
        {
            "time": stamp,
            "wind_speed_m_s": wind(hour.astype(float)),
            "wind_direction_deg": hour % 360,
            "temp_air_c": 10.0,
            "pressure_pa": 89_000.0,
        }
    )
    head = "# lon: 106.63\n# lat: 38.72\n# altitude_m: 1100\n# tz: UTC+08:00\n# label: mid\n"
    path.write_text(head + table.to_csv(index=False), encoding="utf-8")


WIND = HEAD.replace('["pv"]', '["wind"]') + '[wind.weather]\npath = "wind.csv"\n'
TURBINE = '[layers.turbines]\npath = "turbines.geojson"\ndate = "2023"\n'


def turbine(folder: Path) -> None:
    columns = {"turbine_id": ["T1"], "capacity_kw": [1500.0], "hub_height_m": [70.0]}
    columns |= {"rotor_diameter_m": [82.0]}
    at = [shapely.Point(106.63, 38.72)]
    gpd.GeoDataFrame(columns, geometry=at, crs=4490).to_file(folder / "turbines.geojson")


def test_a_wind_series_of_nan_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weather(tmp_path / "wind.csv", lambda h: h * np.nan)
    turbine(tmp_path)
    plan = write_plan(tmp_path, TURBINE, WIND)
    assert main(["wind", str(plan), "--out", str(tmp_path / "out")]) == 3
    err = capsys.readouterr().err
    assert "wind.csv" in err
    assert "(0%)" in err  # no hour of any month has a value
    assert not (tmp_path / "out").exists()


def test_holes_in_a_wind_series_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # every tenth hour is missing: 876 of 8,760
    weather(tmp_path / "wind.csv", lambda h: np.where(h % 10 == 3, np.nan, 7.0))
    found = doctor(write_plan(tmp_path, head=WIND), capsys, 0)
    gaps = [f for f in found["weather"] if f["code"] == "weather_gap"]
    assert gaps
    assert "876" in gaps[0]["text"]["zh"] or "10" in gaps[0]["text"]["zh"]


def test_weather_without_a_clock_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weather(tmp_path / "wind.csv", lambda h: 0 * h + 7.0)
    text = (tmp_path / "wind.csv").read_text(encoding="utf-8")
    (tmp_path / "wind.csv").write_text(text.replace("# tz: UTC+08:00\n", ""), encoding="utf-8")
    found = doctor(write_plan(tmp_path, head=WIND), capsys, 3)
    assert any(
        "wind.csv" in f["where"] and "tz" in f["what"] + f["todo"] for f in found["faults"]
    )


@pytest.mark.slow
def test_a_polar_site_is_outside_the_model(
    tmp_path: Path, good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # at 70 N the sun stays down on 21 December: rows that must not shade each other at noon
    # of that day have no pitch
    import pvlib

    from layers.catalogue import layers as catalogue

    county = gpd.GeoDataFrame(geometry=[shapely.box(25.0, 70.0, 25.1, 70.03)], crs=4326)
    head = HEAD.replace("EPSG:4544", "EPSG:32635") + '[pv.weather]\npath = "sun.csv"\n'
    absent = "".join(f'[layers.{k}]\nassumed_absent = "test"\n' for k in sorted(catalogue()))
    plan = write_plan(tmp_path, absent, head)
    county.to_file(tmp_path / "county.geojson")
    time = pd.date_range("2021-01-01 00:30", periods=8760, freq="h", tz="UTC")
    zenith = pvlib.solarposition.get_solarposition(time, 70.0, 25.05)["zenith"].to_numpy()
    table = pd.DataFrame(
        {
            "time": time.strftime("%F %H:%M"),
            "ghi_w_m2": (700 * np.clip(np.cos(np.deg2rad(zenith)), 0, None)).round(1),
            "temp_air_c": 5.0,
            "wind_speed_m_s": 3.0,
        }
    )
    place = "# lon: 25.05\n# lat: 70.0\n# altitude_m: 100\n# tz: UTC\n# label: mid\n"
    (tmp_path / "sun.csv").write_text(place + table.to_csv(index=False), encoding="utf-8")
    before = state_of(good)
    assert main(["pv", str(plan), "--out", str(good)]) == 4
    assert "polar" in capsys.readouterr().err
    assert state_of(good) == before


# ---------------------------------------------------------------- rules and boundaries


CHANGES = """
[[screening.overrides]]
id = "PV-036"
distance_m = {metres}
reason = "agreed at the hearing of 12 May"
[[screening.overrides]]
id = "{rule}"
off = true
reason = "letter of the bureau"
"""


def test_changes_of_rules_beyond_the_law_are_listed(tmp_path: Path, refused: Refuse) -> None:
    # the article on national roads says "not less than 20 m"; there is no PV-999
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    plan = write_plan(tmp_path, ROAD + CHANGES.format(metres=4, rule="PV-999"))
    err = refused(plan, 2)
    assert "2 faults" in err
    for word in ("PV-999", "PV-036", "20", "[[screening.overrides]]", plan.name):
        assert word in err


def test_changes_of_rules_stand_in_the_report_with_their_reason(tmp_path: Path) -> None:
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    plan = write_plan(tmp_path, ROAD + CHANGES.format(metres=40, rule="PV-067"))
    out = tmp_path / "out"
    assert main(["screen", str(plan), "--out", str(out)]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "agreed at the hearing of 12 May" in page
    assert "letter of the bureau" in page


@pytest.fixture
def boundary_plan(tmp_path: Path) -> Path:
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    return write_plan(tmp_path, ROAD)


def boundary(path: Path, *corners: tuple[float, float]) -> Path:
    gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Polygon(corners)], crs=4490).to_file(
        path
    )
    return path


def test_a_check_for_an_unknown_technology_is_refused(
    tmp_path: Path, boundary_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = boundary(tmp_path / "a.geojson", (106.61, 38.71), (106.62, 38.71), (106.62, 38.73))
    assert main(["check", str(a), str(boundary_plan), "--tech", "solar"]) == 2
    assert "pv" in capsys.readouterr().err


def test_a_check_outside_the_county_is_refused(
    tmp_path: Path, boundary_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = boundary(tmp_path / "a.geojson", (100.0, 30.0), (100.1, 30.0), (100.1, 30.1))
    assert main(["check", str(a), str(boundary_plan)]) == 3
    err = capsys.readouterr().err
    assert "a.geojson" in err
    assert "outside the county" in err


def test_a_check_of_a_boundary_that_crosses_itself_says_so(
    tmp_path: Path, boundary_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = boundary(
        tmp_path / "a.geojson",
        *((106.61, 38.71), (106.62, 38.72), (106.62, 38.71), (106.61, 38.72)),
    )
    assert spoken_main(["check", str(a), str(boundary_plan)]) == 0
    assert "自相交" in capsys.readouterr().out


def test_a_check_of_points_says_what_is_wanted(
    tmp_path: Path, boundary_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gpd.GeoDataFrame(geometry=[shapely.Point(106.62, 38.71)], crs=4490).to_file(
        tmp_path / "a.geojson"
    )
    assert main(["check", str(tmp_path / "a.geojson"), str(boundary_plan)]) == 3
    err = capsys.readouterr().err
    assert "1 point" in err
    assert "polygons" in err


def test_exchanged_coordinates_of_a_place_are_put_right(
    boundary_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "38.72", "106.63", str(boundary_plan)]) == 3
    assert "106.63 38.72" in capsys.readouterr().err


# ---------------------------------------------------------------- output


def test_output_that_is_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    plan = write_plan(tmp_path, ROAD)
    assert main(["screen", str(plan), "--out", str(tmp_path / "mine.txt")]) == 3
    assert "mine.txt" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_output_that_may_not_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # a folder's rights do not bind an administrator, so the system call is made to fail
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    plan = write_plan(tmp_path, ROAD)
    real = Path.mkdir

    def mkdir(self: Path, *args: Any, **kwargs: Any) -> None:
        if self.name.endswith(".partial"):
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    assert main(["screen", str(plan), "--out", str(tmp_path / "locked" / "out")]) == 3
    err = capsys.readouterr().err
    assert "locked" in err
    assert "--out" in err
    assert "a bug in geoplan" not in err


@pytest.mark.parametrize(
    "at", ["geoplan.workers.one_step.save_step", "geoplan.report.exports.write_exports"]
)
def test_a_full_disk_leaves_the_last_result(
    tmp_path: Path, refused: Refuse, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    plan = write_plan(tmp_path, ROAD)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(at, full)
    err = refused(plan, 3)
    assert "disk is full" in err
    assert "free some space" in err


def test_a_check_into_a_file_is_refused(
    tmp_path: Path, boundary_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = boundary(tmp_path / "a.geojson", (106.61, 38.71), (106.62, 38.71), (106.62, 38.73))
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    args = ["check", str(a), str(boundary_plan), "--out", str(tmp_path / "mine.txt")]
    assert main(args) in {2, 3}
    assert "mine.txt" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_run_that_leaves_no_feature_still_writes_its_map(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["targets", str(write_plan(tmp_path)), "--out", str(out)]) == 0
    assert (out / "map.html").exists()


@pytest.mark.slow
def test_a_run_of_one_step_keeps_the_other_results(tmp_path: Path) -> None:
    parcels(["0101", "1205"], ["水田", "沙地"]).to_file(tmp_path / "dltb.gpkg")
    plan, out = str(write_plan(tmp_path, LAND)), tmp_path / "out"
    assert main(["screen", plan, "--out", str(out)]) == 0
    assert main(["carbon", plan, "--out", str(out)]) == 0
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert "carbon" in found
    assert "screening" in found


def test_a_run_of_other_inputs_does_not_take_results_away(
    tmp_path: Path, good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turbine(tmp_path)
    weather(tmp_path / "wind.csv", lambda h: 7.0 + h * 0)
    plan = write_plan(tmp_path, TURBINE, WIND)
    before = state_of(good)
    assert main(["rooftop", str(plan), "--out", str(good)]) == 2
    assert "--out" in capsys.readouterr().err
    assert state_of(good) == before


def test_documents_of_another_plan_are_refused(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # the run was made from another plan: its numbers are not this plan's
    run = tmp_path / "out"
    shutil.copytree(good, run)
    other = write_plan(tmp_path, head=HEAD.replace('id = "small"', 'id = "other"'))
    assert main(["report", str(other), "--out", str(run)]) == 2
    err = capsys.readouterr().err
    assert "small" in err
    assert "other" in err


# ---------------------------------------------------------------- accepted, and reported


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on data that are poor but readable.

    Townships in a GBK Shapefile without ``.cpg``, one of them with a name that is a script;
    settlements of which one crosses itself; a slope raster without nodata.
    """
    folder = tmp_path_factory.mktemp("rough")
    west, south, east, north = BOX_LL
    middle = (west + east) / 2
    table = gpd.GeoDataFrame(
        {"XZQMC": ["高仁乡", HOSTILE]},
        geometry=[
            shapely.box(west, south, middle, north),
            shapely.box(middle, south, east, north),
        ],
        crs=4490,
    )
    # ISO-8859-1 takes the bytes as they are: what is written is GBK
    table["XZQMC"] = [n.encode("gbk").decode("latin-1") for n in table["XZQMC"]]
    pyogrio.write_dataframe(table, folder / "town.shp", encoding="ISO-8859-1")
    (folder / "town.cpg").unlink()
    # a bow tie: its two halves touch at (106.61, 38.71)
    bow = shapely.Polygon([(106.605, 38.705), (106.615, 38.715), (106.615, 38.705),
                           (106.605, 38.715), (106.605, 38.705)])  # fmt: skip
    gpd.GeoDataFrame({"name": ["王家庄"]}, geometry=[bow], crs=4490).to_file(
        folder / "village.geojson"
    )
    with rasterio.open(
        folder / "slope.tif", "w", driver="GTiff", width=70, height=60, count=1,
        dtype="float32", crs="EPSG:4544", transform=from_origin(638_000, 4_291_500, 100, 100),
    ) as sink:  # fmt: skip
        values = np.full((60, 70), 2.0, np.float32)
        values[:5] = -9999.0
        sink.write(values, 1)
    layers = "".join(
        f'[layers.{k}]\npath = "{p}"\ndate = "2023"\n'
        for k, p in (
            ("townships", "town.shp"),
            ("settlement", "village.geojson"),
            ("slope", "slope.tif"),
        )
    )
    # every other layer is declared absent, so that there is land left to make sites of
    from layers.catalogue import layers as catalogue

    rest = set(catalogue()) - {"townships", "settlement", "slope"}
    layers += "".join(f'[layers.{k}]\nassumed_absent = "test"\n' for k in sorted(rest))
    zone = (
        f"[[zones]]\nid = \"z1\"\ntitle = {{zh = '{HOSTILE}', en = '{HOSTILE}'}}\n"
        f'bounds_ll = {list(BOX_LL)}\npurpose = "pv"\n'
    )
    out = folder / "out"
    assert main(["screen", str(write_plan(folder, layers + zone)), "--out", str(out)]) == 0
    return out


def test_a_gbk_shapefile_without_cpg_is_read(rough: Path) -> None:
    towns = gpd.read_file(rough / "results.gpkg", layer="townships")
    assert set(towns["name"]) == {"高仁乡", HOSTILE}


def warnings_in(run: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (run / "summary.json").read_text(encoding="utf-8")
    )["warnings"]
    return found


def test_invalid_polygons_are_repaired_and_reported(
    rough: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = doctor(rough.parent / "small.toml", capsys, 0)
    row = next(r for r in found["layers"] if r["layer"] == "settlement")
    text = row["warnings"][0]["text"]["zh"]
    assert "1 个面几何无效，已修复" in text
    assert row["count"] == 1


def test_a_raster_without_nodata_is_reported(
    rough: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = doctor(rough.parent / "small.toml", capsys, 0)
    row = next(r for r in found["layers"] if r["layer"] == "slope")
    codes = {w["code"] for w in row["warnings"]}
    assert "no_nodata" in codes
    assert any("9999" in w["text"]["zh"] for w in row["warnings"])  # the value that looks so


@pytest.mark.parametrize(
    ("code", "layer"), [("repaired", "settlement"), ("no_nodata", "slope")]
)
def test_what_was_found_on_opening_is_in_the_result(rough: Path, code: str, layer: str) -> None:
    assert any(w["code"] == code and layer in w["where"] for w in warnings_in(rough))


@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_hostile_names_are_text_on_every_page(rough: Path, name: str) -> None:
    page = (rough / name).read_text(encoding="utf-8")
    assert HOSTILE not in page
    if name == "report.html":  # shown as text; the map keeps its features compressed
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_hostile_names_stay_text_in_map_and_report_written_again(
    rough: Path, tmp_path: Path
) -> None:
    run = tmp_path / "out"
    shutil.copytree(rough, run)
    plan = str(rough.parent / "small.toml")
    assert main(["map", plan, "--out", str(run), "--lang", "en"]) == 0
    assert main(["report", plan, "--out", str(run), "--lang", "en"]) == 0
    for name in ("map.html", "report.html"):
        assert HOSTILE not in (run / name).read_text(encoding="utf-8")


def test_hostile_names_are_kept_as_they_are_in_the_data(rough: Path) -> None:
    summary = json.loads((rough / "summary.json").read_text(encoding="utf-8"))
    towns = {s["township"] for s in summary["sites"]}
    assert summary["sites"]
    assert towns <= {"高仁乡", HOSTILE}


@pytest.mark.slow
@pytest.mark.browser
def test_no_script_of_a_layer_runs_in_a_browser(rough: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    dialogs: list[str] = []
    errors: list[str] = []
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium)
        page = browser.new_context(offline=True).new_page()
        page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto((rough / "map.html").as_uri())
        page.wait_for_selector("html[data-ready]")
        # a click on the middle of the eastern township, whose name is the script
        page.mouse.click(
            *page.evaluate(
                "(() => {const p = GP.map.latLngToContainerPoint([38.72, 106.645]);"
                " const r = GP.map.getContainer().getBoundingClientRect();"
                " return [p.x + r.left, p.y + r.top]})()"
            )
        )
        page.wait_for_timeout(500)
        shown = page.locator("body").inner_text()
        page.goto((rough / "report.html").as_uri())
        browser.close()
    assert dialogs == []
    assert errors == []
    assert HOSTILE in shown


def test_a_missing_file_is_one_fault_however_many_read_it(tmp_path: Path) -> None:
    from geoplan.doctor import diagnose
    from geoplan.plan_file import load_plan

    path = tmp_path / "plan.toml"
    path.write_text(
        '[plan]\nid = "x"\ntitle = { zh = "县", en = "x" }\nas_of = 2026-01-01\n'
        '[area.boundary]\nadcode = "640221"\n'
        '[layers.land_parcels]\npath = "DLTB.shp"\n',
        encoding="utf-8",
    )
    (fault,) = diagnose(load_plan(path)).faults
    assert fault.got == str(tmp_path / "DLTB.shp")


def test_the_doctor_tells_how_far_it_is(tmp_path: Path) -> None:
    from geoplan.doctor import diagnose
    from geoplan.plan_file import load_plan

    roads(line(), 4490).to_file(tmp_path / "road.geojson")
    heard: list[tuple[str, int, int]] = []
    diagnose(
        load_plan(write_plan(tmp_path, ROAD)), lambda label, n, of: heard.append((label, n, of))
    )
    assert {x[0] for x in heard} == {"doctor"}
    shares = [n / of for _, n, of in heard]
    assert shares == sorted(shares)  # it never goes back
    # layers are two thirds of it, and the rest is told at its middle and its end
    assert shares[-1] == pytest.approx(1.0, abs=0.02)
    assert len(heard) >= 3
