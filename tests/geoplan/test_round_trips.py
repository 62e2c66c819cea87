"""The sample's layers through our own exports and screened again: not a cell differs."""

from __future__ import annotations

import csv
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from benchmarks.compare_runs import compare_runs
from geoplan.demo import sample_plan
from geoplan.export import database
from geoplan.export.ask import wanted
from geoplan.export.sheets import sheet_of
from geoplan.export.write import write_results
from geoplan.run import run_plan
from gis.files.export.geodatabase import write_geodatabase
from gis.files.write_shapefile import write_shapefile
from layers.catalogue import layer as catalogue_layer
from layers.open.database import quoted
from layers.plan.model import Plan
from siting.screen.coded import areas_by_state
from siting.screen.screening import screen
from tests.postgres import server

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
VECTORS = {".fgb", ".gpkg"}
AS_FAR_AS_SITES = {"only": ("sites",), "documents": False}
# where a label stands is any place inside; a reading that mended a shape says so
NOT_THE_ANSWER = re.compile(r"\.(lon|lat)$|^summary\.json warnings")


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
    first = screen(plan, "pv")  # opening the sample is what writes its files
    return plan, vectors(plan), first


@pytest.fixture(scope="module")
def first_run(before, tmp_path_factory):
    """Screening of every use and the sites, as a run leaves them."""
    return run_plan(before[0], tmp_path_factory.mktemp("first") / "run", **AS_FAR_AS_SITES)


def same_run(first, again, rtol):
    """Every number of summary, tables, layers and rasters, and the layers once exported.

    A Shapefile and a database keep each coordinate to the bit; what is summed in another order
    moves in the last of 52 bits. A geodatabase keeps steps of 1e-7 m. An outline of sites is
    simplified, and where two corners tie by less than that step the other one may be kept: a
    triangle of 10 m by 1 m in a site of 5 km2 (5e6 m2) is 1e-6 of it.
    """
    moved = [d for d in compare_runs(first, again, rtol=rtol) if d.number]
    assert [d for d in moved if not NOT_THE_ANSWER.search(d.where)] == []
    plan, out = sample_plan("tiny"), []
    for run in (first, again):
        to = run.parent / "exported"
        write_results(plan, run, wanted(["parquet"]), to, lang="zh", tell=lambda *_: None)
        out.append({f.name: gpd.read_parquet(f) for f in (to / "parquet").glob("*.parquet")})
    assert "sites.parquet" in out[0]
    assert set(out[0]) == set(out[1])
    for name, gave in out[0].items():
        assert len(gave) == len(out[1][name]), name
        area = shapely.area(gave.geometry.to_numpy())
        there = shapely.area(out[1][name].geometry.to_numpy())
        assert np.allclose(area, there, rtol=rtol, atol=1e-3), name
    ids = [o["sites.parquet"]["site_id"].tolist() for o in out]
    assert ids[0] == ids[1]
    assert len(ids[0]) > 5


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
def test_the_same_county_comes_back(before, first_run, tmp_path, kind):
    plan, layers, first = before
    assert len(layers) > 40
    changed = with_layers(plan, through(kind, layers, tmp_path))
    again = screen(changed, "pv")
    if kind != "utf-8":  # the same file as GBK but for its texts
        run = run_plan(changed, tmp_path / "again" / "run", **AS_FAR_AS_SITES)
        same_run(first_run, run, 1e-5 if kind == "gdb" else 1e-12)
    shutil.rmtree(tmp_path)
    assert np.array_equal(again.state, first.state)
    assert areas_by_state(again) == areas_by_state(first)
    assert again.county_m2 == first.county_m2


def test_the_same_county_comes_back_from_a_database(before, first_run, tmp_path, monkeypatch):
    psycopg = pytest.importorskip("psycopg")
    plan, layers, first = before
    schema = "三调"
    with contextmanager(server)() as dsn:
        with psycopg.connect(dsn) as link, link.cursor() as cursor:
            cursor.execute("create extension postgis")
            cursor.execute(f"create schema {quoted(schema)}")
            database._ready(cursor, schema, "test")
            for name, gdf in layers.items():
                sheet = sheet_of(name, gdf, {}, name, "imported")
                database._fill(cursor, schema, sheet, "imported", "", "test")
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
        read = with_layers(plan, changed)
        again = screen(read, "pv")
        same_run(first_run, run_plan(read, tmp_path / "run", **AS_FAR_AS_SITES), 1e-12)
    assert np.array_equal(again.state, first.state)
    assert areas_by_state(again) == areas_by_state(first)
