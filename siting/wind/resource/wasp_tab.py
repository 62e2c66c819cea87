"""WAsP observed wind climates (``.tab``): a rose with its place and height."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from gis.say import say
from siting.wind.resource.rose import Rose
from siting.wind.resource.wasp_text import limit, lines_of, numbers, refuse

__all__ = ["ObservedClimate", "read_tab"]

Float = NDArray[np.float64]
_PARTS = 10
_WHOLES = (1.0, 100.0, 1000.0)  # shares, per cent, per mille


@dataclass(frozen=True, eq=False)
class ObservedClimate:
    """A wind climate as it was observed.

    Attributes
    ----------
    title
        First line of the file.
    lon, lat
        The place [deg]; 0, 0 where the file does not say.
    height_m
        Of the anemometer above ground.
    rose
        Share of all hours by sector and speed.
    """

    title: str
    lon: float
    lat: float
    height_m: float
    rose: Rose


def read_tab(path: Path) -> ObservedClimate:
    """Read a ``.tab`` file.

    Line 1 a title; line 2 latitude, longitude, height; line 3 number of sectors, factor on
    the speeds, turn of the directions [deg]; line 4 frequency of each sector; then a line a
    bin: its upper limit and the share of each sector's hours in it. Shares may be fractions,
    per cent or per mille; they have to add up.

    Raises
    ------
    DataError
        With the line that is no such line.

    References
    ----------
    .. [1] WAsP 12 help, "Observed wind climate files" (format of .tab).
    """
    lines = lines_of(path)
    lat, lon, height = numbers(path, lines, 1, 3)[:3]
    if not (-90 <= lat <= 90 and -180 <= lon <= 360 and 0 < height <= 300):
        refuse(path, say("siting.wasp.no_such_place"), 2, lines[1])
    head = numbers(path, lines, 2)
    n = int(head[0])
    factor = head[1] if len(head) > 1 else 1.0
    turn = head[2] if len(head) > 2 else 0.0
    if n != head[0] or not 1 <= n <= limit("sectors") or not 0 < factor <= 10:
        refuse(path, say("siting.wasp.no_such_sectors"), 3, lines[2])
    share = _shares(path, np.array(numbers(path, lines, 3, n)[:n]), 4)
    upper: list[float] = []
    rows: list[list[float]] = []
    for at in range(4, len(lines)):
        if not lines[at].strip():
            continue
        row = numbers(path, lines, at, n + 1)
        if row[0] <= (upper[-1] if upper else 0.0) or min(row[1:]) < 0:
            refuse(path, say("siting.wasp.bins_must_rise"), at + 1, lines[at])
        upper.append(row[0])
        rows.append(row[1 : n + 1])
        if len(upper) > limit("bins"):
            refuse(path, say("siting.wasp.too_many", most=limit("bins")), at + 1)
    if not upper or upper[-1] * factor > limit("top_speed_m_s"):
        refuse(path, say("siting.wasp.no_such_bins"), len(lines))
    inside = np.array(rows).T
    for s in range(n):
        if share[s] > 0:
            inside[s] = _shares(path, inside[s], 5)
        else:
            inside[s] = 0.0
    edges = np.concatenate([[0.0], upper]) * factor
    # as one speed a bin's hours would be a step in every share: a smooth cumulative
    # frequency that meets the table at every edge is read at finer ones
    fine = np.interp(np.arange(len(upper) * _PARTS + 1) / _PARTS, np.arange(len(edges)), edges)
    until = np.concatenate([np.zeros((n, 1)), np.cumsum(inside, axis=1)], axis=1)
    inside = np.maximum(np.diff(PchipInterpolator(edges, until, axis=1)(fine), axis=1), 0.0)
    low, high = fine[:-1], fine[1:]
    # the speed of a part with the part's mean cube, so that energy is kept
    centre = np.cbrt((high**4 - low**4) / (4.0 * (high - low)))
    directions = (np.arange(n) * 360.0 / n + turn) % 360.0
    order = np.argsort(directions)
    rose = Rose(directions[order], centre, (share[:, None] * inside)[order], path.name)
    return ObservedClimate(lines[0].strip()[:200], _turned_lon(lon), lat, height, rose)


def _turned_lon(lon: float) -> float:
    return lon - 360.0 if lon > 180.0 else lon


def _shares(path: Path, values: Float, line: int) -> Float:
    """`values` as shares of one; they add up to 1, 100 or 1000 but for their rounding."""
    total = float(values.sum())
    whole = min(_WHOLES, key=lambda w: abs(np.log(max(total, 1e-9) / w)))
    if (values < 0).any() or abs(total / whole - 1.0) > limit("share_tolerance"):
        refuse(path, say("siting.wasp.shares_do_not_add_up"), line, f"{total:g}")
    return np.asarray(values / total)
