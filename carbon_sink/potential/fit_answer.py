"""Whether the wanted forest fits: the answer, its numbers and its sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from carbon_sink.potential.outcome import ForestFit
from carbon_sink.potential.pipeline import Fit, FitAnswer, fits
from carbon_sink.section import PotentialSection
from gis.say import Sentence, say
from layers.spec import Text

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["answer_of", "forest_fit"]


def answer_of(
    projects: gpd.GeoDataFrame | None,
    section: PotentialSection,
    wanted: float,
    *,
    provisional: bool,
    waiting_ha: float = 0.0,
) -> FitAnswer:
    """The answer for the candidates of afforestation; unknown where nothing was screened."""
    if projects is None:
        return fits(wanted, 0.0, 0.0, screened=False)
    area = projects.groupby("state")["area_ha"].sum()
    need = section.irrigation_m3_ha_yr.get(section.afforest_measure)
    water = math.nan
    if section.water_budget_m3_yr is not None and need is not None:
        water = section.water_budget_m3_yr / need if need > 0 else math.inf
    return fits(
        wanted,
        float(area.get("left", 0.0)),
        float(area.get("conditional", 0.0)),
        water_ha=water,
        provisional=provisional,
        waiting_ha=waiting_ha,
    )


def sentence_of(a: FitAnswer) -> Text:
    """The answer in words, with what is known of water and of the rules."""
    numbers = {"left": a.left_ha, "cond": a.conditional_ha, "wanted": a.wanted_ha}
    used = {k: v for k, v in numbers.items() if k in _USES[a.answer]}
    parts: list[Sentence] = [say(f"carbon_sink.forest_fit.{a.answer}", **used)]
    if a.answer == "unknown" and a.waiting_ha > 0:
        numbers |= {"waiting": a.waiting_ha}
        parts = [say("carbon_sink.forest_fit.waiting", **numbers)]
    if a.water_ha < a.wanted_ha:
        parts.append(say("carbon_sink.forest_fit.water", water=a.water_ha))
    elif math.isfinite(a.water_ha):
        parts.append(say("carbon_sink.forest_fit.water_enough", water=a.water_ha))
    elif a.answer != "unknown" and math.isnan(a.water_ha):
        parts.append(say("carbon_sink.forest_fit.water_not_judged"))
    if a.provisional:
        parts.append(say("carbon_sink.forest_fit.provisional"))
    return Text(
        zh=say("carbon_sink.forest_fit.joint")("zh").join(p("zh") for p in parts),
        en=say("carbon_sink.forest_fit.joint")("en").join(p("en") for p in parts),
    )


_USES: Mapping[Fit, tuple[str, ...]] = {
    "yes": ("left", "wanted"),
    "conditional": ("left", "cond", "wanted"),
    "no": ("left", "cond", "wanted"),
    "unknown": (),
}


def forest_fit(a: FitAnswer) -> ForestFit:
    """The answer for ``summary.json``, with its sentence in both languages."""
    return ForestFit(
        answer=a.answer,
        wanted_ha=a.wanted_ha,
        wanted_km2=a.wanted_ha / 100.0,
        left_ha=a.left_ha,
        conditional_ha=a.conditional_ha,
        with_water_ha=a.with_water_ha,
        provisional=a.provisional,
        text=sentence_of(a),
    )
