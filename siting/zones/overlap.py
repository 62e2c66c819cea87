"""Zones and parks that lie on one another: whoever adds their sheets counts land twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha
from gis.crs.systems import CrsLike
from gis.say import listed, say
from layers.result import Warn
from siting.zones.places import Place, fine_outline
from siting.zones.summary import ZoneSheet

__all__ = ["OVERLAP", "overlaps"]

OVERLAP = "zones_overlap"
"""Code of the warning."""

_LEAST_HA = 0.05  # what the sheets show of land; outlines drawn by hand differ by less


def overlaps(
    found: Sequence[Place], sheets: Sequence[ZoneSheet], crs: CrsLike
) -> Iterator[Warn]:
    """Of every two places with land in common how much, and the sites both sheets count.

    Parameters
    ----------
    found : sequence of Place
    sheets : sequence of ZoneSheet
        Of the same places in the same order.
    crs : CRS
        Of the places.
    """
    for (a, one), (b, other) in combinations(zip(found, sheets, strict=True), 2):
        if not a.shape.intersects(b.shape):
            continue
        common = fine_outline(polygonal(shapely.intersection(a.shape, b.shape)))
        ha = float(to_ha(float(polygon_area_m2([common], crs)[0])))
        held = {x.site_id for x in other.sites if x.held}
        both = [x for x in one.sites if x.held and x.site_id in held]
        where = f"{one.id}, {other.id}"
        land = {"first": one.title, "second": other.title, "ha": ha}
        if both:
            ids = listed([x.site_id for x in both])
            known = [x.capacity_mw for x in both if x.capacity_mw is not None]
            mw = f"{sum(known):,.1f} MW" if len(known) == len(both) else "—"
            yield Warn(
                OVERLAP, say("siting.zones.overlap_sites", **land, sites=ids, mw=mw), where
            )
        elif ha >= _LEAST_HA:
            yield Warn(OVERLAP, say("siting.zones.overlap_land", **land), where)
