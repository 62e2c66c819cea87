"""The plugin of QGIS: what the zip holds, and what QGIS makes of it beside the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

import geoplan
from geoplan.cli import main
from geoplan.export.qgis_plugin import write_qgis_plugin
from tests.conftest import ROOT
from tests.geoplan.test_bad_input import ROAD, line, roads, write_plan
from tests.geoplan.test_qgis import SYSTEM_PYTHON, has_qgis

SOURCE = ROOT / "qgis_plugin" / "geoplan_qgis"
MODULES = sorted(SOURCE.glob("*.py"))
PROBE = Path(__file__).with_name("qgis_plugin_probe.py")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_qgis_plugin(tmp_path_factory.mktemp("plugin") / "新 folder")


def test_the_zip_is_one_folder_with_what_qgis_asks_for(packed: Path) -> None:
    with zipfile.ZipFile(packed) as z:
        names = set(z.namelist())
        about = z.read("geoplan_qgis/metadata.txt").decode("utf-8")
        licence = z.read("geoplan_qgis/LICENSE").decode("ascii")
    assert {n.partition("/")[0] for n in names} == {"geoplan_qgis"}
    assert {f"geoplan_qgis/{m.name}" for m in MODULES} < names
    told = dict(x.split("=", 1) for x in about.splitlines() if "=" in x)
    # PyQGIS cookbook: a plugin without these is not listed
    assert {"name", "qgisMinimumVersion", "description", "version", "author"} <= set(told)
    assert told["version"] == geoplan.__version__
    assert told["hasProcessingProvider"] == "yes"  # without it qgis_process does not load it
    # what imports QGIS is under QGIS's licence
    assert told["license"] == "GPL-2.0-or-later"
    assert "GNU GENERAL PUBLIC LICENSE" in licence
    assert "Version 2, June 1991" in licence


def test_the_same_plugin_gives_the_same_bytes(packed: Path, tmp_path: Path) -> None:
    assert write_qgis_plugin(tmp_path).read_bytes() == packed.read_bytes()


def test_two_programs_that_import_nothing_of_each_other() -> None:
    """geoplan is under the Apache License; what imports QGIS is under the GPL."""

    line_of = re.compile(r"^\s*(?:from|import) (\w+)", re.M)

    def imported(path: Path) -> set[str]:
        return set(line_of.findall(path.read_text(encoding="utf-8")))

    rooms = ("gis", "layers", "siting", "carbon_sink", "geoplan")
    ours = set().union(*(imported(p) for room in rooms for p in (ROOT / room).rglob("*.py")))
    assert {"shapely", "geoplan"} <= ours
    assert not ours & {"qgis", "processing", "qgis_plugin", "geoplan_qgis", "PyQt5"}
    theirs = set().union(*map(imported, MODULES))
    assert {"qgis", "processing"} <= theirs
    assert not theirs & set(rooms)


def test_every_text_the_plugin_asks_for_is_there_in_both_languages(packed: Path) -> None:
    with zipfile.ZipFile(packed) as z:
        texts = json.loads(z.read("geoplan_qgis/words.json"))
    assert all(set(t) == {"zh", "en"} and all(t.values()) for t in texts.values())
    code = "\n".join(p.read_text(encoding="utf-8") for p in MODULES)
    plain = set(re.findall(r'words\("([a-z_]+)"', code))
    assert len(plain) > 20
    assert plain <= set(texts)
    columns = set(re.findall(r'^    \("([a-z0-9_]+)", (?:str|float|int)\)', code, re.M))
    assert {f"c_{c}" for c in columns} <= set(texts)
    for verb in ("check", "explain", "doctor"):
        assert {f"{verb}_name", f"{verb}_help"} <= set(texts)
    # a verdict has one name in both programs
    assert texts["verdict_fail"]["zh"] == "压占禁止区"
    assert texts["result_fail"]["zh"] == "不通过"  # of one rule
    assert texts["state_left"]["zh"] == "可用"
    assert texts["state_restoration_left"]["zh"] == "未禁止"


def test_the_option_needs_no_plan_and_goes_with_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--qgis-plugin", str(tmp_path / "a"), "--lang", "en"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "a" / "geoplan-qgis.zip")
    both = ["export", "plan.toml", "--format", "kml", "--qgis-plugin", str(tmp_path / "b")]
    assert main([*both, "--lang", "en"]) == 2
    assert "PLAN --format" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()
    (tmp_path / "file").touch()
    assert main(["export", "--qgis-plugin", str(tmp_path / "file"), "--lang", "en"]) == 2
    assert main(["export", "--format", "kml", "--lang", "en"]) == 2
    assert "PLAN" in capsys.readouterr().err


# ------------------------------------------------------------------ in QGIS itself


@pytest.fixture(scope="module")
def qgis(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Runs an algorithm of the installed plugin in QGIS's own Python."""
    if not has_qgis():
        pytest.skip("QGIS is not installed: apt-get install qgis python3-qgis")
    home = tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(packed) as z:
        z.extractall(home / "plugins")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GDAL", "PROJ"))}
    env |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "LC_ALL": "C.UTF-8"}
    env["PATH"] = "/usr/bin:/bin"  # no geoplan there
    # QGIS finds its own Python by these; another program must not
    env["PYTHONHOME"] = "/usr"

    def run(
        algorithm: str, locale: str = "zh_CN", cancel_after_s: Any = None, **given: Any
    ) -> Any:
        ask = {
            "plugins": str(home / "plugins"), "locale": locale, "algorithm": algorithm,
            "parameters": given, "cancel_after_s": cancel_after_s,
        }  # fmt: skip
        call = [SYSTEM_PYTHON, str(PROBE), json.dumps(ask)]
        done = subprocess.run(call, capture_output=True, check=False, env=env, timeout=120)
        out = done.stdout.decode()
        assert "FOUND" in out, done.stderr.decode()[-2000:]
        return json.loads(out[out.index("FOUND") + 5 :])

    return run


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("规划 a")
    roads(line(), 4490).to_file(folder / "road.geojson")
    return write_plan(folder, ROAD)


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """The geoplan command; what it prints is kept beside it."""
    path = tmp_path / "geoplan command"
    path.write_text(
        f"""#!/bin/sh
export PYTHONPATH="{ROOT}"
"{sys.executable}" -m geoplan "$@" > "{tmp_path}/said"
code=$?
cat "{tmp_path}/said"
exit $code
""",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def said(command: Path) -> Any:
    return json.loads((command.parent / "said").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_a_boundary_in_qgis_has_the_answer_of_the_command_line(qgis, plan, command, tmp_path):
    land = gpd.GeoDataFrame(
        {"fid": [7, 7]},  # numbers of features that meet
        geometry=[
            shapely.box(106.62, 38.715, 106.63, 38.725),
            shapely.box(106.63, 38.715, 106.635, 38.725),
        ],
        crs=4490,
    )
    land.to_file(tmp_path / "红线.geojson")
    found = qgis(
        "check", BOUNDARY=str(tmp_path / "红线.geojson"), PLAN=str(plan), GEOPLAN=str(command),
        VERDICT="memory:", OVERLAPS="memory:", RULES="memory:",
    )  # fmt: skip
    assert found["can"], found["why"]
    cli = said(command)
    results = found["results"]
    assert results["RESULT"] == cli["result"]
    (verdict,) = results["VERDICT"]["rows"]
    assert verdict["boundary"] == "红线"
    assert verdict["area_m2"] == cli["area_m2"]
    assert verdict["rules"] == cli["of"]
    assert verdict["approvals"] == "；".join(cli["approvals"]["zh"])
    rules = {r["rule_id"]: r for r in results["RULES"]["rows"]}
    assert set(rules) == {r["id"] for r in cli["rules"]}
    for one in cli["rules"]:
        row = rules[one["id"]]
        assert row["rule"] == one["title"]["zh"]
        assert row["overlap_m2"] == one["overlap_m2"]
        assert row["article"] == one["law"]["citation"]
    hit = {r["id"]: r for r in cli["rules"] if r["overlap_m2"] > 0.005}
    assert hit  # the road crosses the land
    pieces = results["OVERLAPS"]
    assert {r["rule_id"] for r in pieces["rows"]} == set(hit)
    assert pieces["crs"].startswith("EPSG:45")  # the plan's own, in metres
    for row in pieces["rows"]:
        assert row["article"]
        # the plane of the 3 degree zone is at most 4e-4 off the ellipsoid
        assert row["area"] == pytest.approx(row["overlap_m2"], rel=1e-3)


@pytest.mark.slow
def test_a_place_in_qgis_has_the_answer_of_the_command_line(qgis, plan, command):
    # metres of Web Mercator: the plugin turns them to degrees itself
    x, y = gpd.GeoSeries([shapely.Point(106.6, 38.72)], crs=4326).to_crs(3857)[0].coords[0]
    found = qgis(
        "explain", "en_US", POINT=f"{x},{y} [EPSG:3857]", PLAN=str(plan),
        GEOPLAN=str(command), EXPLANATION="memory:",
    )  # fmt: skip
    assert found["can"], found["why"]
    cli = said(command)
    assert (cli["lon"], cli["lat"]) == pytest.approx((106.6, 38.72), abs=1e-6)
    assert found["results"]["STATES"] == {k: v["state"] for k, v in cli["techs"].items()}
    rows = found["results"]["EXPLANATION"]["rows"]
    told = [r for tech in cli["techs"].values() for r in tech["rules"]]
    assert [r["rule_id"] for r in rows if r["rule_id"]] == [r["id"] for r in told]
    assert [r["article"] for r in rows if r["rule_id"]] == [r["law"]["citation"] for r in told]
    assert all(r["at"] == pytest.approx([106.6, 38.72], abs=1e-6) for r in rows)
    # the place lies on the road: 0 m from it
    assert any(r["distance_m"] == pytest.approx(0.0, abs=1.0) for r in rows)
    assert {r["tech"].casefold() for r in rows} >= {"pv"}


@pytest.mark.slow
def test_a_plan_with_errors_is_examined_and_its_findings_are_rows(qgis, command, tmp_path):
    plan = write_plan(tmp_path, ROAD)  # and no road.geojson beside it
    found = qgis("doctor", PLAN=str(plan), GEOPLAN=str(command), FINDINGS="memory:")
    cli = said(command)
    assert cli["faults"]  # exit code 3, and still an answer
    rows = found["results"]["FINDINGS"]["rows"]
    assert len({r["number"] for r in rows}) == len(cli["findings"])
    by_number = {r["number"]: r for r in rows}
    for i, one in enumerate(cli["findings"], 1):
        assert by_number[i]["where"] == one["where"]
        assert by_number[i]["todo"] == one["todo"]["zh"]
        at = [p for p in one["places"] if p["x"] is not None]
        assert sum(r["number"] == i for r in rows) == max(1, len(at))
    assert found["results"]["COUNTS"]["error"] >= 1
    assert by_number[1]["severity"] == "错误"


@pytest.mark.slow
def test_a_refusal_and_a_missing_command_are_told_in_one_message(qgis, plan, command, tmp_path):
    layers = dict.fromkeys(("FINDINGS",), "memory:")
    none = qgis("doctor", PLAN=str(plan), **layers)
    assert "找不到 geoplan 命令" in none["error"]
    assert "Traceback" not in none["error"]
    path = tmp_path / "nowhere" / "geoplan"
    none = qgis("doctor", "en_US", PLAN=str(plan), GEOPLAN=str(path), **layers)
    assert str(path) in none["error"]
    (tmp_path / "bad.toml").write_text("[plan]\nid = 3\n", encoding="utf-8")
    bad = qgis("doctor", PLAN=str(tmp_path / "bad.toml"), GEOPLAN=str(command), **layers)
    assert "bad.toml" in bad["error"]
    assert "{" not in bad["error"]


@pytest.mark.slow
def test_cancelling_ends_the_command_and_events_are_shown(qgis, plan, tmp_path):
    slow = tmp_path / "slow"
    event = {
        "event": "progress", "label": {"zh": "筛查", "en": "screening"}, "share": 0.25,
        "elapsed_s": 1.0,
    }  # fmt: skip
    slow.write_text(
        f"#!/bin/sh\necho '{json.dumps(event)}' >&2\necho $$ > '{tmp_path}/pid'\nsleep 60\n",
        encoding="utf-8",
    )
    slow.chmod(0o755)
    found = qgis(
        "doctor", PLAN=str(plan), GEOPLAN=str(slow), FINDINGS="memory:", cancel_after_s=1.0
    )
    assert found["results"] == {}
    assert found["took_s"] < 10
    assert "筛查（1 秒）" in found["said"]
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
