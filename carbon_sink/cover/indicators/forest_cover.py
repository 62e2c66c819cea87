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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from carbon_sink.cover.indicator import Answer, Evidence, Indicator, Treated
from carbon_sink.cover.land import County, outside_words
from carbon_sink.cover.proxy import LAND_COVER, PROXIES, classes_of, note_of, sure_and_maybe
from carbon_sink.section import CarbonSection, UserArea
from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import say
from layers.answers.figure import Figure, Quality
from layers.open.county import county_boundary, plan_crs
from layers.open.parcel_outlines import layer_counted_once
from layers.open.plan_layers import open_features
from layers.open.read_layer import key_of
from layers.result import Warn
from layers.spec import Text, text_of
from layers.vocabulary import dlbm_group

__all__ = ["INDICATOR", "ForestAreas", "forest_areas", "forest_cover", "rain_fault"]

ForestCaliber = Literal["decree", "special_shrub", "integrated"]

FOREST_CALIBERS: Mapping[ForestCaliber, Text] = {
    c: text_of(say(f"carbon_sink.forest_cover.{c}")) for c in get_args(ForestCaliber)
}
_TITLE = text_of(say("carbon_sink.forest_cover.title"))
_RAIN_LIMIT_MM = 400.0
_CANOPY_MIN = 0.2
_SHRUB_COVER_MIN_PCT = 30.0
_OVERLAP_TOLD_HA = 0.01


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
    arbor = math.fsum(area_ha[codes.isin(dlbm_group("arbor"))])
    shrub = math.fsum(area_ha[codes.isin(dlbm_group("shrub"))])
    known = shrub if special_shrub == "all" else 0.0
    maybe = shrub if special_shrub == "unknown" else 0.0
    return ForestAreas(arbor, known, maybe, "land_parcels")


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
        "forest_land",
        from_forest_layer=True,
    )


def without_canopy_ha(forest_land: pd.DataFrame, area_ha: np.ndarray) -> float:
    """Arbor and bamboo of no stated canopy, which count as forest in full [ha]."""
    known = forest_land["forest_type"].isin(["arbor", "bamboo"]).to_numpy()
    if "canopy_frac" in forest_land.columns:
        known = known & pd.to_numeric(forest_land["canopy_frac"]).isna().to_numpy()
    return math.fsum(np.asarray(area_ha)[known])


def rain_fault(rainfall_mm: float | None, *, claimed: bool) -> list[Fault]:
    """That special shrubland is claimed where there is too much rain for it to be any.

    Examples
    --------
    >>> len(rain_fault(400.0, claimed=True)), rain_fault(399.0, claimed=True)
    (1, [])
    """
    if not claimed or rainfall_mm is None or rainfall_mm < _RAIN_LIMIT_MM:
        return []
    return [
        Fault(
            say("carbon_sink.forest_cover.no_special_shrub_here"),
            where="[carbon] special_shrub",
            got=f"{rainfall_mm:g} mm",
            todo=say("carbon_sink.forest_cover.set_special_shrub_none"),
        )
    ]


