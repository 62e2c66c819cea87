"""Every job of the workspace tells how far it is, in words, and is never silent for long."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from pydoc import locate
from typing import Any

import geopandas as gpd
import pytest
import shapely

pytest.importorskip("fastapi")

from geoplan.app.watch import Watch, watched
from geoplan.app.work import KINDS
from geoplan.app.workspace import Project, Workspace
from geoplan.checkup.repair import repaired_copy
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from gis.say import LANGS
from layers.plan.write import edited_plan
from siting.check.many import check_lands

# kind -> what does the work, and a label it tells of itself
WORK = {
    "new": ("geoplan.new_plan.make_plan", "new"),
    "doctor": ("geoplan.doctor.diagnose", "doctor"),
    "repair": ("geoplan.checkup.repair.repaired_copy", "repair"),
    "run": ("geoplan.run.run_plan", "screen pv"),
    "report": ("geoplan.documents.write_report", "report"),
    "pack": ("geoplan.report.pack.write_pack", "pack"),
    "map": ("geoplan.maps.write_map", "map"),
    "paper": ("geoplan.paper.write_paper", "paper"),
    "qgis": ("zipfile.ZipFile.write", "qgis"),
    "results": ("geoplan.export.write.write_results", "results"),
    "register": ("geoplan.app.registered.check_register", "register"),
}
ASKED = {
    "county": "640221",
    "run": "0001",
    "site": "PV-1",
    "formats": ["shp", "kml"],
    "lang": "zh",
}


class EnoughError(Exception):
    """What was to be seen was seen."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Workspace(tmp_path, (tmp_path,)).new_project("甲")
    made.jobs.mkdir(parents=True)
    new_plan("640221", made.plan)
    made.plan_of_run("0001").write_bytes(made.plan.read_bytes())
    made.data.mkdir()
    return made


def told(watch: Watch) -> dict[str, Any]:
    watch._written = 0.0
    watch._write()
    return json.loads((watch.folder / "progress.json").read_text(encoding="utf-8"))


def working(name: str, label: str) -> Callable[..., None]:
    """Stands for the work: half of it is told, by the way it was given."""
    given = inspect.signature(locate(name))

    def work(*args: object, **more: object) -> None:
        progress = given.bind(*args, **more).arguments["progress"]
        progress(label, 1, 2)
        raise EnoughError

    return work


@pytest.mark.parametrize("kind", KINDS)
def test_every_job_tells_its_share_in_words(
    kind: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, label = WORK[kind]
    folder = project.runs / "0001"
    folder.mkdir(parents=True)
    for file in ("a.gpkg", "b.gpkg"):
        (folder / file).write_bytes(b"x" * 50)
    plan = load_plan(project.plan)
    monkeypatch.setattr("geoplan.app.work._of_run", lambda *_: (plan, folder))
    monkeypatch.setattr("geoplan.finished.read_whole", lambda _: nullcontext())
    watch = Watch(project.jobs)
    seen: list[dict[str, Any]] = []
    if kind == "qgis":  # it tells before each file
        monkeypatch.setattr(name, lambda *_: seen.append(told(watch)))
        KINDS[kind](project, ASKED, watch)
        assert [s["share"] for s in seen] == [0.0, 0.5]
    else:
        monkeypatch.setattr(name, working(name, label))
        asked = {**ASKED, "into": str(project.folder.parent / "乙")}
        with pytest.raises(EnoughError):
            KINDS[kind](project, asked, watch)
        seen.append(told(watch))
        assert 0 < seen[-1]["share"] < 1
    assert seen[-1]["of"] >= 1  # the page shows per cent where it is known of how many
    for lang in LANGS:
        assert seen[-1]["inner"][lang] not in ("", label)
        assert "_" not in seen[-1]["step"][lang]  # words, not the name of a sentence


def test_a_job_that_is_still_tells_that_it_lives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geoplan.app.watch.SILENCE_S", 0.05)
    with watched(tmp_path) as watch:
        watch.documents("paper")("paper", 1, 4)
        time.sleep(0.5)
        read = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert all("纸质图 (25 %" in x and "Paper maps (25 %" in x for x in lines)
    assert read["elapsed_s"] > 0
    assert read["share"] == 0.25


def test_the_check_of_boundaries_tells_each_batch(project: Project) -> None:
    from layers.open.county import county_boundary, plan_crs

    plan = load_plan(project.plan)
    west, south, east, north = county_boundary(plan).bounds
    assert plan_crs(plan)
    spots = [
        shapely.box(x, y, x + 50, y + 50)
        for x, y in ((west, south), (east, north), ((west + east) / 2, (south + north) / 2))
    ]
    heard: list[tuple[int, int]] = []
    check_lands(plan, "pv", spots, progress=lambda *x: heard.append(x))
    assert heard[-1] == (3, 3)
    assert [n for n, _ in heard] == sorted(n for n, _ in heard)


def test_a_repaired_copy_tells_its_two_steps(project: Project) -> None:
    shape = shapely.LineString([(106.4, 38.9), (106.5, 38.9)])
    gpd.GeoDataFrame({"road_class": ["国道"]}, geometry=[shape], crs=4490).to_file(
        project.data / "road.gpkg"
    )
    text = project.plan.read_text(encoding="utf-8")
    given = {"data.root": "data", "layers.road": {"path": "road.gpkg"}}
    project.plan.write_text(edited_plan(text, given), encoding="utf-8")
    watch = Watch(project.jobs)
    watch.set_steps({"repair": (), "doctor": ("repair",)})
    shares: list[float] = []

    def progress(label: str, done: int, total: int) -> None:
        watch.progress(label, done, total)
        shares.append(watch.share)

    repaired_copy(load_plan(project.plan), project.folder.parent / "乙", "zh", progress)
    assert shares == sorted(shares)
    assert any(0.5 < s < 1 for s in shares)  # the second look is told in parts
