"""Why something that looks like a layer does not lie in the county."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs.systems import as_crs, transform_shape
from gis.errors import GeoplanError
from gis.files.look.tables import TableLook
from gis.files.read import read_features
from gis.say import say
from gis.toml import read_toml
from layers.open.county import boundary_least_frac
from layers.recognise.guess import Guess
from layers.recognise.place import Ground, likely_systems, no_land_inside
from layers.recognise.search import Seen, near_km
from layers.recognise.walk import Said

__all__ = ["elsewhere_of", "share_inside"]

_MOST_ROWS = 200_000  # of more the sample says it


def elsewhere_of(seen: Seen, guess: Guess, ground: Ground) -> Said | None:
    """Why something does not lie in this county; None where it does."""
    return _undeclared(seen, _elsewhere(seen, guess, ground))


def _undeclared(seen: Seen, why: Said | None) -> Said | None:
    """The reason of a file that declares no system, with the one it was looked at in."""
    if why is None or seen.look.crs or seen.where.declared:
        return why
    if not seen.where.crs:
        return say("layers.recognise.undeclared_nowhere", why=why)
    return say("layers.recognise.undeclared_in", crs=seen.where.crs, why=why)


def _elsewhere(seen: Seen, guess: Guess, ground: Ground) -> Said | None:
    """Why something does not lie in this county; None where it does."""
    where, limits = seen.where, read_toml("layers.recognise", "evidence.toml")["place"]
    here = ground.county.name
    if where.fault is not None and not where.crs:
        return where.fault.faults[0].text
    if not where.crs:
        return say("layers.recognise.no_system_fits", name=here)
    far = where.away_km > near_km()
    filling = guess.layer_id in limits["filling"]
    inside = where.own_frac >= limits["own_frac"] or where.own_code_frac >= limits["own_frac"]
    # a file of the whole city or province holds the county among others
    larger = where.covered_frac >= boundary_least_frac()
    if where.other and (far or (filling and not inside and not larger)):
        return say("layers.recognise.other_county", other=where.other, name=here)
    if far:
        return say("layers.recognise.far_away", away_km=where.away_km, name=here)
    if where.own_frac < limits["own_frac"] and not larger and _without_land(seen, ground):
        if where.other:
            return say("layers.recognise.other_county", other=where.other, name=here)
        return say("layers.recognise.none_inside", name=here)
    if filling and not inside and not larger:
        share = share_inside(seen, ground)
        return say("layers.recognise.little_inside", share=100 * share, name=here)
    if not where.declared and seen.look.crs and not where.own_code_frac > 0:
        return say(
            "layers.recognise.wrong_system", crs=seen.look.crs, fits=where.crs, name=here
        )
    return None


def _without_land(seen: Seen, ground: Ground) -> bool:
    """Whether a table of areas has none in the county."""
    if not isinstance(seen.look, TableLook) or seen.look.kind != "polygon":
        return False
    return no_land_inside(seen.path, seen.table, seen.where.crs, ground)


def share_inside(seen: Seen, ground: Ground) -> float:
    """Share of a table that lies in the county: of its land, its length, or its places.

    Of a table that is very long, or whose shapes cannot be read, the share of the places that
    were looked at.
    """
    look, where = seen.look, seen.where
    if not isinstance(look, TableLook) or not 0 < look.rows <= _MOST_ROWS:
        return where.own_frac
    try:
        table = read_features(seen.path, layer=seen.table, crs=where.crs)
        table = table.to_crs(likely_systems(ground)[0])
    except GeoplanError:
        return where.own_frac
    shapes = shapely.make_valid(np.asarray(table.geometry.array))
    county = transform_shape(ground.shape_ll, as_crs("EPSG:4326"), as_crs(table.crs))
    kinds = shapely.get_dimensions(shapes)
    inside = shapely.intersection(shapes[shapely.intersects(shapes, county)], county)
    measure = (_count, shapely.length, shapely.area)[int(kinds.max())]
    whole = float(np.sum(measure(shapes)))
    return float(np.sum(measure(inside))) / whole if whole > 0 else where.own_frac


def _count(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    return (~shapely.is_empty(shapes)).astype(np.float64)
