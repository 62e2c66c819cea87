"""The stands' living biomass in place of the class default in the county's totals.

The county's land is that of the land survey; the density of its tree forest is the mean of the
stands of tree forest whose biomass is estimated. Nothing is added twice: the stands give tC/ha,
the survey gives hectares.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from carbon_sink.section import CarbonSection, UserDensity
from carbon_sink.stock.choice import densities_of, table_of
from carbon_sink.stock.pools import LIVING
from gis.errors import ConfigError, DataError, Fault
from gis.say import Sentence, say
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan
from layers.result import Warn, optional_table, read_summary

__all__ = [
    "arbor_columns",
    "beside_total",
    "county_total_faults",
    "no_class_fault",
    "no_estimate_fault",
    "with_stands",
]

_CLASS = "forest_arbor"
_KEY = "[carbon.stands] in_county_total"
_LAYER = "forest_land"
_APART = 0.1
"""Relative difference of two densities or areas from which it is told; a house limit."""
_TRIANGLE = math.sqrt(6.0) / 1.959963984540054
"""Half the base of a triangle over half the 95 % interval of a normal of the same spread."""


def arbor_columns(groups: pd.DataFrame) -> dict[str, float]:
    """Living biomass of the stands of tree forest, and the hectares it is of.

    Parameters
    ----------
    groups : DataFrame
        ``stand_by_group`` of `stock.stand_stock`.

    Returns
    -------
    dict
        ``arbor_living_tc, arbor_living_low_tc, arbor_living_high_tc, arbor_estimated_ha``; NaN
        and 0 without such stands.
    """
    own = groups[(groups["by"] == "forest_type") & (groups["member_id"] == "arbor")]
    if not len(own):
        blank = {f"arbor_living{k}_tc": math.nan for k in ("", "_low", "_high")}
        return {**blank, "arbor_estimated_ha": 0.0}
    row = own.iloc[0]
    return {
        "arbor_living_tc": float(row["living_tc"]),
        "arbor_living_low_tc": float(row["living_low_tc"]),
        "arbor_living_high_tc": float(row["living_high_tc"]),
        "arbor_estimated_ha": float(row["area_ha"] - row["not_estimated_ha"]),
    }


def _mean(work: Path) -> tuple[float, float, float] | None:
    """Mean density of tree forest and the ends of its interval [tC/ha]; None without one."""
    total = optional_table(work, "stand_total")
    if total is None or not len(total) or "arbor_estimated_ha" not in total.columns:
        return None
    row: Any = total.iloc[0]
    area = float(row["arbor_estimated_ha"])
    if not (area > 0 and math.isfinite(float(row["arbor_living_tc"]))):
        return None
    names = ("arbor_living_tc", "arbor_living_low_tc", "arbor_living_high_tc")
    value, low, high = (float(row[n]) / area for n in names)
    return value, low, high


def _rival(section: CarbonSection) -> str:
    """Another statement of the same density in the plan; empty where there is none."""
    if section.stock_volume:
        return "[[carbon.stock_volume]]"
    own = [d for d in section.densities if d.ecosystem == _CLASS and d.pool in LIVING]
    return "[[carbon.densities]] forest_arbor" if own else ""


def _fault(got: Sentence | str, todo: str = "county_total_todo") -> Fault:
    return Fault(
        say("carbon_sink.stand.no_county_total"),
        where=_KEY,
        got=got,
        todo=say(f"carbon_sink.stand.{todo}"),
    )


def county_total_faults(plan: Plan, section: CarbonSection) -> list[Fault]:
    """Why the total cannot take the density of the stands, as far as the plan alone says it."""
    if not section.stands.in_county_total:
        return []
    rival = _rival(section)
    if rival:
        return [_fault(rival)]
    if layer_state(plan, _LAYER) == "available":
        return []
    return [_fault(say("carbon_sink.stand.no_map_of_stands"), "give_stands_todo")]


def _none_of(work: Path) -> Fault:
    """Why a run has no density of its stands: none with an estimate, no classes, no step."""
    if optional_table(work, "stand_total") is not None:
        return no_estimate_fault()
    try:
        read_summary(work, "stand")
    except DataError:
        return _fault(say("carbon_sink.stand.stands_not_computed"), "compute_stands_todo")
    return no_class_fault()


def no_estimate_fault() -> Fault:
    """That no stand of tree forest has an estimate of living biomass."""
    return _fault(say("carbon_sink.stand.no_estimate_of_stands"))


def no_class_fault() -> Fault:
    """That nothing tells which stands of the forest map are tree forest."""
    return _fault(say("carbon_sink.stand.no_land_class"), "name_forest_type_todo")


def with_stands(section: CarbonSection, work: Path) -> CarbonSection:
    """The plan's section with the density of the stands, where it asks for it.

    Parameters
    ----------
    section : CarbonSection
    work : Path
        Run folder with the step stand.

    Returns
    -------
    CarbonSection
        With one density more: a triangle as wide as the spread of the stands' estimate.

    Raises
    ------
    ConfigError
        The stands are asked for and have no estimate, or the plan states the same density in
        another way as well.
    """
    if not section.stands.in_county_total:
        return section
    rival = _rival(section)
    if rival:
        raise ConfigError([_fault(rival)])
    found = _mean(work)
    if found is None:
        raise ConfigError([_none_of(work)])
    value, low, high = found
    own = UserDensity(
        ecosystem=_CLASS,
        pool="biomass",
        value_tc_ha=value,
        low_tc_ha=max(value - _TRIANGLE * max(value - low, 0.0), 0.0),
        high_tc_ha=value + _TRIANGLE * max(high - value, 0.0),
        source="forest_land",
    )
    return section.model_copy(update={"densities": (*section.densities, own)})


def _carried_over(work: Path, arbor_ha: float | None) -> list[Warn]:
    """That the mean of the stands stands for tree forest no stand is on."""
    total = optional_table(work, "stand_total")
    if total is None or not arbor_ha:
        return []
    own = float(total.iloc[0]["arbor_estimated_ha"])
    if abs(own / arbor_ha - 1.0) <= _APART:
        return []
    told = say("carbon_sink.stand.carried_over", own_ha=own, arbor_ha=arbor_ha)
    return [Warn("stands_carried_over", told, _KEY)]


def beside_total(
    section: CarbonSection, work: Path, arbor_ha: float | None = None
) -> list[Warn]:
    """How the county's tree forest and its stands go apart: in density, or in land.

    Parameters
    ----------
    arbor_ha : float, optional
        Tree forest of the county's total.
    """
    if section.stands.in_county_total:
        return _carried_over(work, arbor_ha)
    found = _mean(work)
    if found is None or _rival(section):
        return []
    table = table_of(section)
    densities = densities_of(section, table, {}, use_volume=False)
    taken = math.fsum(
        densities[_CLASS, p].value(table) for p in LIVING if (_CLASS, p) in densities
    )
    if not taken or abs(found[0] / taken - 1.0) <= _APART:
        return []
    told = say("carbon_sink.stand.beside_total", stands=found[0], taken=taken)
    return [Warn("stands_beside_total", told, _KEY)]
