"""A plan of many counties is read whole, and makes the plan of each."""

from pathlib import Path

import pytest

from geoplan.cli import main
from geoplan.counties.many import read_counties
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from layers.open.county import plan_crs
from layers.plan.write import write_plan

HEAD = """[plan]
id = "many"
title = { zh = "多县", en = "many" }
as_of = 2026-11-29
[area]
cell_m = 200
[layers.road]
path = "data/{adcode}/road.shp"
"""


def plan_of(tmp_path: Path, counties: str, head: str = HEAD) -> Path:
    path = tmp_path / "many.toml"
    path.write_text(head + counties, encoding="utf-8")
    return path


def test_a_province_is_all_its_counties_each_in_its_own_zone(tmp_path: Path) -> None:
    found = read_counties(
        plan_of(tmp_path, '[[counties]]\ncode = "640000"'), tmp_path / "plans"
    )
    # GB/T 2260: Ningxia has 9 districts, 2 county-level cities and 11 counties
    assert len(found.counties) == 22
    assert {c.adcode[:2] for c in found.counties} == {"64"}
    plans = {c.adcode: load_plan(c.plan) for c in found.counties}
    assert all(p.area.code == code and p.area.cell_m == 200 for code, p in plans.items())
    assert plans["640221"].plan.id == "many_640221"
    # Pingluo 106.2 to 106.97 E: zone 35 or 36; Haiyuan lies about 105.6 E, in zone 35
    assert plan_crs(plans["640522"]).to_epsg() == 4544
    road = plans["640221"].layers["road"]
    assert plans["640221"].resolve(road.path) == tmp_path / "data" / "640221" / "road.shp"


def test_counties_are_left_out_named_twice_and_given_a_plan_of_their_own(
    tmp_path: Path,
) -> None:
    own = HEAD.replace("cell_m = 200", 'cell_m = 50\nboundary = { adcode = "640221" }')
    write_plan(tmp_path / "pingluo.toml", own)
    text = """
[[counties]]
code = "640200"
without = ["640202"]
[[counties]]
code = "640205"
[[counties]]
code = "平罗县"
plan = "pingluo.toml"
"""
    found = read_counties(plan_of(tmp_path, text), tmp_path / "plans")
    assert [c.adcode for c in found.counties] == ["640205", "640221"]
    cells = [load_plan(c.plan).area.cell_m for c in found.counties]
    assert cells == [200, 50]
    assert found.counties[1].plan == tmp_path / "pingluo.toml"


@pytest.mark.parametrize(
    ("counties", "what"),
    [
        ('[[counties]]\ncode = "999999"', "999999"),
        ('[[counties]]\ncode = "640200"\nwithout = ["110101"]', "110101"),
        ('[[counties]]\ncodes = "640200"', "codes"),
        ('[[counties]]\ncode = "640221"\nwithout = ["640221"]', "no county"),
        ('[[counties]]\ncode = "640221"\nplan = "other.toml"', "other.toml"),
    ],
)
def test_faults_of_the_list_name_it(tmp_path: Path, counties: str, what: str) -> None:
    with pytest.raises(ConfigError) as err:
        read_counties(plan_of(tmp_path, counties), tmp_path / "plans")
    assert what in err.value.text("en")


def test_what_belongs_to_one_county_is_refused(tmp_path: Path) -> None:
    head = HEAD.replace("cell_m = 200", 'cell_m = 200\ncrs = "EPSG:4544"')
    path = plan_of(tmp_path, '[[counties]]\ncode = "640200"', head)
    with pytest.raises(ConfigError, match=r"\[area\] crs"):
        read_counties(path, tmp_path / "plans")


def test_a_plan_of_another_county_is_refused(tmp_path: Path) -> None:
    own = HEAD.replace("cell_m = 200", 'boundary = { adcode = "640205" }')
    write_plan(tmp_path / "own.toml", own)
    path = plan_of(tmp_path, '[[counties]]\ncode = "640221"\nplan = "own.toml"')
    with pytest.raises(ConfigError, match="640205"):
        read_counties(path, tmp_path / "plans")


def test_a_fault_of_the_common_part_is_told_once(tmp_path: Path) -> None:
    head = HEAD + "[layers.no_such]\npath = 'x'\n"
    path = plan_of(tmp_path, '[[counties]]\ncode = "640200"', head)
    with pytest.raises(ConfigError) as err:
        read_counties(path, tmp_path / "plans")
    assert len({f.what for f in err.value.faults}) == 1


@pytest.mark.parametrize("verb", ["doctor", "map", "carbon"])
def test_other_verbs_say_what_to_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    path = plan_of(tmp_path, '[[counties]]\ncode = "640200"')
    assert main(["--lang", "en", verb, str(path)]) == 2
    told = capsys.readouterr().err
    assert "many counties" in told
    assert "geoplan run" in told
