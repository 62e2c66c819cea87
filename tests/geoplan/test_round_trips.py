"""The sample's layers through our own exports and screened again: not a cell differs."""

from __future__ import annotations

import csv
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyogrio
import pytest

from geoplan.demo import sample_plan
from geoplan.export import database
from gis.files.export.geodatabase import write_geodatabase
from gis.files.write_shapefile import write_shapefile
from layers.catalogue import layer as catalogue_layer
from layers.plan.model import Plan
from siting.screen.coded import areas_by_state
from siting.screen.screening import screen
from tests.postgres import server

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
VECTORS = {".fgb", ".gpkg"}


def vectors(plan):
    """Layers of the plan that are features, as the files hold them."""
    return {
        name: pyogrio.read_dataframe(plan.data_root / source.path)
        for name, source in plan.layers.items()
        if source.path and Path(str(source.path)).suffix in VECTORS
    }


def with_layers(plan: Plan, changed) -> Plan:
    """The plan with other files for some layers."""
    layers = {
        name: source.model_copy(update=changed[name]) if name in changed else source
        for name, source in plan.layers.items()
    }
    return plan.model_copy(update={"layers": layers})


@pytest.fixture(scope="module")
def before():
    plan = sample_plan("tiny")
    return plan, vectors(plan), screen(plan, "pv")


def shortened(path, name):
    """Fields of the catalogue that the table calls by a shorter name, as a plan says it."""
    known = {f.name for f in catalogue_layer(name).fields}
    with path.with_name(f"{path.stem}_fields.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    return {r["full"]: r["shapefile"] for r in rows if r["full"] in known - {r["shapefile"]}}


def through(kind, layers, folder):
    if kind == "gdb":
        path = write_geodatabase(folder / "三调.gdb", layers)
        return {name: {"path": str(path), "layer": name} for name in layers}
    out = {}
    for name, gdf in layers.items():
        path = write_shapefile(folder / f"{name}.shp", gdf, encoding=kind)
        if kind == "gbk":  # a bureau's files say nothing of their encoding
            path.with_suffix(".cpg").unlink()
        out[name] = {"path": str(path), "fields": shortened(path, name)}
    return out


@pytest.mark.parametrize("kind", ["gdb", "gbk", "utf-8"])
def test_the_same_county_comes_back(before, tmp_path, kind):
    plan, layers, first = before
    assert len(layers) > 40
    again = screen(with_layers(plan, through(kind, layers, tmp_path)), "pv")
    shutil.rmtree(tmp_path)
    assert np.array_equal(again.state, first.state)
    assert areas_by_state(again) == areas_by_state(first)
    assert again.county_m2 == first.county_m2


def test_the_same_county_comes_back_from_a_database(before, monkeypatch):
    psycopg = pytest.importorskip("psycopg")
    plan, layers, first = before
    schema = "三调"
    with contextmanager(server)() as dsn:
        with psycopg.connect(dsn) as link, link.cursor() as cursor:
            cursor.execute("create extension postgis")
            database._ready(cursor, schema, "test")
            for name, gdf in layers.items():
                sheet = database._sheet(name, gdf, {}, name, "imported")
                database._fill(cursor, schema, sheet, "imported", "test")
        monkeypatch.setenv("GEOPLAN_TEST_DSN", dsn)
        changed = {
            name: {
                "path": "",
                "layer": "",
                "table": f"三调.{name}",
                "dsn_env": "GEOPLAN_TEST_DSN",
            }
            for name in layers
        }
        again = screen(with_layers(plan, changed), "pv")
    assert np.array_equal(again.state, first.state)
    assert areas_by_state(again) == areas_by_state(first)
