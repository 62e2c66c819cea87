"""Published cases, read from the compressed files beside the tests."""

from __future__ import annotations

import io
import lzma
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

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
