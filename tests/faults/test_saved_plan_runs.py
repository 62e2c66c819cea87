"""A plan saved by the app is another plan: its runs go into a folder of their own."""

from __future__ import annotations

import tomllib

import pytest

from geoplan.plan_file import load_plan
from geoplan.run import default_out
from geoplan.serve.save import _with_id, save_plan
from geoplan.serve.scenario import Change
from tests.faults import small_county as sc


def test_a_plan_saved_by_the_app_has_a_folder_of_its_own(tmp_path):
    loaded = load_plan(sc.county(tmp_path))
    change = Change(rule_id="PV-013", kind="off")
    saved = load_plan(save_plan(loaded, [change], "wider", "test"))
    assert saved.plan.id == "small-wider"
    assert default_out(saved) != default_out(loaded)
    assert saved.plan.title == loaded.plan.title


@pytest.mark.parametrize(
    "text",
    [
        '[plan]\nid = "a"\n[x]\nid = "a"\n',
        "[plan]\ntitle = {zh = 'id = \"a\"', en = 'b'}\nid='a' # id = \"a\"\n",
        'plan.id = "a"\nplan.title = "b"\n',
        'plan = {title = "b", id = "a"}\n',
        '[[zones]]\nid = "a"\n[plan]\n"id" = "a"\n',
    ],
)
def test_only_the_id_of_the_plan_changes(text):
    before, after = tomllib.loads(text), tomllib.loads(_with_id(text, "a-new"))
    assert after["plan"].pop("id") == "a-new"
    assert before["plan"].pop("id") == "a"
    assert after == before
