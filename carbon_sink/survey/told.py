"""What is told of two surveys beside their numbers."""

from __future__ import annotations

from carbon_sink.change.change_words import (
    bound_words,
    choice_words,
    growth_words,
    planted_words,
)
from carbon_sink.change.choices import Undated
from carbon_sink.change.conversion import Period
from carbon_sink.overlay.overlay import Overlay
from carbon_sink.section import CarbonSection
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.survey.carbon import ChangeCarbon
from carbon_sink.survey.changes import absorbed_area
from carbon_sink.survey.disturbance import Losses, Register, entries
from carbon_sink.survey.outcome import SurveySummary
from gis.say import say
from layers.result import Warn

__all__ = ["carbon_told", "early_told", "register_told", "survey_told"]

_WHERE = "[carbon.survey_after]"
_WOODY = frozenset({"forest", "shrub_conditional", "other_woodland"})
_LEAST_HA = 0.01


def survey_told(laid: Overlay, s: SurveySummary) -> list[Warn]:
    """Land of one survey only, strips that do not count, and narrow ones that do."""
    out = []
    least = 1e-6 * s.county_ha
    if max(s.before_only_ha, s.after_only_ha, s.neither_ha) > least:
        text = say(
            "carbon_sink.survey.not_the_same_land",
            before_ha=s.before_only_ha,
            after_ha=s.after_only_ha,
            neither_ha=s.neither_ha,
        )
        out.append(Warn("surveys_cover_other_land", text, _WHERE))
    area, n = absorbed_area(laid)
    if n:
        text = say(
            "carbon_sink.survey.slivers_absorbed",
            tolerance_m=laid.tolerance_m,
            area_ha=area,
            n=n,
        )
        out.append(Warn("survey_slivers", text, "[carbon.survey] tolerance_m"))
    if s.changes:
        said = say("carbon_sink.survey.kinds_need_review")
        out.append(Warn("survey_kinds_need_review", said, _WHERE))
    return out


def early_told(area_ha: float, year: int) -> list[Warn]:
    """Planting years before the earlier survey, which shows no woody plants there."""
    if not area_ha > 0:
        return []
    said = say("carbon_sink.change.planted_too_early", area_ha=area_ha, year=str(year))
    return [Warn("planted_too_early", said, "[carbon.survey_after] planted_year")]


def carbon_told(
    carbon: ChangeCarbon,
    s: SurveySummary,
    period: Period,
    land: Undated,
    table: Coefficients,
) -> list[Warn]:
    """What the total is a bound of, under which choices, and what years of change say."""
    total = carbon.total
    if total is None:
        return []
    estimate = total.stock_difference.get("total")
    told = [
        ("survey_partly_not_estimated", bound_words(total) if total.bound != "whole" else None),
        ("planting_year_not_known", planted_words(s.choices, period.years, land)),
        (
            "change_of_model_choices",
            choice_words(estimate, s.choices, "change") if estimate else None,
        ),
    ]
    told.append(("growth_lines_without_intercept", growth_words(total.lines, table)))
    return [Warn(code, said, _WHERE) for code, said in told if said is not None]


def register_told(
    section: CarbonSection, losses: Losses | None, register: Register | None
) -> list[Warn]:
    """What of a register of disturbances does not count, and why."""
    if losses is None or register is None:
        return []
    where = "[layers.disturbance]"
    first, last = section.survey_before, section.survey_after
    out = []
    if register.out_of_period and first is not None and last is not None:
        text = say(
            "carbon_sink.survey.disturbance_without_date",
            n=register.out_of_period,
            names=entries(register.out_names),
            first=first.year + 1,
            last=last.year,
        )
        out.append(Warn("disturbance_out_of_period", text, where))
    if register.twice:
        said = say("carbon_sink.survey.disturbance_twice", n=register.twice)
        out.append(Warn("disturbance_twice", said, where))
    if register.small:
        said = say(
            "carbon_sink.survey.disturbance_fractions",
            n=len(register.small),
            names=entries(register.small),
        )
        out.append(Warn("disturbance_fractions", said, where))
    for code, area in (
        ("disturbance_without_share", losses.not_estimated_ha),
        ("disturbance_in_change", losses.in_change_ha),
        ("disturbance_elsewhere", losses.elsewhere_ha),
    ):
        if area > 1e-3:
            out.append(Warn(code, say(f"carbon_sink.survey.{code}", area_ha=area), where))
    return out
