"""Cases about patches as a whole: what each adds to connectivity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.cells.grid import Grid, cell_centres, cell_size_m, full_window, plan_grid
from gis.errors import ConfigError, DataError
from gis.say import listed, say
from gis.types import F8, I4
from layers.open.county import county_boundary
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.spec import text_of
from siting.facilities.case import Answered, whole_answer
from siting.facilities.corridors import (
    classed,
    cost_between,
    cost_net,
    least_cost_ways,
    shown,
)
from siting.facilities.links import connectivity
from siting.facilities.patches import Resistance
from siting.facilities.places import township_of
from siting.facilities.section import FacilityCase

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["answer_connectivity"]

_MOST_PATCHES = 300
_BORDER_M = 1.0  # what reaches no farther over the border lies in the county
_SHOWN = 8  # classes a message names
_TOLD = 3  # patches a sentence names


def _table(plan: Plan, layer_id: str) -> Any:  # noqa: ANN401 - GeoDataFrame
    found = open_features(plan, layer_id)
    if found is None or not len(found):
        raise DataError(say("siting.facilities.no_places"), where=layer_id)
    return found


def _in_county(plan: Plan, table: gpd.GeoDataFrame) -> tuple[Any, int]:
    """Areas cut at the border, and how many lie beyond it with a part."""
    county = county_boundary(plan)
    own = np.asarray(table.geometry.array, dtype=object).copy()
    over = np.flatnonzero(~shapely.covers(county.buffer(_BORDER_M), own))
    own[over] = shapely.intersection(own[over], county)
    return own[~shapely.is_empty(own)], len(over)


def _patches(own: Any, crs: Any, touch_m: float) -> tuple[Any, F8]:  # noqa: ANN401 - arrays
    """Areas that touch as one shape each, and their area: of land, not of what is between."""
    land = shapely.get_parts(shapely.union_all(own))
    land = land[shapely.get_dimensions(land) == 2]
    if not len(land):
        return land, np.zeros(0)
    whole = shapely.union_all(shapely.buffer(land, touch_m / 2.0)) if touch_m else land
    about = np.array([s for s in shapely.get_parts(whole) if not s.is_empty], object)
    inside = shapely.point_on_surface(land)
    piece, patch = shapely.STRtree(about).query(inside, predicate="intersects")
    of = patch[np.unique(piece, return_index=True)[1]]
    area = np.bincount(of, polygon_area_m2(land, crs), len(about)).astype(float)
    shapes = [shapely.union_all(land[of == k]) for k in range(len(about))]
    return np.array(shapes, object), area


def answer_connectivity(plan: Plan, case: FacilityCase) -> Answered:
    """What each patch adds to connectivity, and the shortest net that joins them all.

    Areas that touch are one patch. Ways lead from edge to edge: straight, or the cheapest over
    land of the case's own resistance.

    Parameters
    ----------
    plan : Plan
    case : FacilityCase
        Of model ``connectivity``.

    Raises
    ------
    DataError
        Without patches, or for more of them than can be looked at.
    """
    from scipy.sparse.csgraph import minimum_spanning_tree

    p = case.patches
    if p is None:
        raise AssertionError
    table = _table(plan, case.demand.layer)
    own, over = _in_county(plan, table)
    shapes, area_m2 = _patches(own, table.crs, p.touch_m)
    area = to_ha(area_m2)
    keep = np.argsort(-area, kind="stable")
    keep = keep[area[keep] >= p.least_ha]
    if not 0 < len(keep) <= _MOST_PATCHES:
        raise DataError(
            say("siting.facilities.patches_number"),
            where=case.demand.layer,
            got=str(len(keep)),
            expected=f"1..{_MOST_PATCHES}",
            todo=say(f"siting.facilities.patches_{'todo' if len(keep) else 'none_todo'}"),
        )
    every = len(area)
    shapes, area = shapes[keep], area[keep]
    land = None if p.resistance is None else _land(plan, p.resistance, shapes, table.crs)
    straight = np.zeros((len(shapes), len(shapes)))
    one, two = np.triu_indices(len(shapes), 1)
    straight[one, two] = straight[two, one] = shapely.distance(shapes[one], shapes[two])
    apart = straight
    if land is not None:
        apart = cost_between(land.resistance, land.label, len(shapes), cell_size_m(land.grid))
        # cells are coarse: no way is shorter than straight over the easiest land
        apart = np.maximum(apart, straight * float(np.nanmin(land.resistance)))
    county = np.array([county_boundary(plan)], object)
    landscape = float(to_ha(polygon_area_m2(county, table.crs))[0])
    pc, lost = connectivity(
        area, apart, half_distance=p.half_distance_m, landscape_area=landscape
    )
    names = [f"#{k + 1}" for k in range(len(area))]
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes))
    patches = pd.DataFrame(
        {
            "facility_case": case.id,
            "name": names,
            "township": township_of(plan, inside),
            "area_ha": area,
            **{c: lost[c].to_numpy() for c in lost},
        }
    ).sort_values("dpc_pct", ascending=False, kind="stable")
    every_way = np.where(np.isfinite(apart), np.maximum(apart, 1e-6), 0.0)
    net = minimum_spanning_tree(every_way - 1e-6 * np.eye(len(area))).tocoo()
    order = np.argsort(net.data, kind="stable")
    i, j = net.row[order], net.col[order]
    lines = shapely.shortest_line(shapes[i], shapes[j]) if land is None else _ways(land, i, j)
    links = pd.DataFrame(
        {
            "facility_case": case.id,
            "from_name": [names[k] for k in i],
            "to_name": [names[k] for k in j],
            "distance_m": straight[i, j]
            if land is None
            else np.maximum(_between(lines, land), straight[i, j]),
            "way_cost_m": apart[i, j],
            "step_probability": 0.5 ** (apart[i, j] / p.half_distance_m),
        }
    )
    best = patches.head(_TOLD)
    sentence = say(
        "siting.facilities.answer_connectivity",
        every=every,
        least=p.least_ha,
        n=len(area),
        pc=f"{pc:.3g}",
        landscape=landscape,
        joined=float(np.sqrt(pc)) * landscape,
        best=listed(best["name"].tolist()),
        share=float(best["dpc_pct"].iloc[0]),
    )
    answer = whole_answer(
        plan,
        case,
        "m",
        demand=len(area),
        weight=float(area.sum()),
        pc=pc,
        sentence=text_of(sentence),
    )
    none = pd.DataFrame()
    told = [say("siting.facilities.patches_outside", name=case.name, n=over)] if over else []
    if land is not None and land.unused:
        keys = listed(land.unused)
        told.append(say("siting.facilities.classes_unused", name=case.name, keys=keys))
    out = Answered(answer, none, none, none, tuple(told))
    return replace(
        out,
        more={"facility_patches": patches, "facility_links": links},
        shapes={
            "facility_links": np.asarray(lines, object),
            "facility_patches": shapes[patches.index.to_numpy()],
        },
    )


def _between(lines: Any, land: _Land) -> F8:  # noqa: ANN401 - array
    """Lengths of ways from edge to edge: their ends are half a cell within the patches."""
    return np.asarray(np.maximum(shapely.length(lines) - cell_size_m(land.grid), 0.0))


@dataclass(frozen=True)
class _Land:
    """Cells between patches: how hard they are to cross, and whose they are."""

    grid: Grid
    resistance: F8
    label: I4
    unused: list[str]  # classes with a value that no land has


def _land(plan: Plan, how: Resistance, shapes: Any, crs: Any) -> _Land:  # noqa: ANN401
    """Resistance and patches by cells.

    Raises
    ------
    DataError
        Without land or its column, and for a patch no cell has its middle in.
    """
    table = _table(plan, how.layer)
    if how.field not in table:
        raise DataError(
            say("siting.facilities.no_class_field"),
            where=how.layer,
            got=how.field,
            expected=listed(sorted(map(str, table.columns.drop("geometry")))),
        )
    both = np.concatenate([np.asarray(table.geometry.array, object), shapes])
    grid = plan_grid(tuple(shapely.total_bounds(both)), crs, how.cell_m)
    other = np.nan if how.other is None else how.other
    codes = {str(c) for c in table[how.field]}
    unused = [k for k in how.values if not any(c.startswith(k) for c in codes)]
    if len(unused) == len(how.values):
        raise ConfigError(
            say("siting.facilities.no_class_value"),
            where="[patches.resistance.values]",
            got=listed(unused),
            expected=listed(sorted(codes)[:_SHOWN]),
        )
    cost = classed(table[how.field].to_numpy(object), how.values, other)
    x, y = cell_centres(grid, full_window(grid))
    places = shapely.points(*np.broadcast_arrays(np.ravel(x)[None, :], np.ravel(y)[:, None]))
    resistance = np.full(grid.shape, other)
    of = _first_at(np.asarray(table.geometry.array, object), places)
    resistance[of >= 0] = cost[of[of >= 0]]
    label = (_first_at(shapes, places) + 1).astype(np.int32)
    # whoever lives in a patch moves in it
    inside = (label > 0) & ~np.isfinite(resistance)
    resistance[inside] = 1.0
    lost = np.setdiff1d(np.arange(1, len(shapes) + 1), label)
    if len(lost):
        raise DataError(
            say("siting.facilities.patch_below_a_cell"),
            where=how.layer,
            got=listed(f"#{k}" for k in lost[:5]),
            todo=say("siting.facilities.patch_below_a_cell_todo", cell=how.cell_m),
        )
    return _Land(grid, resistance, label, unused)


def _first_at(shapes: Any, places: Any) -> npt.NDArray[np.intp]:  # noqa: ANN401 - arrays
    """The first of shapes each place lies in, -1 where none does."""
    at, shape = shapely.STRtree(shapes).query(places.ravel(), predicate="intersects")
    out = np.full(places.size, len(shapes))
    np.minimum.at(out, at, shape)
    return np.where(out < len(shapes), out, -1).reshape(places.shape)


def _ways(land: _Land, one: Any, two: Any) -> Any:  # noqa: ANN401 - arrays
    """Lines of the cheapest ways between pairs of patches."""
    cell = cell_size_m(land.grid)
    net = cost_net(land.resistance, cell)
    x, y = cell_centres(land.grid, full_window(land.grid))
    lines = []
    pairs = [(int(i) + 1, int(j) + 1) for i, j in zip(one, two, strict=True)]
    for way in least_cost_ways(net, land.resistance, land.label, pairs, cell):
        row, column, turn = shown(way, land.label.shape)
        xy = np.column_stack([np.ravel(x)[column[turn]], np.ravel(y)[row[turn]]])
        lines.append(shapely.LineString(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0)))
    return np.array(lines, object)
