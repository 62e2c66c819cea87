"""Protected share of the wetland, over the union of the designations the plan counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from carbon_sink.cover.indicator import Answer, Evidence, Indicator
from carbon_sink.cover.indicators.wetland_area import (
    REGISTER,
    REGISTERED,
    WETLAND_CALIBERS,
    WetlandCaliber,
    meant_caliber,
    registered_wetland,
    wetland_codes,
)
from carbon_sink.cover.sampling import protected_share
from carbon_sink.section import CarbonSection
from gis.cells.area import polygon_area_m2
from gis.errors import ModelError
from gis.say import listed, say
from layers.answers.figure import Figure
from layers.catalogue import layer, layer_ids
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import layer_year
from layers.result import Warn
from layers.spec import Text, text_of

__all__ = ["INDICATOR", "protection_rate"]

_CALIBERS: Mapping[str, Text] = {
    **{str(c): words for c, words in WETLAND_CALIBERS.items()},
    **REGISTERED,
}
_TITLE = text_of(say("carbon_sink.wetland_protection_rate.title"))


def protection_rate(
    wetlands: gpd.GeoDataFrame,
    area_ha: npt.NDArray[np.float64],
    designations: Mapping[str, gpd.GeoDataFrame],
    caliber: WetlandCaliber | Literal["register"],
    *,
    year: int,
) -> Figure:
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
        raise ModelError(say("carbon_sink.wetland_protection_rate.no_wetland"), where=caliber)
    share = protected_share(wetlands, list(designations.values()))
    inside = math.fsum(share * area_ha)
    return Figure(
        id="wetland_protection_rate",
        title=_TITLE,
        value=inside / total * 100.0,
        unit="%",
        caliber=caliber,
        caliber_title=_CALIBERS[caliber],
        year=year,
        source=("wetland; " if caliber == REGISTER else "land_parcels; ")
        + ", ".join(designations),
        quality="measured",
        numerator=inside,
        denominator=total,
        numerator_unit="ha",
        note=text_of(
            say(
                "carbon_sink.wetland_protection_rate.note_counted",
                layers=listed(layer(d).title if d in layer_ids() else d for d in designations),
            )
        ),
    )


def _answer(evidence: Evidence) -> Answer:
    county, section = evidence.county, evidence.section
    if county is None or county.parcels is None:
        return Answer()
    given: dict[str, gpd.GeoDataFrame] = {}
    missing = []
    for name in section.protection_layers:
        features = open_features(evidence.plan, name)
        if features is not None:
            given[name] = features
        elif layer_state(evidence.plan, name) == "missing":
            missing.append(name)
    if not given:
        none = say("carbon_sink.wetland_protection_rate.not_estimated")
        where = ", ".join(section.protection_layers)
        return Answer((), (Warn("protection_rate_not_estimated", none, where),))
    warnings = []
    if missing:
        bound = say(
            "carbon_sink.wetland_protection_rate.layers_missing",
            layers=listed(layer(m).title for m in missing),
        )
        warnings.append(Warn("protection_layers_missing", bound, ", ".join(missing)))
    figures = []
    for caliber in WETLAND_CALIBERS:
        own = county.parcels[county.parcels["dlbm"].isin(wetland_codes(caliber))]
        if len(own):
            area_ha = own["area_m2"].to_numpy() / 1e4
            figures.append(protection_rate(own, area_ha, given, caliber, year=section.year))
    listed_ = registered_wetland(evidence.plan)
    if listed_ is not None and len(listed_):
        area_ha = polygon_area_m2(list(listed_.geometry), listed_.crs) / 1e4
        year = layer_year(evidence.plan, "wetland")
        figures.append(protection_rate(listed_, area_ha, given, "register", year=year))
    return Answer(tuple(figures), tuple(warnings))


def _preferred(section: CarbonSection, figures: Sequence[Figure]) -> str:  # noqa: ARG001
    return section.wetland_caliber


INDICATOR = Indicator(
    id="wetland_protection_rate",
    title=_TITLE,
    unit="%",
    needs="land_parcels + nature_reserve / natural_park / wetland_reserve_small",
    answer=_answer,
    place=25,
    calibers=_CALIBERS,
    caliber_decides=True,
    meant=meant_caliber,
    denominator=text_of(say("carbon_sink.wetland_protection_rate.denominator")),
    preferred=_preferred,
)
