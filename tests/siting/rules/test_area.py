"""Every rule says where it is law, and a place is judged by the law of its own area."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from importlib.resources import files

import pytest

from geoplan.cli import main
from gis.errors import ConfigError
from layers.plan.locality import Locality, basins, division_title
from siting.rules import (
    HoldsIn,
    all_rules,
    load_rules,
    read_book,
    rules_elsewhere,
    rules_table,
    split_by_area,
)

TECHS = ("pv", "wind", "afforest", "wetland", "grass")
PINGLUO = Locality(adcode="640221", basins=("yellow_river",))
XINJIANG = Locality(adcode="650102")
# words that name a document, a project or a plan of one region
REGIONAL = re.compile("宁夏|宁政|宁林|平罗|石嘴山|银川|红崖子|星海")


def _ids(rules):
    return {r.id for r in rules}


def test_every_rule_of_every_book_names_its_area_itself():
    for book in files("siting.rules").joinpath("books").iterdir():
        if not book.name.endswith(".toml"):
            continue
        doc = tomllib.loads(book.read_text(encoding="utf-8"))
        assert "holds_in" not in doc["book"], book.name
        for row in doc["rules"]:
            assert len(row["holds_in"]) == 1, row["id"]


def test_areas_follow_the_citation():
    for rule in all_rules():
        area = rule.holds_in
        regional = REGIONAL.search(rule.title.zh)
        if "黄河" in rule.quote or "黄河保护法" in rule.citation:
            assert area.basin == "yellow_river", rule.id
        elif re.search("平罗|星海", rule.citation):
            # the county's own plan, and figures of one project in it
            assert area.adcode == ("640221",), rule.id
        elif rule.elsewhere is not None:
            assert area.country == "CN", rule.id
        elif REGIONAL.search(rule.citation) or regional:
            assert area.adcode == ("64",), rule.id
        else:
            assert area.country == "CN", rule.id


def test_the_reference_county_keeps_every_rule_word_for_word():
    for scenario in ("base", "hard", "conservative"):
        here = load_rules(TECHS, scenario=scenario, here=PINGLUO)
        assert here == load_rules(TECHS, scenario=scenario)
    assert rules_elsewhere(TECHS, PINGLUO) == ()


def test_a_county_of_xinjiang_is_not_judged_by_documents_of_ningxia():
    here = load_rules(TECHS, here="650102")
    for rule in here:
        text = "".join(
            (
                rule.title.zh,
                rule.citation,
                rule.quote,
                rule.approval("zh") if rule.approval else "",
            )
        )
        assert not REGIONAL.search(text), rule.id
        assert not re.search("Ningxia|Pingluo|Xinghai", rule.title.en), rule.id
        assert "黄河" not in rule.citation, rule.id
        assert rule.area_known
    away = rules_elsewhere(TECHS, "650102")
    # what is left out is named: nothing is lost between the two
    assert _ids(here) | _ids(away) == _ids(load_rules(TECHS))
    assert not _ids(here) & _ids(away)
    assert _ids(away) == {
        r.id for r in all_rules() if not r.holds_in.country and not r.projects
    }


def test_another_county_of_the_province_keeps_its_law_and_not_the_countys():
    # Yinchuan, Xingqing district: Ningxia's documents hold, the plan of Pingluo does not
    away = _ids(rules_elsewhere(TECHS, Locality(adcode="640104", basins=("yellow_river",))))
    county = ("640221",)
    assert away == {r.id for r in all_rules() if r.holds_in.adcode == county and not r.projects}


@pytest.mark.parametrize(
    ("basin", "standing"),
    [(None, "area_unknown"), ((), "not_here"), (("yellow_river",), "in_force")],
)
def test_a_basin_needs_the_plans_word(basin, standing):
    # Shaanxi is one of the nine, but its south drains to the Yangtze
    assert HoldsIn(basin="yellow_river").standing(Locality("CN", "610724", basin)) == standing
    by_id = {r.id: r for r in load_rules("pv", here=Locality("CN", "610724", basin))}
    assert ("PV-022" in by_id) == (standing != "not_here")
    if standing == "area_unknown":
        assert not by_id["PV-022"].area_known
        assert by_id["PV-022"].needs_review
        assert by_id["PV-022"].kind == "hard"  # kept and shown, not weakened in silence


def test_the_nine_of_the_yellow_river_law():
    # Yellow River Protection Law, article 2
    nine = (
        "青海省、四川省、甘肃省、宁夏回族自治区、内蒙古自治区、山西省、陕西省、河南省、山东省"
    )
    river = basins()["yellow_river"]
    assert {division_title(c)("zh") for c in river.adcode} == set(nine.split("、"))
    assert nine in river.source


@pytest.mark.parametrize(
    ("area", "place", "standing"),
    [
        ({"country": "CN"}, Locality("CN"), "in_force"),
        ({"country": "CN"}, Locality("DE"), "not_here"),
        ({"country": "CN"}, Locality(""), "area_unknown"),
        ({"adcode": ["64"]}, Locality("DE"), "not_here"),
        ({"basin": "yellow_river"}, Locality("DE"), "not_here"),
        ({"adcode": ["64"]}, Locality("CN"), "area_unknown"),
        ({"adcode": ["6402"]}, Locality("CN", "640221"), "in_force"),
        ({"adcode": ["6402"]}, Locality("CN", "640104"), "not_here"),
        ({"adcode": ["6402"]}, Locality("CN", "640200"), "in_force"),
        ({"adcode": ["6402"]}, Locality("CN", "640000"), "area_unknown"),
        ({"adcode": ["15", "64"]}, Locality("CN", "640221"), "in_force"),
        ({"adcode": ["15", "64"]}, Locality("CN", "610724"), "not_here"),
        ({"basin": "yellow_river"}, Locality("CN"), "area_unknown"),
        ({"basin": "yellow_river"}, Locality("CN", "650102"), "not_here"),
        ({"basin": "yellow_river"}, Locality("CN", "650102", ("yellow_river",)), "in_force"),
    ],
)
def test_standing(area, place, standing):
    assert HoldsIn.model_validate(area).standing(place) == standing


def test_without_a_county_code_regional_rules_stay_and_are_marked():
    here = load_rules(TECHS, here=Locality())
    assert _ids(here) == _ids(load_rules(TECHS))
    marked = {r.id for r in here if not r.area_known}
    assert marked == {r.id for r in all_rules() if not r.holds_in.country} & _ids(here)
    assert all(r.needs_review for r in here if r.id in marked)


def test_abroad_no_rule_of_china_is_in_force():
    assert load_rules(TECHS, here=Locality("DE")) == ()


def test_words_written_for_one_county_are_not_said_of_another():
    ghi = {r.id: r for r in load_rules("pv", here="650102")}["PV-086"]
    assert ghi.citation == "GB/T 31155-2014 / QX/T 89"
    assert (ghi.quote, bool(ghi.no_quote)) == ("", True)
    own = {r.id: r for r in load_rules("pv", here=PINGLUO)}["PV-086"]
    assert "宁夏" in own.quote
    rain = {r.id: r for r in load_rules("wind", here="640104")}["WD-013"]
    assert rain.title.zh == "<400mm区乔木林地应避让"


BOOK = """
[book]
id = "own"
title = {{ zh = "自有", en = "own" }}
as_of = 2026-01-01
{book}
[[rules]]
id = "XJ-001"
applies_to = ["pv"]
{rule}
kind = "hard"
source_step = "primary"
title = {{ zh = "一", en = "one" }}
citation = "自定"
quote = "不得"
stated = {{ layer = "x", operator = "within" }}
[rules.test]
type = "within"
layer = "dyke"
distance_m = 40
bounds_m = [0, 100]
"""


def _book(tmp_path, book="", rule=""):
    path = tmp_path / "own.toml"
    path.write_text(BOOK.format(book=book, rule=rule), encoding="utf-8")
    return path


def test_a_book_of_another_province_is_data(tmp_path):
    path = _book(tmp_path, rule='holds_in = { adcode = ["65"] }')
    books = ["bundled", path]
    assert "XJ-001" in _ids(load_rules("pv", books=books, here="650102"))
    assert "XJ-001" not in _ids(load_rules("pv", books=books, here=PINGLUO))
    assert "XJ-001" in _ids(rules_elsewhere("pv", PINGLUO, books=books))


def test_a_book_may_name_the_area_of_all_its_rules(tmp_path):
    path = _book(tmp_path, book='holds_in = { adcode = ["65"] }')
    assert read_book(path).rules[0].holds_in.adcode == ("65",)
    path = _book(
        tmp_path,
        book='holds_in = { adcode = ["65"] }',
        rule='holds_in = { adcode = ["650102"] }',
    )
    assert read_book(path).rules[0].holds_in.adcode == ("650102",)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "holds_in = {}",
        'holds_in = { country = "CN", adcode = ["64"] }',
        'holds_in = { adcode = ["64022"] }',
        'holds_in = { adcode = "64" }',
        'holds_in = { country = "China" }',
        'holds_in = { basin = "yangtze" }',
        'holds_in = { province = "64" }',
    ],
)
def test_a_rule_without_a_clear_area_is_refused(tmp_path, rule):
    with pytest.raises(ConfigError, match=r"XJ-001 \[holds_in"):
        read_book(_book(tmp_path, rule=rule))


def test_the_table_says_where():
    table = rules_table(split_by_area(all_rules(), PINGLUO)[0], "en").set_index("id")
    assert table.at["PV-001", "holds in"] == "China"
    assert table.at["PV-066", "holds in"] == "Ningxia"
    assert table.at["PV-022", "holds in"] == "Yellow River basin"
    assert table.at["WD-004", "holds in"] == "Pingluo County"


PLAN = """
[plan]
id = "far"
title = {{ zh = "某县", en = "some county" }}
as_of = 2026-11-22
[area]
{area}
cell_m = 200.0
[screening]
techs = ["pv", "wind"]
"""


def _plan(tmp_path, area):
    path = tmp_path / "far.toml"
    path.write_text(PLAN.format(area=area), encoding="utf-8")
    return path


def test_the_plan_decides_what_screening_and_listing_judge_by(tmp_path, capsys):
    from geoplan.plan_file import load_plan
    from siting.screen.screening import not_in_force_of, rules_of

    plan = load_plan(_plan(tmp_path, 'boundary = { adcode = "650102" }'))
    rules, _ = rules_of(plan, "pv")
    assert not [r.id for r in rules if REGIONAL.search(r.citation + r.quote + r.title.zh)]
    away = _ids(not_in_force_of(plan, "pv"))
    assert {"PV-016", "PV-022", "PV-066", "PV-085"} <= away

    assert main(["rules", "--plan", str(plan.path), "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    rows = re.split(r"(?m)^(?=[A-Z]{2,3}-\d{3})", out)[1:]
    away_rows = {r[:6] for r in rows if "[在其他区域施行" in r.split("\n")[0]}
    assert away <= away_rows
    for row in rows:  # what is in force names no document of another province
        title, _, rest = row.partition("\n")
        if "[" not in title or "需法务复核" in title:
            assert not REGIONAL.search(title + rest), row


@pytest.mark.parametrize(
    ("area", "message"),
    [
        ('boundary = { adcode = "650102" }\nadcode = "640221"', "differs from 650102"),
        ('boundary = { path = "b.shp" }\nadcode = "64022"', "adcode"),
        ('boundary = { path = "b.shp" }\nbasins = ["yangtze"]', "no such basin: yangtze"),
        ('boundary = { path = "b.shp" }\ncountry = "de"', "country"),
        ('boundary = { adcode = "650102" }\ncountry = "DE"', "country is DE"),
        ('boundary = { path = "b.shp" }\nadcode = "999999"', "999999 belongs to no province"),
        # Xinjiang is none of the nine provinces of article 2
        ('boundary = { adcode = "650102" }\nbasins = ["yellow_river"]', "no part in the prov"),
    ],
)
def test_a_plan_that_contradicts_itself_about_its_place_is_refused(tmp_path, area, message):
    from geoplan.plan_file import load_plan

    with pytest.raises(ConfigError, match=message):
        load_plan(_plan(tmp_path, area))


def _words_of_a_run(tech_part, lang):
    """What terminal and report say of a run whose screening is `tech_part`."""
    from pathlib import Path

    from geoplan.report.annex.chapters import overview_blocks
    from geoplan.summary import PlanPart, ProvenancePart, RunPart, RunSummary
    from geoplan.summary_text import summary_lines

    summary = RunSummary(
        schema=1,
        plan=PlanPart(id="a", title={"zh": "甲", "en": "A"}),
        run=RunPart(id="b"),
        provenance=ProvenancePart(run_id="b"),
        screening={"pv": tech_part},
    )
    shown = " ".join(str(block) for block in overview_blocks(summary, lang))
    return "\n".join(summary_lines(summary, Path("nowhere"), lang)), shown


@pytest.mark.parametrize(
    ("lies_in", "key"),
    [
        ([], "not_in_force_here_rules"),  # the county lies outside
        (["yellow_river"], ""),  # in part or as a whole: the law counts the county
        (None, "area_unknown_rules"),  # nobody said
    ],
)
def test_a_rule_of_a_basin_reaches_every_door(tmp_path, lies_in, key):
    from geoplan.plan_file import load_plan
    from siting.screen.screening import not_in_force_of, rules_of
    from siting.screen.summary import LawSummary, TechScreening

    said = "" if lies_in is None else f"\nbasins = {json.dumps(lies_in)}"
    plan = load_plan(_plan(tmp_path, 'boundary = { adcode = "610724" }' + said))
    rules, _ = rules_of(plan, "pv")
    river = {r.id for r in all_rules() if r.holds_in.basin and "pv" in r.applies_to}
    assert "PV-022" in river
    found = {
        "not_in_force_here_rules": _ids(not_in_force_of(plan, "pv")) & river,
        "area_unknown_rules": {r.id for r in rules if not r.area_known} & river,
    }
    assert found == {k: river if k == key else set() for k in found}
    assert ("PV-022" in _ids(rules)) == (key != "not_in_force_here_rules")
    part = TechScreening(
        area_ha=dict.fromkeys(("left", "conditional", "taken", "unknown"), 0.0),
        area_mu={},
        closure=0.0,
        scenario="base",
        rules=(),
        waterfall=(),
        not_judged=0,
        of=1,
        provisional=False,
        not_judged_rules=(),
        **{k: tuple(v) for k, v in found.items()},
        law=LawSummary(
            as_of=date(2026, 11, 22),
            unsettled_ha=0.0,
            look_ups=(),
            unknown_rules=(),
            changes=(),
        ),
    )
    for text in (t for lang in ("zh", "en") for t in _words_of_a_run(part, lang)):
        assert ("PV-022" in text) == bool(key), text


def test_a_boundary_from_a_file_takes_its_code_from_the_plan(tmp_path):
    from geoplan.plan_file import load_plan
    from layers.plan.model import locality_of

    plan = load_plan(_plan(tmp_path, 'boundary = { path = "b.shp" }\nadcode = "640104"'))
    assert locality_of(plan) == Locality("CN", "640104", None)


@pytest.mark.parametrize("code", ["999999", "99", "000000"])
def test_a_code_of_no_province_is_refused(code):
    """Every rule of a province would be gone, and the land look free."""
    with pytest.raises(ConfigError) as err:
        load_rules("pv", here=code)
    assert [(f.where, f.got) for f in err.value.faults] == [("here", code)]
    with pytest.raises(ConfigError):
        rules_elsewhere("pv", Locality(adcode=code))


def test_a_turbine_is_hub_and_rotor():
    with pytest.raises(ConfigError, match="come together"):
        load_rules("wind", hub_height_m=100.0)
