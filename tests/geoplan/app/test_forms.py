"""Lists of the plan are filled in as forms: checked by the field, written so that they read."""

from __future__ import annotations

import json
import re

import pytest

from geoplan.app.forms.answers import answers_of
from geoplan.app.forms.choices import OFFERS, model_kinds
from geoplan.app.forms.fields import forms
from geoplan.plan_file import load_plan
from layers.plan.model import Plan
from layers.plan.plant import Plant
from layers.plan.rows import rows_of
from layers.plan.target import Target
from siting.facilities.question import MODELS
from siting.facilities.section import FacilitiesSection, FacilityCase
from tests.conftest import ROOT
from tests.geoplan.app.test_remedies import given
from tests.geoplan.app.test_workspace import client, project, space

__all__ = ["client", "project", "space"]

BASE = "/api/projects/甲/forms"
PLANT = {
    "name": {"zh": "红崖子一期", "en": ""},
    "technology": "storage",
    "capacity_mw": "100",
    "energy_mwh": "200",
    "year": "2025",
    "on_grid": "2025-06-30",
    "source": "县发改局台账",
}
TARGET = {
    "title": {"zh": "湿地保护率", "en": "wetland protection"},
    "indicator": "wetland_protection_rate",
    "caliber": "narrow",
    "year": "2030",
    "value": "55",
    "unit": "%",
    "section": "三（八）",
    "quote": "湿地保护率达到55%",
}
CASE = {
    "title": {"zh": "公共充电桩", "en": ""},
    "model": "mclp",
    "demand.layer": "settlement",
    "demand.by": "population",
    "candidates.layers": ["parking"],
    "candidates.rules": "charging",
    "cost.limit": "10",
    "open": [{"year": "2030", "number": "4"}],
}


def form(client, name: str) -> dict:
    return next(f for f in client.get(BASE).json()["forms"] if f["id"] == name)


