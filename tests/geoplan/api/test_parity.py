"""Targets and sites over HTTP are those the command line gives of the same run."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

pytest.importorskip("fastapi")

from fastapi.testclient import TestClient

from geoplan.api.app import create_api
from geoplan.api.desk import Desk
from geoplan.demo import sample_plan
from geoplan.maps.contents import run_contents
from tests.geoplan.api.test_api import BEARER, HERE, TOKEN, places, said


def _same(one, other) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-12)
    return one == other


@pytest.fixture
def answers(tiny_run, monkeypatch, capsys):
    """What the command line says of the run, and a client of a service of the same run."""
    plan = sample_plan("tiny")
    monkeypatch.setattr("geoplan.commands.targets.load", lambda *_: plan)
    desk = Desk(plan.path, tiny_run)
    monkeypatch.setattr(desk, "plan", lambda: plan)
    told = said(capsys, "targets", str(plan.path), "--out", str(tiny_run))
    app = create_api(desk, TOKEN, "zh", places=places())
    with TestClient(app, base_url=HERE, headers=BEARER) as client:
        yield told, client


def test_targets_are_those_of_the_command_line(answers):
    told, client = answers
    got = client.get("/v1/targets").json()
    assert len(got["targets"]) == len(sample_plan("tiny").targets)
    for key in ("targets", "plan", "run", "warnings"):
        assert got[key] == told[key], key


def test_sites_are_those_of_the_command_line_and_of_the_layer(answers, tiny_run):
    """Each figure of a site that both doors tell is one; the land is that of the layer."""
    told, client = answers
    features = client.get("/v1/sites").json()["features"]
    rows = {s["site_id"]: s for s in told["sites"]}
    assert [f["properties"]["site_id"] for f in features] == list(rows)
    assert rows
    for f in features:
        own = f["properties"]
        row = rows[own["site_id"]]
        both = own.keys() & row.keys()
        assert {"site_id", "tech", "rank", "area_ha", "capacity_mw"} <= both
        for key in both:
            assert _same(own[key], row[key]), (own["site_id"], key)
    layer = run_contents(tiny_run).layer("sites").set_index("site_id")
    sent = gpd.GeoDataFrame.from_features(features, crs="EPSG:4326").to_crs(layer.crs)
    land = shapely.area(layer.geometry.loc[sent["site_id"]].to_numpy())
    # to longitude and latitude and back
    assert shapely.area(sent.geometry.to_numpy()) == pytest.approx(land, rel=1e-9)


def test_one_site_is_that_of_all(answers):
    _, client = answers
    every = client.get("/v1/sites").json()["features"]
    (one,) = client.get(f"/v1/sites/{every[-1]['properties']['site_id']}").json()["features"]
    assert one == every[-1]
    assert client.get("/v1/sites/none").status_code == 404


def test_the_three_capacities_are_those_of_the_command_line(answers, tiny_run):
    """Of all sites, and site by site what the grid has for each; the sites add up to it."""
    _, client = answers
    whole = json.loads((tiny_run / "summary.json").read_text("utf-8"))["connection"]["capacity"]
    for where in ("/v1/plan", "/v1/sites"):
        assert client.get(where).json()["capacity"] == whole
    rows = [f["properties"] for f in client.get("/v1/sites").json()["features"]]
    for figure in ("unconditional_mw", "with_approvals_mw", "with_grid_mw"):
        total = sum(r[figure] or 0.0 for r in rows)
        assert total == pytest.approx(whole[figure], rel=1e-9), figure
    assert all((r["station"] or "") == "" for r in rows if r["grid_state"] == "reinforcement")
