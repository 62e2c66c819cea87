"""A case of facilities that cannot be is told in the words of its form, not by keys."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from geoplan.serve.facility import FacilityAsked, with_moved
from geoplan.serve.facility_words import form_words
from gis.errors import ConfigError
from gis.say import say, sentences

ROOT = Path(__file__).resolve().parents[2]
OWN = tomllib.loads((ROOT / "geoplan/text/facility_page.toml").read_text(encoding="utf-8"))
PLAN = tomllib.loads((ROOT / "siting/text/facilities.toml").read_text(encoding="utf-8"))
FACES = "".join(
    p.read_text(encoding="utf-8") for p in sorted((ROOT / "siting/facilities").rglob("*.py"))
)
# of retired equipment no form asks; a table written as no list is no answer of a form
OUTSIDE = {"retired_alone", "write_list_of_cases"}
# keys of a plan, words of TOML, names of models
CODE = re.compile(r"\b(open|limit|cost|each|measure|unit|count|lscp|mclp)\b|[a-z]+_[a-z]+|\[|=")


@pytest.mark.parametrize("key", sorted(set(OWN) - {"of_case", "case_named"}))
def test_every_sentence_of_the_form_is_free_of_keys(key):
    assert f"siting.facilities.{key}" in sentences("siting")
    assert CODE.search(OWN[key]["zh"]) is None
    # nothing is to be filled that the other does not say
    places = [set(re.findall(r"{(\w+)}", t[key]["zh"])) for t in (OWN, PLAN)]
    assert places[0] <= places[1]


def test_no_refusal_of_a_case_reaches_the_form_with_a_key_of_the_plan():
    """Each sentence the model of a case refuses with has its form's words, or no key in it."""
    raised = set(re.findall(r"ValueError\(\s*say\(\s*\"siting\.facilities\.(\w+)\"", FACES))
    assert len(raised) > 15
    told = {k: OWN.get(k, PLAN[k])["zh"] for k in (raised & set(PLAN)) - OUTSIDE}
    wrong = {k: t for k, t in told.items() if CODE.search(re.sub(r"{\w+}", "", t))}
    assert wrong == {}


def test_a_model_is_called_as_the_form_calls_it():
    said = form_words(say("siting.facilities.limit_lacking", model="lscp"))
    assert said("zh") == "求“全覆盖最少设施”须填可达上限"
    assert "lscp" not in said("en")
    other = say("siting.facilities.id_twice", ids="a")
    assert form_words(other) is other


def test_fewer_by_a_later_year_is_told_by_title_and_field():
    from geoplan.plan_file import load_plan
    from siting.facilities.section import FacilitiesSection

    plan = load_plan(ROOT / "plans" / "sample.toml")
    section = plan.section(FacilitiesSection)
    case = next(c for c in section.cases if len(c.open) > 1 or c.open)
    years = sorted(case.open)
    if len(years) < 2:
        case = case.model_copy(update={"open": {years[0]: 5, "2099": 6}})
        years = [years[0], "2099"]
        cases = tuple(case if c.id == case.id else c for c in section.cases)
        plan = plan.with_sections(facilities=section.model_copy(update={"cases": cases}))
    asked = FacilityAsked(case=case.id, open={years[0]: 9, years[1]: 1})
    with pytest.raises(ConfigError) as err:
        with_moved(plan, asked)
    for lang, word in (("zh", "累计"), ("en", "in all")):
        text = err.value.text(lang)
        assert word in text
        assert case.name(lang) in text
        assert "[[facilities]]" not in text
        assert CODE.search(text) is None or lang == "en"


def test_a_place_outside_the_county_is_refused_before_it_is_asked():
    from geoplan.plan_file import load_plan

    plan = load_plan(ROOT / "plans" / "sample.toml")
    there = [
        {"name": "自选1", "lon": 106.30, "lat": 38.95},  # in Alxa, to the west
        {"name": "自选2", "lon": 106.55, "lat": 38.90},
    ]
    with pytest.raises(ConfigError) as err:
        with_moved(plan, FacilityAsked(case="charging", places=there))
    assert err.value.text("zh") == "自选1不在县域内，没有加上；请在县域内点一处"
    assert err.value.text("en").startswith("outside the county, not added: 自选1")
    assert with_moved(plan, FacilityAsked(case="charging", places=there[1:]))
