"""Each county runs by itself: one that fails is tried again, named, and stops nobody."""

import base64
import gzip
import json
import pickle
import re
import socket
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.cli import main
from geoplan.counties import merge, work
from geoplan.counties.many import OneCounty
from geoplan.counties.merge import counties_table, merged_sites, totals
from geoplan.counties.work import CountyTask, Outcome, run_counties
from gis.errors import DataError, Fault
from layers.run_folder import take_from_lost
from layers.spec import Text
from siting.sites.ranking import rank_sites

A = OneCounty("640221", Text(zh="平罗县", en="Pingluo County"), Path("a.toml"))
B = OneCounty("640205", Text(zh="惠农区", en="Huinong District"), Path("b.toml"))


def tasks() -> list[CountyTask]:
    return [CountyTask(county=c, out=Path("out") / c.adcode) for c in (A, B)]


def test_a_county_that_fails_is_tried_once_more_on_another_worker(monkeypatch) -> None:
    seen = []

    def run(task: CountyTask) -> Outcome:
        seen.append((task.county.adcode, task.tries, task.avoid))
        bad = task.county is B and task.tries == 0
        return Outcome(task, (Fault("no"),) if bad else (), "w1", tries=task.tries + 1)

    monkeypatch.setattr(work, "run_county", run)
    told = []
    found = run_counties(
        tasks(), engine="serial", workers=1, told=lambda o, n, of: told.append((o.done, n, of))
    )
    assert seen == [("640221", 0, ""), ("640205", 0, ""), ("640205", 1, "w1")]
    assert [o.done for o in found] == [True, True]
    assert told == [(True, 1, 2), (False, 1, 2), (True, 2, 2)]


def test_a_county_that_fails_twice_is_given_up_alone(monkeypatch) -> None:
    def run(task: CountyTask) -> Outcome:
        bad = task.county is B
        return Outcome(task, (Fault("no"),) if bad else (), "w1", tries=task.tries + 1)

    monkeypatch.setattr(work, "run_county", run)
    found = run_counties(tasks(), engine="serial", workers=1, told=lambda *_: None)
    assert [(o.done, o.tries) for o in found] == [(True, 1), (False, 2)]
    table = counties_table(found, {})
    assert table["state"].tolist() == ["done", "failed"]
    assert table["fault_en"].tolist() == ["", "no"]


