"""What is in force where on a day, and why a rule does not count."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest

from geoplan.cli import main
from geoplan.demo import sample_plan
from siting.rules.kind import Project
from siting.screen.on_day import plan_on, rules_on_day
from siting.screen.screening import rules_of
from siting.screen.section import ScreeningSection


def standings(plan=None, day=None, applies_to=""):
    return {x.rule.id: x for x in rules_on_day(plan, day, applies_to)}


def planned(plan, **values):
    section = plan.section(ScreeningSection).model_copy(update=values)
    return plan.model_copy(update={"sections": {**plan.sections, "screening": section}})


@pytest.fixture(scope="module")
def plan():
    return sample_plan("tiny")


@pytest.mark.parametrize(
    ("rule", "day", "standing"),
    [
        # notice of 2019-03-27, five years; laws.toml and the daily that printed it
        ("WD-020", date(2019, 3, 26), "not_yet"),
        ("WD-020", date(2019, 3, 27), "in_force"),
        ("WD-020", date(2024, 3, 26), "in_force"),
        ("WD-020", date(2024, 3, 27), "ended"),
        # wetland law: passed 2021-12-24, in force 2022-06-01
        ("PV-018", date(2022, 5, 31), "not_yet"),
        ("PV-018", date(2022, 6, 1), "in_force"),
        # the notice of 2026-01-22 holds until 2030-12-31 and nobody knows what follows
        ("WD-013", date(2030, 12, 31), "in_force"),
        ("WD-013", date(2031, 1, 1), "law_unknown"),
        # a draft counts in the conservative scenario alone
        ("WD-055", date(2026, 11, 27), "other_scenario"),
    ],
)
def test_a_day_decides(rule, day, standing):
    assert standings(day=day)[rule].standing == standing


def test_the_text_of_the_day_is_shown():
    before, after = (standings(day=date(2026, 8, d))["PV-025"].rule for d in (14, 15))
    assert before.law == "water_pollution_2017"
    assert after.law == "code_2026"
    assert (after.valid_from, after.source_step) == (date(2026, 8, 15), "primary")


def test_the_plan_says_which_parts_projects_and_areas_count(plan):
    found = standings(plan)
    assert found["PV-082"].standing == "other_part"  # high-voltage lines near survey marks
    assert found["WD-069"].standing == "other_project"  # wind power of villages
    village: Project = "village"
    assert standings(planned(plan, project=village))["WD-069"].standing == "in_force"
    assert "村级风电" in found["WD-069"].words()("zh")


def test_no_rule_of_another_province_counts(plan):
    there = plan.area.boundary.model_copy(update={"adcode": "650102"})
    area = plan.area.model_copy(update={"boundary": there, "basins": ()})
    found = standings(plan.model_copy(update={"area": area}))
    away = {k: x for k, x in found.items() if x.standing == "elsewhere"}
    assert not any(x.rule.holds_in.country for x in away.values())
    assert {"PV-066", "PV-067"} <= set(away)  # Ningxia 2015 No. 108
    assert found["PV-022"].standing == "elsewhere"  # Yellow River law


@pytest.mark.parametrize("day", [date(2014, 1, 1), date(2022, 1, 1), date(2026, 11, 27)])
@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_what_counts_is_what_screens(plan, day, tech):
    """Filter rules that count, or whose law is unknown, are those the cells are judged by."""
    wanted = plan_on(plan, day)
    screened = {r.id: (r.kind, r.citation) for r in rules_of(wanted, tech)[0]}
    listed = {
        x.rule.id: (x.rule.kind, x.rule.citation)
        for x in rules_on_day(plan, day, tech)
        if x.standing in ("in_force", "not_yet", "law_unknown") and x.rule.is_filter
    }
    assert listed == screened


def test_what_the_plan_leaves_out_is_told(plan):
    kinds = {"PV-018": "off", "PV-019": "preference"}
    found = standings(planned(plan, scenario="custom", kinds=kinds))
    assert found["PV-018"].standing == "left_out"
    assert found["PV-019"].rule.kind == "preference"
    hard = standings(planned(plan, scenario="hard_only"))
    assert hard["PV-019"].standing == "other_scenario"


def test_the_list_greys_what_does_not_count(capsys):
    args = ["rules", "--search", "WD-020", "--lang"]
    assert main([*args, "en"]) == 0
    out = capsys.readouterr().out
    assert "[ended on 2024-03-26]" in out
    assert "1 rule, 0 in force, 1 not" in out
    assert main([*args, "zh", "--as-of", "2022-01-01"]) == 0
    out = capsys.readouterr().out
    assert "失效" not in out
    assert "自 2019-03-27 起施行" in out
    assert main(["rules", "--as-of", "2022-13-01", "--lang", "en"]) == 2


def test_export_and_json_have_the_same_columns(tmp_path, capsys):
    args = ["rules", "--as-of", "2024-06-01", "--lang", "zh"]
    assert main([*args, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert main([*args, "--export", str(tmp_path / "r.csv")]) == 0
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as f:
        table = list(csv.DictReader(f))
    assert list(table[0]) == list(rows[0])
    assert [r["编号"] for r in table] == [r["编号"] for r in rows]
    one = next(r for r in table if r["编号"] == "WD-020")
    assert (one["当日有效"], one["终止日"]) == ("否", "2024-03-26")
    assert {r["法规日期"] for r in table} == {"2024-06-01"}


def test_options_before_the_verb_under_it_are_not_passed_over(capsys):
    assert main(["rules", "--search", "x", "audit", "--lang", "en"]) == 2
    assert "--search" in capsys.readouterr().err
    assert main(["rules", "--lang", "en", "audit"]) == 0
    assert "no faults" in capsys.readouterr().out


def test_nothing_found_still_says_the_day(capsys):
    assert main(["rules", "--search", "no such words", "--lang", "en"]) == 0
    assert "law of 2026-11-27: 0 rules" in capsys.readouterr().out


def test_a_greyed_rule_has_the_kind_it_would_count_with(plan):
    """WD-069, WD-075 and PV-029 are only reported: where they count they forbid nothing."""
    there = plan.area.boundary.model_copy(update={"adcode": "650102"})
    area = plan.area.model_copy(update={"boundary": there, "basins": ()})
    away = standings(plan.model_copy(update={"area": area}))
    for rule_id in ("WD-069", "WD-075", "PV-029"):
        assert not away[rule_id].counts
        assert (away[rule_id].rule.kind, away[rule_id].rule.stated_kind) == (
            "conditional",
            "hard",
        )
    # a ban read in full stays one, wherever it holds
    assert away["PV-022"].standing == "elsewhere"
    assert away["PV-022"].rule.kind == "hard"
