"""Transitions between two land covers of a county, by township, and the change raster."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.raster import Footprints, tally_change, window_area_m2
from carbon_sink.cover.classes import classify_codes, raster_values
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import Choice, densities_of, table_of, with_ambiguous
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.pools import POOLS
from gis.cells.coverage import coverage_runs, expand_runs
from gis.cells.grid import Grid, Window, windows
from gis.cells.ragged import ragged
from gis.cells.tally import cell_areas
from gis.files.write_raster import write_cog
from layers.open.county import county_boundary, plan_grid_of
from layers.open.plan_layers import layer_state, open_features, open_raster, vocabulary_of
from layers.plan.model import Plan

__all__ = ["CoverChange", "cover_change"]


@dataclass(frozen=True)
class CoverChange:
    """Transitions of the county's land cover.

    Attributes
    ----------
    transitions
        ``township, before, after, area_ha``; classes are ecosystems, or
        ``<vocabulary>:<code>`` where a code may be several.
    footprints
        Land known at both dates, at one, at neither.
    choice, table
        Densities used at both dates, and the table they come from.
    rasters
        ``carbon_density`` and ``carbon_change``.
    """

    transitions: pd.DataFrame
    footprints: Footprints
    choice: Choice
    table: Coefficients
    rasters: Mapping[str, Path]


def _total_density(choice: Choice, table: Coefficients, label: str) -> float:
    own = [choice[label, p] for p in POOLS if (label, p) in choice]
    if not any(d.parts for d in own):
        return math.nan
    return math.fsum(d.value(table) for d in own)


def cover_change(plan: Plan, section: CarbonSection, work: Path) -> CoverChange | None:
    """Count transitions from ``land_cover_base`` to ``land_cover``; None without both.

    Writes ``carbon_density.tif`` (later date) and ``carbon_change.tif`` [tC/ha].
    """
    pair = ("land_cover_base", "land_cover")
    if any(layer_state(plan, i) != "available" for i in pair):
        return None
    name = vocabulary_of(plan, "land_cover")
    if not name or vocabulary_of(plan, "land_cover_base") != name:
        return None
    grid = plan_grid_of(plan)
    by_value = raster_values(name)
    codes = pd.Series(list(by_value.values()), dtype=object)
    labels, _, ambiguous = classify_codes(codes, section.crosswalk, name)
    label = dict(zip(by_value, labels, strict=True))
    table = table_of(section)
    # the density table, not the stock volume: a volume belongs to one date and one area
    choice, table = with_ambiguous(
        densities_of(section, table, {}, use_volume=False),
        table,
        ambiguous,
    )
    density = {v: _total_density(choice, table, e) for v, e in label.items()}

    zones = _zones(plan)
    names = list(zones)
    runs = {k: coverage_runs(ragged([s]), grid) for k, s in zones.items()}
    rows = tuple(sorted(density))
    sums = {k: np.zeros((len(rows) + 1, len(rows) + 1)) for k in names}
    inside = coverage_runs(ragged([county_boundary(plan)]), grid)

    def blocks() -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
        for window in windows(grid):
            yield window, _block(plan, grid, window, runs, inside, density, sums)

    path = work / "carbon_change.tif"
    write_cog(
        path,
        blocks(),
        grid,
        dtype="float32",
        nodata=float("nan"),
        tags={"title": "change in carbon density", "unit": "tC/ha"},
    )
    stock = work / "carbon_density.tif"
    write_cog(
        stock,
        _density_blocks(plan, grid, inside, density),
        grid,
        dtype="float32",
        nodata=float("nan"),
        tags={"title": "carbon density", "unit": "tC/ha"},
    )
    whole = np.sum(list(sums.values()), axis=0) / 1e4
    feet = Footprints(
        float(whole[1:, 1:].sum()),
        float(whole[1:, 0].sum()),
        float(whole[0, 1:].sum()),
        float(whole[0, 0]),
    )
    out = [
        {"township": k, "before": label[a], "after": label[b], "area_ha": m[i, j] / 1e4}
        for k, m in sums.items()
        for i, a in enumerate(rows, 1)
        for j, b in enumerate(rows, 1)
        if m[i, j] > 0
    ]
    columns = ["township", "before", "after", "area_ha"]
    every = pd.DataFrame(out, columns=columns)
    frame = every.groupby(columns[:3], as_index=False).agg(area_ha=("area_ha", "sum"))
    return CoverChange(
        frame, feet, choice, table, {"carbon_change": path, "carbon_density": stock}
    )


def _zones(plan: Plan) -> dict[str, object]:
    towns = open_features(plan, "townships")
    if towns is None:
        return {"": county_boundary(plan)}
    return dict(zip(towns["name"].astype(str), towns.geometry, strict=True))


def _block(
    plan: Plan,
    grid: Grid,
    window: Window,
    runs: Mapping[str, object],
    inside: object,
    density: Mapping[int, float],
    sums: Mapping[str, npt.NDArray[np.float64]],
) -> npt.NDArray[np.float32]:
    whole = expand_runs(inside, window)  # type: ignore[arg-type]
    if not whole.any():
        return np.full(whole.shape, np.nan, np.float32)
    got = [open_raster(plan, i, grid, window) for i in ("land_cover_base", "land_cover")]
    (before, kb), (after, ka) = got  # type: ignore[misc]
    area = window_area_m2(cell_areas(grid), window)
    for name, run in runs.items():
        share = expand_runs(run, window)  # type: ignore[arg-type]
        rows, cols = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
        if not len(rows):
            continue
        box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
        _, part, _ = tally_change(
            before[box],
            after[box],
            area[box] * share[box],
            density,
            density,
            known_before=kb[box],
            known_after=ka[box],
        )
        sums[name][:] += part
    _, _, change = tally_change(
        before, after, area * whole, density, density, known_before=kb, known_after=ka
    )
    return change


def _density_blocks(
    plan: Plan, grid: Grid, inside: object, density: Mapping[int, float]
) -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
    table = np.full(max(density) + 1, np.nan, np.float32)
    for v, d in density.items():
        table[v] = d
    for window in windows(grid):
        whole = expand_runs(inside, window)  # type: ignore[arg-type]
        out = np.full(whole.shape, np.nan, np.float32)
        got = open_raster(plan, "land_cover", grid, window) if whole.any() else None
        if got is not None:
            values, known = got
            use = known & (whole > 0)
            out[use] = table[values[use]]
        yield window, out
