"""The change part of the step ``carbon``: tables, summary and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from carbon_sink.change.cover_change import CoverChange, cover_change
from carbon_sink.change.transitions import matrix_of, pairs_of
from carbon_sink.change.two_dates import change_by_place, stock_change, waterfall
from carbon_sink.section import CarbonSection
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.soil import tier1_by_zone, zones_table
from carbon_sink.summary import ChangeSummary, Footprint, WetlandGain, interval
from gis.say import say
from layers.plan.model import Plan
from layers.result import Warn
from layers.vocabulary import ecosystems

__all__ = ["ChangeReport", "change_report"]


@dataclass(frozen=True)
class ChangeReport:
    """What the step adds when there are two dates."""

    summary: ChangeSummary
    tables: Mapping[str, pd.DataFrame]
    rasters: Mapping[str, Path]
    warnings: tuple[Warn, ...] = field(default=())


def _wetland_gain_ha(transitions: pd.DataFrame) -> float:
    wet = {e for e, x in ecosystems().items() if x.group == "wetland"}
    after = transitions["after"].isin(wet)
    before = transitions["before"].isin(wet)
    area = transitions["area_ha"]
    return float(area[after & ~before].sum() - area[before & ~after].sum())


def _footprint_warning(found: CoverChange) -> tuple[Warn, ...]:
    f = found.footprints
    if f.mismatch_frac <= 1e-6:
        return ()
    return (
        Warn(
            "footprints_differ",
            say(
                "carbon_sink.change.footprints_differ",
                before_only_ha=f.before_only_ha,
                after_only_ha=f.after_only_ha,
            ),
            "land_cover_base",
        ),
    )


def change_report(plan: Plan, section: CarbonSection, work: Path) -> ChangeReport | None:
    """Change between the two land covers of a plan; None when it has not both.

    Where the dates are unknown the change is per period, not per year.
    """
    found = cover_change(plan, section, work)
    if found is None:
        return None
    dated = section.year > section.base_year > 0
    years = float(section.year - section.base_year) if dated else 1.0
    kwargs: dict[str, Any] = {"draws": section.draws, "seed": section.seed}
    choice, table = found.choice, found.table
    result = stock_change(
        found.transitions, choice, table, years=years, growth=section.growth, **kwargs
    )
    pure = {
        pair: area
        for pair, area in pairs_of(found.transitions).items()
        if ":" not in pair[0] + pair[1]
    }
    zones = tier1_by_zone(
        pure, table, section.climate_zones or (section.climate_zone,), **kwargs
    )
    tables = {
        "carbon_transitions": found.transitions,
        "carbon_transition_matrix": matrix_of(found.transitions).reset_index(),
        "carbon_change_waterfall": waterfall(found.transitions, choice, table, **kwargs),
        "carbon_change_by_township": change_by_place(
            found.transitions, choice, table, place="township", **kwargs
        ),
        "carbon_change_soil_zones": zones_table(zones),
    }
    gain_ha = _wetland_gain_ha(found.transitions)
    wetland = None
    if gain_ha > 0:
        net = wetland_net(gain_ha, table, **kwargs)
        wetland = WetlandGain(
            gained_ha=gain_ha,
            carbon_tco2_yr=net.carbon_tco2_yr,
            methane_tco2e_yr=interval(net.methane_tco2e_yr),
            net_tco2e_yr=interval(net.net_tco2e_yr),
            needs_review=net.needs_review,
        )
    f = found.footprints
    per_year, gained = result.stock_difference_yr, result.gain_loss_yr
    summary = ChangeSummary(
        from_year=section.base_year if dated else None,
        to_year=section.year if dated else None,
        years=years if dated else None,
        footprints_ha=Footprint(
            both=f.both_ha,
            before_only=f.before_only_ha,
            after_only=f.after_only_ha,
            neither=f.neither_ha,
        ),
        converted_ha=result.converted_ha,
        not_estimated_ha=dict(result.not_estimated_ha),
        stock_difference_tc={k: interval(e) for k, e in result.stock_difference.items()},
        stock_difference_tc_yr=interval(per_year) if per_year else None,
        gain_loss_tc_yr=interval(gained) if gained else None,
        gain_loss_parts_tc_yr={k: interval(e) for k, e in result.gain_loss_parts_yr.items()},
        growth_estimated=bool(section.growth),
        wetland_gain=wetland,
    )
    return ChangeReport(summary, tables, found.rasters, _footprint_warning(found))