def forest_cover(
    areas: ForestAreas,
    county_ha: float,
    caliber: ForestCaliber,
    *,
    year: int,
    rainfall_mm: float | None = None,
    shelterbelt: UserArea | None = None,
    four_side: UserArea | None = None,
) -> Figure:
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
    Figure
        Where shrubland may or may not be special, the value leaves it out and the interval
        runs to the value with it.

    Raises
    ------
    ConfigError
        When special shrubland is claimed at 400 mm or more, or nets and four-side trees
        make forest of more land than there is.

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
    raise_faults(ConfigError, rain_fault(rainfall_mm, claimed=special > 0))
    if rainfall_mm is not None and rainfall_mm >= _RAIN_LIMIT_MM:
        maybe = 0.0
    extra = 0.0
    sources = [areas.source]
    if caliber == "decree":
        for part in (shelterbelt, four_side):
            if part is not None:
                extra += part.area_ha
                sources.append(part.source)
    numerator = areas.arbor_ha + special + extra
    if extra and numerator > county_ha:
        raise ConfigError(
            say("carbon_sink.forest_cover.more_than_the_county"),
            where="[carbon] shelterbelt, four_side_trees",
            got=f"{numerator - extra:.1f} + {extra:.1f} = {numerator:.1f} ha",
            expected=f"<= {county_ha:.1f} ha",
            todo=say("carbon_sink.forest_cover.area_of_nets_in_ha"),
        )
    quality: Quality = "measured"
    note = None
    if caliber != "integrated" and not areas.from_forest_layer:
        quality = "proxy"
        note = text_of(say("carbon_sink.forest_cover.note_needs_attributes"))
    elif maybe > 0:
        note = text_of(say("carbon_sink.forest_cover.note_shrub_unknown"))
    low = numerator / county_ha * 100.0
    return Figure(
        id="forest_cover",
        title=_TITLE,
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


def check_canopy(canopy: pd.Series[float]) -> None:
    """Refuse canopy density above 1, as of a column in percent.

    Raises
    ------
    DataError
    """
    over = pd.to_numeric(canopy, errors="coerce").to_numpy(np.float64) > 1.0
    if over.any():
        most = float(pd.to_numeric(canopy).to_numpy(np.float64)[over].max())
        raise DataError(
            say("carbon_sink.cover.canopy_over_one"),
            where="forest_land.canopy_frac",
            got=say("carbon_sink.cover.rows_over_one", n=int(over.sum()), most=most),
            expected="0–1",
            todo=say("carbon_sink.cover.canopy_as_share"),
        )


def _of_layer(evidence: Evidence) -> tuple[ForestAreas | None, tuple[Warn, ...]]:
    """Areas of the forest map: cut to the county, each land once."""
    plan = evidence.plan
    layer = open_features(plan, "forest_land")
    if layer is None:
        return None, ()
    if "forest_type" not in layer.columns:
        survey = any(str(c).lower() == "dlbm" for c in layer.columns)
        key = "survey_codes_there" if survey else "name_forest_type"
        said = say(
            "carbon_sink.cover.forest_layer_without_type",
            found=say(f"carbon_sink.cover.{key}"),
        )
        return None, (Warn("forest_layer_without_type", said, "forest_land"),)
    if "canopy_frac" in layer.columns:
        check_canopy(layer["canopy_frac"])
    shapes = np.asarray(layer.geometry.array)
    inside, once = layer_counted_once(
        key_of(plan, "forest_land"),
        county_boundary(plan),
        least_m2=evidence.section.overlap_tolerance_m2,
    )
    told = list(outside_words(shapes, inside, "forest_land"))
    held, counted = (
        polygon_area_m2(s, plan_crs(plan), "forest_land") / 1e4 for s in (inside, once)
    )
    twice = float(held.sum() - counted.sum())
    if twice > _OVERLAP_TOLD_HA:
        said = say("carbon_sink.cover.stands_counted_once", area_ha=twice)
        told.append(Warn("stands_counted_once", said, "forest_land"))
    open_ha = without_canopy_ha(layer, counted)
    if open_ha > 0:
        said = say("carbon_sink.forest_cover.stands_without_canopy", area_ha=open_ha)
        told.append(Warn("stands_without_canopy", said, "forest_land"))
    areas, rain = forest_areas_from_layer(layer, counted), evidence.section.annual_rainfall_mm
    if rain is None or rain < _RAIN_LIMIT_MM or not areas.special_shrub_ha:
        return areas, tuple(told)
    if evidence.section.special_shrub != "none":
        raise ConfigError(
            say("carbon_sink.forest_cover.no_special_shrub_here"),
            where="[layers.forest_land] special_shrub",
            got=say(
                "carbon_sink.forest_cover.special_shrub_of_map",
                area_ha=areas.special_shrub_ha,
                rain=rain,
            ),
            todo=say("carbon_sink.forest_cover.leave_out_special_shrub_of_map"),
        )
    said = say(
        "carbon_sink.forest_cover.special_shrub_of_map_left_out",
        area_ha=areas.special_shrub_ha,
        rain=rain,
    )
    told.append(Warn("special_shrub_of_map_left_out", said, "forest_land"))
    return replace(areas, special_shrub_ha=0.0), tuple(told)


def _of_parcels(evidence: Evidence, county: County, areas: ForestAreas | None) -> list[Figure]:
    section = evidence.section
    codes, area_ha = county.areas["code"], county.areas["area_ha"]
    from_parcels = forest_areas(codes, area_ha, special_shrub=section.special_shrub)
    if areas is not None and section.special_shrub == "none":
        from_parcels = forest_areas(codes, area_ha, special_shrub="unknown")
    out = []
    for caliber in FOREST_CALIBERS:
        # the integrated caliber is defined on the land survey; the other two need attributes
        # the survey does not have
        base = from_parcels if caliber == "integrated" or areas is None else areas
        if caliber == "integrated" and areas is not None:
            # the layer says which shrubland is special, the survey how much of it there is
            shrub = from_parcels.special_shrub_ha + from_parcels.shrub_possible_ha
            known = min(areas.special_shrub_ha, shrub)
            base = ForestAreas(
                from_parcels.arbor_ha,
                known,
                min(areas.shrub_possible_ha, shrub - known),
                f"{from_parcels.source}; {areas.source}",
            )
        out.append(
            forest_cover(
                base,
                county.area_m2 / 1e4,
                caliber,
                year=section.year,
                rainfall_mm=section.annual_rainfall_mm,
                shelterbelt=section.shelterbelt,
                four_side=section.four_side_trees,
            )
        )
    return out


def _of_land_cover(evidence: Evidence, county: County) -> Figure:
    low, high = sure_and_maybe(county, classes_of("forest"))
    county_ha = county.area_m2 / 1e4
    return Figure(
        id="forest_cover",
        title=_TITLE,
        value=low / county_ha * 100.0,
        low=low / county_ha * 100.0,
        high=high / county_ha * 100.0,
        unit="%",
        caliber=LAND_COVER,
        caliber_title=PROXIES[LAND_COVER],
        year=evidence.section.year,
        source="land_cover",
        quality="proxy",
        numerator=low,
        denominator=county_ha,
        numerator_unit="ha",
        note=note_of(high),
    )


def _answer(evidence: Evidence) -> Answer:
    county = evidence.county
    if county is None:
        return Answer()
    if county.parcels is None:
        return Answer((_of_land_cover(evidence, county),))
    areas, told = _of_layer(evidence)
    return Answer(tuple(_of_parcels(evidence, county, areas)), told)


def _by_township(areas: pd.DataFrame, figure: Figure) -> pd.Series[float]:
    """Arbor by township; what a caliber counts beyond it follows the shrubland.

    Special shrubland and nets are known for the county alone; spread so, the parts add up.
    """
    whole = areas.groupby("township")["area_ha"].sum()

    def by_town(group: str) -> pd.Series[float]:
        rows = areas[areas["code"].isin(dlbm_group(group))]
        return rows.groupby("township")["area_ha"].sum().reindex(whole.index, fill_value=0.0)

    own, shrub = by_town("arbor"), by_town("shrub")
    extra = figure.numerator - float(own.sum())
    weight = shrub if shrub.sum() > 0 else whole
    return own + extra * weight / weight.sum()


def _counts(land: Treated) -> bool:
    if land.action == "shelterbelt":
        return land.caliber == "decree"
    if land.ecosystem == "shrubland":
        return land.action == "afforest" and land.shrub_is_forest
    return land.action == "afforest"


def _preferred(section: CarbonSection, figures: Sequence[Figure]) -> str:  # noqa: ARG001
    return section.forest_caliber


INDICATOR = Indicator(
    id="forest_cover",
    title=_TITLE,
    unit="%",
    needs="land_parcels / forest_land",
    answer=_answer,
    place=10,
    calibers={str(c): words for c, words in FOREST_CALIBERS.items()},
    proxies=PROXIES,
    denominator=text_of(say("carbon_sink.forest_cover.denominator")),
    preferred=_preferred,
    by_township=_by_township,
    counts=_counts,
    delayed=True,
)
