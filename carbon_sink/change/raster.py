"""Carbon of two classified rasters, window by window, in the memory of a few windows.

Both dates are counted in one pass into a matrix of (class before, class after): cells and
exact ellipsoidal area. Every total follows from the matrix, so base, later and change always
agree, and only land known at both dates enters the change. No value is special: a loss of
exactly 1.0 t/ha is a loss, and no data is NaN.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from carbon_sink.change.pair_kernels import between_rows, count_pairs
from gis.cells.blocks import map_windows
from gis.cells.grid import Grid, Window, windows
from gis.cells.tally import CellAreas, area_rows, cell_areas
from gis.errors import DataError, Fault, raise_faults
from gis.files.raster_info import HeldRasters, held_rasters
from gis.files.read_raster import read_raster
from gis.files.write_raster import write_cog
from gis.say import say
from gis.types import F8

__all__ = ["Footprints", "RasterChange", "raster_change", "tally_change"]

F4 = npt.NDArray[np.float32]
I8 = npt.NDArray[np.int64]
_TILE_PX, _TILE_PX_WRITING = 1024, 512
_STRIP_ROWS = 64
_CODES = 65_536
"""Class values a raster may hold: 0 to 65,535."""


def window_area_m2(areas: CellAreas, window: Window) -> F8:
    """Ellipsoidal cell areas of a window [m2], without a matrix product per window."""
    r, c = window
    out = np.empty((r.stop - r.start, c.stop - c.start))
    between_rows(area_rows(areas, window), r.start // 16, r.start, areas.shape[0] - 1, out)
    return out


@dataclass(frozen=True)
class Footprints:
    """Land known at both dates, at one of them, and at neither [ha]."""

    both_ha: float
    before_only_ha: float
    after_only_ha: float
    neither_ha: float

    @property
    def mismatch_frac(self) -> float:
        """Land known at one date only over land known at any."""
        known = self.both_ha + self.before_only_ha + self.after_only_ha
        return (self.before_only_ha + self.after_only_ha) / known if known else 0.0


@dataclass(frozen=True)
class RasterChange:
    """The matrix of two dates, and what follows from it.

    Attributes
    ----------
    before, after : tuple of int
        Class values of rows and columns.
    cells, area_ha : ndarray, shape (len(before) + 1, len(after) + 1)
        Cells and ellipsoidal area; row and column 0 are land without a class.
    density_before, density_after : mapping
        Class value -> carbon density [tC/ha]; NaN where not estimated.
    change
        File of the change in density [tC/ha]; None when not asked for.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    cells: I8
    area_ha: F8
    density_before: Mapping[int, float]
    density_after: Mapping[int, float]
    change: Path | None = None

    @property
    def footprints(self) -> Footprints:
        """Where the two dates know the land."""
        a = self.area_ha
        return Footprints(
            math.fsum(a[1:, 1:].ravel()),
            math.fsum(a[1:, 0]),
            math.fsum(a[0, 1:]),
            float(a[0, 0]),
        )

    def _total(self, area: F8, values: tuple[int, ...], density: Mapping[int, float]) -> float:
        parts = [a * density[v] for a, v in zip(area.tolist(), values, strict=True)]
        return math.fsum(p for p in parts if not math.isnan(p))

    @property
    def stock_before_tc(self) -> float:
        """Stock of the earlier date on the land known at both dates [tC]."""
        return self._total(self.area_ha[1:, 1:].sum(axis=1), self.before, self.density_before)

    @property
    def stock_after_tc(self) -> float:
        """Stock of the later date on the land known at both dates [tC]."""
        return self._total(self.area_ha[1:, 1:].sum(axis=0), self.after, self.density_after)

    @property
    def change_tc(self) -> float:
        """Change on land known, and estimated, at both dates [tC]."""
        parts = [
            self.area_ha[i, j] * (self.density_after[b] - self.density_before[a])
            for i, a in enumerate(self.before, 1)
            for j, b in enumerate(self.after, 1)
        ]
        return math.fsum(p for p in parts if not math.isnan(p))


def _slots(values: tuple[int, ...]) -> npt.NDArray[np.int16]:
    slots = np.full(_CODES, -1, np.int16)
    for k, v in enumerate(values, 1):
        slots[v] = k
    return slots


def _lookup(values: tuple[int, ...], density: Mapping[int, float]) -> F8:
    return np.array([np.nan, *(density[v] for v in values)])


