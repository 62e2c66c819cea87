"""Parcels without gaps or overlaps: rectangles of a warped lattice with rough shared edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.prepared import prepared
from gis.types import F8, I4
from layers.sample.frame import county_data, to_xy

__all__ = ["Blocks", "Lattice", "Mesh", "blocks", "lattice", "mesh", "polygons"]

Index = npt.NDArray[Any]


@dataclass(frozen=True)
class Lattice:
    """Lines across (`u_km`) and along (`v_km`) the river, and what runs in narrow strips.

    Attributes
    ----------
    u_km, v_km
        Line positions, ascending.
    u_strip, v_strip
        For each column (row) the index of the thing that runs in it, -1 for fields.
    strips
        ``(kind, spec)`` of the things, e.g. ``("canal", {...})``.
    """

    u_km: F8
    v_km: F8
    u_strip: I4
    v_strip: I4
    strips: tuple[tuple[str, dict[str, object]], ...]


def _lines(
    lo: float, hi: float, step: float, strips: list[tuple[float, float, int]]
) -> tuple[F8, I4]:
    """Line positions with strips (centre, width, id) kept free, and the strip of each gap."""
    edges, ids = [lo], []
    for centre, width, key in sorted(strips):
        a, b = centre - width / 2, centre + width / 2
        n = max(1, round((a - edges[-1]) / step))
        edges += list(np.linspace(edges[-1], a, n + 1)[1:])
        ids += [-1] * n
        edges.append(b)
        ids.append(key)
    n = max(1, round((hi - edges[-1]) / step))
    edges += list(np.linspace(edges[-1], hi, n + 1)[1:])
    ids += [-1] * n
    return np.array(edges), np.array(ids, np.int32)


def lattice(field_u_km: float, field_v_km: float, ditch_km: float) -> Lattice:
    """The lattice with fields of a size, and a ditch and a lane every `ditch_km`."""
    data = county_data()
    (u0, u1), (v0, v1) = data["frame"]["u_km"], data["frame"]["v_km"]
    half = data["land"]["channel_half_km"]
    strips: list[tuple[str, dict[str, object]]] = []
    columns: list[tuple[float, float, int]] = []
    rows: list[tuple[float, float, int]] = []

    def add(kind: str, spec: dict[str, object]) -> int:
        strips.append((kind, spec))
        return len(strips) - 1

    columns.append((0.0, 2 * half, add("river", {"title": "黄河"})))
    columns += [(s["u_km"], s["width_m"] / 1000, add("canal", s)) for s in data["canals"]]
    columns += [(s["u_km"], s["width_m"] / 1000, add(s["kind"], s)) for s in data["tracks"]]
    rows += [(s["v_km"], s["width_m"] / 1000, add("road", s)) for s in data["crossings"]]
    taken = np.array([r[0] for r in rows])
    ditch = add("ditch", {"width_m": 8.0, "title": "农渠"})
    lane = add("lane", {"width_m": 6.0, "title": "生产路", "road_class": "rural"})
    for v in np.arange(v0 + ditch_km / 2, v1, ditch_km):
        if np.min(np.abs(taken - v)) > 0.3:
            rows.append((float(v), 0.008, ditch))
            rows.append((float(v) + 0.045, 0.006, lane))
    u, ui = _lines(u0, u1, field_u_km, columns)
    v, vi = _lines(v0, v1, field_v_km, rows)
    return Lattice(u, v, ui, vi, tuple(strips))


@dataclass(frozen=True)
class Blocks:
    """Rectangles of lattice cells: first row and column, and size in cells."""

    row: I4
    column: I4
    size: I4


def blocks(key: npt.NDArray[np.int64], level: npt.NDArray[np.int8]) -> Blocks:
    """Merge square groups of cells that share `key`, as far as their `level` allows.

    Parameters
    ----------
    key : int64[rows, columns]
        Cells with the same key may be one parcel; negative: no parcel.
    level : int8[rows, columns]
        Largest side allowed, as a power of two.
    """
    rows, columns = key.shape
    top = int(level.max()) if level.size else 0
    side = 1 << top
    pad = ((0, -rows % side), (0, -columns % side))
    key = np.pad(key, pad, constant_values=-1)
    level = np.pad(level, pad)
    free = key >= 0
    out: list[tuple[Index, Index, Index]] = []
    for k in range(top, 0, -1):
        n = 1 << k
        shape = (key.shape[0] // n, n, key.shape[1] // n, n)
        tile = key.reshape(shape)
        same = (tile.min(axis=(1, 3)) == tile.max(axis=(1, 3))) & free.reshape(shape).all(
            axis=(1, 3)
        )
        same &= level.reshape(shape).min(axis=(1, 3)) >= k
        r, c = np.nonzero(same)
        out.append((r * n, c * n, np.full(r.size, n)))
        free &= ~np.repeat(np.repeat(same, n, 0), n, 1)
    r, c = np.nonzero(free)
    out.append((r, c, np.ones(r.size, int)))
    merged = [np.concatenate(part).astype(np.int32) for part in zip(*out, strict=True)]
    return Blocks(*merged)


def _rough(length: F8, spacing: F8, inner: int, rng: np.random.Generator) -> F8:
    """Sideways offsets of the inner points of edges [km]; never so far that edges meet.

    An offset stays below 0.28 of the gap to the next line and below 0.7 of the way to the
    nearer end, so an edge can neither reach its neighbour nor turn back at its corner.
    """
    t = np.arange(1, inner + 1) / (inner + 1)
    walk = rng.normal(size=(*length.shape, inner))
    for k in range(1, inner):
        walk[..., k] += 0.6 * walk[..., k - 1]
    limit = np.minimum(
        0.28 * spacing[..., None], 0.7 * np.minimum(t, 1 - t) * length[..., None]
    )
    return np.clip(0.4 * walk, -1, 1) * limit


def _edges(grid: Lattice, inner: int) -> tuple[F8, F8, F8, F8, F8, F8]:
    """Nodes and the inner points of all edges, in metres."""
    rng = np.random.default_rng(20260315)
    u, v = grid.u_km, grid.v_km
    nv, nu = v.size, u.size
    node = to_xy(*np.meshgrid(u, v))
    du, dv = np.diff(u), np.diff(v)
    t = np.arange(1, inner + 1) / (inner + 1)
    # edges along a row line (u runs), pushed across it
    gap = np.minimum(np.r_[dv[0], dv], np.r_[dv, dv[-1]])
    length = np.broadcast_to(du, (nv, nu - 1))
    push = _rough(length, np.broadcast_to(gap[:, None], length.shape), inner, rng)
    across = to_xy(
        u[None, :-1, None] + t * du[None, :, None] + 0 * push, v[:, None, None] + push
    )
    # edges along a column line (v runs), pushed across it
    gap = np.minimum(np.r_[du[0], du], np.r_[du, du[-1]])
    length = np.broadcast_to(dv[:, None], (nv - 1, nu))
    push = _rough(length, np.broadcast_to(gap[None, :], length.shape), inner, rng)
    along = to_xy(
        u[None, :, None] + push, v[:-1, None, None] + t * dv[:, None, None] + 0 * push
    )
    return (*node, *across, *along)


@dataclass(frozen=True)
class Mesh:
    """Nodes and inner edge points of a lattice, in metres (x, then y).

    Attributes
    ----------
    node
        ``[rows + 1, columns + 1]`` twice.
    across
        Points on the edges along a row line, ``[rows + 1, columns, inner]`` twice.
    along
        Points on the edges along a column line, ``[rows, columns + 1, inner]`` twice.
    """

    node: tuple[F8, F8]
    across: tuple[F8, F8]
    along: tuple[F8, F8]


def mesh(grid: Lattice, inner: int) -> Mesh:
    """The lattice in metres, with `inner` rough points on every edge."""
    nx, ny, ax, ay, lx, ly = _edges(grid, inner)
    return Mesh((nx, ny), (ax, ay), (lx, ly))


def _ring(net: Mesh, axis: int, r: I4, c: I4, size: int) -> F8:
    """One coordinate of the rings of blocks that all have the same size, not closed."""
    node, across, along = net.node[axis], net.across[axis], net.along[axis]
    step = np.arange(size)
    rr, cc = r[:, None] + step, c[:, None] + step
    r0, c0 = r[:, None] + 0 * step, c[:, None] + 0 * step
    r1, c1 = r0 + size, c0 + size

    def line(first: F8, between: F8) -> F8:
        return np.concatenate([first[..., None], between], axis=2)

    bottom = line(node[r0, cc], across[r0, cc])
    right = line(node[rr, c1], along[rr, c1])
    top = line(node[r1, cc + 1], across[r1, cc][..., ::-1])[:, ::-1]
    left = line(node[rr + 1, c0], along[rr, c0][..., ::-1])[:, ::-1]
    sides = [side.reshape(r.size, -1) for side in (bottom, right, top, left)]
    return np.concatenate(sides, axis=1)


def polygons(
    net: Mesh, parts: Blocks, county: BaseGeometry
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
    """The blocks as polygons, cut to the county.

    Every ring passes through all lattice points of its sides, so neighbours of different
    size share their vertices and the whole is a valid coverage.

    Parameters
    ----------
    net, parts
        The lattice in metres and its blocks.
    county : polygon
        Nothing lies outside it.

    Returns
    -------
    polygons : object array
    index : int array
        Which block each polygon is of; a block may be cut into several.
    """
    shapes = np.empty(parts.row.size, object)
    for size in np.unique(parts.size).tolist():
        pick = np.flatnonzero(parts.size == size)
        r, c = parts.row[pick], parts.column[pick]
        coords = np.stack([_ring(net, axis, r, c, size) for axis in (0, 1)], axis=2)
        coords = np.concatenate([coords, coords[:, :1]], axis=1)
        shapes[pick] = shapely.polygons(coords)
    county = prepared(county)
    near = shapely.intersects(county, shapes)
    cut = near & ~shapely.contains_properly(county, shapes)
    shapes[cut] = shapely.intersection(shapes[cut], county)
    keep = np.flatnonzero(near)
    parts_of, index = shapely.get_parts(shapes[keep], return_index=True)
    flat = (shapely.get_dimensions(parts_of) == 2) & (shapely.area(parts_of) > 1e-3)
    return parts_of[flat], keep[index[flat]]
