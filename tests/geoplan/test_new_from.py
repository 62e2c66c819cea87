"""From a folder to a first honest answer: new --from, doctor, run, and no file edited."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString

from geoplan.cli import main
from geoplan.plan_file import load_plan
from geoplan.run import run_plan
from gis.cells.area import polygon_area_m2
from layers.open.plan_layers import open_features
from layers.plan.write import plan_text
from siting.screen.section import ScreeningSection
from tests.layers.recognise.bureau import (
    FIELD,
    FIELDS,
    MARSH,
    TOWN,
    WATER,
    bureau_folder,
    survey,
)

HEAD = {
    "plan": {"id": "like", "title": "样", "as_of": "2026-11-28"},
    "area": {"boundary": {"adcode": "640221"}, "cell_m": 160, "basins": ["yellow_river"]},
}
SETTINGS = {
    "screening": {"techs": ["pv"], "life_years": 20.0},
    "sites": {"max_sites": 8},
    "pv": {"weather": {"path": "elsewhere.epw"}},
    "targets": [
        {
            "id": "a",
            "title": "甲",
            "indicator": "new_energy_capacity",
            "year": 2030,
            "value": 10.0,
            "unit": "MW",
            "section": "一",
            "quote": "甲",
        }
    ],
}


@pytest.fixture
def like(tmp_path: Path) -> Path:
    """Settings of another plan: coarse cells make a quick run."""
    path = tmp_path / "like.toml"
    path.write_text(plan_text({**HEAD, **SETTINGS}), encoding="utf-8")
    return path


def test_dltb_of_the_folder_has_the_thirty_fields_of_the_standard():
    assert len(FIELDS) == 30
    assert list(survey("640221", n=2).columns) == [*FIELDS, "geometry"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "code", "zone"), [("平罗县", "640221", 4523), ("ceheng", "522327", 0)]
)
def test_three_commands_give_a_ranked_provisional_answer(
    tmp_path: Path,
    like: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    code: str,
    zone: int,
) -> None:
    folder = bureau_folder(tmp_path / "平罗 数据", code, zone=zone)
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    plan_file, out = tmp_path / "plan.toml", tmp_path / "out"
    args = ["--from", str(folder), "--like", str(like), "--out", str(plan_file)]
    assert main(["new", name, *args, "--lang", "en"]) == 0
    told = capsys.readouterr()
    assert told.out.strip().endswith("plan.toml")
    assert "10 layers recognised" in told.err
    text = plan_file.read_text(encoding="utf-8")
    # what is not understood is said: a class of a road by its build is no class of the law
    assert "二级公路" in text.split("[layers.road]")[0]
    assert "损坏的铁路.shp" in text
    assert main(["doctor", str(plan_file)]) == 0
    capsys.readouterr()

    plan = load_plan(plan_file)
    assert plan.section(ScreeningSection).missing == "provisional"
    assert plan.area.code == code
    done = run_plan(plan, out, only=("screen", "sites"), progress=lambda *_: None)
    sites = gpd.read_file(done / "results.gpkg", layer="sites")
    assert len(sites) == 8
    assert sorted(sites["rank"]) == list(range(1, 9))
    assert sites["provisional"].all()  # 50 layers are missing, and it says so
    assert (sites["judged_frac"] < 1).all()
    report = (done / "report.html").read_text(encoding="utf-8")
    assert "of which 8 sites on provisional land" in report
    land = gpd.read_file(next(folder.rglob("*.gdb")), layer="DLTB").to_crs(sites.crs)
    for code_of in (WATER, TOWN, MARSH, FIELD):
        own = land[land["DLBM"] == code_of]
        both = gpd.overlay(sites[["geometry"]], own[["geometry"]])
        shared = (
            polygon_area_m2(np.asarray(both.geometry.array), both.crs) if len(both) else [0]
        )
        assert float(np.sum(shared)) < 1.0, code_of  # m2: 0.00 ha
    # the folder is as it was
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a survey alone."""
    folder = tmp_path / "数 据"
    folder.mkdir()
    survey("640221", n=4).to_file(folder / "DLTB.gpkg")
    return folder


