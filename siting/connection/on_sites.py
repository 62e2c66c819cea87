"""Plants that are to be built on land of candidate sites: both are counted, and it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.crs.systems import transform_points
from gis.say import Sentence, listed, say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from siting.connection.ledger import Counted, counted_plants

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["on_sites"]

_MOST = 12


def on_sites(plan: Plan, sites: gpd.GeoDataFrame) -> tuple[Sentence, ...]:
    """Plants planned or being built, of the plan or its register, on land of candidate sites.

    Each is counted as a plant and its site as what may be added: who adds them up counts that
    land twice. Of a plant only a boundary or a surveyed place tells.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site_id``, in the plan's CRS.
    """
    names = sites["site_id"].astype(str).to_numpy()
    out = []
    for plant in counted_plants(plan)[0]:
        land = _place(plant, plan)
        if plant.first.stage == "operating" or land is None:
            continue
        hit = shapely.intersection(sites.geometry.to_numpy(), land)
        # a point has no area: it lies in a site or not
        flat = shapely.get_dimensions(land) < 2
        inside = names[~shapely.is_empty(hit) if flat else shapely.area(hit) > 0]
        if len(inside):
            name, mw = plant.first.name, plant.first.capacity_mw
            ids = listed(list(inside[:_MOST]))
            out.append(say("siting.connection.plant_on_site", name=name, mw=mw, ids=ids))
    return tuple(out)


def _place(plant: Counted, plan: Plan) -> shapely.Geometry | None:
    """The land of a plant by any list it is in, else its surveyed place."""
    rows = [p for _, p in plant.found]
    lands = [p.land for p in rows if p.land is not None]
    if lands:
        found: shapely.Geometry = lands[0]
        return found
    for p in rows:
        if p.exact and p.lon is not None and p.lat is not None:
            place = np.array([p.lon]), np.array([p.lat])
            x, y = transform_points(*place, "EPSG:4326", plan_crs(plan))
            return shapely.Point(float(x[0]), float(y[0]))
    return None
