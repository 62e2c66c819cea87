"""Published cases, read from the compressed files beside the tests."""

from __future__ import annotations

import io
import lzma
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from siting.facilities.cost import straight_costs

DATA = Path(__file__).parent / "data"

# Beasley 1985; OR-Library, pmedopt.txt
PMED_MEDIAN = (
    *(5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255),
    *(7696, 6634, 4374, 2968, 1729, 8162, 6999, 4809, 2845, 1789),
    *(9138, 8579, 4619, 2961, 1828, 9917, 8307, 4498, 3033, 1989),
    *(10086, 9297, 4700, 3013, 10400, 9934, 5057, 11060, 9423, 5128),
)
# Pullan 2008, table 1
PMED_CENTER = (127, 98, 93, 74, 48, 84, 64, 55, 37, 20)


def _text(name: str) -> str:
    return lzma.decompress((DATA / name).read_bytes()).decode()


def san_francisco() -> tuple[np.ndarray, np.ndarray]:
    """Metres (205, 16) and people (205,)."""
    table = pd.read_csv(io.StringIO(_text("sf_205x16.csv.xz")), index_col=0)
    return table.drop(columns="population").to_numpy(), table["population"].to_numpy(float)


@cache
def _lines(name: str) -> dict[str, list[str]]:
    return {k: rest for k, *rest in (line.split() for line in _text(name).splitlines())}


def pmed(number: int) -> tuple[np.ndarray, int]:
    """Shortest ways (n, n) and p of an instance of OR-Library."""
    lines = _lines("pmed_1_10.txt.xz" if number <= 10 else "pmed_11_40.txt.xz")
    n, e, p, *edges = map(int, lines[f"pmed{number}"])
    net = np.zeros((n, n))
    for u, v, c in np.reshape(edges[: 3 * e], (-1, 3)):
        net[u - 1, v - 1] = net[v - 1, u - 1] = c
    return shortest_path(csr_array(net), directed=False), p


def lattice_of_spopt() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Straight ways (100, 5), weights (100,) and ways between places (5, 5).

    Drawn anew as spopt draws them: points by chance within 0.2 of a lattice of 11 by 11
    lines, seed 5 for clients and 6 for places, moved to the nearest line; weights 1 to 11 are
    the next numbers of that generator.
    """
    ticks = np.arange(11.0)
    ends = [[(a, b), (a, b + 1)] for a in ticks for b in ticks[:-1]]
    lines = shapely.linestrings(ends + [[(y, x) for x, y in e] for e in ends])
    space = shapely.union_all(shapely.buffer(lines, 0.2))

    def points(n: int, seed: int) -> tuple[np.ndarray, np.random.RandomState]:
        chance, own = np.random.RandomState(seed), []
        x0, y0, x1, y1 = space.bounds
        while len(own) < n:
            point = shapely.Point(chance.uniform(x0, x1), chance.uniform(y0, y1))
            if space.intersects(point):
                own.append(point)
        _, k = shapely.STRtree(lines).query_nearest(own, all_matches=False)
        along = shapely.line_locate_point(lines[k], own)
        return shapely.get_coordinates(shapely.line_interpolate_point(lines[k], along)), chance

    clients, _ = points(100, 5)
    places, chance = points(5, 6)
    weights = chance.randint(1, 12, 100).astype(float)
    return straight_costs(clients, places), weights, straight_costs(places, places)
