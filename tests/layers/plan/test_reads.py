"""What is read of a plan is noted, and its digest is another once it is another."""

from __future__ import annotations

import pickle

import pytest

from geoplan.demo import sample_plan
from layers.plan.model import Plan
from layers.plan.reads import digests_of, watched
from siting.pv.study.section import PvSection
from siting.screen.section import ScreeningSection

FILES = {
    "plan": "p",
    "layers.dem": "a",
    "layers.dem.2": "b",
    "layers.demo": "c",
    "pv.weather.path": "d",
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return sample_plan("tiny")


def test_every_way_to_ask_is_noted(plan: Plan) -> None:
    seen, noted = watched(plan)
    assert seen.layers["dem"] == plan.layers["dem"]
    assert "no_such" not in seen.layers
    assert seen.layers.get("road") is plan.layers["road"]
    assert seen.section(PvSection) is plan.section(PvSection)
    assert seen.data_root == plan.data_root
    known = {"layers.dem", "layers.no_such", "layers.road", "sections.pv", "base"}
    assert noted == known
    changed = seen.with_sections(pv=PvSection()).with_layers({"dem": None})
    assert noted == known
    assert changed.layers.get("dem") is None
    assert changed.section(ScreeningSection) is plan.section(ScreeningSection)
    assert noted == {*known, "sections.screening"}
    for all_of_them in (list, len, dict, lambda m: [*m.values()], lambda m: [*m.items()]):
        noted.clear()
        all_of_them(changed.layers)
        assert "layers" in noted


def test_a_plan_that_leaves_the_process_is_read_whole(plan: Plan) -> None:
    seen, noted = watched(plan)
    assert pickle.loads(pickle.dumps(seen)) == plan  # noqa: S301 - our own
    assert noted == {"*"}


def test_digests_follow_values_and_files(plan: Plan) -> None:
    names = {"layers.dem", "layers.none", "layers", "sections.pv", "sections", "area", "*"}
    names |= {"plan"}
    was = digests_of(plan, names, FILES)

    def differ(other: Plan, files: dict[str, str]) -> set[str]:
        now = digests_of(other, names, files)
        return {n for n in names if now[n] != was[n]}

    assert differ(plan, FILES) == set()
    # an edit somewhere in the file is no other head
    assert differ(plan, {**FILES, "plan": "x"}) == {"*"}
    assert differ(plan, {**FILES, "layers.dem.2": "x"}) == {"layers.dem", "layers", "*"}
    # a layer whose name begins the same is another layer
    assert differ(plan, {**FILES, "layers.demo": "x"}) == {"layers", "*"}
    assert differ(plan, {**FILES, "pv.weather.path": "x"}) == {"sections.pv", "sections", "*"}
    area = plan.area.model_copy(update={"cell_m": 41.0})
    assert differ(plan.model_copy(update={"area": area}), FILES) == {"area", "*"}
    added = plan.with_layers({"none": plan.layers["dem"]})
    assert differ(added, FILES) == {"layers.none", "layers", "*"}


def test_how_tiles_are_run_is_no_part_of_an_answer(plan: Plan) -> None:
    section = plan.section(ScreeningSection).model_copy(update={"workers": 7})
    other = plan.with_sections(screening=section)
    names = {"sections.screening", "sections", "*"}
    assert digests_of(other, names, FILES) == digests_of(plan, names, FILES)