def class_slots(values: Sequence[int], codes: npt.NDArray[np.integer]) -> I8:
    """Place of each class value in a matrix of `values`, 0 where it is none of them.

    Examples
    --------
    >>> class_slots((10, 30), np.array([30, 10, 7])).tolist()
    [2, 1, 0]
    """
    return np.asarray(np.maximum(_slots(tuple(values))[codes], 0), np.int64)


def _delta(
    rows: tuple[int, ...],
    cols: tuple[int, ...],
    density_before: Mapping[int, float],
    density_after: Mapping[int, float],
    delta: F8 | None,
) -> F8:
    """Change of each pair of classes, NaN where one is not known."""
    if delta is None:
        return _lookup(cols, density_after)[None, :] - _lookup(rows, density_before)[:, None]
    out = np.full((len(rows) + 1, len(cols) + 1), np.nan)
    out[1:, 1:] = delta
    return out


def _check(density: Mapping[int, float], where: str) -> tuple[int, ...]:
    bad = [v for v in density if not 0 <= v < _CODES]
    raise_faults(
        DataError,
        [
            Fault(say("carbon_sink.change.class_value_out_of_range"), where=where, got=str(v))
            for v in bad
        ]
        + [
            Fault(
                say("carbon_sink.change.density_negative"),
                where=f"{where} {v}",
                got=f"{d:g}",
            )
            for v, d in density.items()
            if d < 0
        ],
    )
    return tuple(sorted(density))


def tally_change(
    before: npt.NDArray[np.integer],
    after: npt.NDArray[np.integer],
    area_m2: F8,
    density_before: Mapping[int, float],
    density_after: Mapping[int, float],
    *,
    known_before: npt.NDArray[np.bool_] | None = None,
    known_after: npt.NDArray[np.bool_] | None = None,
    delta: F8 | None = None,
    where: str = "land cover",
) -> tuple[I8, F8, F4]:
    """Count two arrays of classes.

    Parameters
    ----------
    before, after : ndarray of int, shape (h, w)
    area_m2 : ndarray, shape (h, w)
        Cells without area are passed over.
    density_before, density_after : mapping
        Class value -> tC/ha, NaN where not estimated; every class must be declared.
    known_before, known_after : ndarray of bool, optional
        Where the class is known; everywhere by default.
    delta : ndarray, shape (n, m), optional
        Change of each pair of classes, in the order of their values [tC/ha]; by default the
        density after less the density before.

    Returns
    -------
    cells : (n + 1, m + 1) int64
    area : (n + 1, m + 1) float64 [m2]
    change : (h, w) float32 [tC/ha], NaN where unknown

    Raises
    ------
    DataError
        Shapes that differ (mismatched footprints), a class nobody declared.

    Examples
    --------
    Four cells of 1 ha lose exactly 1.0 tC/ha.

    >>> b, a = np.full((2, 2), 5), np.full((2, 2), 7)
    >>> _, _, d = tally_change(b, a, np.full((2, 2), 1e4), {5: 3.0}, {7: 2.0})
    >>> d.tolist()
    [[-1.0, -1.0], [-1.0, -1.0]]
    """
    if not before.shape == after.shape == area_m2.shape:
        raise DataError(
            say("carbon_sink.change.cells_differ"),
            where=where,
            got=say("carbon_sink.change.shapes", before=before.shape, after=after.shape),
            todo=say("carbon_sink.change.read_onto_one_grid"),
        )
    rows, cols = _check(density_before, where), _check(density_after, where)
    every = np.ones(before.shape, np.bool_)
    cells = np.zeros((len(rows) + 1, len(cols) + 1), np.int64)
    sums = np.zeros(cells.shape)
    change, strange = count_pairs(
        before,
        after,
        (
            every if known_before is None else known_before,
            every if known_after is None else known_after,
        ),
        area_m2,
        (_slots(rows), _slots(cols)),
        _delta(rows, cols, density_before, density_after, delta),
        (cells, sums),
        drawn=True,
    )
    _refuse_strange(strange, where)
    return cells, sums, change


def _refuse_strange(value: int, where: str) -> None:
    if value >= 0:
        raise DataError(
            say("carbon_sink.change.class_not_declared"),
            where=where,
            got=str(value),
            todo=say("carbon_sink.change.declare_the_class"),
        )


@dataclass(frozen=True)
class _Pair:
    """Two rasters and what is counted of them."""

    paths: tuple[Path, Path]
    grid: Grid
    slots: tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]
    delta: F8
    nodata: int | None
    held: HeldRasters
    drawn: bool


