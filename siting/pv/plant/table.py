"""Yield of many cells read from a table of few: slope, warmth, sky left, and what hills hide.

Fixed modules of one tilt differ from cell to cell in the slope of the ground across and along
the rows, in the air's temperature, in the sky the horizon leaves and in the hours it hides the
sun. The first four are read between nodes at which the kernel was run; of the hidden hours, put
together by month and place of the sun, the loss at the nodes is taken off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel
from siting.pv.plant.fused import CellPlanes, fixed_yield, hour_sums
from siting.pv.plant.node_hours import NodeHours
from siting.pv.plant.plant import PvPlant

__all__ = ["PlanesAt", "gentle_cells", "take_cells", "yield_by_table"]

F4 = npt.NDArray[np.float32]
F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]

PlanesAt = Callable[[F8, F8, F8, F8], CellPlanes]
"""Planes without a horizon from rise, axis_rise, warmer_c and sky_left, f8[n] each."""

_GENTLE = 0.12  # tangent of the slope: beyond it the pitch bends too much for the table
_OPEN = 0.95  # sky left: behind nearer hills hours of much light are hidden, each its own
_SLOPES = 9
_WARMTHS = 3
_SKIES = 3
_PLACES = 576  # directions of the sun that are told apart: 0.6 degrees
_HEIGHTS = np.concatenate([[0.0], np.geomspace(1e-3, 10.0, 240)])  # tangents
_MOST_OFF = 5e-4  # of a year's yield at the cells that are checked
_CHECKED = 200


class _Hidden(NamedTuple):
    """Hours of one month and place of the sun, put together.

    ``tangent`` of the sun's elevation, ``bin`` and ``part`` of its direction among the
    horizon's, ``month``; ``loss`` f8[slopes, slopes, groups] of a year's yield [kWh/kWp].
    """

    tangent: F8
    bin: I8
    part: F8
    month: I8
    loss: F8


def gentle_cells(cells: CellPlanes) -> npt.NDArray[np.bool_]:
    """Cells whose slope the table spans and whose sky is open, bool[n]."""
    level = (np.abs(cells.rise) <= _GENTLE) & (np.abs(cells.axis_rise) <= _GENTLE)
    return np.asarray(level & (cells.sky_left >= _OPEN))


def take_cells(cells: CellPlanes, which: npt.NDArray[np.generic] | slice) -> CellPlanes:
    """Some of the cells."""
    return CellPlanes(
        **{
            f.name: (
                getattr(cells, f.name)[:, which]
                if f.name == "horizon_tan"
                else getattr(cells, f.name)[which]
            )
            for f in fields(CellPlanes)
        }
    )


def yield_by_table(
    node: NodeHours, cells: CellPlanes, plant: PvPlant, at: PlanesAt, *, threads: int = 2
) -> F8 | None:
    """Monthly yield as `fixed_yield` gives it, to 0.1 % of the year, f8[n, 12].

    Parameters
    ----------
    node, cells, plant
        As of `fixed_yield`; cells within `gentle_cells`, all of one tilt and azimuth.
    at : callable
        See `PlanesAt`.

    Returns
    -------
    f8[n, 12] or None
        None where one of the cells that are computed both ways, 200 over all of them and the
        50 with the least sky, differs by more than half of that.
    """
    slopes = np.linspace(-_GENTLE, _GENTLE, _SLOPES)
    warm = _nodes(cells.warmer_c, _WARMTHS)
    sky = _nodes(cells.sky_left, _SKIES)
    r, a, w, k = (v.ravel() for v in np.meshgrid(slopes, slopes, warm, sky, indexing="ij"))
    shape = (_SLOPES, _SLOPES, _WARMTHS, _SKIES, 12)
    open_ = fixed_yield(node, at(r, a, w, k), plant, threads=threads).reshape(shape)
    places = [
        _place(cells.rise, slopes),
        _place(cells.axis_rise, slopes),
        _place(cells.warmer_c, warm),
        _place(cells.sky_left, sky),
    ]
    found = np.zeros((len(cells.rise), 12))
    for corner in np.ndindex(2, 2, 2, 2):
        weight = np.ones(len(found))
        index = []
        for (low, part), up in zip(places, corner, strict=True):
            weight = weight * (part if up else 1.0 - part)
            index.append(low + up)
        found += weight[:, None] * open_[tuple(index)]
    hidden = _hidden(node, plant, at, slopes, float(warm[1]), open_[:, :, 1, -1], threads)
    if len(hidden.tangent):
        share = np.zeros_like(found)
        (i, u), (j, v) = places[:2]
        horizon = np.ascontiguousarray(cells.horizon_tan, dtype=np.float32)
        _shade(horizon, *hidden, i, u, j, v, share)
        found *= 1.0 - share
    order = np.argsort(cells.sky_left, kind="stable")
    some = np.unique(np.linspace(0, len(order) - 1, _CHECKED).astype(np.int64))
    some = order[np.union1d(some, np.arange(min(_CHECKED // 4, len(order))))]
    exact = fixed_yield(node, take_cells(cells, some), plant, threads=threads).sum(axis=1)
    off = np.abs(found[some].sum(axis=1) - exact)
    return found if (off <= _MOST_OFF * np.abs(exact)).all() else None


def _nodes(values: F8, n: int) -> F8:
    low, high = float(values.min()), float(values.max())
    return np.linspace(low, max(high, low + 1e-6), n)


def _place(values: F8, nodes: F8) -> tuple[I8, F8]:
    """Node below each value, and how far it is to the next, 0 to 1."""
    at = (values - nodes[0]) / (nodes[1] - nodes[0])
    low = np.clip(at.astype(np.int64), 0, len(nodes) - 2)
    return low, np.clip(at - low, 0.0, 1.0)


def _hidden(
    node: NodeHours,
    plant: PvPlant,
    at: PlanesAt,
    slopes: F8,
    warm: float,
    months: F8,
    threads: int,
) -> _Hidden:
    """What is lost of each month where the sun of a group of hours is hidden."""
    hours = node.hours
    across = np.maximum(np.hypot(hours[:, 0], hours[:, 1]), np.float32(1e-6))
    tangent = (hours[:, 2] / across).astype(np.float64)
    n_az = node.n_azimuths
    place = np.floor(hours[:, 12].astype(np.float64) * (_PLACES / n_az)).astype(np.int64)
    key = (node.month * _PLACES + place % _PLACES) * (len(_HEIGHTS) + 1)
    key += np.searchsorted(_HEIGHTS, tangent)
    order = np.argsort(key, kind="stable")
    _, first, size = np.unique(key[order], return_index=True, return_counts=True)
    group = np.repeat(np.arange(len(first)), size)
    month = node.month[order][first]
    r, a = (v.ravel() for v in np.meshgrid(slopes, slopes, indexing="ij"))
    states = at(r, a, np.full(len(r), warm), np.ones(len(r)))
    lit, dark = (
        hour_sums(node, states, plant, high, order, group, month, threads=threads)
        for high in (0.0, 1e6)
    )
    whole = np.maximum(months.reshape(len(r), 12)[:, month], 1e-12)
    loss = ((lit - dark) / whole).reshape(len(slopes), len(slopes), -1)
    middle = np.bincount(group, weights=hours[order, 12]) / size
    return _Hidden(
        np.bincount(group, weights=tangent[order]) / size,
        middle.astype(np.int64) % n_az,
        middle - np.floor(middle),
        month,
        np.ascontiguousarray(loss),
    )


@kernel
def _shade(
    horizon: F4,
    tangent: F8,
    low_bin: I8,
    part: F8,
    month: I8,
    loss: F8,
    i: I8,
    u: F8,
    j: I8,
    v: F8,
    out: F8,
) -> None:
    """Add up the losses of the groups of hours that each cell's horizon hides."""
    n_az = horizon.shape[0]
    for g in range(len(tangent)):
        ka = low_bin[g]
        kb = (ka + 1) % n_az
        w = part[g]
        for c in range(horizon.shape[1]):
            high = horizon[ka, c] * (1.0 - w) + horizon[kb, c] * w
            if high <= 0.0 or tangent[g] > high:
                continue
            p, q = i[c], j[c]
            a = loss[p, q, g] * (1.0 - v[c]) + loss[p, q + 1, g] * v[c]
            b = loss[p + 1, q, g] * (1.0 - v[c]) + loss[p + 1, q + 1, g] * v[c]
            out[c, month[g]] += a * (1.0 - u[c]) + b * u[c]