@pytest.mark.slow
def test_findings_for_machines(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.toml"
    assert main(["new", "pingluo", "--from", str(data), "-o", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["county"] == {"adcode": "640221", "name": "平罗县", "title": "Pingluo County"}
    parcels = found["layers"]["land_parcels"]
    assert (parcels["path"], parcels["level"], parcels["date"]) == ("DLTB.gpkg", "high", "2023")
    assert parcels["reasons"]
    assert found["missing"][0] == "permanent_basic_farmland"  # the core stands first
    assert "slope" not in found["missing"]  # computed from dem: nobody is asked


def test_values_of_numbers_and_codes_are_read_as_the_plan_says(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    table = survey("640221", n=4)
    table["DLBM"] = table["DLBM"].astype(int)  # 0103 became 103
    table.to_file(folder / "DLTB.gpkg")
    line = LineString(table.geometry.iloc[0].exterior.coords)  # a ring is no line to GDAL
    kv = ["110kV", "±800千伏", "高压"]
    lines = gpd.GeoDataFrame({"电压等级": kv}, geometry=[line] * 3, crs=table.crs)
    lines.to_file(folder / "输电线路.gpkg")
    # an extract of open data, as Geofabrik hands it out
    roads = gpd.GeoDataFrame({"osm_id": ["7"], "fclass": ["primary"]}, geometry=[line])
    roads.set_crs(table.crs).to_crs(4326).to_file(folder / "gis_osm_roads_free_1.shp")
    out = tmp_path / "p.toml"
    assert main(["new", "640221", "--from", str(folder), "--out", str(out)]) == 0
    plan = load_plan(out)
    parcels, power = open_features(plan, "land_parcels"), open_features(plan, "power_line")
    assert parcels is not None
    assert power is not None
    assert set(parcels["dlbm"]) <= {"0103", "0404", "0702", "1101", "1106", "1205"}
    assert power["voltage_kv"].tolist()[:2] == [110.0, 800.0]
    assert np.isnan(power["voltage_kv"].iloc[2])  # not understood: not known
    # nobody vouches for what volunteers have not drawn
    assert plan.layers["road"].incomplete
    assert plan.layers["road"].licence == "ODbL 1.0"
    assert not plan.layers["power_line"].incomplete


def test_titles_settings_and_targets_of_another_plan(tmp_path: Path, like: Path) -> None:
    same, other = tmp_path / "same.toml", tmp_path / "other.toml"
    assert main(["new", "Pingluo County", "--like", str(like), "-o", str(same)]) == 0
    assert main(["new", "522327", "--like", str(like), "-o", str(other)]) == 0
    one, two = load_plan(same), load_plan(other)
    assert (one.plan.title.zh, one.plan.title.en) == ("平罗县", "Pingluo County")
    for plan in (one, two):
        assert plan.area.cell_m == 160
        section = plan.section(ScreeningSection)
        assert (section.techs, section.life_years) == (("pv",), 20.0)
        assert section.missing == "provisional"
    assert [t.id for t in one.targets] == ["a"]
    assert two.targets == ()
    assert (one.area.basins, two.area.basins) == (("yellow_river",), None)
    # the weather of the other place stays there, and that is said
    assert "pv.weather" in other.read_text(encoding="utf-8").splitlines()[1]
    assert "elsewhere.epw" not in other.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("鼓楼区",), "350102"),
        (("640200",), "640221"),
        (("pinglou",), "640221"),
        (("640221", "--from", "none"), "no such folder"),
        (("640221", "--like", "none.toml"), "cannot be read"),
    ],
)
def test_what_is_refused_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "p.toml"
    assert main(["new", *args, "--out", str(out), "--lang", "en"]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_the_plan_may_stand_in_the_folder_and_is_not_overwritten(data: Path) -> None:
    out = data / "plan.toml"
    assert main(["new", "640221", "--from", str(data), "--out", str(out)]) == 0
    assert load_plan(out).layers["land_parcels"].path == "DLTB.gpkg"
    assert main(["new", "640221", "--from", str(data), "--out", str(out)]) == 2


def test_a_folder_on_a_relative_path(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data.parent)
    Path("规划").mkdir()
    assert main(["new", "640221", "--from", data.name, "--out", "规划/p.toml"]) == 0
    plan = load_plan(Path("规划/p.toml"))
    assert plan.data.root == f"../{data.name}"
    assert plan.resolve(plan.layers["land_parcels"].path).exists()
