"""What ``[monitor]`` states of other years: figures that cannot be, and those to ask about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from carbon_sink.cover.indicators import indicators
from carbon_sink.monitor_section import MonitorSection, Recalculation, SeriesDate, YearValue
from carbon_sink.section import CarbonSection
from gis.errors import Fault
from gis.say import listed, say
from layers.doctor.finding import Blocks, DataFinding, finding_of_fault
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan
from layers.result import Warn
from layers.units import known as known_unit
from layers.units import unit_of

__all__ = ["BASE", "factor_of", "monitor_faults", "monitor_findings", "share_warnings"]

BASE = {"ndvi": "ndvi_base", "land_cover": "land_cover_base"}
"""Layer -> that of the earlier date of the plan."""
_BLOCKS = Blocks(steps=("monitor",))


def factor_of(value: YearValue) -> float:
    """What a stated figure is multiplied by to be in the unit of its indicator."""
    unit = known_unit(value.unit)
    own = unit_of(indicators()[value.indicator].unit)
    return math.nan if unit is None else own.per_base / unit.per_base


def _value_fault(v: YearValue, where: str) -> Fault | None:
    kinds = indicators()
    kind = kinds.get(v.indicator)
    if kind is None:
        what = say("carbon_sink.monitor.no_such_indicator")
        return Fault(what, where=where, got=v.indicator, expected=listed(kinds))
    if v.caliber and v.caliber not in kind.target_calibers:
        what = say("carbon_sink.monitor.no_such_caliber")
        return Fault(what, where=where, got=v.caliber, expected=listed(kind.target_calibers))
    unit = known_unit(v.unit)
    if unit is None or unit.quantity != unit_of(kind.unit).quantity:
        what = say("layers.answers.target_unit_does_not_fit")
        return Fault(what, where=where, got=v.unit, expected=kind.unit)
    most = 100.0 if kind.unit == "%" else math.inf
    if not 0 <= v.value * factor_of(v) <= most:
        return Fault(
            say("carbon_sink.monitor.value_cannot_be"),
            where=where,
            got=f"{v.value:g} {v.unit}",
            expected="0-100 %" if most == 100.0 else ">= 0",
        )
    return None


def _faults(plan: Plan) -> Iterator[Fault]:
    section = plan.section(MonitorSection)
    stated: dict[str, Sequence[YearValue | SeriesDate | Recalculation]] = {
        "values": section.values,
        "series": section.series,
        "recalculations": section.recalculations,
    }
    for name, given in stated.items():
        for n, x in enumerate(given, 1):
            where = f"{plan.path.name} [[monitor.{name}]] {n}"
            if x.year > plan.plan.as_of.year:
                what = say("carbon_sink.monitor.year_ahead")
                last = f"<= {plan.plan.as_of.year}"
                yield Fault(what, where=where, got=str(x.year), expected=last)
            if isinstance(x, SeriesDate) and (own := _own_layer(plan, x)):
                yield Fault(
                    say("carbon_sink.monitor.year_of_own_layer"),
                    where=where,
                    got=f"{x.layer} {x.year}",
                    todo=say("carbon_sink.monitor.one_layer_a_year", layer=f"[layers.{own}]"),
                )
            if isinstance(x, YearValue) and (fault := _value_fault(x, where)) is not None:
                yield fault


def _own_layer(plan: Plan, date: SeriesDate) -> str:
    """The plan's own layer of the year of a series' date; empty where it has none."""
    carbon = plan.section(CarbonSection)
    for year, own in ((carbon.year, date.layer), (carbon.base_year, BASE.get(date.layer, ""))):
        if own and year == date.year and layer_state(plan, own) == "available":
            same = date.path in {own, plan.layers[own].path}
            return "" if same else own
    return ""


def monitor_faults(plan: Plan) -> list[Fault]:
    """Figures of years to come, of no indicator or caliber, or that cannot be."""
    return list(_faults(plan))


def share_warnings(section: MonitorSection) -> list[Warn]:
    """Stated per cent that look like shares of one, and what they count as.

    Examples
    --------
    >>> row = {"indicator": "grass_cover", "year": 2020, "unit": "%", "source": "s"}
    >>> stated = [YearValue(value=v, **row) for v in (0.3, 30.0, 0.0)]
    >>> [w.where for w in share_warnings(MonitorSection(values=stated[:1]))]
    ['[[monitor.values]] 1']
    """
    return [
        Warn(
            "monitor_value_as_share",
            say(
                "carbon_sink.monitor.value_as_share",
                title=indicators()[v.indicator].title,
                year=str(v.year),
                value=v.value,
                pct=100.0 * v.value,
            ),
            f"[[monitor.values]] {n}",
        )
        for n, v in enumerate(section.values, 1)
        if v.indicator in indicators() and v.unit == "%" and 0 < v.value <= 1
    ]


def monitor_findings(plan: Plan) -> list[DataFinding]:
    """The same for the doctor."""
    out = [replace(finding_of_fault(f), blocks=_BLOCKS) for f in monitor_faults(plan)]
    told = share_warnings(plan.section(MonitorSection))
    return out + [
        DataFinding(w.code, "warning", w.text, where=w.where, blocks=_BLOCKS) for w in told
    ]