class Process:
    """Stands for the process of a county."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def call(self, *_: object, event) -> bool:
        event("used", (12.0, 300.0))
        if isinstance(self.answer, Exception):
            raise self.answer
        return bool(self.answer)


@pytest.mark.parametrize(
    ("answer", "what"),
    [(True, ""), (False, "process at this county died"), (DataError("bad layer"), "bad layer")],
)
def test_a_process_that_dies_and_one_that_refuses_are_outcomes(
    monkeypatch, answer: object, what: str
) -> None:
    monkeypatch.setattr(work, "second_process", lambda: Process(answer))
    found = work.run_county(tasks()[0])
    assert found.done is (not what)
    assert found.cpu_s == 12.0
    assert [what in f.text("en") for f in found.faults] == [True] * bool(what)


def test_the_lock_of_a_lost_machine_is_left_and_that_of_this_one_stays(tmp_path: Path) -> None:
    lock = tmp_path / ".640221.lock"
    body = {"pid": 1, "host": "lost", "start": "", "plan": "p", "key": "k", "began": ""}
    lock.write_text(json.dumps({**body, "host": socket.gethostname()}), encoding="utf-8")
    take_from_lost(tmp_path / "640221")
    assert lock.exists()
    lock.write_text(json.dumps(body), encoding="utf-8")
    take_from_lost(tmp_path / "640221")
    assert not lock.exists()


def test_sums_leave_out_what_a_county_lacks() -> None:
    table = pd.DataFrame(
        {
            "state": ["done", "done", "failed"],
            "area_km2": [10.0, 20.0, float("nan")],
            "pv_mw": [1.0, float("nan"), 5.0],
            "sites_pv": [2.0, float("nan"), float("nan")],
        }
    )
    assert totals(table) == {"area_km2": 30.0, "sites_pv": 2.0}


def sites_of(capacity: list[float]) -> gpd.GeoDataFrame:
    n = len(capacity)
    same = {k: [1.0] * n for k in ("unconditional_frac", "slope_mean_deg", "ghi_kwh_m2")}
    same |= {k: [1.0] * n for k in ("route_cost_m", "road_distance_m")}
    table = pd.DataFrame({"capacity_mw": capacity, **same})
    ranked = rank_sites(table, {"capacity": 1.0})
    return gpd.GeoDataFrame(
        {
            "site_id": [f"PV-{i:02d}" for i in range(1, n + 1)],
            "tech": ["pv"] * n,
            **table,
            **ranked,
        },
        geometry=[shapely.box(0, 0, 1, 1)] * n,
        crs=4544,
    )


def test_sites_of_counties_are_ranked_against_one_another(monkeypatch, root: Path) -> None:
    """100 and 20 MW in one county, 60 and 50 in the other: by capacity alone 100, 60, 50, 20.

    In its own county the site of 60 MW has the full score; among all (60 - 20) / 80 = 0.5.
    """
    from geoplan.demo import sample_plan

    plan = sample_plan("tiny")
    from siting.sites.section import SitesSection

    section = plan.section(SitesSection).model_copy(
        update={
            "weights": {
                **dict.fromkeys(
                    ("unconditional", "slope", "irradiation", "connection", "road"), 0.0
                ),
                "capacity": 1.0,
            }
        }
    )
    plan = plan.with_sections(sites=section, preference=None)
    frames = {"640221": sites_of([100.0, 20.0]), "640205": sites_of([60.0, 50.0])}
    monkeypatch.setattr(merge, "optional_layer", lambda out, _: frames[Path(out).name])
    done = [(Outcome(t), None) for t in tasks()]
    found = merged_sites(done, plan)
    assert found is not None
    assert found["site_id"].tolist() == [
        "640221-PV-01", "640205-PV-01", "640205-PV-02", "640221-PV-02",
    ]  # fmt: skip
    assert found["rank"].tolist() == [1, 2, 3, 4]
    assert found["score"].tolist() == pytest.approx([1.0, 0.5, 0.375, 0.0])
    assert found["score_in_county"].tolist() == pytest.approx([1.0, 1.0, 0.0, 0.0])


def names_on(page: Path) -> bytes:
    """What the features of a page say, unpacked."""
    found = re.findall(r'id="gp-v-[^"]*">([^<]*)<', page.read_text(encoding="utf-8"))
    return b"".join(gzip.decompress(base64.b64decode(x)) for x in found)


PLAN = """[plan]
id = "many"
title = { zh = "多县", en = "many" }
as_of = 2026-11-29
lang = "en"
[area]
cell_m = 500
[screening]
missing = "provisional"
techs = ["pv"]
[[counties]]
code = "640202"
[[counties]]
code = "640205"
plan = "broken.toml"
"""


@pytest.mark.slow
def test_one_broken_county_is_named_and_the_other_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "many.toml"
    path.write_text(PLAN, encoding="utf-8")
    broken = PLAN.split("[[counties]]", maxsplit=1)[0].replace(
        "cell_m = 500", 'cell_m = 500\nboundary = { adcode = "640205" }'
    )
    broken += '[layers.road]\npath = "not_there.shp"\n'
    (tmp_path / "broken.toml").write_text(broken, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["screen", str(path), "--out", str(out), "--json"]) == 3
    told = capsys.readouterr()
    body = json.loads(told.out)
    assert [(c["adcode"], c["state"], c["tries"]) for c in body["counties"]] == [
        ("640202", "done", 1),
        ("640205", "failed", 2),
    ]
    assert "not_there.shp" in body["counties"][1]["faults"][0]["got"]
    error = json.loads(told.err.splitlines()[-1])["error"]
    assert error["faults"][0]["where"] == "640205"
    assert (out / "counties" / "640202" / "summary.json").exists()
    table = pd.read_csv(out / "counties.csv", dtype={"adcode": str})
    # GB/T 2260 areas are not published with it; the county's own run says its area
    own = json.loads((out / "counties" / "640202" / "summary.json").read_text(encoding="utf-8"))
    assert body["totals"]["area_km2"] == own["county"]["area_km2"]
    assert table["area_km2"].notna().tolist() == [True, False]
    names = names_on(out / "map.html")
    assert b"Dawukou District" in names
    assert b"Huinong District" in names
    # mended, only the broken one is computed
    (tmp_path / "broken.toml").write_text(
        broken.replace('path = "not_there.shp"', 'required_from_user = "x"'), encoding="utf-8"
    )
    before = (out / "counties" / "640202" / "summary.json").stat().st_mtime_ns
    assert main(["screen", str(path), "--out", str(out), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert [c["state"] for c in body["counties"]] == ["done", "done"]
    assert (out / "counties" / "640202" / "summary.json").stat().st_mtime_ns == before


def test_a_task_travels_with_all_a_worker_needs() -> None:
    one = replace(tasks()[0], tries=1, avoid="tcp://a:1")
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own