def send(client, name: str, answers: dict, **more) -> dict:
    answer = client.post(f"{BASE}/{name}", json={"answers": answers, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


# ---------------------------------------------------------------- what the forms know
@pytest.mark.parametrize(("name", "model"), [("plants", Plant), ("targets", Target)])
def test_every_key_of_the_model_has_a_field(name, model) -> None:
    asked = {f.place.split(".")[0] for f in forms()[name].fields}
    assert asked == set(model.model_fields) - {"id"}


def keys(model, place: str = "") -> set[str]:
    """Every place of a case of facilities, down to what is no table."""
    out: set[str] = set()
    for name, spec in model.model_fields.items():
        below = [m for m in re.findall(r"(\w+)", str(spec.annotation)) if m in PARTS]
        if below:
            out |= keys(PARTS[below[0]], f"{place}{name}.")
        else:
            out.add(f"{place}{name}")
    return out


def test_everything_a_case_of_facilities_knows_has_a_field() -> None:
    asked = {f.place for f in forms()["facilities"].fields}
    lacking = keys(FacilityCase) - asked
    # the id is made; what it is weighed by and a factor that is named are one field each
    of_ledger = {"demand.retired", "demand.until"}  # written in the plan, no layer
    assert lacking == {"id", "demand.weight", "demand.each", "demand.measure"} | of_ledger
    assert asked - keys(FacilityCase) == {"demand.by", "demand.use"}


def parts() -> dict[str, type]:
    from siting.facilities import patches, section

    names = ("Demand", "Existing", "Candidates", "CostOf", "Bus", "Factor")
    found = {n: getattr(section, n) for n in names}
    return {**found, "Patches": patches.Patches, "Resistance": patches.Resistance}


PARTS = parts()


def test_what_fields_name_is_there(client, project) -> None:
    for own in forms().values():
        known = {f.key for f in own.fields}
        assert {*own.names, *own.about, *own.beside.values()} <= known
        for f in own.fields:
            for part in (f, *f.parts):
                assert not part.offers or part.offers in OFFERS
                assert not part.of or part.of in known
            for when in f.when:
                assert {k.partition(":")[0] for k in when} <= known
            assert (f.takes == "map") == (len(f.parts) == 2) or f.takes == "rows"
    told = {k for m in (*MODELS, "transfers", "connectivity") for k in model_kinds(m)}
    asked = {
        k for f in forms()["facilities"].fields for w in f.when for k in w.get("model:kind", ())
    }
    assert asked <= told


# ---------------------------------------------------------------- plans of the house
@pytest.mark.parametrize("name", ["sample", "pingluo"])
def test_an_entry_that_is_saved_as_it_was_changes_no_character(client, project, name) -> None:
    text = (ROOT / "plans" / f"{name}.toml").read_text(encoding="utf-8")
    project.plan.write_text(text, encoding="utf-8")
    n = 0
    for own in client.get(BASE).json()["forms"]:
        for i, row in enumerate(own["rows"]):
            told = send(client, own["id"], row["answers"], index=i, mark=row["mark"])
            assert told["written"], (own["id"], i, told)
            n += 1
    assert n >= 39
    assert project.plan.read_text(encoding="utf-8") == text


# ---------------------------------------------------------------- plants
def test_a_plant_is_added_changed_and_taken_out(client, project) -> None:
    before = project.plan.read_text(encoding="utf-8")
    held = form(client, "plants")["rows"]
    assert send(client, "plants", PLANT, try_only=True)["written"] is False
    grouped = {**PLANT, "capacity_mw": "1,200.5"}
    assert send(client, "plants", grouped, try_only=True)["faults"] == {}
    assert project.plan.read_text(encoding="utf-8") == before
    assert send(client, "plants", PLANT)["written"]
    plant = load_plan(project.plan).plants[-1]
    assert (plant.name.zh, plant.capacity_mw, plant.energy_mwh) == ("红崖子一期", 100, 200)
    assert str(plant.on_grid) == "2025-06-30"
    text = project.plan.read_text(encoding="utf-8")
    assert (
        '[[plants]]\nname = "红崖子一期"\ntechnology = "storage"\ncapacity_mw = 100\n' in text
    )
    row = form(client, "plants")["rows"][-1]
    # no storage: what it holds is not asked any more
    changed = {**row["answers"], "technology": "pv", "status": "construction"}
    assert send(client, "plants", changed, index=len(held), mark=row["mark"])["written"]
    plant = load_plan(project.plan).plants[-1]
    assert (plant.technology, plant.status, plant.energy_mwh) == ("pv", "construction", None)
    # somebody else changed it meanwhile
    again = client.post(
        f"{BASE}/plants", json={"answers": PLANT, "index": len(held), "mark": row["mark"]}
    )
    assert again.status_code == 422
    row = form(client, "plants")["rows"][-1]
    at = f"{BASE}/plants/{len(held)}"
    assert client.delete(f"{at}?mark=other").status_code == 422
    assert client.delete(f"{at}?mark={row['mark']}").status_code == 200
    assert project.plan.read_text(encoding="utf-8").rstrip() == before.rstrip()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": {"zh": " ", "en": ""}}, "name"),
        ({"capacity_mw": "一百"}, "capacity_mw"),
        ({"capacity_mw": "0"}, "capacity_mw"),
        ({"capacity_mw": "nan"}, "capacity_mw"),
        ({"year": "25"}, "year"),
        ({"on_grid": "2025-02-30"}, "on_grid"),
        ({"lon": "206.5"}, "lon"),
        ({"technology": "tidal"}, "technology"),
        ({"source": ""}, "source"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(client, project, wrong, field) -> None:
    before = project.plan.read_bytes()
    told = send(client, "plants", {**PLANT, **wrong})
    assert list(told["faults"]) == [field]
    assert told["rest"] == []
    assert all(told["faults"][field][x] for x in ("zh", "en"))
    assert project.plan.read_bytes() == before


# ---------------------------------------------------------------- targets
def test_a_target_is_judged_by_its_indicator(client, project) -> None:
    assert send(client, "targets", TARGET)["written"]
    target = load_plan(project.plan).targets[-1]
    assert (target.id, target.value, target.caliber) == (
        "wetland_protection_rate_2030",
        55,
        "narrow",
    )
    for wrong, field in (
        ({"unit": "ha"}, "unit"),
        ({"value": "155"}, "value"),
        ({"caliber": "ndvi_proxy"}, "caliber"),
        ({"quote": "  "}, "quote"),
        ({"relation": "~"}, "relation"),
        ({"value": "-1"}, "value"),
    ):
        told = send(client, "targets", {**TARGET, **wrong})
        assert list(told["faults"]) == [field], told
    told = send(client, "targets", {**TARGET, "indicator": "nothing"})
    assert "indicator" in told["faults"]
    # a share of at most 1 %: perhaps a fraction is meant
    told = send(client, "targets", {**TARGET, "value": "0.55"})
    assert told["written"]
    assert len(told["told"]) == 1
    ids = [t.id for t in load_plan(project.plan).targets]
    assert ids[-1] == "wetland_protection_rate_2030_2"


def test_units_and_calibers_are_those_of_the_indicator(client, project) -> None:
    offers = client.get(BASE).json()["offers"]
    of = {c["id"] for c in offers["units"] if c["of"] == "wetland_area"}
    assert {"ha", "km2", "万亩"} <= of
    assert "MW" not in of
    narrow = next(c for c in offers["calibers"] if c["of"] == "wetland_area")
    assert narrow["zh"] != narrow["id"]


# ---------------------------------------------------------------- classes
def test_a_class_is_said_to_be_an_ecosystem(client, project) -> None:
    one = {"code": "0810", "ecosystem": "urban_green"}
    offers = client.get(BASE).json()["offers"]
    assert {one["code"]} <= {c["id"] for c in offers["class_codes"]}
    assert send(client, "crosswalk", one)["written"]
    assert load_plan(project.plan).sections["carbon"].crosswalk == {"0810": "urban_green"}
    assert list(send(client, "crosswalk", one)["faults"]) == ["code"]  # twice
    row = form(client, "crosswalk")["rows"][0]
    other = {**one, "ecosystem": "forest_arbor"}
    assert send(client, "crosswalk", other, index=0, mark=row["mark"])["written"]
    assert load_plan(project.plan).sections["carbon"].crosswalk == {"0810": "forest_arbor"}
    strange = send(client, "crosswalk", {"code": "9999", "ecosystem": "rock"})
    assert list(strange["faults"]) == ["code"]
    row = form(client, "crosswalk")["rows"][0]
    assert client.delete(f"{BASE}/crosswalk/0?mark={row['mark']}").status_code == 200
    assert load_plan(project.plan).sections["carbon"].crosswalk == {}


# ---------------------------------------------------------------- facilities
def layers_of(project) -> None:
    given(
        project, settlement={"path": "a.shp"}, parking={"path": "b.shp"}, dem={"path": "d.tif"}
    )


def last(project) -> FacilityCase:
    return load_plan(project.plan).section(FacilitiesSection).cases[-1]


def test_a_case_is_made_of_lists_and_taken_out(client, project) -> None:
    layers_of(project)
    offers = client.get(BASE).json()["offers"]
    # heights ask for nothing
    assert {c["id"] for c in offers["demand_layers"]} == {"settlement", "parking"}
    own = [c for c in offers["weights"] if c["of"] == "settlement"]
    assert own[0]["zh"].startswith("人口")
    assert {"each", "area_ha", "area_mu", "area_m2"} <= {c["id"] for c in own}
    before = project.plan.read_text(encoding="utf-8")
    assert send(client, "facilities", CASE)["written"]
    case = last(project)
    assert (case.demand.weight, case.cost.limit, case.open) == ("population", 10, {"2030": 4})
    assert (case.candidates.layers, case.candidates.rules) == (("parking",), "charging")
    row = form(client, "facilities")["rows"][-1]
    assert [m["zh"] for m in row["missing"]] == ["公路"]
    again = send(client, "facilities", {**CASE, "demand.by": "each"})
    assert again["written"]
    assert (last(project).id, last(project).demand.each) == ("case_2", True)
    for _ in range(2):
        rows = form(client, "facilities")["rows"]
        at = f"{BASE}/facilities/{len(rows) - 1}?mark={rows[-1]['mark']}"
        assert client.delete(at).status_code == 200
    assert project.plan.read_text(encoding="utf-8").rstrip() == before.rstrip()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cost.limit": ""}, "cost.limit"),  # most covered: within what
        ({"open": []}, "open"),  # and by how many
        ({"open": [{"year": "soon", "number": "1"}]}, "open"),
        ({"open": [{"year": "2030", "number": ""}]}, "open"),
        ({"candidates.layers": []}, "candidates.layers"),  # nowhere
        ({"cost.by": "straight"}, "cost.unit"),  # minutes need roads
        ({"cost.unit": "cny"}, "cost.cny_km"),
        ({"cost.by": "sight", "cost.unit": "km"}, "cost.eye_m"),
        ({"count": "capacity"}, "candidates.capacity"),
        ({"count": "budget"}, "candidates.price_cny"),
        ({"demand.use": "own"}, "demand.factor.value"),
        ({"demand.by": ""}, "demand.by"),
        ({"model": ""}, "model"),
    ],
)
def test_what_cannot_be_answered_is_told_beside_its_field(
    client, project, wrong, field
) -> None:
    layers_of(project)
    before = project.plan.read_bytes()
    told = send(client, "facilities", {**CASE, **wrong})
    assert field in told["faults"], told
    assert project.plan.read_bytes() == before


def test_a_factor_a_capacity_a_price_and_a_budget_by_year(client, project) -> None:
    layers_of(project)
    more = {
        "demand.use": "own",
        "demand.factor.value": "1.5",
        "demand.factor.unit": "m3/d",
        "demand.factor.source": {"zh": "县水务局", "en": "water bureau"},
        "demand.factor.quality": "assumed",
        "count": "budget",
        "candidates.price_cny": "250000",
        "candidates.price_source": {"zh": "", "en": "tender of 2025"},
        "candidates.away": [
            {"layer": "parking", "metres": "200", "source": {"zh": "规范", "en": ""}}
        ],
        "candidates.places": [{"name": "甲", "lon": "106.5", "lat": "38.9"}],
        "candidates.forbidden": "乙、丙",
        "cost.speeds_kmh": [{"class": "county", "speed": "35"}],
        "cost.speeds_source": {"zh": "实测", "en": ""},
        "open": [{"year": "2025", "number": "500000"}, {"year": "2030", "number": "2000000"}],
        "quote": "建成充电桩",
        "note": {"zh": "初稿", "en": ""},
        "curve": "false",
    }
    told = send(client, "facilities", {**CASE, **more})
    assert told["written"], told
    case = last(project)
    assert (case.demand.factor.value, case.demand.factor.unit) == (1.5, "m3/d")
    assert case.demand.factor.source("en") == "water bureau"
    assert (case.count, case.candidates.price_cny) == ("budget", 250_000)
    assert case.open == {"2025": 500_000, "2030": 2_000_000}
    assert case.candidates.away[0].metres == 200
    assert case.candidates.places[0].lon == 106.5
    assert case.candidates.forbidden == ("乙", "丙")
    assert case.cost.speeds_kmh == {"county": 35}
    assert (case.note.en, case.curve) == ("初稿", False)
    # keys of the plan stand in the order of its model, in lines a person reads
    text = project.plan.read_text(encoding="utf-8")
    own = text[text.rindex("[[facilities]]") :]
    assert re.findall(r"^(\w+) =", own, re.M)[:6] == [
        *("id", "title", "demand", "candidates", "cost", "model"),
    ]
    # what another model does not ask for goes
    row = form(client, "facilities")["rows"][-1]
    changed = {**row["answers"], "model": "lscp"}
    n = len(form(client, "facilities")["rows"]) - 1
    assert send(client, "facilities", changed, index=n, mark=row["mark"])["written"]
    case = last(project)
    assert (case.open, case.count, case.candidates.price_cny) == ({}, "sites", None)
    assert case.demand.factor is not None


def test_levels_bus_and_patches(client, project) -> None:
    layers_of(project)
    given(
        project,
        townships={"path": "t.shp"},
        bus_stops={"path": "s.shp"},
        forest_land={"path": "f.shp"},
        land_parcels={"path": "p.shp"},
    )
    levels = {
        **{k: v for k, v in CASE.items() if k not in ("cost.limit", "open")},
        "model": "hierarchical",
        "cost.unit": "km",
        "cost.limits": "6、15, 60",
        "open_levels": [{"year": "2030", "number": "14，4，0"}],
    }
    told = send(client, "facilities", levels)
    assert told["written"], told
    assert last(project).cost.limit == (6, 15, 60)
    assert last(project).open == {"2030": (14, 4, 0)}
    shown = form(client, "facilities")["rows"][-1]["answers"]
    assert (shown["cost.limits"], shown["cost.limit"], shown["open"]) == ("6、15、60", "", [])
    bus = {
        "title": {"zh": "换乘", "en": ""},
        "model": "transfers",
        "demand.layer": "townships",
        "demand.by": "each",
        "bus.layer": "bus_stops",
        "bus.both_ways": "false",
        "cost.limit": "10",  # of another model: not kept
    }
    assert send(client, "facilities", bus)["written"]
    assert last(project).bus.both_ways is False
    assert last(project).cost.limit is None
    patches = {
        "title": {"zh": "绿廊", "en": ""},
        "model": "connectivity",
        "demand.layer": "forest_land",
        "demand.by": "each",
        "patches.half_distance_m": "2000",
        "patches.source": {"zh": "林草局", "en": ""},
        "patches.resistance.layer": "land_parcels",
        "patches.resistance.field": "dlbm",
        "patches.resistance.values": [{"class": "03", "value": "1"}],
        "patches.resistance.source": {"zh": "研究", "en": ""},
    }
    told = send(client, "facilities", patches)
    assert told["written"], told
    assert last(project).patches.resistance.values == {"03": 1}
    # without a layer of resistance there is no resistance
    straight = {**patches, "patches.resistance.layer": ""}
    assert send(client, "facilities", straight)["written"]
    assert last(project).patches.resistance is None


def test_what_a_person_wrote_that_no_field_asks_for_stays() -> None:
    plan = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    for row in rows_of(plan, "facilities"):
        shown = answers_of(forms()["facilities"], row)
        assert json.loads(json.dumps(shown, ensure_ascii=False)) == shown


def test_no_list_of_that_name(client, project) -> None:
    assert client.post(f"{BASE}/nothing", json={"answers": {}}).status_code == 422
    assert isinstance(load_plan(project.plan), Plan)
