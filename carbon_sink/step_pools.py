"""The step ``pools``: carbon of a land cover by a table of pools of the user's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.layer_dates import date_faults, other_year_warnings, other_years_words
from carbon_sink.change.raster import window_area_m2
from carbon_sink.cover.cells import cover_grid
from carbon_sink.cover.land import county_area_m2
from carbon_sink.pool_outcome import PoolsPart, PoolsSummary
from carbon_sink.section import CarbonSection
from carbon_sink.stock.pool_table import POOL_COLUMNS, PoolClass, read_pools
from gis.cells.coverage import coverage_runs, expand_runs
from gis.cells.grid import Grid, Window, cell_size_m, own_grid, windows
from gis.cells.ragged import ragged
from gis.cells.tally import cell_areas
from gis.crs.identity import same_crs
from gis.crs.systems import as_crs
from gis.errors import ConfigError, DataError, raise_faults
from gis.files.read import raster_info
from gis.files.write_raster import write_cog
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_file import plan_file
from layers.open.plan_layers import layer_state, open_raster
from layers.open.read_layer import file_of
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn

__all__ = ["pools_step"]

_NOW, _BASE = "land_cover", "land_cover_base"
_CODES = 65_536
_SHOWN = 12
_UNKNOWN_FRAC = 1e-5  # of the county; less is cells the border only touches
F8 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Counted:
    """Classes of one date: cells of the whole file, and area in the county [m2]."""

    cells: npt.NDArray[np.int64]
    area_m2: F8
    unknown_m2: float
    grid: Grid
    resampled: bool


def _grid(plan: Plan, layer_id: str) -> tuple[Grid, bool]:
    """The raster's own cells where they are in the plan's system; else the plan's grid."""
    source = plan.layers[layer_id]
    info = raster_info(file_of(plan, layer_id, source), crs=source.crs)
    try:
        if info.crs and same_crs(as_crs(info.crs), plan_crs(plan)):
            return own_grid(info.shape, info.transform, info.crs), False
    except DataError:  # cells that are not square or not north-up
        pass
    return cover_grid(plan, (layer_id,)), True


def _count(plan: Plan, layer_id: str) -> _Counted:
    grid, resampled = _grid(plan, layer_id)
    inside = coverage_runs(ragged([county_boundary(plan)]), grid)
    cells = np.zeros(_CODES, np.int64)
    parts: list[F8] = []
    unknown = []
    for window in windows(grid):
        got = open_raster(plan, layer_id, grid, window)
        if got is None:
            raise DataError(
                say("carbon_sink.cover.layer_not_available"), where=f"[layers.{layer_id}]"
            )
        values, known = got
        codes = values[known].astype(np.int64)
        if codes.size and (codes.min() < 0 or codes.max() >= _CODES):
            raise DataError(
                say("carbon_sink.stock.pool_code"),
                where=f"[layers.{layer_id}]",
                got=f"{codes.min()}..{codes.max()}",
                expected=f"0..{_CODES - 1}",
            )
        cells += np.bincount(codes, minlength=_CODES)
        area = window_area_m2(cell_areas(grid), window) * expand_runs(inside, window)
        parts.append(np.bincount(codes, weights=area[known], minlength=_CODES).astype(float))
        unknown.append(float(area[~known].sum()))
    per_class = np.sum(parts, axis=0)
    # a raster of its own cells may end inside the county: what lies beyond has no class either
    county = county_area_m2(plan)
    beyond = county - math.fsum(per_class) - math.fsum(unknown)
    if beyond > _UNKNOWN_FRAC * county:
        unknown.append(beyond)
    return _Counted(cells, per_class, math.fsum(unknown), grid, resampled)


def _require_classes(found: _Counted, pools: Mapping[int, PoolClass], layer_id: str) -> None:
    strange = [int(c) for c in np.flatnonzero(found.cells) if int(c) not in pools]
    if strange:
        raise DataError(
            say("carbon_sink.stock.pool_class_missing"),
            where=f"[layers.{layer_id}]",
            got=listed(strange, _SHOWN),
            expected=listed(str(c) for c in list(pools)[:_SHOWN]),
            todo=say("carbon_sink.stock.pool_add_rows"),
        )


def _unknown_land(found: _Counted, layer_id: str) -> list[Warn]:
    """That land of the county without a class is in no total."""
    unknown, known = found.unknown_m2, math.fsum(found.area_m2)
    if unknown <= _UNKNOWN_FRAC * (unknown + known):
        return []
    told = say(
        "carbon_sink.stock.pool_unknown_land",
        layer=layer_of(layer_id).title,
        unknown_ha=unknown / 1e4,
        county_ha=(unknown + known) / 1e4,
    )
    return [Warn("pools_unknown_land", told, layer_id)]


def _by_class(found: _Counted, pools: Mapping[int, PoolClass]) -> pd.DataFrame:
    cell_ha = cell_size_m(found.grid) ** 2 / 1e4
    rows = []
    for code, p in pools.items():
        area = float(found.area_m2[code]) / 1e4
        rows.append(
            {
                "lucode": code,
                "name": p.name,
                "cells": int(found.cells[code]),
                "planar_ha": int(found.cells[code]) * cell_ha,
                "area_ha": area,
                **{f"{c}_tc": getattr(p, c) * area for c in POOL_COLUMNS},
                "density_tc_ha": p.total,
                "total_tc": p.total * area,
                "planar_tc": p.total * int(found.cells[code]) * cell_ha,
            }
        )
    return pd.DataFrame(rows)


