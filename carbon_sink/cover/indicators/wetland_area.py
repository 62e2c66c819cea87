"""Wetland area under its calibers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, cast, get_args

import numpy as np
import pandas as pd
import shapely

from carbon_sink.cover.indicator import Answer, Evidence, Indicator, Treated
from carbon_sink.cover.land import County
from carbon_sink.cover.proxy import LAND_COVER, PROXIES, classes_of, note_of, sure_and_maybe
from carbon_sink.section import CarbonSection
from gis.cells.area import polygon_area_m2
from gis.say import say
from layers.answers.figure import Figure
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan, layer_year
from layers.spec import Text, text_of
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "INDICATOR",
    "REGISTER",
    "REGISTERED",
    "WETLAND_CALIBERS",
    "meant_caliber",
    "registered_wetland",
    "wetland_area",
    "wetland_codes",
]

WetlandCaliber = Literal["narrow", "broad", "broad_law"]
WETLAND_CALIBERS: Mapping[WetlandCaliber, Text] = {
    c: text_of(say(f"carbon_sink.wetland_area.{c}")) for c in get_args(WetlandCaliber)
}
REGISTER = "register"
REGISTERED: Mapping[str, Text] = {REGISTER: text_of(say("carbon_sink.wetland_area.register"))}
"""The register of wetlands (湿地名录), a layer of its own and no list of codes."""
_AREAL = 2
_TITLE = text_of(say("carbon_sink.wetland_area.title"))
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
) -> Figure:
    """Wetland area of the parcels in one caliber [ha].

    Examples
    --------
    >>> i = wetland_area(pd.Series(["1106", "1101", "0101"]), pd.Series([1.0, 2.0, 4.0]),
    ...                  "broad", year=2025)
    >>> i.value
    7.0
    """
    value = math.fsum(area_ha[codes.isin(wetland_codes(caliber))])
    return Figure(
        id="wetland_area",
        title=_TITLE,
        value=value,
        unit="ha",
        caliber=caliber,
        caliber_title=WETLAND_CALIBERS[caliber],
        year=year,
        source="land_parcels",
        quality="measured",
    )


def _of_land_cover(evidence: Evidence, county: County) -> Figure:
    """Surely wetland, up to everything that may be wetland or water."""
    narrow, _ = sure_and_maybe(county, classes_of("wetland"))
    _, broad = sure_and_maybe(county, classes_of("wetland", "water"))
    return Figure(
        id="wetland_area",
        title=_TITLE,
        value=narrow,
        low=narrow,
        high=broad,
        unit="ha",
        caliber=LAND_COVER,
        caliber_title=PROXIES[LAND_COVER],
        year=evidence.section.year,
        source="land_cover",
        quality="proxy",
        note=note_of(broad),
    )


def registered_wetland(plan: Plan) -> gpd.GeoDataFrame | None:
    """Listed wetlands of the layer ``wetland``, cut to the county; None without the layer.

    Paddy and water used for aquaculture are no wetland by law and do not count. Outlines that
    lie over one another are united: land listed twice counts once.
    """
    listed_ = open_features(plan, "wetland")
    if listed_ is None:
        return None
    if "wetland_type" in listed_.columns:
        listed_ = listed_[~listed_["wetland_type"].isin(["paddy", "aquaculture"])]
    if not len(listed_):
        return listed_[["geometry"]]
    whole = shapely.union_all(np.asarray(listed_.geometry.array))
    cut = shapely.get_parts(shapely.intersection(whole, county_boundary(plan)))
    cut = cut[shapely.get_dimensions(cut) == _AREAL]
    return listed_[["geometry"]].iloc[:0]._constructor(geometry=cut, crs=listed_.crs)


def _of_register(evidence: Evidence) -> Figure | None:
    found = registered_wetland(evidence.plan)
    if found is None:
        return None
    area_m2 = polygon_area_m2(list(found.geometry), plan_crs(evidence.plan))
    return Figure(
        id="wetland_area",
        title=_TITLE,
        value=math.fsum(area_m2) / 1e4,
        unit="ha",
        caliber=REGISTER,
        caliber_title=REGISTERED[REGISTER],
        year=layer_year(evidence.plan, "wetland"),
        source="wetland",
        quality="measured",
    )


def _answer(evidence: Evidence) -> Answer:
    county = evidence.county
    listed_ = _of_register(evidence)
    register = () if listed_ is None else (listed_,)
    if county is None:
        return Answer(register)
    if county.parcels is None:
        return Answer((*register, _of_land_cover(evidence, county)))
    codes, area_ha = county.areas["code"], county.areas["area_ha"]
    found = tuple(
        wetland_area(codes, area_ha, c, year=evidence.section.year) for c in WETLAND_CALIBERS
    )
    return Answer((*found, *register))


def meant_caliber(section: CarbonSection) -> str:
    """Caliber of wetland the plan file states; empty where it leaves it open."""
    return section.wetland_caliber if "wetland_caliber" in section.model_fields_set else ""


def _by_township(areas: pd.DataFrame, figure: Figure) -> pd.Series[float] | None:
    if figure.caliber not in WETLAND_CALIBERS:
        return None
    wet = wetland_codes(cast("WetlandCaliber", figure.caliber))
    whole = areas.groupby("township")["area_ha"].sum()
    own = areas[areas["code"].isin(wet)].groupby("township")["area_ha"].sum()
    return own.reindex(whole.index, fill_value=0.0)


def _counts(land: Treated) -> bool:
    return land.action == "wetland"


def _preferred(section: CarbonSection, figures: Sequence[Figure]) -> str:  # noqa: ARG001
    return section.wetland_caliber


INDICATOR = Indicator(
    id="wetland_area",
    title=_TITLE,
    unit="ha",
    needs="land_parcels",
    answer=_answer,
    place=20,
    calibers={**{str(c): words for c, words in WETLAND_CALIBERS.items()}, **REGISTERED},
    proxies=PROXIES,
    preferred=_preferred,
    caliber_decides=True,
    meant=meant_caliber,
    by_township=_by_township,
    counts=_counts,
    official="wetland_area_ha",
)
