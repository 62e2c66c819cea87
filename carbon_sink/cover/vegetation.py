"""NDVI of a plan's county: histograms, frozen endpoints, and FVC of single parcels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from carbon_sink.cover.grass import Endpoints, check_ndvi, endpoints_of, fvc, peak_composite
from carbon_sink.section import CarbonSection
from gis.cells.coverage import coverage_runs, expand_runs
from gis.cells.grid import Grid, Window, full_window, windows
from gis.cells.ragged import ragged
from gis.cells.zonal import zonal_means
from gis.errors import ModelError
from gis.say import say
from gis.types import F8
from layers.open.county import county_boundary, plan_grid_of
from layers.open.plan_layers import layer_state, open_raster
from layers.plan.model import Plan

__all__ = ["BINS", "Weights", "county_endpoints", "ndvi_histogram", "parcel_fvc", "peak_ndvi"]

BINS = 20_000
"""Histogram bins of NDVI over -1..1; a ten-thousandth of NDVI each."""


class Weights:
    """Share of each cell inside some polygons, by window."""

    __slots__ = ("_runs",)

    def __init__(self, shapes: npt.NDArray[np.object_], grid: Grid) -> None:
        self._runs = coverage_runs(ragged(shapes), grid)

    def __call__(self, window: Window) -> F8:
        """Shares in the cells of `window`, (h, w)."""
        return expand_runs(self._runs, window)


def county_weights(plan: Plan, grid: Grid) -> Weights:
    """Share of each cell inside the county."""
    return Weights(np.array([county_boundary(plan)], dtype=object), grid)


def bin_centres() -> F8:
    """NDVI in the middle of each bin."""
    edges = np.linspace(-1.0, 1.0, BINS + 1)
    return (edges[:-1] + edges[1:]) / 2.0


def peak_ndvi(
    plan: Plan, section: CarbonSection, layer_id: str, grid: Grid, window: Window
) -> tuple[F8, npt.NDArray[np.bool_]] | None:
    """NDVI of a window at its peak: the layer's band, or the maximum of the plan's bands.

    Returns
    -------
    (values, valid) or None
        A cell is known where any band knows it; None without the layer.

    Raises
    ------
    DataError
        Scaled by 10,000, or not NDVI.
    """
    if not section.ndvi_bands:
        got = open_raster(plan, layer_id, grid, window)
        if got is None:
            return None
        values = check_ndvi(np.where(got[1], got[0], np.nan), where=layer_id)
        return values, np.isfinite(values)
    if layer_state(plan, layer_id) != "available":
        return None
    source = plan.layers[layer_id]
    stack = []
    for band in section.ndvi_bands:
        one = source.model_copy(update={"band": band})
        got = open_raster(plan.with_layers({layer_id: one}), layer_id, grid, window)
        if got is not None:
            stack.append(np.where(got[1], got[0], np.nan))
    values = peak_composite(stack, where=layer_id)
    return values, np.isfinite(values)


def ndvi_histogram(
    plan: Plan, section: CarbonSection, layer_id: str, grid: Grid, weight: Weights
) -> F8:
    """Weight of the cells in each NDVI bin; zeros without the layer."""
    counts = np.zeros(BINS)
    for window in windows(grid):
        w = weight(window)
        if not w.any():
            continue
        got = peak_ndvi(plan, section, layer_id, grid, window)
        if got is None:
            break
        values, valid = got
        use = valid & (w > 0)
        counts += np.histogram(values[use], bins=BINS, range=(-1.0, 1.0), weights=w[use])[0]
    return counts


def county_endpoints(plan: Plan, section: CarbonSection, grid: Grid) -> Endpoints:
    """NDVI endpoints: the plan's, else percentiles of the base year's county-wide NDVI.

    The base year's endpoints serve every year, so that a trend is one of cover and not of
    endpoints.

    Raises
    ------
    ModelError
        When no cell of the county has NDVI.
    """
    if section.fvc is not None:
        f = section.fvc
        return Endpoints(f.soil, f.vegetation, f.soil_sd, f.vegetation_sd, f.source)
    layer_id = "ndvi_base" if layer_state(plan, "ndvi_base") == "available" else "ndvi"
    counts = ndvi_histogram(plan, section, layer_id, grid, county_weights(plan, grid))
    if not counts.sum():
        raise ModelError(
            say("carbon_sink.cover.no_ndvi_in_county"), where=f"[layers.{layer_id}]"
        )
    cumulative = np.cumsum(counts) / counts.sum()
    low, high = np.searchsorted(cumulative, [0.005, 0.995])
    centres = bin_centres()
    ends = endpoints_of([centres[low], centres[min(high, BINS - 1)]], source=layer_id)
    return Endpoints(
        float(centres[low]),
        float(centres[min(high, BINS - 1)]),
        ends.soil_sd,
        ends.vegetation_sd,
        f"{layer_id}, 0.5 % / 99.5 %",
    )


def look_at_ndvi(plan: Plan, section: CarbonSection) -> None:
    """Read the NDVI of a plan as a run does, to refuse what it would refuse.

    Raises
    ------
    DataError
        Scaled values, or no NDVI at all.
    ModelError
        No value within the county, or no contrast.
    """
    if layer_state(plan, "ndvi") == "available":
        grid = plan_grid_of(plan)
        county_endpoints(plan, section, grid)
        ndvi_histogram(plan, section, "ndvi", grid, county_weights(plan, grid))


def parcel_fvc(
    plan: Plan, section: CarbonSection, shapes: npt.NDArray[np.object_]
) -> F8 | None:
    """Mean FVC of each polygon; None without NDVI.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where no cell of the polygon has NDVI.
    """
    if layer_state(plan, "ndvi") != "available" or not len(shapes):
        return None
    grid = plan_grid_of(plan)
    endpoints = county_endpoints(plan, section, grid)
    got = peak_ndvi(plan, section, "ndvi", grid, full_window(grid))
    if got is None:
        return None
    values, valid = got
    cover = fvc(values, endpoints)
    return zonal_means(shapes, cover, grid, valid=valid).mean
