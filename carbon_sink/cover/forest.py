"""Forest cover under the three calibers in circulation, never a bare rate.

* ``decree`` - Regulations for the Forest Law: arbor of canopy 0.2 and over, bamboo, state
  special shrubland, farmland shelterbelt nets and four-side trees;
* ``special_shrub`` - 林资发[2004]14号: arbor, bamboo, and special shrubland of over 30 %
  shrub cover where the mean annual rainfall is under 400 mm;
* ``integrated`` - the 2021 forest, grass and wetland monitoring on the land survey: arbor,
  bamboo and the 0305 parcels flagged special; nets, parks, orchards do not count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from carbon_sink.cover.indicator import Indicator, Quality
from carbon_sink.section import UserArea
from gis.errors import ConfigError
from gis.say import say
from layers.spec import Text

__all__ = ["FOREST_CALIBERS", "ForestAreas", "forest_areas", "forest_cover"]

ForestCaliber = Literal["decree", "special_shrub", "integrated"]

FOREST_CALIBERS: Mapping[str, Text] = {
    "decree": Text(
        zh="森林法实施条例口径（含特灌、林网、四旁树）",
        en="Forest Law regulations (with special shrubland, nets, four-side trees)",
    ),
    "special_shrub": Text(
        zh="林资发[2004]14号口径（含覆盖度>30%的特灌）",
        en="2004 rule (with special shrubland of over 30 % cover)",
    ),
    "integrated": Text(
        zh="林草湿综合监测口径（三调底版）",
        en="2021 integrated monitoring on the land survey",
    ),
}

_ARBOR = ("0301", "0301K", "0302", "0302K")
_SHRUB = ("0305",)
_RAIN_LIMIT_MM = 400.0
_CANOPY_MIN = 0.2
_SHRUB_COVER_MIN_PCT = 30.0


@dataclass(frozen=True)
class ForestAreas:
    """What the calibers are made of [ha].

    Attributes
    ----------
    arbor_ha
        Arbor and bamboo forest.
    special_shrub_ha, shrub_possible_ha
        Shrubland known to be special, and shrubland that may be.
    source
        Which data.
    from_forest_layer
        Whether the forest attribute layer was there; the survey alone knows only shrubland
        of 40 % cover and over.
    """

    arbor_ha: float
    special_shrub_ha: float
    shrub_possible_ha: float
    source: str
    from_forest_layer: bool = False


def forest_areas(
    codes: pd.Series[str],
    area_ha: pd.Series[float],
    *,
    special_shrub: Literal["none", "all", "unknown"] = "unknown",
) -> ForestAreas:
    """Areas from land survey parcels.

    Parameters
    ----------
    codes, area_ha : Series, shape (n,)
        DLBM and net area of each parcel.
    special_shrub : str
        Which 0305 are special: none, all, or unknown.

    Examples
    --------
    >>> a = forest_areas(pd.Series(["0301", "0305", "0307"]), pd.Series([5.0, 3.0, 2.0]))
    >>> a.arbor_ha, a.special_shrub_ha, a.shrub_possible_ha
    (5.0, 0.0, 3.0)
    """
    arbor = math.fsum(area_ha[codes.isin(_ARBOR)])
    shrub = math.fsum(area_ha[codes.isin(_SHRUB)])
    known = shrub if special_shrub == "all" else 0.0
    maybe = shrub if special_shrub == "unknown" else 0.0
    return ForestAreas(arbor, known, maybe, "land_parcels (DLTB)")


def forest_areas_from_layer(forest_land: pd.DataFrame, area_ha: np.ndarray) -> ForestAreas:
    """Areas from the forest attribute layer (林草湿 小班).

    An arbor parcel with a stated canopy under 0.2 does not count; a shrub parcel counts as
    special when flagged and, where its cover is stated, above 30 %.
    """
    kind = forest_land["forest_type"]
    canopy = pd.to_numeric(
        forest_land.get("canopy_frac", pd.Series(np.nan, index=forest_land.index))
    )
    cover = pd.to_numeric(
        forest_land.get("shrub_cover_pct", pd.Series(np.nan, index=forest_land.index))
    )
    flag = forest_land.get("special_shrub", pd.Series(None, index=forest_land.index))
    arbor = kind.isin(["arbor", "bamboo"]) & ~(canopy < _CANOPY_MIN)
    shrub = kind.eq("shrub") & ~(cover <= _SHRUB_COVER_MIN_PCT)
    special = shrub & flag.eq("yes")
    maybe = shrub & flag.isna()
    area = pd.Series(area_ha, index=forest_land.index)
    return ForestAreas(
        math.fsum(area[arbor]),
        math.fsum(area[special]),
        math.fsum(area[maybe]),
        "forest_land (林草湿)",
        from_forest_layer=True,
    )


def forest_cover(
    areas: ForestAreas,
    county_ha: float,
    caliber: ForestCaliber,
    *,
    year: int,
    rainfall_mm: float | None = None,
    shelterbelt: UserArea | None = None,
    four_side: UserArea | None = None,
) -> Indicator:
    """Forest cover in one caliber [%].

    Parameters
    ----------
    areas : ForestAreas
    county_ha : float
        Land area, the denominator [ha].
    rainfall_mm : float, optional
        Mean annual rainfall; special shrubland exists only under 400 mm.
    shelterbelt, four_side : UserArea, optional
        Area equivalents; they count under ``decree`` alone.

    Returns
    -------
    Indicator
        Where shrubland may or may not be special, the value leaves it out and the interval
        runs to the value with it.

    Raises
    ------
    ConfigError
        When special shrubland is claimed at 400 mm or more.

    Examples
    --------
    10 ha arbor + 2 ha special shrub of 100 ha; 1 ha of nets counts under the decree only.

    >>> a = ForestAreas(10.0, 2.0, 0.0, "x")
    >>> nets = UserArea(area_ha=1.0, source="bureau")
    >>> [forest_cover(a, 100.0, c, year=2025, shelterbelt=nets).value
    ...  for c in ("decree", "special_shrub", "integrated")]
    [13.0, 12.0, 12.0]
    """
    special, maybe = areas.special_shrub_ha, areas.shrub_possible_ha
    if rainfall_mm is not None and rainfall_mm >= _RAIN_LIMIT_MM:
        if special > 0:
            raise ConfigError(
                say("carbon_sink.cover.special_shrubland_by_rainfall_exists"),
                where="[carbon] special_shrub",
                got=f"{rainfall_mm:g} mm",
                todo=say("carbon_sink.cover.set_special_shrub_none"),
            )
        maybe = 0.0
    extra = 0.0
    sources = [areas.source]
    if caliber == "decree":
        for part in (shelterbelt, four_side):
            if part is not None:
                extra += part.area_ha
                sources.append(part.source)
    numerator = areas.arbor_ha + special + extra
    quality: Quality = "measured"
    note = None
    if caliber != "integrated" and not areas.from_forest_layer:
        quality = "proxy"
        note = Text(
            zh="三调灌木林地以覆盖度40%起算，30–40%的灌木与林网、四旁树看不到，需林草湿小班属性",
            en="the survey maps shrubland from 40 % cover; 30-40 % shrub, nets and"
            " four-side trees"
            " need the forest attribute layer",
        )
    elif maybe > 0:
        note = Text(
            zh="灌木林地是否为国家特别规定灌木林未知：数值不计，区间上限计入",
            en="whether the shrubland is special is unknown: left out of the value, in"
            " the upper end",
        )
    low = numerator / county_ha * 100.0
    return Indicator(
        id="forest_cover",
        title=Text(zh="森林覆盖率", en="forest cover"),
        value=low,
        unit="%",
        low=low if maybe > 0 else math.nan,
        high=(numerator + maybe) / county_ha * 100.0 if maybe > 0 else math.nan,
        caliber=caliber,
        caliber_title=FOREST_CALIBERS[caliber],
        year=year,
        source="; ".join(sources),
        quality=quality,
        numerator=numerator,
        denominator=county_ha,
        numerator_unit="ha",
        note=note,
    )
