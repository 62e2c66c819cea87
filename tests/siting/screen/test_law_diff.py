"""What a change of law moves equals two separate screenings, cell for cell and to the bit."""

from __future__ import annotations

import json
import re
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import box

from geoplan.cli import main
from geoplan.demo import sample_plan
from gis.cells.area import polygon_area_m2
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_features
from siting.check.projects import read_projects
from siting.rules.changes import rule_changes
from siting.rules.load import load_rules
from siting.screen.coded import STATES, Screening, state_raster
from siting.screen.law_diff import LawDiff, Moved, law_diff
from siting.screen.on_day import plan_on
from siting.screen.screening import (
    loaded_rules,
    rules_of,
    screen,
    screen_with_program,
    source_of,
)
from siting.screen.section import ScreeningSection
from siting.screen.sources import ReadSource

PAIRS = [
    (date(2022, 5, 1), date(2026, 11, 27)),  # much law comes
    (date(2026, 11, 27), date(2027, 1, 1)),  # the cropland law
    (date(2031, 1, 1), date(2026, 11, 27)),  # backwards, from a day whose law is not known
]


@pytest.fixture(scope="module")
def plan():
    return sample_plan("tiny")


@pytest.fixture(scope="module")
def source(plan):
    return source_of(plan)


@pytest.fixture(scope="module", params=PAIRS, ids=lambda p: f"{p[0]}-{p[1]}")
def found(request, plan) -> LawDiff:
    return law_diff(*request.param, plan, techs=("pv", "wind"))


def quanta(one: Screening) -> dict[str, int]:
    """Area of each state in whole quanta."""
    return {s: int(one.quanta[one.state == i].sum()) for i, s in enumerate(STATES[:5]) if i}


@pytest.mark.slow
def test_states_and_areas_are_those_of_two_screenings(found, plan):
    for tech in found.techs:
        for day, state, side in (
            (found.first, tech.state_before, 1),
            (found.second, tech.state_after, 0),
        ):
            fresh = screen(plan_on(plan, day), tech.tech, zones={})
            assert (state[tech.screening.code] == state_raster(fresh)).all()
            own = tech.moved.quanta.sum(axis=side)
            assert {s: int(own[i]) for i, s in enumerate(STATES[:5]) if i} == quanta(fresh)
            assert tech.screening.quantum_m2 == fresh.quantum_m2


def test_every_rule_that_differs_is_listed_once_and_no_other(found, plan):
    days = [
        {r.id: r for r in loaded_rules(plan_on(plan, d), ("pv", "wind"))}
        for d in (found.first, found.second)
    ]
    seen = [c.rule_id for c in found.changes]
    assert len(seen) == len(set(seen))
    for i in {*days[0], *days[1]} - set(seen):
        a, b = (d[i] for d in days)
        assert (a.kind, a.test, a.citation, a.quote, a.law_known) == (
            b.kind,
            b.test,
            b.citation,
            b.quote,
            b.law_known,
        )
    for c in found.changes:
        assert (c.turn == "comes") == (c.rule_id not in days[0])
        assert (c.turn == "goes") == (c.rule_id not in days[1])


@pytest.mark.slow
def test_a_change_alone_is_a_screening_with_that_change(plan, source, monkeypatch):
    """Swap one rule in the rules of the first day and screen afresh."""
    import siting.screen.screening as room

    first, second = PAIRS[0]
    tech = law_diff(first, second, plan, techs=("pv",)).techs[0]
    moving = [c for c in tech.changes if c.moved is not None and c.moved.moved_m2 > 0]
    still = [c for c in tech.changes if c.moved is not None and c.moved.moved_m2 == 0]
    assert moving
    old, effects = rules_of(plan_on(plan, first), "pv")
    new_rules, new_effects = rules_of(plan_on(plan, second), "pv")
    new = {r.id: k for k, r in enumerate(new_rules)}
    for change in (*moving[:3], *still[:2]):
        i = change.change.rule_id
        kept = [(r, e) for r, e in zip(old, effects, strict=True) if r.id != i]
        if i in new:
            kept.append((new_rules[new[i]], new_effects[new[i]]))
        swapped = (tuple(r for r, _ in kept), tuple(e for _, e in kept))
        monkeypatch.setattr(room, "rules_of", lambda *_, s=swapped, **__: s)
        fresh, program = screen_with_program(plan, "pv", zones={}, source=source)
        monkeypatch.undo()
        own = change.moved.quanta.sum(axis=0)
        assert {s: int(own[k]) for k, s in enumerate(STATES[:5]) if k} == quanta(fresh), i
        source = ReadSource(source, program.features)