def _window(window: Window, *, pair: _Pair) -> tuple[I8, F8, F4]:
    (before, known_before), (after, known_after) = (
        read_raster(p, pair.grid, window, kind="classes", held=pair.held) for p in pair.paths
    )
    if pair.nodata is not None:
        known_before = known_before & (before != pair.nodata)
        known_after = known_after & (after != pair.nodata)
    cells = np.zeros(pair.delta.shape, np.int64)
    sums = np.zeros(pair.delta.shape)
    areas, changes = cell_areas(pair.grid), []
    lines, room = area_rows(areas, window), np.empty((_STRIP_ROWS, before.shape[1]))
    for top in range(0, len(before), _STRIP_ROWS):  # what a cache holds
        at = slice(top, min(top + _STRIP_ROWS, len(before)))
        area = room[: at.stop - top]
        between_rows(
            lines, window[0].start // 16, window[0].start + top, areas.shape[0] - 1, area
        )
        change, strange = count_pairs(
            before[at],
            after[at],
            (known_before[at], known_after[at]),
            area,
            pair.slots,
            pair.delta,
            (cells, sums),
            drawn=pair.drawn,
        )
        _refuse_strange(strange, ", ".join(p.name for p in pair.paths))
        changes.append(change)
    return cells, sums, np.concatenate(changes)


def raster_change(
    before: Path,
    after: Path,
    grid: Grid,
    density_before: Mapping[int, float],
    density_after: Mapping[int, float],
    *,
    out: Path | None = None,
    footprints: Literal["intersection", "refuse"] = "intersection",
    tolerance_frac: float = 1e-6,
    nodata: int | None = None,
    tile_px: int | None = None,
    engine: str = "threads",
    workers: int = 2,
) -> RasterChange:
    """Stocks and change of two class rasters over a grid.

    Parameters
    ----------
    before, after : Path
        Class rasters; brought onto `grid` by majority or nearest.
    density_before, density_after : mapping
        Class value -> tC/ha; NaN where not estimated.
    out : Path, optional
        Where the change in density goes (float32 COG, NaN for no data).
    footprints : {"intersection", "refuse"}
        Land known at one date only is reported and left out of the change, or refused.
    tolerance_frac : float
        Mismatch that `refuse` lets pass.
    nodata : int, optional
        A value that means no data beside what the files declare, as a vocabulary's own.
    tile_px : int, optional
        Side of a window; smaller ones where a raster is written, which holds some of them.

    Returns
    -------
    RasterChange

    Raises
    ------
    DataError
        An undeclared class; mismatched footprints when they are to be refused.
    """
    rows, cols = _check(density_before, before.name), _check(density_after, after.name)
    cells = np.zeros((len(rows) + 1, len(cols) + 1), np.int64)
    parts: list[F8] = []
    side = tile_px or (_TILE_PX if out is None else _TILE_PX_WRITING)
    with held_rasters() as held:
        pair = _Pair(
            (before, after),
            grid,
            (_slots(rows), _slots(cols)),
            _delta(rows, cols, density_before, density_after, None),
            nodata,
            held,
            out is not None,
        )
        work = partial(_window, pair=pair)
        done = map_windows(work, windows(grid, side), engine=engine, workers=workers)

        def blocks() -> Iterator[tuple[Window, F4]]:
            for window, (n, area, change) in done:
                np.add(cells, n, out=cells)
                parts.append(area)
                yield window, change

        if out is None:
            deque(blocks(), maxlen=0)
        else:
            write_cog(
                out,
                blocks(),
                grid,
                dtype="float32",
                nodata=float("nan"),
                tags={"title": "change in carbon density", "unit": "tC/ha"},
                overviews=False,
            )
    # window sums are added exactly, so tiling does not show in the total
    stack = np.stack(parts)
    area_ha = np.array(
        [
            [math.fsum(stack[:, i, j]) for j in range(stack.shape[2])]
            for i in range(stack.shape[1])
        ]
    )
    found = RasterChange(
        rows, cols, cells, area_ha / 1e4, dict(density_before), dict(density_after), out
    )
    mismatch = found.footprints
    if footprints == "refuse" and mismatch.mismatch_frac > tolerance_frac:
        raise DataError(
            say("carbon_sink.change.footprints_refused"),
            where=f"{before.name}, {after.name}",
            got=say(
                "carbon_sink.change.known_at_one_date",
                before_only_ha=mismatch.before_only_ha,
                after_only_ha=mismatch.after_only_ha,
            ),
            todo=say("carbon_sink.change.cut_to_one_footprint"),
        )
    return found
