"""Candidate land for afforestation, grass and wetland: lawful, suitable, large enough.

Lawfulness comes from the run's screening as a layer of land left and conditional land; this
room never judges law itself. Without that layer there is no candidate, only the statement
that nothing was judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from carbon_sink.cover.sampling import sample_layer, sample_slope_deg
from gis.cells.area import polygon_area_m2
from gis.cells.grid import Grid
from gis.toml import read_toml
from gis.types import F8
from layers.plan.model import Plan
from layers.units import MU_PER_HA

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Action", "candidate_ecosystems", "candidates", "suitability", "tiled"]

Action = Literal["afforest", "grass", "wetland"]
_TILE_M = 2_000.0


@cache
def candidate_ecosystems(action: Action) -> tuple[str, ...]:
    """Ecosystems that may become forest, grass or wetland.

    Examples
    --------
    >>> "cropland_irrigated" in candidate_ecosystems("afforest")
    False
    """
    return tuple(read_toml("carbon_sink", "data/candidates.toml")[action]["ecosystems"])


def tiled(shapes: Sequence[Any], tile_m: float = _TILE_M) -> tuple[Any, npt.NDArray[np.int64]]:
    """Polygons cut into squares, so that overlays do not walk a county-long outline.

    Returns
    -------
    pieces : ndarray of geometry
    source : ndarray of int
        Which shape each piece is of.

    Examples
    --------
    >>> pieces, source = tiled([shapely.box(0, 0, 3000, 1000)])
    >>> len(pieces), float(shapely.area(pieces).sum()), source.tolist()
    (2, 3000000.0, [0, 0])
    """
    pieces: list[Any] = []
    source: list[int] = []
    for k, shape in enumerate(shapes):
        x0, y0, x1, y1 = shape.bounds
        cols = range(int(x0 // tile_m), int(np.ceil(x1 / tile_m)))
        rows = range(int(y0 // tile_m), int(np.ceil(y1 / tile_m)))
        if len(cols) * len(rows) <= 1:
            pieces.append(shape)
            source.append(k)
            continue
        # strips first: a strip is clipped from the whole once, its tiles from the strip
        for c in cols:
            strip = shapely.clip_by_rect(shape, c * tile_m, y0 - 1, (c + 1) * tile_m, y1 + 1)
            if shapely.is_empty(strip):
                continue
            for r in rows:
                part = shapely.clip_by_rect(strip, x0 - 1, r * tile_m, x1 + 1, (r + 1) * tile_m)
                if not shapely.is_empty(part):
                    pieces.append(part)
                    source.append(k)
    return np.array(pieces, dtype=object), np.array(source, dtype=np.int64)


def _polygons(geoms: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The areal part of overlay results; lines and points of touching edges fall away."""
    out = geoms.copy()
    mixed = np.flatnonzero(shapely.get_type_id(geoms) == 7)
    for i in mixed:
        parts = shapely.get_parts(geoms[i])
        out[i] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    out[shapely.get_dimensions(out) < 2] = None
    return out


