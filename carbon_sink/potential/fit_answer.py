"""Whether the wanted forest fits: the answer, its numbers and its sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from carbon_sink.potential.pipeline import FitAnswer, fits
from carbon_sink.section import PotentialSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["answer_dict", "answer_of"]


def answer_of(
    projects: gpd.GeoDataFrame | None,
    section: PotentialSection,
    wanted: float,
    screening: Mapping[str, Any],
) -> FitAnswer:
    """The answer for the candidates of afforestation; unknown where nothing was screened."""
    if projects is None:
        return fits(wanted, 0.0, 0.0, screened=False)
    area = projects.groupby("state")["area_ha"].sum()
    need = section.irrigation_m3_ha_yr.get(section.afforest_measure)
    water = math.nan
    if section.water_budget_m3_yr is not None and need is not None:
        total = float(area.sum())
        water = min(section.water_budget_m3_yr / need, total) if need > 0 else total
    return fits(
        wanted,
        float(area.get("left", 0.0)),
        float(area.get("conditional", 0.0)),
        with_water_ha=water,
        provisional=bool(screening.get("provisional", False)),
    )


_SENTENCES = {
    "yes": (
        "依法可行：合规且适宜的造林地 {left:,.0f} 公顷，足以容纳净增 {wanted:,.0f} 公顷",
        "it fits: {left:,.0f} ha of lawful, suitable land hold the gain of {wanted:,.0f} ha",
    ),
    "conditional": (
        "须办手续方可：无条件用地 {left:,.0f} 公顷，另有须审批的 {cond:,.0f} 公顷，目标"
        " {wanted:,.0f} 公顷",
        "only with approvals: {left:,.0f} ha without and {cond:,.0f} ha with conditions, for"
        " {wanted:,.0f} ha",
    ),
    "no": (
        "容纳不下：合规用地 {left:,.0f} 公顷、须审批 {cond:,.0f} 公顷，目标净增"
        " {wanted:,.0f} 公顷",
        "it does not fit: {left:,.0f} ha without and {cond:,.0f} ha with conditions, for"
        " {wanted:,.0f} ha",
    ),
    "unknown": (
        "无法判定：本次运行没有造林规则的筛查结果",
        "cannot be judged: this run has no screening for afforestation",
    ),
}


def answer_dict(a: FitAnswer) -> dict[str, Any]:
    """The answer for ``summary.json``, with its sentence in both languages."""
    zh, en = _SENTENCES[a.answer]
    numbers = {"left": a.left_ha, "cond": a.conditional_ha, "wanted": a.wanted_ha}
    text = {"zh": zh.format(**numbers), "en": en.format(**numbers)}
    if math.isfinite(a.with_water_ha):
        text["zh"] += f"；用水预算只够 {a.with_water_ha:,.0f} 公顷"
        text["en"] += f"; the water budget is enough for {a.with_water_ha:,.0f} ha"
    elif a.answer != "unknown":
        text["zh"] += "；用水未判定（未给出灌溉定额或用水预算）"
        text["en"] += "; water was not judged (no irrigation need or water budget given)"
    if a.provisional:
        text["zh"] += "；暂定，部分规则未判定"
        text["en"] += "; provisional, some rules were not judged"
    return {
        "answer": a.answer,
        "wanted_ha": a.wanted_ha,
        "wanted_km2": a.wanted_ha / 100.0,
        "left_ha": a.left_ha,
        "conditional_ha": a.conditional_ha,
        "with_water_ha": a.with_water_ha,
        "provisional": a.provisional,
        "text": text,
    }