def test_a_rule_that_takes_no_land_by_itself_has_no_area(plan):
    # the cropland law gives PV-081 another text; it is about roads, lines and substations
    tech = law_diff(*PAIRS[1], plan, techs=("pv",)).techs[0]
    [one] = [c for c in tech.changes if c.change.rule_id == "PV-081"]
    assert one.moved is None
    assert one.change.aspects == ("text",)


def test_law_not_known_before_is_land_that_could_not_be_judged(plan):
    # the wetland law came on 2022-06-01: the day before nobody judges by it
    days = date(2022, 5, 31), date(2022, 6, 1)
    tech = law_diff(*days, plan, techs=("wetland",)).techs[0]
    turns = {c.change.rule_id: c.change for c in tech.changes}
    assert "known" in turns["WT-006"].aspects
    moved = {k: v for k, v in tech.moved.transitions_m2.items() if v}
    assert moved
    assert {before for before, _ in moved} == {"unknown"}


def test_the_same_day_twice_moves_nothing(plan):
    found = law_diff(PAIRS[0][1], PAIRS[0][1], plan, techs=("wind",))
    assert found.changes == ()
    assert found.techs[0].moved.moved_m2 == 0


def test_kind_parameter_and_text_are_told_apart():
    [rule] = [r for r in load_rules("pv", as_of=PAIRS[0][1]) if r.id == "PV-035"]
    nearer = rule.model_copy(update={"test": rule.test.relaxed(distance_m=50)})
    softer = rule.model_copy(update={"kind": "conditional"})
    reworded = rule.model_copy(update={"quote": "x"})
    for other, aspects in ((nearer, "parameter"), (softer, "kind"), (reworded, "text")):
        [one] = rule_changes([rule], [other])
        assert (one.turn, one.aspects) == ("changes", (aspects,))
    assert rule_changes([rule], [rule]) == ()
    assert [c.turn for c in rule_changes([rule], [])] == ["goes"]
    assert [c.turn for c in rule_changes([], [rule])] == ["comes"]


def test_the_plan_s_scenario_counts(plan):
    section = plan.section(ScreeningSection).model_copy(update={"scenario": "hard_only"})
    hard = plan.model_copy(update={"sections": {**plan.sections, "screening": section}})
    tech = law_diff(*PAIRS[0], hard, techs=("pv",)).techs[0]
    fresh = screen(plan_on(hard, PAIRS[0][0]), "pv", zones={})
    assert (tech.state_before[tech.screening.code] == state_raster(fresh)).all()


def test_areas_moved_by_hand():
    # of 10 quanta of 0.5 m2 left, 4 become taken and 1 unknown; 3 stay taken
    table = np.zeros((5, 5), dtype=np.int64)
    left, taken, unknown = (STATES.index(s) for s in ("left", "taken", "unknown"))
    table[left, left], table[left, taken], table[left, unknown] = 5, 4, 1
    table[taken, taken] = 3
    moved = Moved(table, 0.5)
    assert moved.moved_m2 == 2.5
    assert moved.before_m2 == {"left": 5.0, "conditional": 0.0, "taken": 1.5, "unknown": 0.0}
    assert moved.after_m2 == {"left": 2.5, "conditional": 0.0, "taken": 3.5, "unknown": 0.5}
    assert moved.transitions_m2["left", "taken"] == 2.0


# ------------------------------------------------------------------ projects


