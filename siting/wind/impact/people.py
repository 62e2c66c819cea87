"""Noise-sensitive buildings, and the parks' and lines' geometries, out of the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.near import within_reach
from gis.say import say
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Warn

__all__ = ["Dwellings", "dwellings"]

Float = NDArray[np.float64]

# Uses of the catalogue layer "buildings" that noise limits protect
_SENSITIVE = ("rural_residential", "urban_residential", "school", "hospital")


@dataclass(frozen=True, eq=False)
class Dwellings:
    """Noise-sensitive places near the turbines.

    Attributes
    ----------
    geometry : (m,) geometries
    name : (m,) text
    x_m, y_m : (m,) float
        Point of each nearest to the turbines.
    kind
        ``"buildings"``, ``"settlement"`` or ``"villages"``: which layer they are from.
    """

    geometry: NDArray[np.object_]
    name: NDArray[np.object_]
    x_m: Float
    y_m: Float
    kind: str


def dwellings(
    plan: Plan, x_m: Float, y_m: Float, reach_m: float
) -> tuple[Dwellings | None, list[Warn]]:
    """Sensitive buildings within `reach_m` of any turbine.

    Buildings with a residential, school or hospital use; without the layer the outlines of
    settlements, then village points, each said in a warning.

    Returns
    -------
    Dwellings or None
        None when the plan has none of the three layers: noise is then not judged.
    """
    turbines = shapely.multipoints(np.column_stack([x_m, y_m]))
    for layer in ("buildings", "settlement", "villages"):
        frame = open_features(plan, layer)
        if frame is None:
            continue
        if layer == "buildings" and "use" in frame and frame["use"].notna().any():
            frame = frame[frame["use"].isin(_SENSITIVE)]
        shapes = np.asarray(frame.geometry.array, dtype=object)
        near = within_reach(shapes, turbines, reach_m)
        shapes = shapes[near]
        column = next((c for c in ("building_id", "name") if c in frame), None)
        names = (
            frame[column].astype("object").to_numpy()[near]
            if column
            else np.arange(len(shapes)).astype(object)
        )
        lines = shapely.shortest_line(shapes, turbines)
        points = shapely.get_coordinates(shapely.get_point(lines, 0)) if len(shapes) else None
        x, y = (points[:, 0], points[:, 1]) if points is not None else (np.zeros(0),) * 2
        warnings = []
        if layer != "buildings":
            warnings.append(
                Warn(
                    "dwellings_coarse",
                    say("siting.wind_impact.dwellings_coarse", layer=layer),
                )
            )
        names = np.array(["" if pd.isna(n) else str(n) for n in names], dtype=object)
        return Dwellings(shapes, names, x, y, layer), warnings
    return None, [
        Warn(
            "dwellings_missing",
            say("siting.wind_impact.dwellings_missing"),
        )
    ]
