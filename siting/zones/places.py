"""The zones of a plan and its industrial parks as one list of outlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2
from gis.prepared import prepared
from layers.answers.answer import Words
from layers.open.county import plan_crs, zone_geometries
from layers.open.county_parts import parks_in_english, parks_of
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Place", "fine_outline", "places", "shares_inside"]

# The formula of area takes an edge as straight in latitude and longitude, the layers of a plan
# as straight in its plane: over 5 km that is 1e-5 of a zone, over 20 m below 1e-9.
_FINE_M = 20.0


@dataclass(frozen=True)
class Place:
    """A zone or a park, within the county.

    Attributes
    ----------
    shape
        Outline in the plan's CRS.
    area_m2
        Ellipsoidal, of the outline as it runs in the plane, where land is cut along it.
    """

    id: str
    kind: Literal["zone", "park"]
    title: Words
    purpose: str
    status: str
    shape: Any
    area_m2: float


def places(plan: Plan) -> tuple[Place, ...]:
    """Zones of the plan in its order, then parks of the layer ``industrial_park``."""
    rows: list[tuple[str, Literal["zone", "park"], Words, str, str, Any]] = []
    if plan.zones:
        shapes = zone_geometries(plan).geometry.array
        rows += [
            (z.id, "zone", Words(zh=z.title.zh, en=z.title.en), z.purpose, z.status, shape)
            for z, shape in zip(plan.zones, shapes, strict=True)
        ]
    english = parks_in_english(plan)
    rows += [
        (name, "park", Words(zh=name, en=english.get(name, name)), "", "", shape)
        for name, shape in parks_of(plan)
    ]
    if not rows:
        return ()
    area = polygon_area_m2([fine_outline(r[-1]) for r in rows], plan_crs(plan))
    return tuple(Place(*r, float(a)) for r, a in zip(rows, area, strict=True))


def fine_outline(shape: Any) -> Any:  # noqa: ANN401 - shapely has no common type
    """The same outline with points so near that its ellipsoidal area is that of its land."""
    return shapely.segmentize(shape, _FINE_M)


def shares_inside(
    features: gpd.GeoDataFrame,
    shape: Any,  # noqa: ANN401 - shapely has no common type
) -> npt.NDArray[np.float64]:
    """Share of each feature that lies inside `shape` (n,) [0-1]; of a point 0 or 1.

    Examples
    --------
    >>> import geopandas as gpd
    >>> two = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 4, 1), shapely.box(9, 0, 10, 1)])
    >>> shares_inside(two, shapely.box(0, 0, 1, 1)).tolist()
    [0.25, 0.0]
    """
    shapes = np.asarray(features.geometry.array)
    if not len(shapes):
        return np.zeros(0)
    out = np.zeros(len(shapes))
    shape = prepared(shape)
    near = shapely.intersects(shape, shapes)
    area = shapely.area(shapes)
    solid = near & (area > 0)
    out[solid] = shapely.area(shapely.intersection(shapes[solid], shape)) / area[solid]
    out[near & ~solid] = 1.0
    return np.minimum(out, 1.0)
