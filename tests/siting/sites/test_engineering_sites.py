"""No site holds water, marsh, town or road, also where the plan says there is none."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoplan.plan_file import load_plan
from layers.open.contradiction import contradictions
from layers.open.plan_layers import open_features
from layers.plan.model import LayerSource
from layers.sample import with_sample
from siting.check.boundary import check_outline
from siting.check.explain import explain_point, explanation_lines
from siting.check.outline import Outline
from siting.rules import load_rules, rule_books
from siting.screen.coded import STATES, areas_by_state
from siting.screen.screening import screen
from siting.screen.tables import codes_table, rules_table
from siting.sites.find import Screened, find_sites
from siting.sites.section import SitesSection

EXCLUDED = {c.code for b in rule_books() if b.engineering for c in b.classes if c.excluded}
ABSENT = ("settlement", "water_body", "river", "wetland", "buildings", "road", "railway")


@pytest.fixture(scope="module")
def tiny(root):
    return with_sample(load_plan(root / "plans" / "sample.toml"), "tiny")


def changed(plan, absent=(), **screening):
    layers = {**plan.layers, **{i: LayerSource(assumed_absent="无") for i in absent}}
    sections = dict(plan.sections)
    sections["screening"] = sections["screening"].model_copy(update=screening)
    sections["sites"] = SitesSection(min_area_ha=20, min_width_m=120, max_area_ha=5000)
    return plan.model_copy(update={"sections": sections, "layers": layers})


def sites_of(plan, tech):
    found = screen(plan, tech)
    told = Screened(
        found.code.map(found.state), found.code, codes_table(found), rules_table(found)
    )
    section = plan.section(SitesSection)
    return found, find_sites(plan, tech, told, found.grid, section, lambda *_: None)


def parcels_inside(plan, sites):
    """Planar area of every land class inside sites [m2], from the parcels themselves."""
    table = open_features(plan, "land_parcels")
    land = shapely.union_all(sites.geometry.to_numpy())
    area = shapely.area(shapely.intersection(table.geometry.to_numpy(), land))
    codes = table["dlbm"].to_numpy()
    return {str(c): float(area[codes == c].sum()) for c in np.unique(codes)}


@pytest.mark.slow
@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_no_site_holds_what_nobody_builds_on(tiny, tech):
    # the book alone: every site borders on towns, water and roads, which the cells of 100 m
    # only know by their middle
    plan = changed(tiny, ABSENT, books=("engineering",))
    found, out = sites_of(plan, tech)
    states = areas_by_state(found)
    assert states["taken"] > 0
    assert states["left"] > 10 * states["taken"]
    inside = parcels_inside(plan, out.sites)
    assert sum(inside.values()) > 1e8  # 100 km2 of sites
    assert {c: a for c, a in inside.items() if c in EXCLUDED and a > 0} == {}
    # what is left to the law is there
    assert inside["0102"] > 0
    assert inside["0601"] > 0
    proof = out.tables["sites_certificate"].set_index("rule_id")
    assert proof["before_m2"].sum() > 1e5  # the cut was needed
    assert (proof["overlap_m2"] == 0.0).all()
    assert (proof["unknown_m2"] == 0.0).all()
    assert out.sites["certified"].all()
    assert proof.index.str.startswith("ENG-").all()


@pytest.mark.slow
@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_layers_declared_absent_open_no_town_and_no_lake(tiny, tech):
    plan = changed(tiny, ("settlement", "water_body", "river"))
    # which is a fault of the plan, that a run refuses
    assert {c.layer_id for c in contradictions(plan) if c.is_fault} == {
        "settlement",
        "water_body",
        "river",
    }
    out = sites_of(plan, tech)[1]
    inside = parcels_inside(plan, out.sites)
    assert {c: a for c, a in inside.items() if c in EXCLUDED and a > 0} == {}


def test_cells_of_the_book_are_the_parcels(tiny):
    plan = changed(tiny, books=("engineering",))
    found = screen(plan, "pv")
    # ENG rules of classes hit the cells whose middle lies in such a parcel, and no other
    table = open_features(plan, "land_parcels")
    own = shapely.union_all(table.geometry.to_numpy()[table["dlbm"].isin(EXCLUDED)])
    rng = np.random.default_rng(7)
    code = np.asarray(found.code)
    rows, cols = np.nonzero(code)
    pick = rng.choice(len(rows), 400, replace=False)
    a = found.grid.affine
    x, y = a.c + (cols[pick] + 0.5) * a.a, a.f + (rows[pick] + 0.5) * a.e
    classes = [i for i, r in enumerate(found.rules) if r.test.type == "in_classes"]
    hit = (found.outcomes[code[rows[pick], cols[pick]]][:, classes] == 2).any(axis=1)
    want = shapely.contains_xy(own, x, y)
    assert want.any()
    assert (hit == want).all()


@pytest.mark.slow
def test_explain_and_check_say_it_is_no_law(tiny):
    plan = changed(tiny)
    table = open_features(plan, "land_parcels")
    town = table[table["dlbm"] == "0701"].geometry.iloc[0]
    inner = shapely.buffer(town, -20)
    ll = table[table["dlbm"] == "0701"].iloc[:1].set_geometry([shapely.point_on_surface(inner)])
    point = ll.set_crs(table.crs, allow_override=True).to_crs(4326).geometry.iloc[0]
    answer = explain_point(plan, point.x, point.y)
    row = next(r for r in answer.techs["pv"].rules if r.id == "ENG-003")
    assert (row.kind, row.effect, row.result, row.needs_review) == (
        "engineering",
        "taken",
        "hit",
        False,
    )
    assert answer.techs["pv"].state == STATES[3]
    zh = "\n".join(explanation_lines(answer, "zh"))
    en = "\n".join(explanation_lines(answer, "en"))
    assert "ENG-003 住宅用地上不建站［工程排除（不是法规）］" in zh
    assert "ENG-003 Housing: nothing is built there [Engineering, not law]" in en
    # the check of a boundary inside the town
    parcels = ll.set_geometry([inner]).set_crs(table.crs, allow_override=True)[["geometry"]]
    found = check_outline(Outline(parcels, inner, "EPSG:4544"), plan, "pv")
    own = next(r for r in found.rules if r.rule.id == "ENG-003")
    assert own.result == "fail"
    assert "工程排除（不是法规）" in found.rule_table("zh").to_string()
    assert "Engineering, not law" in found.rule_table("en").to_string()
    report = next(r for r in found.report().rules if r.id == "ENG-003")
    assert report.kind == "engineering"


def test_the_table_of_a_run_names_the_kind(tiny):
    table = rules_table(screen(changed(tiny), "wind")).set_index("rule_id")
    own = table[table.index.str.startswith("ENG-")]
    assert len(own) == len([r for r in load_rules("wind") if r.engineering])
    assert (own["kind"] == "engineering").all()
    assert (own["stated_kind"] == "engineering").all()
    assert not own["needs_review"].any()
    assert (table.drop(own.index)["kind"] != "engineering").all()
