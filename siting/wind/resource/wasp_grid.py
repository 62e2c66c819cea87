"""WAsP resource grids (``.wrg``, ``.rsf``): Weibull by sector at the nodes of a flow model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from gis.say import listed, say
from siting.wind.resource.wasp_text import limit, lines_of, refuse

__all__ = ["SectorWind", "WindGrid", "read_wind_grid"]

Float = NDArray[np.float64]
# widths of the columns: text, x, y, ground, height, A, k, power, sectors; then f, A, k a sector
_HEAD = (10, 10, 10, 8, 5, 5, 6, 15, 3)
_SECTOR = (4, 4, 5)
_EXACT_M = 0.01


@dataclass(frozen=True, eq=False)
class SectorWind:
    """Weibull distributions by sector at places.

    Attributes
    ----------
    frequency, a_m_s, k : (n, s) float
        Of each place and sector, the first centred on north; a place's frequencies add up
        to 1.
    """

    frequency: Float
    a_m_s: Float
    k: Float

    @property
    def sector_mean_m_s(self) -> Float:
        """Mean speed of each place and sector, (n, s): ``A Gamma(1 + 1/k)``."""
        return np.asarray(self.a_m_s * gamma(1.0 + 1.0 / self.k))

    @property
    def mean_m_s(self) -> Float:
        """Mean speed of each place, (n,)."""
        return np.asarray((self.frequency * self.sector_mean_m_s).sum(axis=1))


@dataclass(frozen=True, eq=False)
class WindGrid:
    """Nodes of a flow model at one height above ground.

    Attributes
    ----------
    x_m, y_m, ground_m : (n,) float
        In the planar system of the file.
    height_m
        Above ground.
    wind
        At the nodes.
    source
        Name of the file.
    """

    x_m: Float
    y_m: Float
    ground_m: Float
    height_m: float
    wind: SectorWind
    source: str

    def at(self, x_m: Float, y_m: Float) -> SectorWind:
        """The wind at places: of the node there, or by distance between the four nearest.

        NaN where a place is further from every node than the grid's spacing allows.
        """
        from scipy.spatial import cKDTree

        nodes = np.column_stack([self.x_m, self.y_m])
        tree = cKDTree(nodes)
        few = min(4, len(nodes))
        distance, which = tree.query(np.column_stack([x_m, y_m]), k=few)
        distance, which = distance.reshape(-1, few), which.reshape(-1, few)
        weight = 1.0 / np.maximum(distance, _EXACT_M) ** 2
        weight[distance[:, 0] <= _EXACT_M, 1:] = 0.0
        weight /= weight.sum(axis=1, keepdims=True)
        spacing = self._spacing_m(tree, nodes)
        weight[distance[:, 0] > limit("node_reach") * spacing] = np.nan

        def mixed(values: Float) -> Float:
            return np.asarray((weight[:, :, None] * values[which]).sum(axis=1))

        w = self.wind
        return SectorWind(mixed(w.frequency), mixed(w.a_m_s), mixed(w.k))

    @staticmethod
    def _spacing_m(tree: object, nodes: Float) -> float:
        """Median distance of a node to its neighbour; a lone node reaches a kilometre."""
        if len(nodes) < 2:
            return 500.0
        sample = nodes[:: max(1, len(nodes) // 1000)]
        distance, _ = tree.query(sample, k=2)  # type: ignore[attr-defined]
        return float(np.median(distance[:, 1]))


def _stated(text: str) -> int | None:
    """Nodes that the head of a .wrg states: columns times rows; None without a head."""
    words = text.split()
    if len(words) != 5:
        return None
    try:
        return int(float(words[0])) * int(float(words[1]))
    except (ValueError, OverflowError):
        return None


def read_wind_grid(path: Path) -> WindGrid:
    """Read a ``.wrg`` (with its header line) or ``.rsf`` file.

    A line a node: label, x, y, ground level, height, A and k of all sectors, power density,
    number of sectors, then for each sector its frequency [per mille], A [0.1 m/s], k [0.01].

    Raises
    ------
    DataError
        With the line that is no such line, or for nodes of several heights.

    References
    ----------
    .. [1] WAsP 12 help, "Resource grid files" (format of .wrg and .rsf).
    """
    lines = [(i, s) for i, s in enumerate(lines_of(path), 1) if s.strip()]
    stated = _stated(lines[0][1])
    if stated is not None:
        lines = lines[1:]
    if not lines:
        refuse(path, say("siting.wasp.ends_too_early"))
    if len(lines) > limit("nodes"):
        refuse(path, say("siting.wasp.too_many", most=limit("nodes")))
    if stated is not None and len(lines) != stated:
        refuse(path, say("siting.wasp.nodes_missing"), 1, str(len(lines)), str(stated))
    rows = [_row(path, text, i) for i, text in lines]
    n = len(rows[0])
    for (i, text), row in zip(lines, rows, strict=True):
        if len(row) != n:
            refuse(path, say("siting.wasp.sectors_differ"), i, text)
    table = np.array(rows)
    heights = np.unique(table[:, 3])
    if heights.size > 1:
        refuse(path, say("siting.wasp.several_heights"), got=listed(map(str, heights)))
    sector = table[:, 4:].reshape(len(rows), -1, 3)
    f, a, k = sector[:, :, 0] / 1000.0, sector[:, :, 1] / 10.0, sector[:, :, 2] / 100.0
    # a sector without wind has neither: any distribution will do for none of the hours
    a, k = np.where(f > 0, a, np.maximum(a, 0.1)), np.where(f > 0, k, np.maximum(k, 1.0))
    total = f.sum(axis=1)
    checks = (
        ("shares_do_not_add_up", np.abs(total - 1.0) > limit("share_tolerance")),
        (
            "no_such_weibull",
            (
                (a <= 0)
                | (a > limit("weibull_a_top_m_s"))
                | (k <= 0.5)
                | (k > limit("weibull_k_top"))
            ).any(axis=1),
        ),
        ("no_such_place", (table[:, 3] <= 0) | (table[:, 3] > 300)),
        ("no_such_place", (np.abs(table[:, :3]) > limit("coordinate_m")).any(axis=1)),
    )
    for what, bad in checks:
        if bad.any():
            i, text = lines[int(np.flatnonzero(bad)[0])]
            refuse(path, say(f"siting.wasp.{what}"), i, text)
    return WindGrid(
        table[:, 0],
        table[:, 1],
        table[:, 2],
        float(heights[0]),
        SectorWind(f / total[:, None], a, k),
        path.name,
    )


def _row(path: Path, text: str, line: int) -> list[float]:
    """x, y, ground, height, then f, A, k of every sector; by columns, else by blanks."""
    found = _by_columns(text) or _by_blanks(text)
    if found is None or not np.isfinite(found).all():
        refuse(path, say("siting.wasp.no_node"), line, text)
    return found


def _by_columns(text: str) -> list[float] | None:
    ends = np.cumsum(_HEAD)
    fields = [text[e - w : e] for e, w in zip(ends, _HEAD, strict=True)]
    try:
        head = [float(v) for v in fields[1:]]
    except ValueError:
        return None
    n = int(head[7])
    if n != head[7] or not 1 <= n <= limit("sectors"):
        return None
    out, at = head[:4], int(ends[-1])
    for width in _SECTOR * n:
        try:
            out.append(float(text[at : at + width]))
        except ValueError:
            return None
        at += width
    return out if not text[at:].strip() else None


def _by_blanks(text: str) -> list[float] | None:
    parts = text.split()
    for first in range(min(3, len(parts))):  # words of the label
        try:
            values = [float(v) for v in parts[first:]]
        except ValueError:
            continue
        if len(values) > 8 and 1 <= values[7] <= limit("sectors"):
            n = int(values[7])
            if n == values[7] and len(values) == 8 + 3 * n:
                return values[:4] + values[8:]
    return None
