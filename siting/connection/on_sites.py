"""Plants on land of candidate sites: added up with the sites, that land counts once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha
from gis.crs.systems import transform_points
from gis.say import Sentence, listed, say
from gis.types import F8
from layers.open.county import plan_crs
from layers.plan.model import Plan
from siting.connection.capacity import site_capacity
from siting.connection.ledger import Counted, counted_plants

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Taken", "taken_land", "without"]

_MOST = 12
_Table = TypeVar("_Table", bound=pd.DataFrame)


@dataclass(frozen=True)
class Taken:
    """What plants take of the candidate sites of their own kind, site by site.

    Attributes
    ----------
    ids
        Of the sites.
    ha
        Land plants with a boundary have of each site [ha].
    least_mw
        MW of each site on that land: they are never there beside the plants.
    most_mw
        The same and, of a site that holds a plant known by a point alone, all it has: how far
        the plant reaches is not known.
    told
        Which plants, and what follows for sums.
    """

    ids: tuple[str, ...]
    ha: F8
    least_mw: F8
    most_mw: F8
    told: tuple[Sentence, ...] = ()

    def of(self, sites: pd.DataFrame) -> tuple[F8, F8]:
        """What is taken of other rows of the same sites, at least and at most [MW]."""
        by_id = pd.DataFrame({"low": self.least_mw, "high": self.most_mw}, index=list(self.ids))
        rows = by_id.reindex(sites["site_id"].astype(str)).fillna(0.0)
        return rows["low"].to_numpy(float), rows["high"].to_numpy(float)


def taken_land(plan: Plan, sites: gpd.GeoDataFrame) -> Taken:
    """Land of candidate sites on which a plant of the plan, or of its register, already counts.

    A plant counts as such and its site as what may be added: their sum would have the land
    twice. Only a boundary or a surveyed place tells. Land of the other kind is told alone,
    since turbines and panels can stand on the same land. A site has its MW evenly over its
    land. The land is not free again when the plant retires.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site_id``, ``tech``, ``capacity_mw`` [MW AC], in the plan's CRS.
    """
    names = sites["site_id"].astype(str).to_numpy()
    tech = sites["tech"].astype(str).to_numpy()
    shapes = np.asarray(sites.geometry.array)
    mw = np.nan_to_num(sites["capacity_mw"].to_numpy(float))
    whole = shapely.area(shapes)
    lands: dict[str, list[shapely.Geometry]] = {}
    unsure = np.zeros(len(sites), bool)
    told = []
    tree = shapely.STRtree(shapes)
    for plant in counted_plants(plan)[0]:
        land = _place(plant, plan)
        if land is None:
            continue
        near = np.sort(tree.query(land, predicate="intersects"))
        # a point has no area: it lies in a site or not
        flat = shapely.get_dimensions(land) < 2
        hit = np.full(len(shapes), shapely.Polygon(), dtype=object)
        hit[near] = shapely.intersection(shapes[near], land)
        on = np.zeros(len(shapes), bool)
        on[near] = flat or shapely.area(hit[near]) > 0
        if not on.any():
            continue
        first = plant.first
        own = on & (tech == first.kind)
        told += [
            say(
                f"siting.connection.{key}",
                name=first.name,
                stage=say(f"siting.connection.stage_{first.stage}"),
                mw=first.capacity_mw,
                ids=listed(list(names[which][:_MOST])),
                ha=float(np.sum(_ha(hit[which], sites.crs))),
                taken=float(np.sum((mw * shapely.area(hit) / whole)[which])),
                all=float(mw[which].sum()),
            )
            for key, which in (
                ("plant_point_on_site" if flat else "plant_on_site", own),
                ("plant_on_other_site", on & ~own),
            )
            if which.any()
        ]
        if flat:
            unsure |= own
        elif own.any():
            lands.setdefault(first.kind, []).append(land)
    ha, least = np.zeros(len(sites)), np.zeros(len(sites))
    for kind, those in lands.items():
        own = tech == kind
        cut = shapely.intersection(shapes[own], shapely.union_all(those))
        ha[own] = _ha(cut, sites.crs)
        least[own] = mw[own] * np.minimum(shapely.area(cut) / whole[own], 1.0)
    most = np.where(unsure, mw, least)
    return Taken(tuple(map(str, names)), ha, least, most, tuple(told))


def _ha(cut: Any, crs: Any) -> F8:  # noqa: ANN401 - shapes and a CRS as geopandas has them
    area = polygon_area_m2([polygonal(g) for g in cut], crs)
    return np.asarray(to_ha(np.asarray(area, dtype=float)), dtype=float)


def without(sites: _Table, taken: F8, *, free_last: bool) -> _Table:
    """Sites with the MW that plants leave them.

    Parameters
    ----------
    sites : DataFrame
        As `siting.connection.capacity.site_capacity` takes it.
    taken : (n,) float64
        MW of each that are taken.
    free_last : bool
        Whether land with conditions is taken first, or land free of every condition: which one
        the plants stand on is not known.

    Examples
    --------
    >>> site = pd.DataFrame({"capacity_mw": [100.0], "unconditional_frac": [0.3]})
    >>> for last in (True, False):
    ...     left = without(site, np.array([20.0]), free_last=last)
    ...     print(left["capacity_mw"].item(), left["unconditional_frac"].item())
    80.0 0.375
    80.0 0.125
    """
    if not taken.any():
        return sites
    mw = sites["capacity_mw"].to_numpy(float)
    free = site_capacity(sites)["unconditional_mw"].to_numpy(float)
    left = np.maximum(mw - taken, 0.0)
    kept = np.minimum(free, left) if free_last else np.maximum(free - taken, 0.0)
    share = np.divide(kept, left, out=np.zeros(len(left)), where=left > 0)
    return sites.assign(capacity_mw=left, unconditional_frac=share)


def _place(plant: Counted, plan: Plan) -> shapely.Geometry | None:
    """The land of a plant by any list it is in, else its surveyed place."""
    rows = [p for _, p in plant.found]
    lands = [p.land for p in rows if p.land is not None]
    if lands:
        # a boundary says more than a point
        found: shapely.Geometry = max(lands, key=shapely.get_dimensions)
        return found
    for p in rows:
        if p.exact and p.lon is not None and p.lat is not None:
            place = np.array([p.lon]), np.array([p.lat])
            x, y = transform_points(*place, "EPSG:4326", plan_crs(plan))
            return shapely.Point(float(x[0]), float(y[0]))
    return None
