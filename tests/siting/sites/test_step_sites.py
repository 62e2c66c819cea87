"""The step ``sites`` on the tiny county: what it leaves, and that areas close."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoplan.plan_file import load_plan
from gis.crs.systems import transform_points
from gis.errors import ModelError
from gis.files.read import read_raster
from layers.open.county import county_boundary, plan_grid_of
from layers.open.plan_layers import open_features, townships
from layers.result import save_step
from layers.run_folder import open_run
from layers.sample import with_sample
from siting.screen.derived import raster_cells
from siting.screen.screening import source_of
from siting.screen.step_screen import screen_step
from siting.sites.preference import PreferenceSection
from siting.sites.ranking import favourable_fracs, preference_ranking
from siting.sites.section import SitesSection
from siting.sites.step_sites import sites_step
from siting.sites.suitability import judged_by, suitability


def quiet(*_):
    """No progress."""


@pytest.fixture(scope="module")
def run_folder(root, tmp_path_factory):
    plan = with_sample(load_plan(root / "plans" / "sample.toml"), "tiny")
    sections = dict(plan.sections)
    # one question and few sites keep this quick
    sections["screening"] = sections["screening"].model_copy(update={"techs": ("pv",)})
    sections["sites"] = sections["sites"].model_copy(update={"max_sites": 5})
    plan = plan.model_copy(update={"sections": sections})
    folder = open_run(tmp_path_factory.mktemp("sites") / "out", "k")
    save_step(folder, "screen", screen_step(plan, folder.work, quiet))
    return plan, folder


@pytest.fixture(scope="module")
def run(run_folder):
    plan, folder = run_folder
    return plan, sites_step(plan, folder.work, quiet)


def test_sites_keep_to_the_plan(run):
    plan, result = run
    sites, section = result.layers["sites"], plan.section(SitesSection)
    assert len(sites) == 5
    assert (sites["area_ha"] >= section.min_area_ha).all()
    # polygons may be half a per cent larger than their cells, and that is told
    assert (sites["area_ha"] <= section.max_area_ha * 1.005).all()
    above = (sites["area_ha"] > section.max_area_ha).any()
    assert ("sites_above_limit" in {w.code for w in result.warnings}) == above
    county = county_boundary(plan)
    outside = shapely.area(shapely.difference(sites.geometry.to_numpy(), county))
    assert outside.max() < 0.01
    assert sorted(sites["rank"]) == [1, 2, 3, 4, 5]
    assert sites["site_id"].is_unique
    shapes = sites.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))[left != right]
    assert shared.sum() < 1e-3


def test_capacity_and_mu_follow_from_the_area(run):
    _, result = run
    sites = result.layers["sites"]
    # 15 mu a hectare, 25 mu a megawatt
    assert sites["area_mu"].to_numpy() == pytest.approx(sites["area_ha"].to_numpy() * 15)
    assert sites["capacity_mw"].to_numpy() == pytest.approx(sites["area_mu"].to_numpy() / 25)


def test_land_classes_of_a_site_add_up_to_it(run):
    _, result = run
    sites, classes = result.layers["sites"], result.tables["sites_dlbm"]
    total = classes.groupby("site_id")["area_m2"].sum()
    for site_id, area in zip(sites["site_id"], sites["area_m2"], strict=True):
        assert total[site_id] == pytest.approx(area, rel=1e-4)
    assert not set(classes["dlbm"]) & {"0101", "0102", "1101"}  # cropland and river are taken


def test_every_hard_rule_overlaps_by_nothing(run):
    plan, result = run
    sites, proof = result.layers["sites"], result.tables["sites_certificate"]
    assert sites["certified"].all()
    assert (proof["overlap_m2"] == 0).all()
    assert (sites["area_m2"] <= sites["area_before_m2"]).all()
    for layer_id in ("ecological_red_line", "permanent_basic_farmland", "basic_grassland"):
        other = open_features(plan, layer_id).union_all()
        assert (
            shapely.area(shapely.intersection(sites.geometry.to_numpy(), other)).max() < 0.005
        )


def test_existing_and_planned_plants_are_left_free(run):
    plan, result = run
    for layer_id in ("existing_pv", "planned_projects"):
        other = open_features(plan, layer_id).union_all()
        shared = shapely.area(
            shapely.intersection(result.layers["sites"].geometry.to_numpy(), other)
        )
        # cells touched by them are left out; a smoothed outline may graze them
        assert shared.max() < 0.001 * other.area


def test_ways_end_at_a_substation_that_fits(run):
    plan, result = run
    sites, ways = result.layers["sites"], result.layers["routes"]
    stations = open_features(plan, "substations")
    assert set(ways["site_id"]) == set(sites["site_id"])
    assert (sites["substation_kv"] >= sites["connection_kv"]).all()
    assert (sites["route_length_m"] >= sites["substation_distance_m"] - 1).all()
    ends = shapely.points([w.coords[-1] for w in ways.geometry])
    near = stations.union_all()
    assert shapely.distance(ends, near).max() < 1e-6
    starts = shapely.points([w.coords[0] for w in ways.geometry])
    own = sites.set_index("site_id").geometry[ways["site_id"]].to_numpy()
    assert shapely.distance(starts, own).max() < 1e-6


def test_approvals_name_articles_and_shares(run):
    _, result = run
    need = result.tables["sites_approvals"]
    assert (need["citation"].str.len() > 2).all()
    assert need["share_frac"].between(0, 1.0001).all()
    listed = result.layers["sites"].set_index("site_id")["conditional_rules"]
    for site_id, own in need.groupby("site_id"):
        assert listed[site_id].split(";") == own["rule_id"].tolist()


def test_land_free_of_conditions_lies_between_the_bounds_of_its_rules(run):
    _, result = run
    free = result.layers["sites"].set_index("site_id")["unconditional_frac"]
    need = result.tables["sites_approvals"].groupby("site_id")["share_frac"]
    # what no condition hits: at most what the widest leaves, at least what all leave apart
    assert (free <= 1 - need.max().reindex(free.index).fillna(0.0) + 1e-9).all()
    assert (free >= 1 - need.sum().reindex(free.index).fillna(0.0) - 1e-9).all()
    # else the bounds would say nothing
    assert need.max().min() < 1.0


def test_place_of_a_site(run):
    plan, result = run
    sites = result.layers["sites"]
    x, y = transform_points(sites["lon"], sites["lat"], "EPSG:4326", sites.crs)
    # six decimals of a degree are 0.1 m
    assert (shapely.distance(np.asarray(sites.geometry), shapely.points(x, y)) < 0.2).all()
    towns = townships(plan)
    for site in sites.itertuples():
        size = shapely.area(shapely.intersection(np.asarray(towns.geometry), site.geometry))
        assert site.township == towns["name"].iloc[int(np.argmax(size))]


def test_summary_says_what_capacity_rests_on(run):
    _, result = run
    basis = result.summary.sites_basis
    assert basis.mu_per_mw == 25.0
    assert "星海" in basis.source
    assert basis.route_quality == "assumed"
    codes = {w.code for w in result.warnings}
    assert {"boundary_not_official", "zone_approximate", "sites_cut"} <= codes
    assert np.isfinite([s.ghi_kwh_m2 for s in result.summary.sites]).all()


def test_favoured_land_of_a_site_is_a_share(run):
    plan, result = run
    sites = result.layers["sites"]
    assert sites["favourable_frac"].between(0, 1 + 1e-9).all()
    # without any layer of a preference the share is unknown, not zero
    bare = plan.model_copy(update={"layers": {}})
    assert np.isnan(favourable_fracs(bare, "pv", sites.geometry.array)).all()


def test_a_plan_that_states_preferences_is_ranked_by_them(run):
    _, result = run
    assert result.summary.sites_basis.preference == {}
    assert not [t for t in result.tables if t.startswith("preference")]
    sites = result.layers["sites"].drop(columns=["score", "rank"])
    section = PreferenceSection(weights={"connection": 1}, draws=200)
    found, tables = preference_ranking(sites, "pv", section, "en")
    # one criterion: the nearer to its substation, the better
    near = sites.set_index("site_id")["substation_distance_m"]
    assert found.sites["rank"].sort_values().index.tolist() == near.sort_values().index.tolist()
    # 20 km is the far end of the curve
    expected = np.clip(1 - near / 20_000, 0, 1)
    assert found.sites["score"].to_numpy() == pytest.approx(expected.to_numpy())
    assert set(tables) == {f"preference_{k}_pv" for k in ("criteria", "sites", "tornado")}
    assert tables["preference_sites_pv"]["site_id"].tolist() == sites["site_id"].tolist()


@pytest.mark.slow
def test_the_step_ranks_by_preference(run_folder):
    plan, folder = run_folder
    sections = dict(plan.sections)
    sections["sites"] = sections["sites"].model_copy(update={"route": False})
    sections["preference"] = PreferenceSection(pairwise={"slope/unconditional": 3}, draws=200)
    plan = plan.model_copy(update={"sections": sections})
    result = sites_step(plan, folder.work, quiet)
    sites = result.layers["sites"]
    # two criteria, 3 to 1: weights 0.75 and 0.25
    said = result.summary.sites_basis.preference["pv"]
    assert said.weights == pytest.approx({"slope": 0.75, "unconditional": 0.25})
    # slope: 1 up to 3 degrees, 0 from 20
    slope = np.clip((20 - sites["slope_mean_deg"]) / 17, 0, 1)
    expected = 0.75 * slope + 0.25 * sites["unconditional_frac"]
    assert sites["score"].to_numpy() == pytest.approx(expected.to_numpy())
    assert sites["rank"].tolist() == [1, 2, 3, 4, 5]
    assert sites["score"].is_monotonic_decreasing
    assert "preference_pairwise_pv" in result.tables
    # the map of preference knows the slope alone: the other criterion has no raster
    path = result.rasters["preference_pv"]
    grid = plan_grid_of(plan)
    score, known = read_raster(path, grid, kind="intensive")
    state, _ = read_raster(folder.work / "eligibility.tif", grid, kind="classes")
    land = np.isin(state, (1, 2))
    assert not known[~land].any()
    degrees, there = raster_cells(source_of(plan), "slope", grid)
    assert (known[land] == there[land]).all()
    own = np.clip((20 - degrees[known].astype(float)) / 17, 0, 1)
    assert score[known] == pytest.approx(own, abs=1e-6)
    said = [w.text("en") for w in result.warnings if w.code == "preference_map_left_out"]
    assert len(said) == 1
    assert "share of land free of conditions" in said[0]


def test_cells_are_judged_by_the_criteria_that_have_a_raster(run):
    plan, _ = run
    source = source_of(plan)
    wishes = PreferenceSection(weights={"slope": 1, "irradiation": 3, "connection": 4})
    judged = judged_by(source, "pv", wishes)
    assert [c.id for c in judged.criteria] == ["slope", "irradiation"]
    assert judged.left_out == ("connection",)
    # weights of 1/8 and 3/8 become 1/4 and 3/4 of the map
    assert judged.weights == pytest.approx((0.125, 0.375))
    grid = plan_grid_of(plan)
    window = (slice(10, 14), slice(20, 25))
    score = suitability(source, judged, grid, window)
    slope = raster_cells(source, "slope", grid, window)[0].astype(float)
    sun = raster_cells(source, "ghi", grid, window)[0].astype(float)
    expected = 0.25 * np.clip((20 - slope) / 17, 0, 1)
    expected += 0.75 * np.clip((sun - 1374) / (1695 - 1374), 0, 1)
    assert score == pytest.approx(expected, abs=1e-6)
    assert score.shape == (4, 5)


def test_without_wishes_every_criterion_weighs_the_same(run):
    plan, _ = run
    judged = judged_by(source_of(plan), "pv", PreferenceSection())
    # five criteria for PV, two of them with a raster
    assert judged.weights == pytest.approx((0.2, 0.2))


def test_no_raster_no_map(run):
    plan, _ = run
    source = source_of(plan)
    judged = judged_by(source, "pv", PreferenceSection(weights={"connection": 1}))
    assert (judged.criteria, judged.left_out) == ((), ("connection",))
    with pytest.raises(ModelError, match="no criterion has a raster"):
        suitability(source, judged, plan_grid_of(plan))
