"""One port for layers: every adapter gives the same features, half widths and answers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.cells.grid import plan_grid
from gis.cells.ragged import ragged, shapes_of
from siting.rules.conditions.canvas import Answer
from siting.screen.prepare import prepared
from siting.screen.section import HalfWidth
from siting.screen.sources import MemorySource, ReadSource, answering, features_of

CRS = 4544
BOX = (500_000.0, 4_300_000.0, 500_200.0, 4_300_100.0)
X, Y = BOX[:2]

SHAPES = [
    shapely.Point(X + 5, Y + 5),
    shapely.MultiPoint([(X + 1, Y + 1), (X + 9, Y + 9)]),
    shapely.LineString([(X, Y), (X + 100, Y + 50)]),
    shapely.MultiLineString([[(X, Y), (X + 1, Y)], [(X + 5, Y), (X + 9, Y + 4)]]),
    shapely.box(X, Y, X + 50, Y + 50).difference(shapely.box(X + 10, Y + 10, X + 20, Y + 20)),
    shapely.MultiPolygon(
        [
            shapely.box(X, Y, X + 30, Y + 30).difference(
                shapely.box(X + 5, Y + 5, X + 9, Y + 9)
            ),
            shapely.box(X + 40, Y, X + 50, Y + 10),
        ]
    ),
    shapely.GeometryCollection([shapely.Point(X, Y), shapely.box(X + 1, Y + 1, X + 2, Y + 2)]),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda g: g.geom_type)
def test_shapes_come_back_from_flat_coordinates(shape):
    back = shapes_of(ragged([shape, None]))
    assert shapely.equals(back[0], shape)
    assert back[0].geom_type == shape.geom_type
    assert shapely.get_coordinates(back[0]).shape == shapely.get_coordinates(shape).shape
    assert back[1].is_empty


def roads():
    lines = [shapely.LineString([(X + 10 * i, Y), (X + 10 * i, Y + 90)]) for i in range(12)]
    kinds = ["national", "county", None, "village"] * 3
    return gpd.GeoDataFrame({"road_class": kinds}, geometry=lines, crs=CRS)


OWN = (HalfWidth(layer="road", where={"road_class": "county"}, half_width_m=7.5, reason="x"),)


def adapters(tmp_path):
    memory = MemorySource({"road": roads()}, half_widths=OWN)
    kept = MemorySource({"road": features_of(roads(), "road", OWN)})
    read = ReadSource(MemorySource(), {"road": features_of(roads(), "road", OWN)})
    grid = plan_grid(BOX, CRS, 10)
    fields = {"road": ["road_class"]}
    ready = prepared(memory, tmp_path, {"road": "test"}, grid, fields=fields)
    return {"memory": memory, "features": kept, "read": read, "prepared": ready}


def test_every_adapter_gives_the_same_near_features(tmp_path):
    box = (X + 25.0, Y - 5, X + 64.0, Y + 20)
    wanted = [30, 40, 50, 60]
    for name, source in adapters(tmp_path).items():
        found = source.near("road", box)
        xs = [g.bounds[0] - X for g in found.shapes]
        order = np.argsort(xs)
        assert np.array(xs)[order].tolist() == wanted, name
        # a village road has none in the table; the county road's is the plan's own
        kinds = found.table["road_class"].astype(object).to_numpy()[order]
        half = found.half_width_m[order]
        assert list(kinds[:1]) == ["village"], name
        assert half[list(kinds).index("county")] == 7.5, name
        assert half[list(kinds).index("national")] == 12.0, name


@pytest.mark.parametrize(
    ("have", "absent", "asked", "by_class", "wanted"),
    [
        (["slope", "dem"], [], "slope", False, Answer("slope", "available")),
        (["dem"], [], "slope", False, Answer("slope", "available", "dem")),
        (["dem"], ["slope"], "aspect", False, Answer("aspect", "available", "dem")),
        ([], [], "slope", False, Answer("dem", "missing")),
        ([], ["slope"], "slope", False, Answer("slope", "assumed_absent")),
        ([], ["dem"], "slope", False, Answer("dem", "assumed_absent")),
        (["land_cover"], [], "land_parcels", True, Answer("land_cover", "available")),
        (["land_cover"], [], "land_parcels", False, Answer("land_parcels", "missing")),
        (["land_parcels"], [], "land_cover", True, Answer("land_parcels", "available")),
        (["land_cover"], [], "wetland", True, Answer("wetland", "missing")),
    ],
)
def test_which_layer_answers(have, absent, asked, by_class, wanted):
    source = MemorySource(dict.fromkeys(have), absent=frozenset(absent))
    assert answering(source, asked, by_class=by_class) == wanted
