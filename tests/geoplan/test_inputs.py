"""What a run is computed from, told apart by its content."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoplan.inputs import read_inputs
from geoplan.plan_file import load_plan
from layers.open.read_layer import opened, report_of
from tests.faults import small_county as sc
from tests.geoplan.test_bad_input import BOX_LL


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A plan whose red line is in a database; what is in it, and the id of a run of it."""
    path = sc.county(tmp_path)
    text = path.read_text(encoding="utf-8")
    given = 'path = "red.geojson"\n'
    path.write_text(text.replace(given, 'sql = "select * from red"\n'), encoding="utf-8")
    west, south, east, north = BOX_LL
    middle = (south + north) / 2
    rows = [
        {"name": "a", "geometry": shapely.box(west, middle, east, north)},
        {"name": "b", "geometry": shapely.box(west, south, (west + east) / 2, middle)},
    ]

    def forget() -> None:
        opened.cache_clear()
        report_of.cache_clear()

    def run_id() -> str:
        forget()  # another process
        return read_inputs(load_plan(path)).provenance.id

    monkeypatch.setattr(
        "layers.open.read_layer._read_sql",
        lambda *_, **__: gpd.GeoDataFrame([dict(r) for r in rows], crs=4490),
    )
    yield rows, run_id
    forget()


def test_a_layer_of_a_database_is_an_input_by_its_content(database):
    rows, run_id = database
    first = run_id()
    assert run_id() == first
    rows.reverse()  # databases give rows in any order
    assert run_id() == first
    rows[0]["name"] = "c"
    renamed = run_id()
    assert renamed != first
    rows[0]["name"] = "b"
    assert run_id() == first
    rows[0]["geometry"] = shapely.affinity.translate(rows[0]["geometry"], 1e-6, 0)
    assert run_id() not in {first, renamed}
