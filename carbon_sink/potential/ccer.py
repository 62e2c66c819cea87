"""Screen of a candidate against CCER-14-001-V01 (afforestation), with the reason of each check.

The text of the method was read; its parameter annex was not, so no removal is computed by
it here. A check that cannot be judged stays unknown: it is never passed in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from layers.spec import Text

__all__ = ["CcerCheck", "CcerFacts", "ccer_screen", "verdict"]

Answer = Literal["pass", "fail", "unknown"]
MIN_AREA_M2 = 400.0
MIN_AREA_BEFORE_2019_M2 = 667.0
MIN_NON_FOREST_YEARS = 3
MAX_CLEARING_FRAC = 0.20
_WET = frozenset({"wetland", "water"})


@dataclass(frozen=True)
class CcerFacts:
    """What is known of a candidate.

    Attributes
    ----------
    area_m2
        Of one contiguous piece [m2].
    group, ecosystem, dlbm
        Of the land today.
    planting
        arbor, bamboo or shrub; ``other`` for grass, wetland, orchard.
    passage_or_town
        Passage greening, or greening of a town, village, mine or park.
    non_forest_years
        Years without forest before planting; None when unknown.
    planned_land
        Whether it is planned afforestation land; None when unknown.
    clearing_frac
        Share of the area from which shrubs or trees would be removed; None when unknown.
    started
        Year of planting.
    """

    area_m2: float
    group: str
    ecosystem: str
    dlbm: str
    planting: Literal["arbor", "bamboo", "shrub", "other"]
    passage_or_town: bool = False
    non_forest_years: int | None = None
    planned_land: bool | None = None
    clearing_frac: float | None = None
    started: int = 2026


@dataclass(frozen=True)
class CcerCheck:
    """One condition of the method."""

    id: str
    title: Text
    answer: Answer
    reason: Text


def _check(key: str, zh: str, en: str, answer: Answer, why_zh: str, why_en: str) -> CcerCheck:
    return CcerCheck(key, Text(zh=zh, en=en), answer, Text(zh=why_zh, en=why_en))


def _known(value: bool | None) -> Answer:  # noqa: FBT001 - the value judged
    return "unknown" if value is None else "pass" if value else "fail"


def ccer_screen(facts: CcerFacts) -> tuple[CcerCheck, ...]:
    """Every condition with its answer and reason.

    Returns
    -------
    tuple of CcerCheck

    References
    ----------
    CCER-14-001-V01 温室气体自愿减排项目方法学 造林碳汇, conditions of application.

    Examples
    --------
    Farmland returned to wetland at a river is never a CCER afforestation project.

    >>> f = CcerFacts(5e4, "wetland", "floodplain", "1106", "other")
    >>> sorted(c.id for c in ccer_screen(f) if c.answer == "fail")
    ['not_wetland', 'planting']
    """
    f = facts
    least = MIN_AREA_M2 if f.started > 2019 else MIN_AREA_BEFORE_2019_M2
    small = f.area_m2 < least
    years = None if f.non_forest_years is None else f.non_forest_years >= MIN_NON_FOREST_YEARS
    if f.ecosystem == "forest_arbor":
        years = False
    clearing = f.clearing_frac
    if clearing is None and f.ecosystem == "shrubland":
        clearing = 1.0
    clear: Answer = _known(None if clearing is None else clearing <= MAX_CLEARING_FRAC)
    greening = f.passage_or_town or f.group in {"built", "mine", "urban_green", "transport"}
    return (
        _check(
            "planting",
            "乔木、竹子或灌木造林",
            "planting of arbor, bamboo or shrub",
            "fail" if f.planting == "other" or f.ecosystem == "orchard" else "pass",
            "经济林、种草和湿地恢复不在方法学范围"
            if f.planting == "other"
            else f"措施为 {f.planting}",
            "orchards, grass and wetland restoration are outside the method"
            if f.planting == "other"
            else f"planting of {f.planting}",
        ),
        _check(
            "greening",
            "不属于通道绿化、城镇村及工矿绿化",
            "not greening of passages, towns, villages or mines",
            "fail" if greening else "pass",
            "位于城镇村、工矿或道路绿化范围" if greening else "不在上述范围",
            "it is greening of a town, village, mine or passage" if greening else "it is not",
        ),
        _check(
            "non_forest",
            "造林前至少 3 年为非林地",
            "no forest for at least three years before",
            _known(years),
            "未给出造林前地类历史"
            if years is None
            else f"现状 {f.dlbm}，非林 {f.non_forest_years or 0} 年",
            "the land's history was not given"
            if years is None
            else f"today {f.dlbm}, {f.non_forest_years or 0} years without forest",
        ),
        _check(
            "planned",
            "属于规划造林地",
            "planned afforestation land",
            _known(f.planned_land),
            "未给出国土空间规划的造林地范围"
            if f.planned_land is None
            else "依据规划造林地图层或计划文件",
            "the planned afforestation land was not given"
            if f.planned_land is None
            else "by the planned land or the plan file",
        ),
        _check(
            "area",
            f"连续面积不小于 {least:.0f} m²",
            f"one piece of at least {least:.0f} m2",
            "fail" if small else "pass",
            f"面积 {f.area_m2:,.0f} m²",
            f"{f.area_m2:,.0f} m2",
        ),
        _check(
            "not_wetland",
            "不在湿地上",
            "not on wetland",
            "fail" if f.group in _WET else "pass",
            f"现状 {f.dlbm}",
            f"today {f.dlbm}",
        ),
        _check(
            "clearing",
            "清除原有灌木等不超过面积的 20%",
            "at most 20 % of the area cleared of shrubs",
            clear,
            "清除面积未知" if clearing is None else f"清除比例 {clearing:.0%}",
            "the clearing is unknown" if clearing is None else f"{clearing:.0%} cleared",
        ),
        _check(
            "no_reversion",
            "无复耕风险（K 类“可调整”地类除外）",
            "no risk of reversion (no K 'adjustable' class)",
            "fail" if f.dlbm.endswith("K") else "pass",
            "可调整地类，可能复耕" if f.dlbm.endswith("K") else "不是可调整地类",
            "an adjustable class that may return to cropland"
            if f.dlbm.endswith("K")
            else "not an adjustable class",
        ),
    )


def verdict(checks: Sequence[CcerCheck]) -> Answer:
    """Fail when any check fails, else unknown when any is unknown, else pass.

    Examples
    --------
    >>> f = CcerFacts(5e4, "unused", "sand", "1205", "shrub", non_forest_years=10,
    ...               planned_land=True, clearing_frac=0.0)
    >>> verdict(ccer_screen(f))
    'pass'
    """
    answers = {c.answer for c in checks}
    return "fail" if "fail" in answers else "unknown" if "unknown" in answers else "pass"
