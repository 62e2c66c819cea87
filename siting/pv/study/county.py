"""The yield of every cell of a county grid: terrain, horizon, temperature, then one kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gis.cells.grid import Grid, cell_centres, cell_size_m
from gis.cells.terrain import aspect_deg, slope_deg
from gis.crs.systems import transform_points
from gis.files.write import write_cog
from siting.pv.light.horizon import horizon_grid, sky_left_profiles
from siting.pv.light.rows import ground_sky_factor, row_factors
from siting.pv.plant.chain import Resource
from siting.pv.plant.fused import CellPlanes, fixed_yield
from siting.pv.plant.node_hours import node_hours
from siting.pv.plant.plant import PvPlant
from siting.pv.plant.table import PlanesAt, gentle_cells, take_cells, yield_by_table
from siting.pv.study.design import cost_facts, kernel_plant
from siting.pv.study.ground import FarGround
from siting.pv.study.section import PvSection
from siting.pv.study.spacing import array_ha_mw, gb_gcr, slope_components

__all__ = [
    "CountyYield",
    "cell_planes",
    "county_yield",
    "grid_yield",
    "map_plant",
    "write_county_yield",
]

F8 = npt.NDArray[np.float64]
_CHUNK = 20_000
_MANY = 5_000  # cells: below, a table is no gain


@dataclass(frozen=True)
class CountyYield:
    """Yield of cells; f8[h, w], NaN where unknown or outside.

    Attributes
    ----------
    monthly_kwh_kwp
        f8[12, h, w].
    mw_ha
        Grid capacity that fits on a hectare at the cell's pitch; 0 where the spacing rule
        has no answer.
    """

    grid: Grid
    monthly_kwh_kwp: F8
    mw_ha: F8
    slope_deg: F8

    @property
    def annual_kwh_kwp(self) -> F8:
        """Sum of the months."""
        return np.asarray(self.monthly_kwh_kwp.sum(axis=0))


def cell_planes(
    section: PvSection,
    *,
    lat: float,
    tilt_deg: float,
    slope_deg: F8,
    aspect_deg: F8,
    warmer_c: F8,
    horizon_deg: F8,
) -> CellPlanes:
    """Planes and row factors of cells from their terrain.

    Parameters
    ----------
    section : PvSection
    lat, tilt_deg : float
        Fixed modules of one tilt, facing ``section.azimuth_deg``; the pitch follows the
        slope by the spacing rule unless ``section.gcr`` is given.
    slope_deg, aspect_deg, warmer_c : f8[n]
        Aspect may be NaN on level ground.
    horizon_deg : f8[n, azimuths]
        See `siting.pv.light.horizon.horizon_grid`.
    """
    rise, axis_rise = slope_components(slope_deg, aspect_deg, section.azimuth_deg)
    left = sky_left_profiles(horizon_deg, tilt_deg, section.azimuth_deg)
    open_ = _open_planes(section, lat, tilt_deg)(rise, axis_rise, warmer_c, left)
    return replace(open_, horizon_tan=np.tan(np.deg2rad(horizon_deg.T)))


def _open_planes(section: PvSection, lat: float, tilt_deg: float) -> PlanesAt:
    """Planes and row factors of cells before what stands around them is set."""
    # the ground's view to the sky is smooth in gcr: interpolate between 40 values
    nodes = np.linspace(0.02, 0.85, 40)
    view = [ground_sky_factor(tilt_deg, g, section.clearance) for g in nodes]

    def at(rise: F8, axis_rise: F8, warmer_c: F8, sky_left: F8) -> CellPlanes:
        n = len(rise)
        if section.gcr is None:
            gcr = gb_gcr(
                lat,
                tilt_deg,
                azimuth_deg=section.azimuth_deg,
                rise=rise,
                axis_rise=axis_rise,
                site="[pv.yield_map]",
            )
        else:
            gcr = np.full(n, section.gcr)
        used = np.clip(gcr, 0.02, 0.85)
        factors = row_factors(np.full(n, tilt_deg), used, rise=rise)
        return CellPlanes(
            tilt_deg=np.full(n, tilt_deg),
            azimuth_deg=np.full(n, section.azimuth_deg),
            gcr=used,
            rise=rise,
            axis_rise=axis_rise,
            warmer_c=warmer_c,
            sky_ratio=np.asarray(factors.sky_ratio),
            ground=factors.ground,
            ground_sky=np.interp(used, nodes, view),
            sky_left=sky_left,
            horizon_tan=np.zeros((section.yield_map.horizon_azimuths, n)),
        )

    return at


def map_plant(section: PvSection) -> PvPlant:
    """The plan's plant as the county's map has it."""
    return kernel_plant(section.plant, transposition=section.yield_map.transposition)


def grid_yield(
    res: Resource,
    section: PvSection,
    planes: CellPlanes,
    *,
    at: PlanesAt | None = None,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> F8:
    """Monthly yield of cells in chunks [kWh/kWp], f8[cells, 12]; memory stays bounded.

    Parameters
    ----------
    res : Resource
        Weather of the node the cells belong to.
    section : PvSection
    planes : CellPlanes
    at : callable, optional
        Planes of the same tilt at any slope (see `yield_by_table`): the many cells on gentle
        slopes are then read from a table, to 0.1 % of the year.
    threads : int
    progress : callable, optional
        Called with cells done and cells in all.
    """
    plant = map_plant(section)
    node = node_hours(res, plant, planes.horizon_tan.shape[0])
    n = len(planes.tilt_deg)
    out = np.empty((n, 12))
    rest = np.ones(n, dtype=bool)
    gentle = gentle_cells(planes)
    if at is not None and gentle.sum() > _MANY:
        of_table = yield_by_table(node, take_cells(planes, gentle), plant, at, threads=threads)
        if of_table is not None:
            out[gentle] = of_table
            rest &= ~gentle
    left = np.flatnonzero(rest)
    for lo in range(0, len(left), _CHUNK):
        own = left[lo : lo + _CHUNK]
        out[own] = fixed_yield(node, take_cells(planes, own), plant, threads=threads)
        if progress is not None:
            progress(n - len(left) + lo + len(own), n)
    return out


def county_yield(
    res: Resource,
    section: PvSection,
    grid: Grid,
    dem_m: F8,
    inside: npt.NDArray[np.bool_],
    *,
    tilt_deg: float,
    far: FarGround | None = None,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> CountyYield:
    """Yield of fixed modules on every cell of a grid.

    Parameters
    ----------
    res : Resource
        One weather node for the county.
    section : PvSection
    grid : Grid
    dem_m : f8[h, w]
        Heights; NaN is unknown and gives NaN.
    inside : bool[h, w]
        Cells wanted.
    tilt_deg : float
    far : FarGround, optional
        Hills outside the grid.

    Returns
    -------
    CountyYield
    """
    cell = cell_size_m(grid)
    slopes = np.asarray(slope_deg(dem_m, cell), dtype=np.float64)
    aspects = np.asarray(aspect_deg(dem_m, cell), dtype=np.float64)
    want = inside & np.isfinite(dem_m) & np.isfinite(slopes)
    rows, cols = np.nonzero(want)
    height, width = dem_m.shape
    monthly = np.full((12, height, width), np.nan)
    density = np.full((height, width), np.nan)
    if len(rows):
        m = section.yield_map
        x, y = cell_centres(grid)
        horizon = np.zeros((len(rows), m.horizon_azimuths))
        if far is not None:
            horizon = far.profiles(x[cols], y[rows], dem_m[rows, cols], m.horizon_azimuths)
        if section.horizon and (far is None or far.grown > 1):
            near = horizon_grid(
                dem_m,
                rows,
                cols,
                cell_m=cell,
                n_azimuths=m.horizon_azimuths,
                reach_m=m.horizon_reach_m,
            )
            horizon = np.maximum(horizon, near)
        if not section.horizon:
            horizon[:] = 0.0
        _, lat = transform_points(
            np.array([x.mean()]), np.array([y.mean()]), grid.crs, "EPSG:4326"
        )
        lapse = float(cost_facts()["lapse_k_m"]["value"])
        planes = cell_planes(
            section,
            lat=float(lat[0]),
            tilt_deg=tilt_deg,
            slope_deg=slopes[rows, cols],
            aspect_deg=aspects[rows, cols],
            warmer_c=lapse * (dem_m[rows, cols] - res.weather.altitude_m),
            horizon_deg=horizon,
        )
        at = _open_planes(section, float(lat[0]), tilt_deg)
        found = grid_yield(res, section, planes, at=at, threads=threads, progress=progress)
        monthly[:, rows, cols] = found.T
        efficiency = section.module.efficiency_frac
        per_ha = [1.0 / array_ha_mw(efficiency, g) / section.dc_ac_ratio for g in planes.gcr]
        fits = planes.gcr > 0.0201
        density[rows, cols] = np.where(fits, per_ha, 0.0)
    return CountyYield(grid, monthly, density, slopes)


def write_county_yield(path: Path, found: CountyYield, *, tags: dict[str, str]) -> Path:
    """A COG of 14 bands: year, twelve months [kWh/kWp], array density [MW/ha]."""
    bands = np.concatenate(
        [found.annual_kwh_kwp[None], found.monthly_kwh_kwp, found.mw_ha[None]]
    ).astype(np.float32)
    names = [
        "annual_kwh_kwp",
        *(f"month_{m:02d}_kwh_kwp" for m in range(1, 13)),
        "array_mw_ha",
    ]
    return write_cog(
        path,
        bands,
        found.grid,
        dtype="float32",
        nodata=float("nan"),
        tags=tags,
        descriptions=names,
    )
