"""Wetland area under its calibers, and the protection rate over unioned designations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from carbon_sink.cover.indicator import Indicator
from gis.errors import ModelError
from gis.say import say
from layers.spec import Text
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "WETLAND_CALIBERS",
    "CaliberMatch",
    "matching_calibers",
    "protection_rate",
    "wetland_area",
    "wetland_codes",
]

WetlandCaliber = Literal["narrow", "broad", "broad_law"]
WETLAND_CALIBERS: Mapping[str, Text] = {
    "narrow": Text(zh="三调“湿地”一级类", en="land survey class 00"),
    "broad": Text(
        zh="湿地二调/公约口径（含河湖库塘渠与水田）",
        en="second wetland survey / Ramsar (with rivers, lakes, ponds, canals, paddy)",
    ),
    "broad_law": Text(
        zh="广口径扣除水田与养殖水面（湿地保护法第二条）",
        en="broad without paddy and aquaculture (Wetland Protection Law, article 2)",
    ),
}
_FLAG = {"narrow": "wetland_sandiao", "broad": "wetland_broad", "broad_law": "wetland_law"}


def wetland_codes(caliber: WetlandCaliber) -> frozenset[str]:
    """DLBM codes that are wetland in `caliber`.

    Examples
    --------
    Paddy (0101) and aquaculture ponds (1104A) are out by law.

    >>> sorted(wetland_codes("broad") - wetland_codes("broad_law"))
    ['0101']
    >>> "1104A" in wetland_codes("broad_law"), "1106" in wetland_codes("narrow")
    (False, True)
    """
    return frozenset(
        e.code for e in vocabulary("dlbm").entries.values() if getattr(e, _FLAG[caliber])
    )


def wetland_area(
    codes: pd.Series[str], area_ha: pd.Series[float], caliber: WetlandCaliber, *, year: int
) -> Indicator:
    """Wetland area of the parcels in one caliber [ha].

    Examples
    --------
    >>> i = wetland_area(pd.Series(["1106", "1101", "0101"]), pd.Series([1.0, 2.0, 4.0]),
    ...                  "broad", year=2025)
    >>> i.value
    7.0
    """
    value = math.fsum(area_ha[codes.isin(wetland_codes(caliber))])
    return Indicator(
        id="wetland_area",
        title=Text(zh="湿地面积", en="wetland area"),
        value=value,
        unit="ha",
        caliber=caliber,
        caliber_title=WETLAND_CALIBERS[caliber],
        year=year,
        source="land_parcels (DLTB)",
        quality="measured",
    )


@dataclass(frozen=True)
class CaliberMatch:
    """A caliber held against a published figure."""

    caliber: str
    value_ha: float
    official_ha: float
    within: bool

    @property
    def relative(self) -> float:
        """(value - official) / official."""
        return self.value_ha / self.official_ha - 1.0


def matching_calibers(
    indicators: Sequence[Indicator], official_ha: float, tolerance_frac: float
) -> tuple[CaliberMatch, ...]:
    """Which calibers come within `tolerance_frac` of a published area; nearest first.

    Examples
    --------
    >>> p, a = pd.Series(["1106", "1101"]), pd.Series([100.0, 900.0])
    >>> both = [wetland_area(p, a, c, year=0) for c in ("narrow", "broad")]
    >>> [(m.caliber, m.within) for m in matching_calibers(both, 980.0, 0.05)]
    [('broad', True), ('narrow', False)]
    """
    found = [
        CaliberMatch(
            i.caliber, i.value, official_ha, abs(i.value / official_ha - 1.0) <= tolerance_frac
        )
        for i in indicators
    ]
    return tuple(sorted(found, key=lambda m: abs(m.relative)))


def protected_share(
    wetlands: gpd.GeoDataFrame, designations: Sequence[gpd.GeoDataFrame]
) -> npt.NDArray[np.float64]:
    """Share of each wetland parcel inside the union of all designations [0-1].

    A marsh inside a reserve, a park and a water source counts once.
    """
    geoms = np.asarray(wetlands.geometry.array)
    shares = np.zeros(len(geoms))
    parts = [np.asarray(d.geometry.array) for d in designations if len(d)]
    if not parts or not len(geoms):
        return shares
    union = shapely.union_all(np.concatenate(parts))
    shapely.prepare(union)
    hit = np.flatnonzero(shapely.intersects(union, geoms))
    inside = shapely.contains_properly(union, geoms[hit])
    shares[hit[inside]] = 1.0
    cut = hit[~inside]
    area = shapely.area(geoms[cut])
    part = shapely.area(shapely.intersection(union, geoms[cut]))
    shares[cut] = np.divide(part, area, out=np.zeros_like(area), where=area > 0)
    return shares


def protection_rate(
    wetlands: gpd.GeoDataFrame,
    area_ha: npt.NDArray[np.float64],
    designations: Mapping[str, gpd.GeoDataFrame],
    caliber: WetlandCaliber,
    *,
    year: int,
) -> Indicator:
    """Protected wetland area over wetland area, one caliber on both sides [%].

    Parameters
    ----------
    wetlands : GeoDataFrame
        Wetland parcels of `caliber`.
    area_ha : ndarray, shape (n,)
        Their net areas.
    designations : mapping
        Name -> polygons that count as protection; which ones do is the user's list.

    Raises
    ------
    ModelError
        When there is no wetland in this caliber.
    """
    total = math.fsum(area_ha)
    if total <= 0:
        raise ModelError(say("carbon_sink.cover.no_wetland_this_caliber"), where=caliber)
    share = protected_share(wetlands, list(designations.values()))
    inside = math.fsum(share * area_ha)
    return Indicator(
        id="wetland_protection_rate",
        title=Text(zh="湿地保护率", en="wetland protection rate"),
        value=inside / total * 100.0,
        unit="%",
        caliber=caliber,
        caliber_title=WETLAND_CALIBERS[caliber],
        year=year,
        source="land_parcels (DLTB); " + ", ".join(designations),
        quality="measured",
        numerator=inside,
        denominator=total,
        numerator_unit="ha",
        note=Text(
            zh="计入保护的图层：" + "、".join(designations) + "（先合并，重叠不重复计）",
            en="counted as protection: " + ", ".join(designations) + " (unioned first)",
        ),
    )
