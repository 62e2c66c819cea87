"""Rasters of whole numbers kept as runs of equal cells along their rows.

What a county is told of its land changes at the borders of parcels and buffers: its raster is
a few numbers a border and row, whatever the size of a cell. Numbers, outlines and areas are
worked out of the runs; cells are only ever written out window by window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gis.cells.grid import Grid, Window
from gis.cells.runs.kernels import (
    boxes_of_runs,
    count_runs,
    cut_runs,
    fill_window,
    merged_runs,
    split_runs,
)
from gis.types import I4, I8

__all__ = ["Cells", "RunRaster", "in_strips", "joined", "run_raster", "strips"]

Array: TypeAlias = npt.NDArray[Any]

_STRIP = 4_000_000  # cells of a strip of rows


@dataclass(frozen=True, eq=False)
class RunRaster:
    """A raster of whole numbers or of yes and no.

    Attributes
    ----------
    shape : (h, w)
    row : (h + 1,) int
        Where each row starts in the runs.
    start : (n,) int32
        First column of a run; it ends where the next of its row begins, the last at the rim.
    value : (n,)
        Of all its cells; two runs of a row that touch differ.

    Examples
    --------
    >>> one = run_raster(np.array([[7, 7, 0], [0, 0, 0]], np.uint16))
    >>> one.start.tolist(), one.value.tolist(), int(one[0, 1]), one[:, 1:].tolist()
    ([0, 2, 0], [7, 0, 0], 7, [[7, 0], [0, 0]])
    """

    shape: tuple[int, int]
    row: I8
    start: I4
    value: Array

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the cells."""
        return self.value.dtype

    @property
    def nbytes(self) -> int:
        """What it holds of memory."""
        return self.row.nbytes + self.start.nbytes + self.value.nbytes

    def __getitem__(self, at: tuple[Any, Any]) -> Any:  # noqa: ANN401 - array or number
        rows, cols = at
        if not isinstance(rows, slice) and not isinstance(cols, slice):
            r, c = range(self.shape[0])[rows], range(self.shape[1])[cols]
            first, last = int(self.row[r]), int(self.row[r + 1])
            k = first + int(np.searchsorted(self.start[first:last], c, side="right")) - 1
            return self.value[k]
        r0, r1 = _ends(rows, self.shape[0])
        c0, c1 = _ends(cols, self.shape[1])
        out = np.empty((max(r1 - r0, 0), max(c1 - c0, 0)), self.dtype)
        if out.size:
            fill_window(
                self.row, self.start, _plain(self.value), r0, c0, self.shape[1], _plain(out)
            )
        return out

    def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> Array:  # noqa: ANN401
        if copy is False:
            raise ValueError("cells of runs are always written out anew")
        out: Array = self[:, :]
        return out if dtype is None else out.astype(dtype)

    def map(self, table: Array) -> RunRaster:
        """The raster of what a table says of each number, (n,): runs that become equal join."""
        return self.map_runs(np.asarray(table)[self.value])

    def map_runs(self, value: Array) -> RunRaster:
        """The raster of a value for each run."""
        row, start, value = _merged(self.row, self.start, value)
        return RunRaster(self.shape, row, start, value)

    def crop(self, window: Window) -> RunRaster:
        """A window of it as a raster of its own."""
        r, c = window
        shape = (r.stop - r.start, c.stop - c.start)
        most = int(self.row[r.stop] - self.row[r.start])
        row, start = np.empty(shape[0] + 1, np.int64), np.empty(most, np.int32)
        value = np.empty(most, self.dtype)
        n = cut_runs(
            self.row, self.start, _plain(self.value), r.start, c.start, c.stop,
            row, start, _plain(value),
        )  # fmt: skip
        return RunRaster(shape, row, start[:n].copy(), value[:n].copy())

    def boxes(self, n: int) -> I8:
        """Rows and columns of the cells of each number up to `n`, (n + 1, 4).

        First and last-but-one of rows, then of columns; all 0 where there is none.
        """
        out = np.zeros((n + 1, 4), np.int64)
        out[:, 0::2] = max(self.shape)
        boxes_of_runs(
            self.row, self.start, self.value.astype(np.int32, copy=False), self.shape[1], out
        )
        out[out[:, 1] == 0] = 0
        return out

    def any(self) -> bool:
        """Whether a cell is not 0."""
        return bool(np.any(self.value))


Cells: TypeAlias = "npt.NDArray[Any] | RunRaster"


def _ends(part: Any, n: int) -> tuple[int, int]:  # noqa: ANN401 - whatever stands in brackets
    """First cell and the one after the last of a part of a row or column."""
    first, last, step = part.indices(n) if isinstance(part, slice) else (0, 0, 0)
    if step != 1:
        raise IndexError("runs give a cell or a window: take np.asarray of them for the rest")
    return first, last


