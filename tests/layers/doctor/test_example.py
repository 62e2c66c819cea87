"""The example of the guide page on the sample county: each fault by BSM and place; mends."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.checkup.files import write_report
from geoplan.checkup.repair import repaired_copy
from geoplan.demo import sample_plan
from geoplan.doctor import diagnose
from geoplan.plan_file import load_plan
from gis.cells.area import polygon_area_m2
from layers.open.plan_file import plan_file

pytestmark = pytest.mark.slow

PLAN = """
[plan]
id = "example"
title = { zh = "例", en = "example" }
as_of = 2026-11-27
[area]
crs = "EPSG:4544"
cell_m = 100
boundary = { adcode = "640221" }
basins = ["yellow_river"]
[layers.land_parcels]
path = "dltb.gpkg"
date = "2025-12-31"
"""
TWICE, MOVED, MISSING = range(5), 700, range(1000, 1030)
DOUBLED, NEGATIVE, FACTOR = range(1200, 1210), range(1300, 1310), range(1400, 1403)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The plan, its parcels as they were, and the doctor's findings by code."""
    folder = tmp_path_factory.mktemp("example")
    plan = sample_plan("tiny")
    whole = gpd.read_file(plan_file(plan, plan.layers["land_parcels"].path))
    table = whole.copy()
    table.loc[MOVED, "geometry"] = table.translate(30.0)[MOVED]
    table.loc[list(DOUBLED), "TBMJ"] *= 2
    table.loc[list(NEGATIVE), "TBMJ"] *= -1
    table.loc[list(FACTOR), "KCXS"] = 3.0
    twice = table.loc[list(TWICE)]
    table = pd.concat([table.drop(index=list(MISSING)), twice], ignore_index=True)
    table.to_file(folder / "dltb.gpkg")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    loaded = load_plan(folder / "plan.toml")
    return loaded, whole, diagnose(loaded)


def test_each_fault_is_there_by_bsm_and_place(example):
    _, whole, diagnosis = example
    found = {f.code: f for f in diagnosis.findings if f.layer == "land_parcels"}

    def names(rows):
        return {str(v) for v in whole["BSM"].iloc[list(rows)]}

    for code, rows in (
        ("parcels_doubled", TWICE),
        ("parcels_area_differs", DOUBLED),
        ("parcels_negative", NEGATIVE),
        ("parcels_kcxs", FACTOR),
    ):
        assert {s.feature for s in found[code].spots} == names(rows), code
        shapes = whole.geometry.iloc[list(rows)]
        at = gpd.GeoSeries([s.shape for s in found[code].spots], crs=whole.crs)
        assert at.union_all().symmetric_difference(shapes.union_all()).area < 1.0
    (moved,) = names([MOVED])
    pairs = [s.feature for s in found["parcels_overlap"].spots]
    assert pairs
    assert all(moved in p for p in pairs)
    # what is missing: the places where nothing is add up to the 30 parcels and the strip that
    # the moved one left open, to the width of what is too narrow to be a place
    gone = whole.geometry.iloc[list(MISSING)]
    held = gpd.GeoSeries([s.shape for s in found["coverage"].spots], crs=whole.crs).union_all()
    assert gone.union_all().difference(held).area < 1.0
    strip = whole.geometry[MOVED].difference(whole.translate(30.0)[MOVED])
    extra = held.difference(gone.union_all())
    assert extra.difference(strip.buffer(0.01)).area < 1.0
    areas = np.asarray(polygon_area_m2(gone.to_numpy(), whole.crs))
    told = sum(s.area_m2 for s in found["coverage"].spots)
    assert told >= areas.sum() - 1.0


def test_the_layer_of_faults_holds_every_place(example, tmp_path):
    plan, _, diagnosis = example
    write_report(diagnosis, plan, tmp_path, "zh")
    layer = gpd.read_file(tmp_path / "doctor_faults.gpkg", layer="faults")
    assert len(layer) == sum(len(f.spots) for f in diagnosis.findings)
    assert (layer["code"] == "parcels_doubled").sum() == 5


def test_what_is_mechanical_is_mended_and_the_rest_is_told(example, tmp_path):
    plan, whole, _ = example
    found = repaired_copy(plan, tmp_path / "fixed", "zh")
    after = {f.code for f in found.again.findings if f.severity != "note"}
    assert {"parcels_doubled", "parcels_area_differs", "parcels_negative"}.isdisjoint(after)
    assert {"coverage", "parcels_overlap", "parcels_kcxs"} <= after
    assert {f.code for f in found.left} == after
    assert len(found.copy.changes) == 5 + 20
    new = gpd.read_file(tmp_path / "fixed" / "land_parcels.gpkg").set_index("BSM")
    true = whole.set_index("BSM")["TBMJ"]
    rows = whole["BSM"].iloc[[*DOUBLED, *NEGATIVE]]
    # the sample states its areas to 0.01 m2
    assert np.abs(new.loc[rows, "TBMJ_ELL"] - true.loc[rows]).max() < 0.02