def candidates(
    parcels: gpd.GeoDataFrame,
    eligible: gpd.GeoDataFrame,
    action: Action,
    *,
    min_area_ha: float,
) -> gpd.GeoDataFrame:
    """Parts of suitable parcels on land left or conditional, none under `min_area_ha`.

    Parameters
    ----------
    parcels : GeoDataFrame
        ``parcel_id, dlbm, ecosystem, group, township``.
    eligible : GeoDataFrame
        The run's ``eligible_<action>`` with ``state``.

    Returns
    -------
    GeoDataFrame
        ``candidate_id, action, state, parcel_id, dlbm, ecosystem, group, township, area_ha,
        area_mu, geometry``; empty when nothing is left.
    """
    import geopandas as gpd  # heavy

    own = parcels[parcels["ecosystem"].isin(candidate_ecosystems(action))]
    columns = ["parcel_id", "dlbm", "ecosystem", "group", "township"]
    parts: list[pd.DataFrame] = []
    for state in ("left", "conditional"):
        shapes = eligible.geometry[eligible["state"] == state]
        if not len(shapes) or not len(own):
            continue
        pieces, _ = tiled(list(shapes))
        tree = shapely.STRtree(pieces)
        at, piece = tree.query(own.geometry.array, predicate="intersects")
        cut = _polygons(shapely.intersection(np.asarray(own.geometry.array)[at], pieces[piece]))
        table = pd.DataFrame({"row": at, "geometry": cut}).dropna(subset=["geometry"])
        # the tiles of one parcel belong together again
        shapes_of: dict[int, list[Any]] = {}
        for row, piece_shape in zip(table["row"].tolist(), table["geometry"], strict=True):
            shapes_of.setdefault(row, []).append(piece_shape)
        merged = {k: shapely.union_all(g) for k, g in shapes_of.items()}
        rows = own.iloc[list(merged)][columns].reset_index(drop=True)
        rows["state"] = state
        rows["geometry"] = np.array(list(merged.values()), dtype=object)
        parts.append(rows)
    names = ["candidate_id", "action", "state", *columns, "area_ha", "area_mu", "geometry"]
    if not parts:
        empty = {n: pd.Series(dtype=object) for n in names[:-3]}
        return gpd.GeoDataFrame(
            {**empty, "area_ha": pd.Series(dtype=float), "area_mu": pd.Series(dtype=float)},
            geometry=[],
            crs=parcels.crs,
        )
    found = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parcels.crs)
    found = found.explode(ignore_index=True)
    found["area_ha"] = polygon_area_m2(found.geometry, parcels.crs) / 1e4
    found = found[found["area_ha"] >= min_area_ha]
    found = found.sort_values(["area_ha", "parcel_id"], ascending=[False, True])
    found = found.reset_index(drop=True)
    found["area_mu"] = found["area_ha"] * MU_PER_HA
    found["action"] = action
    letter = {"afforest": "A", "grass": "G", "wetland": "W"}[action]
    found["candidate_id"] = [f"{letter}{i + 1:04d}" for i in range(len(found))]
    return found[names]


def _rank(values: F8, *, smaller_is_better: bool) -> F8:
    """Rank within the candidates, 1 best, 0 worst; NaN stays NaN."""
    order = pd.Series(-values if smaller_is_better else values).rank(pct=False)
    n = int(np.isfinite(values).sum())
    if n <= 1:
        return np.where(np.isfinite(values), 1.0, np.nan)
    return np.asarray((order - 1) / (n - 1), np.float64)


_FACTORS: dict[Action, dict[str, bool]] = {
    "afforest": {
        "slope_deg": True, "salinity": True, "groundwater_m": True, "rainfall_mm": False,
        "area_ha": False,
    },
    "grass": {"slope_deg": True, "salinity": True, "rainfall_mm": False, "area_ha": False},
    "wetland": {"slope_deg": True, "groundwater_m": True, "area_ha": False},
}  # fmt: skip
"""Factor -> whether smaller is better. Ranks, not thresholds: no limit is invented."""


def suitability(
    found: gpd.GeoDataFrame, plan: Plan, grid: Grid, action: Action
) -> gpd.GeoDataFrame:
    """Add site factors and a score of 0-1, the mean of the candidates' ranks by factor.

    Returns
    -------
    GeoDataFrame
        With the factors' columns (NaN where the layer is missing), ``score`` and
        ``score_from`` (the factors it rests on).
    """
    out = found.copy()
    points = shapely.point_on_surface(np.asarray(out.geometry.array))
    x, y = shapely.get_x(points), shapely.get_y(points)
    n = len(out)

    def column(values: F8 | None) -> F8:
        return np.full(n, np.nan) if values is None else values

    out["slope_deg"] = column(sample_slope_deg(plan, grid, x, y)) if n else np.zeros(0)
    for name, layer in (
        ("salinity", "soil_salinity"),
        ("groundwater_m", "groundwater_depth"),
        ("rainfall_mm", "annual_rainfall"),
    ):
        out[name] = column(sample_layer(plan, layer, grid, x, y)) if n else np.zeros(0)
    ranks = {
        k: _rank(out[k].to_numpy(np.float64), smaller_is_better=small)
        for k, small in _FACTORS[action].items()
        if out[k].notna().any()
    }
    out["score"] = pd.DataFrame(ranks, index=out.index).mean(axis=1) if ranks else np.nan
    out["score_from"] = " ".join(ranks)
    return out
