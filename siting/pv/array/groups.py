"""Tables to inverters, inverters to transformers, and the cables between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.prepared import points_inside, prepared
from siting.pv.array.rows import Tables
from siting.pv.array.rules import ArrayRules

__all__ = ["Groups", "grouped"]

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
_FEW = 4  # inverters up to which the class is too coarse for the wanted ratio


@dataclass(frozen=True)
class Groups:
    """Who feeds whom, in the frame turned with the rows.

    Attributes
    ----------
    table_inverter : i8[tables]
        Number of the inverter each table feeds.
    inverter_xy : f8[inverters, 2]
        On the back edge of one of its tables [m].
    inverter_kw : f8[inverters]
        Rated power [kW]: of the class, or less on a small piece of land, by the wanted ratio.
    inverter_transformer : i8[inverters]
    transformer_xy : f8[transformers, 2]
        At the edge of a road, or behind a table where no road is near [m].
    transformer_part : i8[transformers]
        Piece of the land it stands on; a group never spans two.
    string_cable_m : f8[tables]
        Both poles of all strings of a table to the inverter [m].
    low_cable_m : f8[inverters]
        From the inverter to the transformer [m].
    """

    table_inverter: I8
    inverter_xy: F8
    inverter_kw: F8
    inverter_transformer: I8
    transformer_xy: F8
    transformer_part: I8
    string_cable_m: F8
    low_cable_m: F8

    @property
    def transformer_mw(self) -> F8:
        """Rated power of the inverters of each transformer [MW]."""
        n = len(self.transformer_xy)
        return np.bincount(self.inverter_transformer, self.inverter_kw, minlength=n) / 1000.0


def _dealt(n: int, most: int) -> I8:
    """Numbers of groups for `n` things in their order, no group above `most`, all alike.

    Examples
    --------
    >>> _dealt(5, 2).tolist()
    [0, 0, 1, 1, 2]
    """
    groups = -(-n // most)
    return np.sort(np.arange(n) * groups // n).astype(np.int64)


def _thick(strip: I8, layer: I8, full: int) -> I8:
    """Numbers of strips of blocks; one with less than half its layers joins its neighbour.

    The edge of the land cuts blocks: groups along a strip of a few rows would be as long as
    the site.

    Examples
    --------
    Four rows fill a strip; the last one has a single row:

    >>> row = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8])
    >>> _thick(row // 4, row, 4).tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, 1]
    """
    pairs = np.unique(np.column_stack([strip, layer]), axis=0)
    names, layers = np.unique(pairs[:, 0], return_counts=True)
    joined = names.copy()
    for i in np.flatnonzero(2 * layers < full).tolist():
        beside = [n for n in (i - 1, i + 1) if 0 <= n < len(names)]
        if beside:
            joined[i] = joined[max(beside, key=lambda n: layers[n])]
    return np.asarray(joined[np.searchsorted(names, strip)])


def _way(tables: Tables, rules: ArrayRules, part: I8) -> I8:
    """Order of the tables on a winding way: piece by piece, block by block, row by row."""
    j, k = tables.block[:, 0].copy(), tables.block[:, 1].copy()
    column = np.floor(tables.x / rules.step_m).astype(np.int64)
    for piece in np.unique(part).tolist():
        own = part == piece
        j[own] = _thick(j[own], tables.row[own], rules.block[0])
        k[own] = _thick(k[own], column[own], rules.block[1])
    turn = np.where(j % 2 == 0, k, -k)
    x = np.where(tables.row % 2 == 0, tables.x, -tables.x)
    return np.lexsort((x, tables.row, turn, j, part)).astype(np.int64)


def _in_parts(part: I8, most: int) -> I8:
    """Groups of things sorted by part."""
    out = np.empty(len(part), dtype=np.int64)
    done = 0
    for _, first, count in zip(
        *np.unique(part, return_index=True, return_counts=True), strict=True
    ):
        own = _dealt(int(count), most)
        out[first : first + count] = own + done
        done += int(own[-1]) + 1
    return out


def _means(xy: F8, group: I8) -> F8:
    n = np.bincount(group)
    return np.column_stack([np.bincount(group, xy[:, i]) / n for i in (0, 1)])


def _nearest_member(xy: F8, group: I8) -> I8:
    """For each group the member nearest to its middle."""
    off = np.abs(xy - _means(xy, group)[group]).sum(axis=1)
    order = np.lexsort((off, group))
    return order[np.searchsorted(group[order], np.arange(int(group.max()) + 1))]


def grouped(
    tables: Tables, rules: ArrayRules, part: I8, roads: BaseGeometry, land: BaseGeometry
) -> Groups:
    """Deal tables to inverters and inverters to transformers.

    Parameters
    ----------
    tables : Tables
    rules : ArrayRules
    part : i8[n]
        Piece of the land each table stands on.
    roads, land : geometry
        In the frame of the tables.

    Notes
    -----
    Groups are stretches of one winding way through the blocks, all of nearly one size. Cables
    run along and across the rows, so that their length is the sum of both ways.
    """
    order = _way(tables, rules, part)
    half = np.array([rules.table_m / 2, rules.depth_m])
    back = np.column_stack([tables.x, tables.y]) + half
    middle = back - np.array([0.0, rules.depth_m / 2])
    inverter = np.empty(len(order), dtype=np.int64)
    inverter[order] = _in_parts(part[order], rules.inverter_tables)
    at = _nearest_member(middle, inverter)
    inverter_xy, inverter_part = back[at], part[at]
    fed_kw = np.bincount(inverter) * rules.table_kw
    # a piece of land with a few machines of the class takes smaller ones
    few = np.bincount(inverter_part)[inverter_part] <= _FEW
    wanted = np.minimum(rules.inverter_kw, fed_kw / rules.dc_ac_ratio)
    rated = np.where(few, wanted, rules.inverter_kw)
    transformer = _in_parts(inverter_part, rules.transformer_inverters)
    spot = _nearest_member(inverter_xy, transformer)
    free = inverter_xy[spot] + np.array([0.0, (rules.pitch_m - rules.depth_m) / 2])
    inside = points_inside(land, free[:, 0], free[:, 1])
    place = np.where(inside[:, None], free, inverter_xy[spot])
    place = _at_roads(_means(inverter_xy, transformer), place, roads, rules)
    strings = 2.0 * rules.table_strings
    return Groups(
        table_inverter=inverter,
        inverter_xy=inverter_xy,
        inverter_kw=rated,
        inverter_transformer=transformer,
        transformer_xy=place,
        transformer_part=inverter_part[spot],
        string_cable_m=strings * np.abs(middle - inverter_xy[inverter]).sum(axis=1),
        low_cable_m=np.abs(inverter_xy - place[transformer]).sum(axis=1),
    )


def _at_roads(middle: F8, place: F8, roads: BaseGeometry, rules: ArrayRules) -> F8:
    """The edge of the nearest road where one is within a block, else `place`."""
    if roads.is_empty:
        return place
    edge = shapely.boundary(roads)
    edge = prepared(edge)
    lines = shapely.shortest_line(shapely.points(middle), edge)
    near = np.asarray(shapely.length(lines)) <= max(
        rules.block[0] * rules.pitch_m, rules.block[1] * rules.step_m
    )
    return np.where(
        np.asarray(near)[:, None], shapely.get_coordinates(shapely.get_point(lines, 1)), place
    )
