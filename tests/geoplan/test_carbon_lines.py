"""The terminal says what a county stores, how it changed and when targets are met."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import pandas as pd
import pytest

from carbon_sink.monitor.outcome import MonitorSummary
from carbon_sink.potential.outcome import PotentialSummary
from carbon_sink.survey.outcome import SurveySummary
from geoplan.cli import main
from geoplan.report.annex.chapters import overview_blocks
from geoplan.report.body.conclusion import conclusion_lines
from geoplan.report.carbon.conclusion import has_carbon
from geoplan.report.carbon.monitor import trend_annex
from geoplan.report.carbon.potential import potential_blocks
from geoplan.summary import RunSummary
from layers.result import StepResult, save_step
from layers.run_folder import RunFolder
from tests.carbon_sink.stand.conftest import forest, stand_plan

GOAL = """
[[monitor.values]]
indicator = "grass_cover"
caliber = "plots"
year = 2020
value = 42.5
unit = "%"
source = "synthetic"
[[targets]]
id = "cover"
title = { zh = "草原盖度", en = "cover of grassland" }
indicator = "grass_cover"
caliber = "plots"
year = 2025
value = 41
unit = "%"
section = "s"
quote = "q"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lang", "stock", "met"),
    [
        ("zh", "全县碳储量 ", "草原盖度：1 期观测，最近 2020 年；2020 年的观测已达到"),
        ("en", "The county stores ", "cover of grassland: 1 date, the last 2020; the"),
    ],
)
def test_stock_and_states_of_targets_are_said(tmp_path, capsys, lang, stock, met):
    stand_plan(tmp_path, forest([{"HUO_LMGQXJ": 40.0}]), layers=GOAL)
    out = tmp_path / "out"
    verb = ["mrv", str(tmp_path / "plan.toml"), "--out", str(out), "--lang", lang]
    try:
        code = main(verb)
    except SystemExit as end:
        code = int(end.code or 0)
    text = capsys.readouterr().out
    assert not code
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    total = found["carbon"]["total_tc"]["value"]
    line = next(x for x in text.splitlines() if x.startswith(stock))
    assert f"{total / 1e6:.2f} MtC" in line
    assert met in text


def test_trends_tell_points_a_year_one_year_once_and_no_probability_of_0(tmp_path):
    empty = dict.fromkeys(("slope", "slope_low", "slope_high", "tau", "p"), math.nan)
    one = {
        "indicator": "grass_cover",
        "title_zh": "盖度",
        "title_en": "cover",
        "unit": "%",
        "caliber": "plots",
        "dates": 1,
        "from_year": 2024,
        "to_year": 2024,
        **empty,
        "break_year": math.nan,
        "break_p": math.nan,
    }
    ten = {**one, "dates": 10, "from_year": 2014, "to_year": 2023, "slope": 1.5, "p": 1e-5}
    run = RunFolder(tmp_path / "out", tmp_path)
    table = pd.DataFrame(
        [one, ten | {"slope_low": 1.0, "slope_high": 2.0, "break_year": 2018.0}]
    )
    save_step(run, "monitor", StepResult(tables={"monitor_trends": table}))
    held = SimpleNamespace(monitor=MonitorSummary.model_construct())
    for lang, unit in (("zh", "个百分点"), ("en", "percentage points")):
        (found,) = trend_annex(held, tmp_path, lang)
        first, second = found.rows
        assert first[3:] == ["2024", "—", "—", "—", "—"]
        assert second[3:5] == ["2014–2023", f"1.500 {unit}"]
        assert second[6:] == ["< 0.001", "2018"]


def test_a_run_of_two_surveys_alone_has_its_answer_in_the_conclusion(tmp_path):
    found = SurveySummary.model_construct(
        from_year=2015, to_year=2023, changed_ha=399.3, changes=4, unchanged_ha=1600.0,
        tolerance_m=2.0, absorbed_ha=3.8, change_tc={},
        before_only_ha=0.0, after_only_ha=0.0, neither_ha=0.0, county_ha=1999.3,
        disturbance=None,
    )  # fmt: skip
    plan = SimpleNamespace(synthetic=False)
    s = RunSummary.model_construct(plan=plan, survey=found, screening=None, sites=None)
    (line,) = [x("zh") for x in conclusion_lines(s, tmp_path)][:1]
    assert "2015" in line
    assert "399.3" in line
    # no table of main results with nothing in it
    assert list(overview_blocks(s, "zh")) == []
    assert has_carbon(s)


@pytest.mark.parametrize("chosen", [True, False])
def test_candidates_none_of_which_was_chosen_from_are_told_without_a_list(tmp_path, chosen):
    """Without a goal of forest the candidates of grass and wetland have no choice."""
    rows = pd.DataFrame(
        {"candidate_id": ["G1"], "rank": [1], "township": ["西镇"], "area_mu": [15.0],
         "gain_tc": [1.0], "ccer": ["pass"], "measure_zh": ["封育"], "measure_en": ["fencing"]}
    )  # fmt: skip
    table = rows.assign(selected=True) if chosen else rows
    run = RunFolder(tmp_path / "out", tmp_path)
    save_step(run, "potential", StepResult(tables={"projects": table}))
    found = PotentialSummary.model_construct(candidates={}, rates={})
    blocks = list(potential_blocks(SimpleNamespace(potential=found), tmp_path, "zh"))
    names = [getattr(b, "id", "") for b in blocks]
    assert ("projects_chosen" in names) is chosen