def _plain(values: Array) -> Array:
    """The same bytes in one of three kinds: few kernels are compiled."""
    return values.view({1: np.uint8, 2: np.uint16, 4: np.int32, 8: np.int64}[values.itemsize])


def _merged(row: I8, start: I4, value: Array) -> tuple[I8, I4, Array]:
    """Runs without those that only go on the one before."""
    new_row, new_start = np.empty_like(row), np.empty_like(start)
    new = np.empty_like(value)
    n = merged_runs(row, start, _plain(value), new_row, new_start, _plain(new))
    if n == len(start):
        return row, start, value
    return new_row, new_start[:n].copy(), new[:n].copy()


def strips(shape: tuple[int, int]) -> Iterator[Window]:
    """Windows of whole rows, from above, each of about four million cells."""
    step = max(1, _STRIP // max(shape[1], 1))
    for top in range(0, shape[0], step):
        yield slice(top, min(top + step, shape[0])), slice(0, shape[1])


def run_raster(cells: Array) -> RunRaster:
    """The runs of an array of cells, (h, w)."""
    found = np.ascontiguousarray(cells)
    count = np.empty(found.shape[0], np.int64)
    count_runs(_plain(found), count)
    row = np.concatenate(([0], np.cumsum(count)))
    start, value = np.empty(row[-1], np.int32), np.empty(row[-1], found.dtype)
    split_runs(_plain(found), row, start, _plain(value))
    return RunRaster((found.shape[0], found.shape[1]), row, start, value)


def _stacked(shape: tuple[int, int], parts: Iterable[RunRaster], dtype: Any) -> RunRaster:  # noqa: ANN401
    """Rasters of whole rows, one below the other."""
    found = list(parts)
    if not found:
        return run_raster(np.zeros(shape, dtype))
    ahead = np.cumsum([0, *(len(p.start) for p in found)])
    row = [p.row[:-1] + n for p, n in zip(found, ahead, strict=False)]
    return RunRaster(
        shape,
        np.concatenate([*row, ahead[-1:]]),
        np.concatenate([p.start for p in found]),
        np.concatenate([p.value for p in found]),
    )


def in_strips(
    shape: tuple[int, int],
    cells: Callable[[Window], Array],
    dtype: Any = np.int32,  # noqa: ANN401
) -> RunRaster:
    """The raster of what a function gives for windows of whole rows.

    Parameters
    ----------
    shape : (h, w)
    cells : callable
        Gives the cells of a window; a cell has the same value in every window.
    dtype
        Where the raster has no row.
    """
    return _stacked(shape, (run_raster(cells(w)) for w in strips(shape)), dtype)


def joined(
    grid: Grid,
    tiles: Iterable[tuple[Window, RunRaster]],
    dtype: Any,  # noqa: ANN401 - what numpy takes
) -> RunRaster:
    """The raster of tiles, none on another, in any order; 0 where there is none.

    Tiles of the same rows have the same first and last row.
    """
    h, w = int(grid.shape[0]), int(grid.shape[1])
    bands: dict[tuple[int, int], list[tuple[int, RunRaster]]] = {}
    for (r, c), one in tiles:
        bands.setdefault((r.start, r.stop), []).append((c.start, one))
    parts, top = [], 0
    for first, last in [*sorted(bands), (h, h)]:
        if first > top:
            parts.append(run_raster(np.zeros((first - top, w), dtype)))
        if last > first:
            own = sorted(bands[first, last], key=lambda t: t[0])
            parts.append(_beside(own, last - first, w, dtype))
        top = last
    return _stacked((h, w), parts, dtype)


def _beside(
    tiles: list[tuple[int, RunRaster]],
    height: int,
    width: int,
    dtype: Any,  # noqa: ANN401
) -> RunRaster:
    """Tiles of the same rows, one to the right of the other."""
    whole, at = [], 0
    for left, tile in [*tiles, (width, None)]:
        if left > at:
            whole.append((at, run_raster(np.zeros((height, left - at), dtype))))
        if tile is not None:
            whole.append((left, tile))
            at = left + tile.shape[1]
    count = np.sum([np.diff(t.row) for _, t in whole], axis=0)
    row = np.concatenate(([0], np.cumsum(count)))
    start, value = np.empty(row[-1], np.int32), np.empty(row[-1], dtype)
    free = row[:-1].copy()
    for left, t in whole:
        own = np.diff(t.row)
        to = np.repeat(free - t.row[:-1], own) + np.arange(len(t.start))
        start[to], value[to] = t.start + left, t.value
        free += own
    return RunRaster((height, width), *_merged(row, start, value))
