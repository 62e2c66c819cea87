"""The step ``monitor``: series of dates, trends and breaks, targets by year, inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.asked.bounds import monitor_bounds
from carbon_sink.change.layer_dates import DATED, other_year_warnings
from carbon_sink.local import carbon_section
from carbon_sink.monitor.inventory import activity, checks, inventory_lines, other_gases
from carbon_sink.monitor.outcome import InventoryLine, MonitorPart, MonitorSummary
from carbon_sink.monitor.series import Dated, dated_figures
from carbon_sink.monitor.states import target_states, trend_table, trends_of
from carbon_sink.monitor_section import MonitorSection
from carbon_sink.section import CarbonSection
from carbon_sink.stand.county_total import with_stands
from carbon_sink.stock.choice import table_of
from gis.cells.grid import Grid, Window, windows
from gis.errors import DataError
from gis.files.raster_info import held_rasters
from gis.files.read import read_raster
from gis.files.write_raster import write_cog
from gis.say import say
from layers.open.county import plan_grid_of
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, optional_table, read_summary

__all__ = ["monitor_step"]


def _difference(
    before: Path, after: Path, grid: Grid
) -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
    with held_rasters() as held:
        for window in windows(grid):
            (a, known_a), (b, known_b) = (
                read_raster(p, grid, window, kind="intensive", held=held)
                for p in (before, after)
            )
            both = known_a & known_b
            out = np.full(a.shape, np.nan, np.float32)
            out[both] = b[both] - a[both]
            yield window, out


def _maps(plan: Plan, found: Dated, work: Path) -> dict[str, Path]:
    """Change of vegetation cover from each date to the next, as rasters."""
    grid = plan_grid_of(plan)
    out = {}
    for (y0, before), (y1, after) in pairwise(sorted(found.fvc.items())):
        name = f"fvc_change_{y0}_{y1}"
        out[name] = write_cog(
            work / f"{name}.tif",
            _difference(before, after, grid),
            grid,
            dtype="float32",
            nodata=float("nan"),
            tags={"title": f"change of vegetation cover {y0}-{y1} (proxy)"},
        )
    return out


def _inventory(
    carbon: CarbonSection, section: MonitorSection, work: Path
) -> tuple[dict[str, pd.DataFrame], tuple[InventoryLine, ...], list[Warn]]:
    by_class = optional_table(work, "carbon_by_class")
    if by_class is None or not len(by_class):
        return {}, (), [Warn("monitor_no_carbon", say("carbon_sink.monitor.no_carbon"))]
    summary = _part(work, "carbon")
    flux = summary.get("wetland_flux") or {}
    closure = (summary.get("closure") or {}).get("relative")
    table = activity(by_class, section, carbon.year)
    gases = other_gases(flux.get("area_ha"), table_of(carbon), section)
    quality = checks(
        by_class,
        optional_table(work, "carbon_by_township"),
        closure,
        carbon.closure_tolerance_frac,
        _warnings(work),
    )
    log = pd.DataFrame([r.model_dump() for r in section.recalculations])
    tables = {"mrv_activity": table, "mrv_gases": gases, "mrv_checks": quality}
    if len(log):
        tables["mrv_recalculations"] = log
    warns = []
    if section.area_u95_frac is None:
        said = say("carbon_sink.monitor.area_not_known")
        warns.append(Warn("monitor_area_not_known", said, "[monitor] area_u95_frac"))
    return tables, inventory_lines(table, gases), warns


def _part(work: Path, step: str) -> Mapping[str, Any]:
    try:
        found = read_summary(work, step)
    except DataError:
        return {}
    part: dict[str, Any] = found.get("summary", {}).get(step, {})
    return part


def _warnings(work: Path) -> list[Warn]:
    out = []
    for step in ("carbon", "targets"):
        try:
            found = read_summary(work, step)
        except DataError:
            continue
        out += [
            Warn(w["code"], say("carbon_sink.monitor.no_carbon")) for w in found["warnings"]
        ]
    return out


def monitor_step(plan: Plan, work: Path, progress: Progress) -> StepResult[MonitorPart]:
    """Series, trends, states of targets and the tables of an inventory.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder with the steps carbon and targets.
    progress : callable

    Returns
    -------
    StepResult
        Tables ``monitor_series`` (indicator, caliber, year), ``monitor_trends``,
        ``monitor_targets`` (target and year), ``mrv_activity``, ``mrv_gases``,
        ``mrv_checks``, ``mrv_recalculations``; rasters ``fvc_change_<from>_<to>``; summary
        ``monitor``.
    """
    carbon, section = with_stands(carbon_section(plan), work), plan.section(MonitorSection)
    progress("monitor", 0, 3)
    found = dated_figures(plan, carbon, section, work)
    progress("monitor", 1, 3)
    trends = trends_of(found.table, section.least_dates, seed=carbon.seed)
    compared = optional_table(work, "indicators")
    # a plan without targets has a table without columns
    some = compared if compared is not None and len(compared) else None
    calibers = {} if some is None else dict(zip(some["id"], some["caliber"], strict=True))
    rows, states = target_states(
        plan.targets,
        found.table,
        trends,
        calibers,
        optional_table(work, "scenario_targets"),
        last_year=section.last_year,
        seed=carbon.seed,
    )
    progress("monitor", 2, 3)
    maps = _maps(plan, found, work)
    tables, lines, warns = _inventory(carbon, section, work)
    if len(found.table):
        tables |= {
            "monitor_series": found.table,
            "monitor_trends": trend_table(found.table, trends),
        }
    if len(rows):
        tables["monitor_targets"] = rows
    if not trends:
        warns.append(
            Warn("monitor_no_series", say("carbon_sink.monitor.no_series"), "[monitor]")
        )
    progress("monitor", 3, 3)
    summary = MonitorSummary(
        series=int(found.table.groupby(["indicator", "caliber"]).ngroups),
        years=tuple(sorted({int(y) for y in found.table["year"]})),
        trends=len(trends),
        targets=states,
        inventory=lines,
        change_maps=tuple(sorted(maps)),
    )
    return StepResult(
        summary=MonitorPart(monitor=summary),
        tables=tables,
        rasters=maps,
        warnings=[
            *found.warnings,
            *warns,
            *monitor_bounds(plan),
            *other_year_warnings(plan, DATED),
        ],
    )
