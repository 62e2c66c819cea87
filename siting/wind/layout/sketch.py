"""Sketch of collector cables and access roads: a tree of least-cost ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree

from gis.cells.grid import Grid, cell_size_m, origin
from gis.errors import ModelError
from gis.say import say

__all__ = ["Way", "collector", "nearest_way"]

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Way:
    """One line of the sketch."""

    kind: str
    line: shapely.LineString
    length_m: float
    straight_m: float


def _cells(grid: Grid, x: Float, y: Float) -> list[tuple[int, int]]:
    left, top = origin(grid)
    cell = cell_size_m(grid)
    h, w = (int(n) for n in grid.shape)
    row = np.clip(((top - y) // cell).astype(int), 0, h - 1)
    col = np.clip(((x - left) // cell).astype(int), 0, w - 1)
    return list(zip(row.tolist(), col.tolist(), strict=True))


def _line(
    path: list[tuple[int, int]],
    grid: Grid,
    start: tuple[float, float],
    end: tuple[float, float],
) -> shapely.LineString:
    left, top = origin(grid)
    cell = cell_size_m(grid)
    inner = [(left + (c + 0.5) * cell, top - (r + 0.5) * cell) for r, c in path[1:-1]]
    line = shapely.LineString([start, *inner, end])
    simple = line.simplify(cell / 2)
    return simple if isinstance(simple, shapely.LineString) else line


def collector(
    cost: Float, grid: Grid, x_m: Float, y_m: Float, station: tuple[float, float] | None
) -> list[Way]:
    """Collector lines that join turbines and the substation.

    The tree is the shortest by straight distance; each of its branches then follows the
    least-cost way over `cost`. A sketch for lengths and conflicts, not a cable design: no
    capacities, no strings.

    Parameters
    ----------
    cost : (h, w) float
        Cost per metre of way, at least above 0 (`siting.sites.route.cost_surface`).
    station : (x, y), optional
        Substation; without it the turbines are only joined to one another.

    Raises
    ------
    ModelError
        When a branch has no way.
    """
    from skimage.graph import MCP_Geometric

    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    if station is not None:
        x, y = np.append(x, station[0]), np.append(y, station[1])
    if len(x) < 2:
        return []
    gap = np.hypot(x[:, None] - x, y[:, None] - y)
    tree = minimum_spanning_tree(np.maximum(gap, 1e-6) * (1 - np.eye(len(x)))).tocoo()
    cells = _cells(grid, x, y)
    search = MCP_Geometric(cost, sampling=(cell_size_m(grid),) * 2)
    ways = []
    for i in sorted(set(tree.row.tolist())):
        ends = [int(j) for a, j in zip(tree.row, tree.col, strict=True) if a == i]
        search.find_costs([cells[i]], [cells[j] for j in ends])
        for j in ends:
            try:
                path = search.traceback(cells[j])
            except ValueError as err:
                raise ModelError(
                    say("siting.wind_layout.no_way_between_two_turbines"),
                    got=say("siting.wind_layout.and", from_turbine=i, to_turbine=j),
                ) from err
            line = _line(path, grid, (x[i], y[i]), (x[j], y[j]))
            ways.append(Way("cable", line, float(line.length), float(gap[i, j])))
    return ways


def nearest_way(
    cost: Float, grid: Grid, x_m: Float, y_m: Float, roads: NDArray[np.object_]
) -> list[Way]:
    """Access road of every turbine to the nearest of `roads` or of the roads just drawn.

    Turbines near a road go first, so that those behind them can join.
    """
    from skimage.graph import MCP_Geometric

    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    if not len(roads):
        return []
    known = shapely.union_all(roads)
    order = np.argsort(shapely.distance(shapely.points(x, y), known), kind="stable")
    search = MCP_Geometric(cost, sampling=(cell_size_m(grid),) * 2)
    ways = []
    for i in order:
        here = shapely.Point(x[i], y[i])
        join = shapely.get_coordinates(shapely.shortest_line(here, known))[-1]
        start = _cells(grid, x[i : i + 1], y[i : i + 1])[0]
        goal = _cells(grid, join[:1], join[1:])[0]
        search.find_costs([start], [goal])
        path = search.traceback(goal)
        line = _line(path, grid, (x[i], y[i]), (float(join[0]), float(join[1])))
        if line.length > 0:
            ways.append(Way("road", line, float(line.length), float(here.distance(known))))
            known = shapely.union(known, line)
    return ways