@pytest.fixture(scope="module")
def touched(plan, tmp_path_factory):
    """Two projects of a register, on basic farmland and on none, and what a day changes."""
    folder = tmp_path_factory.mktemp("register")
    county = county_boundary(plan)
    farmland = open_features(plan, "permanent_basic_farmland")
    spot = max(farmland.geometry, key=lambda g: g.area).representative_point()
    on = spot.buffer(400.0).intersection(county)
    apart = shapely.difference(county, shapely.union_all(farmland.geometry).buffer(1500.0))
    off = max(shapely.get_parts(apart), key=lambda g: g.area)
    off = off.representative_point().buffer(300)
    halves = [
        on.intersection(box(-1e9, -1e9, spot.x, 1e9)),
        on.intersection(box(spot.x, -1e9, 1e9, 1e9)),
    ]
    path = folder / "register.gpkg"
    names = ["甲项目", "甲项目", None]
    gpd.GeoDataFrame({"XMMC": names}, geometry=[*halves, off], crs=plan_crs(plan)).to_file(path)
    found = read_projects(path, plan)
    return (
        path,
        found,
        law_diff(date(2026, 11, 27), date(2027, 1, 1), plan, techs=("wind",), projects=found),
    )


@pytest.mark.slow
def test_projects_of_one_name_are_one_and_the_nameless_have_numbers(touched):
    _, found, _ = touched
    assert list(found) == ["甲项目", "3"]


@pytest.mark.slow
def test_a_project_on_basic_farmland_is_touched_by_its_law_of_2027(touched):
    # WD-022 is a ban in both texts (土地管理法 35, 耕地保护和质量提升法 24): no land moves, but
    # the project must be argued by another law
    _, projects, found = touched
    [wind] = found.techs
    [hit] = [p for p in wind.projects if p.name == "甲项目"]
    assert "WD-022" in hit.rules
    assert hit.moved.moved_m2 == 0.0
    inside = float(np.sum(polygon_area_m2([projects["甲项目"]], plan_crs(sample_plan("tiny")))))
    assert sum(hit.moved.before_m2.values()) == pytest.approx(inside, rel=1e-6)
    assert all("WD-022" not in p.rules for p in wind.projects if p.name == "3")


@pytest.mark.slow
def test_land_moved_inside_a_project_is_that_of_its_cells(plan, touched):
    _, projects, _ = touched
    own = law_diff(
        date(2022, 5, 1), date(2026, 11, 27), plan, techs=("wind",), projects=projects
    )
    [wind] = own.techs
    rest = law_diff(
        date(2022, 5, 1),
        date(2026, 11, 27),
        plan,
        techs=("wind",),
        projects={"county": county_boundary(plan)},
    ).techs[0]
    # the whole county as a project moves what the county moves, to the last quantum
    [whole] = rest.projects
    assert (whole.moved.quanta == rest.moved.quanta).all()
    for one in wind.projects:
        assert 0 <= one.moved.moved_m2 <= wind.moved.moved_m2
        assert one.rules


@pytest.mark.slow
def test_the_command_names_the_projects(touched, monkeypatch, capsys, root):
    path, _, _ = touched
    monkeypatch.chdir(path.parent)
    text = (root / "plans" / "sample.toml").read_text(encoding="utf-8")
    (path.parent / "p.toml").write_text(text.replace('"demo"', '"tiny"'), encoding="utf-8")
    words = ["rules", "diff", "2026-11-27", "2027-01-01", "--applies-to", "wind"]
    assert main([*words, "--plan", "p.toml", "--projects", str(path), "--lang", "zh"]) == 0
    assert re.search("项目 甲项目：涉及规则 .*WD-022", capsys.readouterr().out)
    assert main([*words, "--plan", "p.toml", "--projects", str(path), "--json"]) == 0
    [tech] = json.loads(capsys.readouterr().out)["techs"]
    assert "WD-022" in next(p for p in tech["projects"] if p["name"] == "甲项目")["rules"]
    assert main([*words, "--projects", str(path), "--lang", "en"]) == 2
    assert "--plan" in capsys.readouterr().err