def _density(pools: Mapping[int, PoolClass]) -> npt.NDArray[np.float32]:
    table = np.full(_CODES, np.nan, np.float32)
    for code, p in pools.items():
        table[code] = p.total
    return table


def _write(plan: Plan, found: _Counted, pools: Mapping[int, PoolClass], path: Path) -> None:
    table = _density(pools)
    inside = coverage_runs(ragged([county_boundary(plan)]), found.grid)

    def blocks() -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
        for window in windows(found.grid):
            share = expand_runs(inside, window)
            out = np.full(share.shape, np.nan, np.float32)
            got = open_raster(plan, _NOW, found.grid, window)
            if got is not None:
                values, known = got
                use = known & (share > 0)
                out[use] = table[values[use].astype(np.int64)]
            yield window, out

    write_cog(
        path,
        blocks(),
        found.grid,
        dtype="float32",
        nodata=float("nan"),
        tags={"title": "carbon density by the plan's pools", "unit": "tC/ha"},
    )


def _change_tc(plan: Plan, found: _Counted, pools: Mapping[int, PoolClass]) -> float:
    """Later minus earlier on land known at both dates, within the county [tC]."""
    value = np.zeros(_CODES)
    for code, p in pools.items():
        value[code] = p.total
    inside = coverage_runs(ragged([county_boundary(plan)]), found.grid)
    parts = []
    for window in windows(found.grid):
        pair = [open_raster(plan, i, found.grid, window) for i in (_NOW, _BASE)]
        (now, ka), (base, kb) = pair  # type: ignore[misc]
        both = ka & kb
        area = window_area_m2(cell_areas(found.grid), window) * expand_runs(inside, window)
        gain = value[now[both].astype(np.int64)] - value[base[both].astype(np.int64)]
        parts.append(math.fsum(gain * area[both]) / 1e4)
    return math.fsum(parts)


def pools_step(plan: Plan, work: Path, progress: Progress) -> StepResult[PoolsPart]:
    """Carbon of the land cover by the plan's table of pools; nothing where it names none.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder; the raster ``pool_density`` is written into it.
    progress : callable

    Returns
    -------
    StepResult
        Tables ``pools_by_class`` and, with two dates, ``pools_by_class_base``. Totals are given
        twice: within the county with ellipsoidal cell areas, and as InVEST counts (every cell
        of the file times its planar area).
    """
    section = plan.section(CarbonSection)
    if not section.pools:
        return StepResult(summary=PoolsPart(pools=None))
    progress("pools", 0, 2)
    pools = read_pools(plan_file(plan, section.pools))
    if layer_state(plan, _NOW) != "available":
        raise ConfigError(
            say("carbon_sink.stock.pool_no_raster"),
            where="[carbon] pools",
            got=section.pools,
            todo=say("carbon_sink.stock.pool_give_raster"),
        )
    raise_faults(ConfigError, date_faults(plan))
    now = _count(plan, _NOW)
    _require_classes(now, pools, _NOW)
    table = _by_class(now, pools)
    tables, warnings = (
        {"pools_by_class": table},
        [Warn("pools_without_error", say("carbon_sink.stock.pool_no_error"), "[carbon] pools")],
    )
    if now.resampled:
        told = say("carbon_sink.stock.pool_resampled", layer=layer_of(_NOW).title)
        warnings.append(Warn("pools_resampled", told, _NOW))
    warnings += [*_unknown_land(now, _NOW), *other_year_warnings(plan, (_NOW,))]
    idle = [str(c) for c in pools if not now.cells[c]]
    base, change = None, None
    if layer_state(plan, _BASE) == "available":
        if (years := other_years_words(plan)) is not None:
            warnings.append(Warn("land_covers_of_other_years", years, _BASE))
        earlier = _count(plan, _BASE)
        warnings += _unknown_land(earlier, _BASE)
        _require_classes(earlier, pools, _BASE)
        base = _by_class(earlier, pools)
        tables["pools_by_class_base"] = base
        idle = [c for c in idle if not earlier.cells[int(c)]]
        if earlier.grid == now.grid:
            change = _change_tc(plan, now, pools)
        else:
            told = say("carbon_sink.stock.pool_grids_differ")
            warnings.append(Warn("pools_grids_differ", told, _BASE))
    if idle:
        told = say("carbon_sink.stock.pool_unused", names=listed(idle[:_SHOWN]))
        warnings.append(Warn("pools_unused", told, "[carbon] pools"))
    progress("pools", 1, 2)
    path = work / "pool_density.tif"
    _write(plan, now, pools, path)
    progress("pools", 2, 2)
    summary = PoolsSummary(
        file=section.pools,
        classes=int((table["cells"] > 0).sum()),
        area_ha=math.fsum(table["area_ha"]),
        unknown_ha=now.unknown_m2 / 1e4,
        total_tc=math.fsum(table["total_tc"]),
        planar_tc=math.fsum(table["planar_tc"]),
        base_total_tc=None if base is None else math.fsum(base["total_tc"]),
        base_planar_tc=None if base is None else math.fsum(base["planar_tc"]),
        change_tc=change,
    )
    return StepResult(
        summary=PoolsPart(pools=summary),
        tables=tables,
        rasters={"pool_density": path},
        warnings=warnings,
    )
