"""One tile of the screening: a pure function of the program and a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.burn import burn, touch
from gis.cells.grid import Window, cell_size_m, origin, window_bounds
from gis.cells.tally import area_rows, encode, tally
from gis.cells.threshold import or_classes
from siting.rules.conditions.canvas import Answer
from siting.screen.derived import or_beyond, read_cells
from siting.screen.program import BLOCK, BurnJob, ClassJob, LimitJob, Program
from siting.screen.sources import Source, Values

__all__ = ["Tile", "burn_mask", "fill_words", "run_tile", "select_features"]

U8 = npt.NDArray[np.uint64]
I8 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tile:
    """What one tile gives back.

    Attributes
    ----------
    code : (h, w) uint16 or uint32
        0 outside the county, else a row of `table`.
    table : (n, k) uint64
        Masks.
    area : (n,) int
        Ellipsoidal area of each code in quanta.
    zones : mapping of str to (n,) int
        The same inside parts of the county.
    known : mapping of str to int
        Cells of each raster that hold a value.
    """

    code: npt.NDArray[Any]
    table: U8
    area: I8
    zones: Mapping[str, I8] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)


def select_features(job: BurnJob, bounds: tuple[float, float, float, float]) -> I8:
    """Features that may reach into `bounds`, by blocks of neighbours."""
    left, bottom, right, top = bounds
    r = job.reach
    near = (r[:, 2] >= left) & (r[:, 0] <= right) & (r[:, 3] >= bottom) & (r[:, 1] <= top)
    starts = np.flatnonzero(near) * BLOCK
    found = (starts[:, None] + np.arange(BLOCK)).ravel()
    return np.ascontiguousarray(found[found < len(job.mask)], dtype=np.int64)


def burn_mask(out: U8, job: BurnJob, program: Program, window: Window) -> None:
    """Burn one job into the word it belongs to, `out` of shape (h, w)."""
    select = select_features(job, window_bounds(program.grid, window))
    if not len(select):
        return
    x0, y0 = origin(program.grid)
    cell = cell_size_m(program.grid)
    s, r0, c0 = job.shapes, int(window[0].start), int(window[1].start)
    if job.touch:
        select = select[job.mask[select] != 0]
        touch(out, s.xy, s.part, s.feature, select, job.mask, x0, y0, cell, r0, c0)
        return
    burn(
        out,
        s.xy,
        s.part,
        s.kind,
        s.feature,
        s.bounds,
        select,
        job.distance_m,
        job.mask,
        x0,
        y0,
        cell,
        r0,
        c0,
    )


def _class_bits(
    words: U8, job: ClassJob, source: Source, program: Program, window: Window
) -> int:
    values, valid = source.raster(job.layer_id, program.grid, window)
    for k in range(len(words)):
        if job.unknown[k] or job.bits[k].any():
            or_classes(words[k], values, valid, job.bits[k], job.unknown[k])
    return int(np.count_nonzero(valid))


def _limit_bits(
    words: U8, answer: Answer, jobs: list[LimitJob], cells: Values, cell: float
) -> tuple[str, int]:
    """Compare one raster, or what is derived from the heights, with all its limits."""
    for job in jobs:
        hit = 1 << (job.hit % 64)
        unknown = 1 << (job.unknown % 64)
        same = job.hit // 64 == job.unknown // 64
        targets = [(job.hit // 64, hit, unknown if same else 0)]
        if not same:
            targets.append((job.unknown // 64, 0, unknown))
        for word, h, u in targets:
            or_beyond(
                words[word], cells, answer, cell, job.operator, job.limit, hit=h, unknown=u
            )
    return answer.base or answer.layer_id, int(np.count_nonzero(cells[1]))


def fill_words(words: U8, program: Program, source: Source, window: Window) -> dict[str, int]:
    """Write every bit of the program for a window; the number of known cells by raster."""
    for job in program.burns:
        burn_mask(words[job.word], job, program, window)
    known: dict[str, int] = {}
    for cls in program.classes:
        known[cls.layer_id] = _class_bits(words, cls, source, program, window)
    by_layer: dict[Answer, list[LimitJob]] = {}
    for limit in program.limits:
        by_layer.setdefault(limit.answer, []).append(limit)
    cell = cell_size_m(program.grid)
    heights: dict[str, Values] = {}  # slope and aspect are of the same ones
    for answer, jobs in by_layer.items():
        cells = heights.get(answer.base)
        if cells is None:
            cells = read_cells(source, answer, program.grid, window)
        if answer.base:
            heights[answer.base] = cells
        name, n = _limit_bits(words, answer, jobs, cells, cell)
        known[name] = n
    return known


def run_tile(program: Program, source: Source, window: Window) -> Tile:
    """Screen one window.

    Parameters
    ----------
    program : Program
    source : Source
        Read for rasters only.
    window : (slice, slice)

    Returns
    -------
    Tile
        The same bits for a cell whatever window it is computed in.
    """
    r, c = window
    shape = (r.stop - r.start, c.stop - c.start)
    runs = program.county
    if runs.row[r.start] == runs.row[r.stop]:
        empty = np.zeros(1, dtype=np.int64)
        table = np.zeros((1, program.n_words), dtype=np.uint64)
        return Tile(
            np.zeros(shape, np.uint16), table, empty, dict.fromkeys(program.zones, empty)
        )
    words = np.zeros((program.n_words, *shape), dtype=np.uint64)
    known = fill_words(words, program, source, window)
    code, table = encode(words, runs, window)
    n, areas = len(table), program.areas
    rows = area_rows(areas, window)
    small = code.astype(np.uint16) if n <= np.iinfo(np.uint16).max else code
    return Tile(
        code=small,
        table=table,
        area=tally(code, n, runs, areas, window, rows),
        zones={k: tally(code, n, z, areas, window, rows) for k, z in program.zones.items()},
        known=known,
    )
