"""The change part of the step ``carbon``: tables, summary and warnings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from carbon_sink.change.accuracy_file import area_error_of_plan
from carbon_sink.change.area_error import AreaError
from carbon_sink.change.change_words import (
    bound_words,
    choice_words,
    growth_words,
    land_words,
    method_words,
    planted_words,
    stratum_words,
)
from carbon_sink.change.choices import change_choices, choice_ends, undated
from carbon_sink.change.comparable import (
    cannot_compare,
    change_choice,
    period_of,
    same_file_words,
    unlike_cells_words,
)
from carbon_sink.change.conversion import Missing
from carbon_sink.change.cover_change import CoverChange, cover_change
from carbon_sink.change.layer_dates import other_years_words
from carbon_sink.change.transitions import matrix_of, pairs_of
from carbon_sink.change.two_dates import (
    StockChange,
    change_by_place,
    row_changes,
    stock_change,
    waterfall,
)
from carbon_sink.cover.land import County
from carbon_sink.outcome_change import (
    AdjustedArea,
    ChangeRefused,
    ChangeSummary,
    Footprint,
    LandCompared,
    MissingChange,
    WetlandGain,
    interval,
)
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.soil import tier1_by_zone, zones_table
from gis.say import say
from layers.plan.model import Plan
from layers.provinces import ClimateZone
from layers.result import Warn
from layers.spec import text_of
from layers.vocabulary import ecosystems

__all__ = ["ChangeReport", "adjusted_areas", "change_report"]

_COMPARED = (
    "forest", "shrub_conditional", "grassland", "cropland", "wetland", "water", "built",
    "unused",
)  # fmt: skip


@dataclass(frozen=True)
class ChangeReport:
    """What the step adds when there are two dates."""

    summary: ChangeSummary | ChangeRefused
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    rasters: Mapping[str, Path] = field(default_factory=dict)
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


def _land(found: CoverChange, county: County | None) -> tuple[LandCompared, ...]:
    """Land of the stock and of the later date of the change by group, where codes are sure."""
    if county is None:
        return ()
    known = ecosystems()
    after = found.transitions.groupby("after")["area_ha"].sum()
    change = after.groupby([known[e].group if e in known else "" for e in after.index]).sum()
    # a class that may be of a group leaves nothing to compare of that group
    maybe = {o for label in after.index for o in found.ambiguous.get(str(label), ())}
    unsure = {known[o].group for o in maybe if o in known}
    stock = county.areas.groupby("group")["area_ha"].sum()
    return tuple(
        LandCompared(
            group=g, stock_ha=float(stock.get(g, 0.0)), change_ha=float(change.get(g, 0.0))
        )
        for g in _COMPARED
        if g not in unsure and (g in stock.index or g in change.index)
    )


def _missing_rows(missing: tuple[Missing, ...]) -> tuple[MissingChange, ...]:
    return tuple(
        MissingChange(
            pool=m.carrier,
            side=m.side,
            before=m.before,
            after=m.after,
            area_ha=m.area_ha,
            most_tc=None if math.isnan(m.most_tc) else m.most_tc,
        )
        for m in missing
    )


def adjusted_areas(area: AreaError | None) -> tuple[AdjustedArea, ...]:
    """Areas of strata as mapped and by checked places; empty without any."""
    if area is None or area.estimate is None:
        return ()
    e = area.estimate
    return tuple(
        AdjustedArea(
            stratum=s,
            title=text_of(stratum_words(s)),
            mapped_ha=m,
            adjusted_ha=a,
            se_ha=d,
        )
        for s, m, a, d in zip(
            e.classes,
            e.mapped_ha.tolist(),
            e.adjusted_ha.tolist(),
            e.se_ha.tolist(),
            strict=True,
        )
    )


def _stocks(result: StockChange, rows: pd.DataFrame) -> tuple[float, float | None]:
    """Stock of the land of the change before and after; their difference is the change."""
    before = math.fsum(rows["before_tc"])
    total = result.stock_difference.get("total")
    if total is None:
        return before, None if result.missing else before
    return before, before + total.value


def change_report(
    plan: Plan,
    section: CarbonSection,
    work: Path,
    county: County | None = None,
    *,
    inventories: bool = False,
) -> ChangeReport | None:
    """Change between the two land covers of a plan; None when it has not both.

    Parameters
    ----------
    county : County, optional
        Land of the stock, to hold the land of the change against.
    inventories : bool
        Whether two inventories give a second, independent estimate.

    Raises
    ------
    ConfigError
        Two land covers whose years are not given.
    """
    refused = cannot_compare(plan)
    if refused is not None:
        warn = Warn("land_covers_not_comparable", refused, "land_cover_base")
        return ChangeReport(ChangeRefused(reason=text_of(refused)), warnings=(warn,))
    arbor = county.by_ecosystem().get("forest_arbor") if county else None
    found = cover_change(plan, section, work, arbor_ha=arbor)
    if found is None:
        return None
    period = period_of(section, found.ambiguous)
    area = area_error_of_plan(plan, section.area_accuracy, found.transitions)
    kwargs: dict[str, Any] = {"draws": section.draws, "seed": section.seed}
    choice, table = found.choice, found.table
    result = stock_change(
        found.transitions,
        choice,
        table,
        years=period.years,
        to_year=period.to_year,
        planted=period.planted,
        growth=period.growth,
        ambiguous=period.ambiguous,
        area=area,
        **kwargs,
    )
    pure = {
        pair: ha
        for pair, ha in pairs_of(found.transitions).items()
        if ":" not in pair[0] + pair[1]
    }
    zones = tier1_by_zone(
        pure, table, section.climate_zones or (section.climate_zone,), **kwargs
    )
    rows = row_changes(found.transitions, choice, table, period)
    tables = {
        "carbon_transitions": found.transitions.drop(columns="local", errors="ignore"),
        "carbon_transition_matrix": matrix_of(found.transitions).reset_index(),
        "carbon_change_waterfall": waterfall(
            found.transitions, choice, table, period, area=area, **kwargs
        ),
        "carbon_change_by_township": change_by_place(
            found.transitions, choice, table, period, place="township", area=area, **kwargs
        ),
        "carbon_change_soil_zones": zones_table(zones),
    }

    def chosen(zone: ClimateZone | None) -> tuple[Choice, Coefficients]:
        if zone is None:
            return choice, table
        return change_choice(section, found.ambiguous, arbor, zone)

    open_land = undated(found.transitions, chosen, period, area)
    choices = change_choices(found.transitions, chosen, section, period, area, open_land)
    if choices:
        tables["carbon_change_choices"] = pd.DataFrame(
            [
                {
                    "title_zh": c.title.zh,
                    "title_en": c.title.en,
                    "chosen": c.chosen,
                    "total_tc": c.total_tc.value,
                    "low_tc": c.total_tc.low,
                    "high_tc": c.total_tc.high,
                }
                for c in choices
            ]
        )
    if area is not None and area.estimate is not None:
        areas = area.estimate.table()
        words = [text_of(stratum_words(s)) for s in areas.pop("stratum")]
        areas.insert(0, "title_zh", [w.zh for w in words])
        areas.insert(1, "title_en", [w.en for w in words])
        tables["carbon_change_areas"] = areas
    before, after = _stocks(result, rows)
    land = _land(found, county)
    low, high = choice_ends(choices)
    f = found.footprints
    per_year = result.stock_difference_yr
    summary = ChangeSummary(
        from_year=section.base_year,
        to_year=section.year,
        years=period.years,
        footprints_ha=Footprint(
            both=f.both_ha,
            before_only=f.before_only_ha,
            after_only=f.after_only_ha,
            neither=f.neither_ha,
        ),
        converted_ha=result.converted_ha,
        not_estimated_ha=dict(result.not_estimated_ha),
        stock_before_tc=before,
        stock_after_tc=after,
        stock_difference_tc={k: interval(e) for k, e in result.stock_difference.items()},
        stock_difference_tc_yr=interval(per_year) if per_year else None,
        gain_loss_tc={k: interval(e) for k, e in result.parts.items()},
        gain_loss_tc_yr=interval(per_year) if per_year else None,
        one_estimate=not inventories,
        method_note=text_of(method_words(inventories=inventories)),
        bound=result.bound,
        bound_note=text_of(bound_words(result)),
        more_loss_tc=result.more_loss_tc,
        missing=_missing_rows(result.missing),
        planted=section.planted,
        choices=choices,
        choices_low_tc=low,
        choices_high_tc=high,
        areas=adjusted_areas(area),
        area_source=area.source if area else "",
        land=land,
        growth_estimated="standing" in result.parts,
        wetland_gain=_wetland_gain(found, section),
    )
    total = result.stock_difference.get("total")
    told = [
        ("change_is_a_bound", bound_words(result) if result.bound != "whole" else None),
        ("planting_year_not_known", planted_words(choices, period.years, open_land)),
        ("change_of_model_choices", choice_words(total, choices, "change") if total else None),
        ("growth_lines_without_intercept", growth_words(result.lines, table)),
        ("land_covers_same_file", same_file_words(plan)),
        ("land_covers_unlike_cells", unlike_cells_words(plan)),
        ("land_covers_of_other_years", other_years_words(plan)),
        ("stock_and_change_differ_in_land", land_words(land, county.source if county else "")),
    ]
    warnings = [Warn(code, said, "land_cover") for code, said in told if said is not None]
    return ChangeReport(
        summary, tables, found.rasters, (*_footprint_warning(found), *found.warnings, *warnings)
    )


def _wetland_gain(found: CoverChange, section: CarbonSection) -> WetlandGain | None:
    gain_ha = _wetland_gain_ha(found.transitions)
    if gain_ha <= 0:
        return None
    net = wetland_net(gain_ha, found.table, draws=section.draws, seed=section.seed)
    return WetlandGain(
        gained_ha=gain_ha,
        carbon_tco2_yr=net.carbon_tco2_yr,
        methane_tco2e_yr=interval(net.methane_tco2e_yr),
        net_tco2e_yr=interval(net.net_tco2e_yr),
        needs_review=net.needs_review,
    )
