"""Small surveys on a county of 3 km x 2 km, whose areas can be checked by hand."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import shapely

from carbon_sink.overlay.lands import survey_land
from carbon_sink.overlay.overlay import Overlay, overlay

CRS = "EPSG:4544"
X0, Y0 = 630_000.0, 4_300_000.0
Row = tuple[str, shapely.Geometry]


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(X0 + x0, Y0 + y0, X0 + x1, Y0 + y1)


COUNTY = box(0, 0, 3000, 2000)
TOWNS = {"西镇": box(0, 0, 1300, 2000), "东乡": box(1300, 0, 3000, 2000)}


def survey(rows: Sequence[Row], crs: str = CRS) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame(
        {"ecosystem": [e for e, _ in rows], "parcel_id": [f"{i}" for i in range(len(rows))]},
        geometry=[g for _, g in rows],
        crs=CRS,
    )
    return table.to_crs(crs)


def laid(
    before: Sequence[Row],
    after: Sequence[Row],
    *,
    tolerance_m: float = 2.0,
    towns: dict[str, shapely.Geometry] | None = None,
    **kwargs: object,
) -> Overlay:
    towns = TOWNS if towns is None else towns
    lands = [survey_land(survey(r), crs=CRS, county=COUNTY) for r in (before, after)]
    return overlay(
        *lands,
        county=COUNTY,
        crs=CRS,
        names=list(towns),
        shapes=list(towns.values()),
        tolerance_m=tolerance_m,
        **kwargs,
    )


def moves(found: Overlay) -> dict[tuple[str, str], float]:
    """(before, after) -> area [ha], land that changed only."""
    t = found.transitions()
    t = t[t["before"] != t["after"]].groupby(["before", "after"])["area_ha"].sum()
    return {k: float(v) for k, v in t.items()}


def changed_ha(found: Overlay) -> float:
    return sum(moves(found).values())
