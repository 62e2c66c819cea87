"""Grassland cover from NDVI over the county, window by window, with the FVC raster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from carbon_sink.cover.cells import cover_grid
from carbon_sink.cover.grass import (
    Calibration,
    Endpoints,
    calibrate,
    fvc,
)
from carbon_sink.cover.land import County
from carbon_sink.cover.sampling import cells_of, inside_window
from carbon_sink.cover.vegetation import (
    BINS,
    Weights,
    bin_centres,
    county_endpoints,
    county_weights,
    ndvi_histogram,
    peak_ndvi,
)
from carbon_sink.section import CarbonSection
from gis.cells.grid import Grid, Window, windows
from gis.errors import ModelError
from gis.files.write_raster import write_cog
from gis.say import say
from layers.open.county import plan_grid_of
from layers.open.plan_layers import layer_state, open_features, open_raster, vocabulary_of
from layers.plan.model import Plan
from layers.result import Warn
from layers.vocabulary import vocabulary

__all__ = ["GrassNdvi", "grass_ndvi"]


@dataclass(frozen=True)
class GrassNdvi:
    """NDVI of the county's grassland.

    Attributes
    ----------
    ndvi, weight : ndarray, shape (n,)
        Values, and the grassland (in cells) that has them.
    endpoints
        NDVI of bare soil and of full cover.
    calibration
        Line from FVC to plot cover; None without enough plots.
    rasters
        ``fvc``: the FVC of the county.
    """

    ndvi: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    endpoints: Endpoints
    calibration: Calibration | None
    rasters: Mapping[str, Path] = field(default_factory=dict)
    warnings: tuple[Warn, ...] = ()


def _grass_shapes(county: County) -> npt.NDArray[np.object_] | None:
    parcels = county.parcels
    if parcels is None:
        return None
    own = parcels[parcels["group"] == "grassland"]
    return np.asarray(own.geometry.array) if len(own) else None


def _grass_cells(plan: Plan, grid: Grid, window: Window) -> npt.NDArray[np.float64]:
    """1 where the land cover is grassland and nothing else."""
    got = open_raster(plan, "land_cover", grid, window)
    if got is None:
        raise ModelError(say("carbon_sink.cover.no_grassland"), where="[layers.land_cover]")
    values, valid = got
    words = vocabulary(vocabulary_of(plan, "land_cover"))
    keep = [
        e.raster_value if e.raster_value is not None else int(e.code)
        for e in words.entries.values()
        if e.group == {"grassland"}
    ]
    return (valid & np.isin(values, keep)).astype(np.float64)


def _plot_calibration(
    plan: Plan, section: CarbonSection, grid: Grid, endpoints: Endpoints
) -> tuple[Calibration | None, tuple[Warn, ...]]:
    """The line from FVC to cover, where the plots rise with it."""
    plots = open_features(plan, "grass_plots")
    if plots is None or "cover_pct" not in plots.columns:
        return None, ()
    row, col = cells_of(
        grid, shapely.get_x(plots.geometry.array), shapely.get_y(plots.geometry.array)
    )
    values = np.full(len(plots), np.nan)
    for window in windows(grid):
        hit = inside_window(window, row, col)
        if not hit.any():
            continue
        got = peak_ndvi(plan, section, "ndvi", grid, window)
        if got is None:
            return None, ()
        values[hit] = got[0][row[hit] - window[0].start, col[hit] - window[1].start]
    cover = pd.to_numeric(plots["cover_pct"]).to_numpy(np.float64) / 100.0
    try:
        found = calibrate(cover, fvc(values, endpoints))
    except ModelError:
        return None, ()
    if found.r > 0:
        return found, ()
    # more green where the plots have less cover: the line would turn the picture round
    said = say("carbon_sink.cover.ndvi_runs_the_other_way", n=found.n, r=found.r)
    return None, (Warn("ndvi_runs_the_other_way", said, "grass_plots"),)


def grass_ndvi(
    plan: Plan, section: CarbonSection, county: County | None, work: Path
) -> GrassNdvi | None:
    """NDVI of the grassland; None without NDVI or without grassland.

    Writes ``fvc.tif`` (fraction, NaN outside the county).
    """
    if county is None or layer_state(plan, "ndvi") != "available":
        return None
    grid = plan_grid_of(plan)
    endpoints = county_endpoints(plan, section, grid)
    shapes = _grass_shapes(county)
    if shapes is None and county.parcels is not None:
        return None
    if shapes is not None:
        counts = ndvi_histogram(plan, section, "ndvi", grid, Weights(shapes, grid))
    else:
        counts = np.zeros(BINS)
        fine = cover_grid(plan, ("land_cover",))
        whole = county_weights(plan, fine)
        for window in windows(fine):
            w = whole(window)
            if not w.any():
                continue
            w = w * _grass_cells(plan, fine, window)
            got = peak_ndvi(plan, section, "ndvi", fine, window)
            if got is None or not w.any():
                continue
            values, valid = got
            use = valid & (w > 0)
            counts += np.histogram(values[use], bins=BINS, range=(-1.0, 1.0), weights=w[use])[0]
    if not counts.sum():
        return None
    calibration, told = _plot_calibration(plan, section, grid, endpoints)
    path = work / "fvc.tif"
    inside = county_weights(plan, grid)
    write_cog(
        path,
        _fvc_blocks(plan, section, grid, endpoints, inside),
        grid,
        dtype="float32",
        nodata=float("nan"),
        tags=_tags(endpoints),
    )
    rasters = {"fvc": path}
    return GrassNdvi(bin_centres(), counts, endpoints, calibration, rasters, told)


def _tags(endpoints: Endpoints) -> Mapping[str, str]:
    return {
        "title": "FVC, dimidiate pixel model (proxy)",
        "ndvi_soil": f"{endpoints.soil:.4f}",
        "ndvi_vegetation": f"{endpoints.vegetation:.4f}",
        "endpoints_from": endpoints.source,
    }


def _fvc_blocks(
    plan: Plan, section: CarbonSection, grid: Grid, endpoints: Endpoints, inside: Weights
) -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
    for window in windows(grid):
        w = inside(window)
        out = np.full(w.shape, np.nan, np.float32)
        if w.any():
            got = peak_ndvi(plan, section, "ndvi", grid, window)
            if got is not None:
                values, valid = got
                use = valid & (w > 0)
                out[use] = fvc(values[use], endpoints)
        yield window, out
